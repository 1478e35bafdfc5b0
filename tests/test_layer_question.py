"""The kind `layer`: the whole catalogue is worded and checked, faults are seen, bad input is refused."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from test_layer_random import DECLARED, MATRICES, USED

from solver.derivation.equality import tally
from solver.document.nodes import Box
from solver.document.walk import walk_blocks
from solver.errors import CorrigeError
from solver.expression.tree import Expr
from solver.layer.catalogue import LAYERS, LOSSES, named_layer
from solver.layer.derive import backward
from solver.layer.entries import Entries, Index
from solver.layer.notation import read_layer
from solver.layer.tree import Matrix, Transpose
from solver.questions.layer import LayerFacts
from solver.questions.layer_case import small_case, small_sizes
from solver.questions.layer_components import components
from solver.questions.layer_mistakes import mistakes
from solver.questions.layer_samples import TRIES, drawn_entries
from solver.sheet.reader import read_sheet
from solver.solving import Solved, require_sound, solve
from solver.wording import Wording

NAMES = [
    *LAYERS,
    "rnn",
    "activation:relu",
    "activation:leaky_relu(0.1)",
    *(f"loss:{name}" for name in LOSSES),
]
PARTS = "forward, backward, shapes, code"


def solved(lines: str, lang: str = "en") -> Solved:
    text = f"---\ntitle: Layers\nlang: {lang}\n---\n\n## Q\n\n```{{solve}} layer\n{lines}\n```\n"
    return solve(read_sheet(text, "sheet.md"))


def facts_of(lines: str) -> LayerFacts:
    (facts,) = solved(lines).facts.values()
    assert isinstance(facts, LayerFacts)
    return facts


@pytest.mark.parametrize("name", NAMES)
def test_every_layer_is_checked_and_worded(name: str) -> None:
    made = solved(f":name: {name}\n:ask: {PARTS}")
    require_sound(made, strict=True)
    ((_, request),) = made.requests.values()
    (facts,) = made.facts.values()
    for lang in ("en", "fr"):
        text = Wording(lang, "full").markdown("kinds/layer.md.j2", facts=facts, request=request, label="q")
        blocks, _ = Wording(lang, "full").answer("layer", facts, request, "q")
        kinds = [block.kind for block in walk_blocks(blocks) if isinstance(block, Box)]
        assert kinds[:5] == ["result"] * 4 + ["justification"]
        assert "None" not in text
        assert "&  \\quad" not in text


def numbers(latex: str) -> Any:
    rows = latex.removeprefix(r"\begin{pmatrix} ").removesuffix(r" \end{pmatrix}").split(r" \\ ")
    return np.array([[float(entry) for entry in row.split(" & ")] for row in rows])


def test_the_small_case_is_what_numpy_finds() -> None:
    case = facts_of(":name: linear").case
    assert case is not None
    grids = {g.name: numbers(g.latex) for row in (*case.given, *case.found) for g in row}
    x, w, b, received = (grids[name] for name in ("X", "W", "b", r"\mathrm{d}Y"))
    assert (grids["Y"] == x @ w.T + b).all()
    assert (grids[r"\mathrm{d}X"] == received @ w).all()
    assert (grids[r"\mathrm{d}W"] == received.T @ x).all()
    assert (grids[r"\mathrm{d}b"] == received.sum(axis=0)).all()
    assert case.entries == x.size + w.size + b.size


def test_rounded_entries_are_what_numpy_finds() -> None:
    case = facts_of(":name: loss:cross_entropy_logits").case
    assert case is not None
    grids = {g.name: g for row in (*case.given, *case.found) for g in row}
    x, t = (numbers(grids[name].latex) for name in "XT")
    assert (t.sum(axis=1) == 1).all()
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    expected = (powers / powers.sum(axis=1, keepdims=True) - t) / len(x)
    assert np.allclose(numbers(grids[r"\mathrm{d}X"].latex), expected, atol=0.5e-4)
    assert not grids[r"\mathrm{d}X"].exact


SENSIBLE = {
    "loss:bce": lambda x, t: ((x > 0) & (x < 1)).all() and np.isin(t, (0, 1)).all(),
    "loss:bce_logits": lambda x, t: np.isin(t, (0, 1)).all(),
    "loss:cross_entropy": lambda x, t: (x > 0).all() and np.allclose(x.sum(axis=1), 1) and one_hot(t),
    "loss:cross_entropy_logits": lambda x, t: one_hot(t),
    "loss:nll": lambda x, t: (x < 0).all() and one_hot(t),
    "loss:hinge": lambda x, t: np.isin(t, (-1, 1)).all(),
}


def one_hot(t: Any) -> bool:
    return bool(np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all())


def drawn(name: str, attempt: int) -> dict[str, Any]:
    layer = named_layer(name)
    entries = drawn_entries(layer, small_sizes(layer), attempt)
    return {key: np.array([[float(x) for x in row] for row in grid]) for key, grid in entries.items()}


@pytest.mark.parametrize("name", SENSIBLE)
@pytest.mark.parametrize("attempt", range(TRIES))
def test_the_example_of_a_loss_is_one_of_its_tasks(name: str, attempt: int) -> None:
    grids = drawn(name, attempt)
    assert SENSIBLE[name](grids["X"], grids["T"])
    assert small_case(backward(named_layer(name))) is not None


@pytest.mark.parametrize("name", ["batch_norm", "layer_norm"])
@pytest.mark.parametrize("attempt", range(TRIES))
def test_no_variance_of_an_example_is_zero(name: str, attempt: int) -> None:
    assert (drawn(name, attempt)["X"].std(axis=int(name == "layer_norm")) > 0).all()


def test_no_numpy_is_spoken_of_where_none_is_printed() -> None:
    made = solved(":name: loss:mae\n:ask: forward, backward")
    ((_, request),) = made.requests.values()
    (facts,) = made.facts.values()
    for lang in ("fr", "en"):
        text = Wording(lang, "full").markdown("kinds/layer.md.j2", facts=facts, request=request, label="q")
        assert "NumPy" not in text
        assert "convention, " in text


def test_a_wrong_formula_fails_in_the_small_case() -> None:
    found = backward(named_layer("linear"))
    adjoints = tuple(dataclasses.replace(a, tidy=a.node) if a.node.name == "b" else a for a in found.adjoints)
    case = small_case(dataclasses.replace(found, adjoints=adjoints))
    assert case is not None
    assert [check.holds for check in case.checks] == [True, True, False]


MISTAKES = [
    ("linear", ["unturned", "turned", "unsummed"]),
    ("loss:mse", ["mean"]),
    ("residual", ["uses", "unsummed"]),
    ("softmax", []),
]


@pytest.mark.parametrize(("name", "expected"), MISTAKES)
def test_mistakes_follow_the_rules_that_were_used(name: str, expected: list[str]) -> None:
    assert [m.key for m in mistakes(backward(named_layer(name)))] == expected


def test_wrong_forms_have_the_wrong_shape() -> None:
    """What a mistake says of its wrong form, found by hand for Y = X Wᵀ + 𝟏 b."""
    untransposed, transposed, unsummed = mistakes(backward(named_layer("linear")))
    assert (untransposed.wrong_shape, untransposed.other_shape) == (r"N \times K", r"D \times K")
    assert (transposed.wrong, transposed.wrong_shape) == (r"X^{\top} \, \mathrm{d}Y", r"D \times K")
    assert (unsummed.wrong_shape, unsummed.shape, unsummed.code) == (r"N \times K", r"1 \times K", "b")


OWN = "X: N x D\nW: K x D\nZ = X W^T\nY = relu(Z)"


def test_equations_in_the_body_or_in_an_option() -> None:
    in_body = facts_of(f"\n{OWN}")
    in_option = facts_of(f":equations: {OWN.replace(chr(10), '; ')}")
    assert in_body.found == in_option.found
    assert in_body.public()["shapes"] == {"X": "N×D", "W": "K×D", "Z": "N×K", "Y": "N×K"}
    gradients = in_body.public()["gradients"]
    assert isinstance(gradients, dict)
    assert set(gradients) == {"dX", "dW"}


def test_counted_equalities_differ_as_written() -> None:
    facts = facts_of(":name: linear")
    found = tally(facts.checks)
    assert found.total == len(facts.checks)
    assert (found.failed, found.undecided) == ((), ())


FAULTS = [
    (":name: linaer", "Did you mean “linear”?", "9:8"),
    (":ask: code", "needs the option “:name:” or equations", "8:1"),
    (":name: linear\n:steps: 3", "for the layer “rnn” alone", "10:9"),
    (":name: linear\n\nX: N x D\nY = tanh(X)", "not both", "8:1"),
    (":equations: X: N x D\n\nX: N x D\nY = tanh(X)", "given twice", ""),
    ("X: N x D\nY = tanh(U)", "unknown matrix “U”", "10:10"),
    ("\n\nX: N x D\nY = tanh(U)", "unknown matrix “U”", "12:10"),
    (":equations: X: N x D; Y = tanh(U)", "unknown matrix “U”", "9:32"),
    (":name: conv2d\n:form: components", "correlations are not written entry by entry", "10:8"),
    (":name: linear\n:ask: bakward", "Did you mean “backward”?", "10:7"),
]


@pytest.mark.parametrize(("lines", "message", "place"), FAULTS)
def test_faults(lines: str, message: str, place: str) -> None:
    with pytest.raises(CorrigeError) as caught:
        solved(lines)
    assert message in str(caught.value) + (caught.value.hint or "")
    span = caught.value.span
    assert span is not None
    assert place in ("", f"{span.line}:{span.column}")


def test_other_kinds_take_no_lines() -> None:
    text = "---\ntitle: T\n---\n\n## Q\n\n```{solve} derivative\nof: f\n```\n"
    with pytest.raises(CorrigeError, match=re.escape("holds lines “:option: value” only, found “of: f”")):
        solve(read_sheet(text, "sheet.md"))


COMPONENTS = [
    ("linear", "dX", r"\sum_{k=1}^{K} \mathrm{d}Y_{ik} \cdot W_{kj}"),
    ("linear", "db", r"\sum_{k=1}^{N} \mathrm{d}Y_{kj}"),
    ("softmax", "dX", r"Y_{ij}\left(\mathrm{d}Y_{ij} - \sum_{k=1}^{D} \mathrm{d}Y_{ik} \cdot Y_{ik}\right)"),
    ("loss:mse", "L", r"\frac{\sum_{k=1}^{N} \sum_{l=1}^{D} U_{kl}^{2}}{N D}"),
    ("activation:relu", "dX", r"\mathrm{d}Y_{ij} \cdot \left[X_{ij} > 0\right]"),
    ("attention", "Z", r"\frac{\sum_{k=1}^{D} Q_{ik} K_{jk}}{\sqrt{D}}"),
]


@pytest.mark.parametrize(("layer", "name", "expected"), COMPONENTS)
def test_formulas_entry_by_entry(layer: str, name: str, expected: str) -> None:
    found = components(backward(named_layer(layer)))
    written = {
        f.left.replace(r"\mathrm{d}", "d").split("_")[0]: f.right for f in (*found.forward, *found.gradients)
    }
    assert written[name] == expected


@pytest.mark.parametrize("name", [name for name in NAMES if name != "conv2d"])
def test_entries_written_out_are_those_of_the_matrices(name: str) -> None:
    found = components(backward(named_layer(name)))
    assert all(check.holds for check in found.checks)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(MATRICES)
def test_random_layers_entry_by_entry(formula: str) -> None:
    """Whatever the notation composes: the sums written out are the entries of the matrices."""
    found = components(backward(read_layer(f"{DECLARED}{USED}Z = X\nY = Z + {formula}", "random")))
    assert all(check.holds for check in found.checks)


def test_a_wrong_index_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Entries._entry

    def wrong(self: Entries, node: Matrix, i: Index, j: Index) -> Expr:
        return right(self, node.operand if isinstance(node, Transpose) else node, i, j)

    monkeypatch.setattr(Entries, "_entry", wrong)
    own = "X: N x N\nW: N x N\nY = X W^T"
    found = components(backward(read_layer(own, "own")))
    assert [check.holds for check in found.checks] == [False, True, False]


def test_both_forms_are_worded() -> None:
    made = solved(":name: linear\n:form: components")
    ((_, request),) = made.requests.values()
    (facts,) = made.facts.values()
    for lang in ("en", "fr"):
        text = Wording(lang, "result").markdown("kinds/layer.md.j2", facts=facts, request=request, label="q")
        box = text.split("```{justification}")[0]
        assert r"\sum_{k=1}^{D} X_{ik} W_{jk} + b_{j}" in box
        assert r"W^{\top}" not in box


@pytest.mark.parametrize(
    ("lang", "rows", "above"),
    [
        ("fr", "Les lignes sont les exemples.", "Les conventions sont celles de plus haut."),
        ("en", "Rows are examples.", "The conventions are those given above."),
    ],
)
def test_conventions_are_told_once(lang: str, rows: str, above: str) -> None:
    """A part that would only repeat them has no justification; a sign that is new is explained."""
    asked = ["linear", "linear\n:ask: code", "softmax", "activation:relu", "softmax\n:ask: shapes"]
    made = solve(
        read_sheet(
            f"---\ntitle: Layers\nlang: {lang}\n---\n\n"
            + "\n".join(f"## Q\n\n```{{solve}} layer\n:name: {name}\n```\n" for name in asked),
            "sheet.md",
        )
    )
    pages = [
        Wording(lang, "full").markdown(
            "kinds/layer.md.j2", facts=facts, request=made.requests[label][1], label="q"
        )
        for label, facts in made.facts.items()
    ]
    assert [page.count(rows) for page in pages] == [1, 0, 0, 0, 0]
    assert [above in page for page in pages] == [False, False, True, False, False]
    assert ["{justification}" in page for page in pages] == [True, False, True, True, False]
    assert "A > B" in pages[3]
