"""Layers from files: one's own equations are derived by the same rules; what cannot be read is pointed at."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from solver.cli import main
from solver.errors import CorrigeError
from solver.layer.derive import backward
from solver.layer.notation import read_layer
from solver.layer.numpy_text import NumpyWriter
from solver.layer.printer import show
from solver.layer.styles import TEXT

RMS = """% RMS normalisation
X: N x D
gamma: 1 x D          # learnt
r = sqrt(X^2 1 / D + 1e-5)
Y = γ ⊙ X / r
"""


def results(text: str) -> dict[str, str]:
    found = backward(read_layer(text, "own"))
    assert found.verified
    return {f"d{a.node.name}": show(a.tidy, TEXT) for a in found.results}


def test_rms_normalisation_is_derived_by_the_same_rules() -> None:
    assert results(RMS) == {
        "dX": "γ/r ⊙ dY - 1/(D r³) ⊙ X ⊙ ((γ ⊙ dY ⊙ X) 𝟏)",
        "dgamma": "𝟏ᵀ (1/r ⊙ dY ⊙ X)",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X: N x D\nW: K x D\nY = X @ W^T", {"dX": "dY W", "dW": "dYᵀ X"}),
        ("X: N x D\nY = X * X", {"dX": "2 dY ⊙ X"}),
        ("X: N x D\nY = X + 1 1^T X", {"dX": "dY + 𝟏 𝟏ᵀ dY"}),
        ("X: N x D\nL = sum(X^2)", {"dX": "2 X"}),
        ("A: N x N\nX: N x D\nY = A X\nL = sum(X * Y)", {"dA": "X Xᵀ", "dX": "Y + Aᵀ X"}),
        ("X: N x D\nY = exp(X) / (1 + exp(X))", {"dX": "(dY ⊙ exp(X))/(1 + exp(X))²"}),
        ("X: N x D\nY = where(X > 0, X, exp(X) - 1)", {"dX": "dY ⊙ ([X > 0] + exp(X) ⊙ [X ≤ 0])"}),
        ("X: N x D\nG = sigmoid(X)\nY = X * G", {"dX": "dY ⊙ G ⊙ (1 + X - G ⊙ X)"}),
        ("X: N x D\nB: N x D given\nY = |X - B|", {"dX": "dY ⊙ sgn(X - B)"}),
        ("x: D x 1\nA: D x D\nL = x^T A x", {"dx": "A x + Aᵀ x", "dA": "x xᵀ"}),
        ("X: N x D\nB: N x D given\nL = sum(X - B)^2", {"dX": "2 (𝟏ᵀ (X - B) 𝟏) 𝟏 𝟏ᵀ"}),
        ("X: N x D\nY = X^T", {"dX": "dYᵀ"}),
        ("X: N x D\na: scalar\nY = a X", {"da": "𝟏ᵀ (dY ⊙ X) 𝟏", "dX": "a dY"}),
        ("X: N x D\nA = tanh(X)\nB = X^2\noutput A, B", {"dX": "2 dB ⊙ X + dA ⊙ (1 - A²)"}),
    ],
)
def test_own_layers(text: str, expected: dict[str, str]) -> None:
    found = results(text)
    for name, form in expected.items():
        assert found[name] == form


def test_latex_and_numpy_habits_are_read() -> None:
    latex = r"""
$X \in \mathbb{R}^{N \times D}$
\gamma: [1, D]
\mu = \frac{X \mathbf{1}}{D} \\
X_{c} = X - \mu \mathbf{1}^{\top}
\hat{X} = \frac{X_{c}}{\sqrt{\frac{1}{D} X_{c}^{2} \mathbf{1} + 10^{-5}}}
Y = \gamma \odot \hat{X}
"""
    plain = """
X: N x D
gamma: (1, D)
mu = X 1 / D
X_c = X - mu 𝟏ᵀ
Xhat = X_c / sqrt(((1) / (D)) X_c**2 1 + 10**(-5))
Y = gamma * Xhat
"""
    assert read_layer(latex, "own") == read_layer(plain, "own")
    assert results(latex)["dgamma"] == "𝟏ᵀ (dY ⊙ X̂)"
    assert results("X: N x D\nW: K x D\nY = X @ W.T") == {"dX": "dY W", "dW": "dYᵀ X"}


@pytest.mark.parametrize("to", ["text", "markdown", "latex", "json"])
def test_a_layer_that_does_nothing(to: str) -> None:
    assert corrige("-", "--to", to, text="X: N x D\r\nY = X\r\n").exit_code == 0


def test_only_a_loss_of_the_catalogue_is_called_a_mean() -> None:
    own = corrige("-", text="X: N x D\nJ = sum(X^2)").stdout
    assert "dA stands for ∂J/∂A" in own
    assert "mean" not in own
    assert "L is the mean over the N examples" in corrige("loss:mse").stdout
    assert "Rows are examples" not in corrige("conv2d").stdout


def test_ties_are_told() -> None:
    found = corrige("-", text="A: N x D\nB: N x D\nY = max(A, B)").stdout
    assert "max(A, B) has no derivative where two of its arguments are equal" in found


def test_an_output_that_is_used_again_receives_twice() -> None:
    text = (
        "X_1: N x D\nX_2: N x D\nH_0: N x K\nW: K x D\nU: K x K\n"
        "H_1 = tanh(X_1 W^T + H_0 U^T)\nH_2 = tanh(X_2 W^T + H_1 U^T)\noutput H_1, H_2"
    )
    found = backward(read_layer(text, "own"))
    assert found.verified
    assert [output.name for output in found.layer.outputs] == ["H_1_out", "H_2"]
    shown = {a.node.name: show(a.tidy, TEXT) for a in found.adjoints}
    assert shown["H_1"] == "dH_1_out + (dH_2 ⊙ (1 - H_2²)) U"


def test_softmax_is_named_piece_by_piece() -> None:
    attention = "Q: N x D\nK: M x D\nV: M x P\nA = softmax(Q K^T / sqrt(D))\nY = A V"
    assert results(attention)["dQ"] == "(1/√D) dZ_A K"
    whole = backward(
        read_layer("X: N x D\nW: K x D\nT: N x K given\nassume T 1 = 1\nZ = X W^T\n"
                   "L = -sum(T * log_softmax(Z)) / N", "own")
    )  # fmt: skip
    assert [(n.name, show(g, TEXT)) for n, g in whole.assumed] == [("Z", "(1/N) (S_L - T)")]
    assert whole.verified


def test_a_nested_matrix_product_stands_in_parentheses() -> None:
    layer = read_layer("X: N x D\nV: N x D\nW: D x D\nY = V * (X W W)", "own")
    assert NumpyWriter(layer).expression(layer.equations[0].expression) == "V * (X @ W @ W)"


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("X: N x D\nW: K x D\nY = X W", 3, 7, "N×D by K×D", "A transpose may be missing: A B^T."),
        ("X: N x D\nY = X + Q", 2, 9, "unknown matrix “Q”", "Give its shape first"),
        ("X: N x D\nY = tahn(X)", 2, 5, "unknown function “tahn”", "“tan”"),
        ("X: N x D\nY = (X", 2, 7, "“)” is expected", None),
        ("X: N x D\nY = X ; X", 2, 7, "“;” cannot be read", None),
        ("X: N x D\nY = 1 X", 2, 5, "“1 b” repeats a row", "1^T A"),
        ("X: N by D\nY = X", 1, 4, "the shape of X", None),
        ("X: N x D\nX = 2 X", 2, 1, "“X” is defined twice", None),
        ("lambda: N x D\nY = lambda", 1, 1, "cannot name a matrix", "lamda"),
        ("X: N x D\nb: 1 x K\nY = X + 1 b", 3, 7, "N×D and 1×K", None),
        ("X: N x D\nY = X^X", 2, 7, "an exponent is a number", None),
        ("X: N x D\nY = X *", 2, 8, "the line ends", None),
        ("X: N x D\nhello", 2, 1, "a shape or an equation is expected", "Y = X W^T"),
        ("X: N x D\nY = X\noutput Z", 3, 8, "the output “Z”", None),
        ("X: N x D\nY = X\nassume T 1 = 1", 3, 8, "“T” is no input", None),
        ("X: N x D\ndX = X", 2, 1, "taken for a gradient", None),
        ("X: N x D\nY = relu(X, X, X)", 2, 5, "relu takes", None),
    ],
)
def test_faults_are_pointed_at(text: str, line: int, column: int, message: str, hint: str | None) -> None:
    with pytest.raises(CorrigeError, match=re.escape(message)) as caught:
        backward(read_layer(text, "own", "own.txt"))
    fault = caught.value
    assert message in fault.message
    assert fault.span is not None
    assert (fault.span.line, fault.span.column) == (line, column)
    assert fault.report().startswith(f"own.txt:{line}:{column}: ")
    assert hint is None or hint in (fault.hint or "")


SQUARES = "X: N x D\nW: K x D\nY: N x K given\n"
TIDIED = [
    ("L = (1/2) sum((X W^T - Y)^2)", {"dX": "(X Wᵀ - Y) W", "dW": "(X Wᵀ - Y)ᵀ X"}),
    ("L = sum((X W^T - Y)²) / (2 N)", {"dX": "(1/N) (X Wᵀ - Y) W", "dW": "(1/N) (X Wᵀ - Y)ᵀ X"}),
    ("L = sum(Y * (X W^T)) / 2", {"dX": "(1/2) Y W", "dW": "(1/2) Yᵀ X"}),
    ("L = sum(((X W^T - Y)^T)²)", {"dX": "2 (X Wᵀ - Y) W", "dW": "2 (X Wᵀ - Y)ᵀ X"}),
]


@pytest.mark.parametrize(("equation", "expected"), TIDIED)
def test_numbers_and_transposes_leave_a_matrix_product(equation: str, expected: dict[str, str]) -> None:
    assert results(SQUARES + equation) == expected


AMBIGUOUS = [
    ("L = 1/2 sum(X)", "ambiguous: (1/2) sum(X) or 1/(2 sum(X))?", 5),
    ("G = 1/N X^T Y", "ambiguous: (1/N) X^T Y or 1/(N X^T Y)?", 5),
    ("G = Y + X / sqrt(D) 1", "ambiguous: (X/sqrt(D)) 1 or X/(sqrt(D) 1)?", 9),
    ("L = sum(X) / N D", "ambiguous: (sum(X)/N) D or sum(X)/(N D)?", 5),
    ("G = Y / X Y^T", "ambiguous: (Y/X) Y^T or Y/(X Y^T)?", 5),
    ("L = sum(X / 2 Y)", "ambiguous: (X/2) Y or X/(2 Y)?", 9),
]


@pytest.mark.parametrize(("equation", "message", "column"), AMBIGUOUS)
def test_a_factor_after_a_divisor_has_two_readings(equation: str, message: str, column: int) -> None:
    with pytest.raises(CorrigeError) as caught:
        read_layer(f"X: N x D\nY: N x D\n{equation}", "own")
    assert caught.value.message == message
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.column) == (3, column)


@pytest.mark.parametrize(
    "equation",
    ["L = sum(X²) / (2 N)", "L = (1/2) sum(X²)", "L = sum(X^2 / 2)", "L = sum(X²/2)/N", "Y = X / (X² 1) 1^T"],
)
def test_one_reading_is_read(equation: str) -> None:
    assert backward(read_layer(f"X: N x D\n{equation}", "own")).verified


@pytest.mark.parametrize("text", ["", "X: N x D", "X: N x D given\nY = X", "X: N x D\nZ: N x D\nY = X"])
def test_faults_of_the_whole(text: str) -> None:
    with pytest.raises(CorrigeError):
        backward(read_layer(text, "own"))


@pytest.mark.parametrize("text", ["X: N x D\nY = " + "(" * 5000, "X: N x D\nY = " + "X X" * 9000])
def test_hostile_texts_are_refused(text: str) -> None:
    with pytest.raises(CorrigeError):
        read_layer(text, "own")


# ---- the command ----------------------------------------------------------------------------------


def corrige(*arguments: str, text: str | None = None):
    return CliRunner().invoke(main, ["layer", *arguments], input=text)


def test_the_command_reads_files_and_standard_input(tmp_path) -> None:
    path = tmp_path / "rms.txt"
    path.write_text(RMS, encoding="utf-8")
    named, piped = corrige(str(path), "--to", "json"), corrige("-", "--to", "json", text=RMS)
    assert named.exit_code == piped.exit_code == 0
    assert '"name": "rms"' in named.stdout
    assert '"verified": true' in piped.stdout


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("batchnorm", "Did you mean “batch_norm”?"),
        ("tanh", "Did you mean “activation:tanh”?"),
        ("activation:tahn", "Did you mean “tanh”?"),
        ("loss:mes", "Did you mean “mse”?"),
        ("no/such/file.txt", "no such file"),
        ("x" * 300, "unknown layer"),
        ("a\0b", "unknown layer"),
    ],
)
def test_unknown_names(argument: str, said: str) -> None:
    found = corrige(argument)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert said in found.stderr


def test_steps_of_the_recurrent_cell() -> None:
    assert '"X_2"' in corrige("rnn", "--steps", "2", "--to", "json").stdout
    assert corrige("rnn", "--steps", "0").exit_code == 2
    assert corrige("rnn", "--steps", "99").exit_code == 2


def test_the_help_lists_every_name() -> None:
    from solver.layer.catalogue import names

    shown = corrige("--help").stdout
    assert all(name.partition(":")[2] or name in shown for name in names())
