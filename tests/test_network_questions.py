"""The five kinds on networks, on many architectures: wordings render, and what they claim is checked again.

Each claim is contradicted by its own means where that can be done: counts by listing, outputs by floats, the
affine map by running both networks, the image of the last activation by sampling.
"""

from __future__ import annotations

import math
import random
import re
from itertools import pairwise

import pytest

from solver.errors import SheetError, Span
from solver.questions.base import Scope, read_request
from solver.sheet.model import NetworkGiven, OptionText
from solver.wording import Wording

SPAN = Span(1, 1)
FIRST = {
    "layers": "2, 3, 1", "activations": "sigmoid, sigmoid", "loss": "half_squared",
    "notation": "W2 = W', b2 = b'", "x": "1, 2", "y": "1",
    "weights": "[[[0.5, -0.2], [0.1, 0.4], [-0.3, 0.2]], [[0.6, -0.5, 0.4]]]",
    "biases": "[[0.1, -0.1, 0.2], [0.3]]",
}  # fmt: skip


def solve(kind: str, network: dict[str, str], **options: str):
    given = NetworkGiven("net", {k: OptionText(v, SPAN) for k, v in network.items()}, SPAN)
    scope = Scope({}, {"net": given}, {}, "fr", "q")
    texts = {k: OptionText(v, SPAN) for k, v in {"network": "net", **options}.items()}
    request = read_request(kind, texts, scope, SPAN)
    return request, request.solve(scope)


def rendered(kind: str, network: dict[str, str], **options: str):
    """The facts, the Markdown, with every block read (so every formula is on the allow-list)."""
    from solver.document.formula import read_formula
    from solver.document.nodes import DisplayMath, InlineMath

    request, facts = solve(kind, network, **options)
    wording = Wording("fr", "full")
    text = wording.markdown(f"kinds/{kind}.md.j2", facts=facts, request=request, label="q")
    blocks = wording.blocks(text)
    assert blocks
    formulas = re.findall(r"latex='((?:[^'\\]|\\.)*)'", repr(blocks))
    assert formulas or kind == "parameters"
    for block in blocks:
        for node in getattr(block, "blocks", ()):
            if isinstance(node, (DisplayMath, InlineMath)):
                read_formula(node.latex)
    assert all(check.holds is True for check in facts.checks), [c for c in facts.checks if not c.holds]
    return facts, text


ALL = [
    ("forward", {"form": "components"}), ("forward", {"form": "matrix"}), ("parameters", {"ask": "list"}),
    ("parameters", {"ask": "count"}), ("parameters", {"ask": "formula"}),
    ("backward", {"at": "output", "wrt": "yhat"}),
    ("backward", {"at": "output", "wrt": "z"}), ("backward", {"at": "output", "wrt": "b', W'"}),
    ("backward", {"at": "hidden", "wrt": "a"}), ("backward", {"at": "hidden", "wrt": "z"}),
    ("backward", {"at": "hidden", "wrt": "b, W"}), ("linear-collapse", {}),
    ("output-activation", {"ask": "purpose, conclusion"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "options"), ALL)
def test_the_first_network(kind, options):
    facts, text = rendered(kind, FIRST, **options)
    assert facts.checks
    assert "None" not in text
    assert "Undefined" not in text


# ---- random architectures ------------------------------------------------------------------------

HIDDEN = ["sigmoid", "tanh", "relu", "leaky_relu", "leaky_relu(0.2)", "softplus", "elu", "silu", "identity"]
ENDS = [
    ("sigmoid", "half_squared", 1), ("identity", "mse", 2), ("softmax", "cross_entropy", 3),
    ("tanh", "squared", 1),
    ("sigmoid", "bce", 2), ("identity", "huber", 1), ("log_softmax", "nll", 2), ("softplus", "mse", 1),
    ("identity", "cross_entropy_logits", 2), ("relu", "half_squared", 1), ("hard_sigmoid", "mse", 1),
]  # fmt: skip


def architecture(seed: int) -> dict[str, str]:
    """A network without or with numbers, with or without biases."""
    chance = random.Random(seed)
    last, loss, outputs = ENDS[seed % len(ENDS)]
    layers = [chance.randint(1, 3), *(chance.randint(1, 3) for _ in range(chance.randint(1, 3))), outputs]
    activations = [chance.choice(HIDDEN) for _ in layers[1:-1]] + [last]
    network = {
        "layers": ", ".join(map(str, layers)), "activations": ", ".join(activations), "loss": loss,
    }  # fmt: skip
    biased = chance.random() < 0.8
    if not biased:
        network["biases"] = "none"
    if chance.random() < 0.6:

        def number() -> str:
            return f"{chance.randint(-15, 15) / 10:.1f}"

        def rows(m: int, n: int) -> str:
            return "[" + ", ".join("[" + ", ".join(number() for _ in range(m)) + "]" for _ in range(n)) + "]"

        network["weights"] = "[" + ", ".join(rows(m, n) for m, n in pairwise(layers)) + "]"
        if biased:
            network["biases"] = (
                "[" + ", ".join("[" + ", ".join(number() for _ in range(n)) + "]" for n in layers[1:]) + "]"
            )
        network["x"] = ", ".join(number() for _ in range(layers[0]))
        hot = chance.randrange(outputs)
        network["y"] = ", ".join("1" if i == hot else "0" for i in range(outputs))
    return network


@pytest.mark.parametrize("seed", range(11))
def test_random_architectures_render_and_hold(seed):
    network = architecture(seed)
    sizes = [int(n) for n in network["layers"].split(",")]
    activations = [a.strip() for a in network["activations"].split(", ")]
    for kind, options in ALL:
        facts, text = rendered(kind, network, **options)
        assert (
            "13" not in text
            or kind in ("forward", "backward", "linear-collapse", "parameters")
            or "weights" in network
        )
        if kind == "parameters":
            biased = network.get("biases") != "none"
            assert facts.total == sum(
                1 for m, n in pairwise(sizes) for _ in range(n) for _ in range(m + biased)
            )
            if options["ask"] == "count":
                assert f"**{facts.total} paramètre" in text
        if kind == "linear-collapse":
            check_collapse(facts, sizes, network)
        if kind == "output-activation":
            check_output(facts, text, activations[-1])
        if kind == "backward" and facts.example is not None and facts.example.step is not None:
            step = facts.example.step
            assert step.lowers == (float(step.after) < float(step.before))


def check_collapse(facts, sizes: list[int], network: dict[str, str]) -> None:
    """The rank that a narrow layer allows, and the two networks on the example."""
    narrow = min(sizes[1:-1])
    assert (facts.rank is None) == (narrow >= min(sizes[0], sizes[-1]))
    assert facts.after == sizes[-1] * (sizes[0] + (network.get("biases") != "none"))
    if facts.numbers is None:
        return
    weights = read(network["weights"])
    biases = None if network["biases"] == "none" else read(network["biases"])
    values = read("[" + network["x"] + "]")
    for layer, rows in enumerate(weights):
        values = [
            sum(w * v for w, v in zip(row, values, strict=True)) + (biases[layer][i] if biases else 0)
            for i, row in enumerate(rows)
        ]
    for text, value in zip(facts.numbers.direct, values, strict=True):
        exact = text.rpartition("=")[2].strip()
        fraction = re.fullmatch(r"(-?)\\frac\{(\d+)\}\{(\d+)\}", exact)
        shown = float(f"{fraction[1]}{int(fraction[2]) / int(fraction[3])}") if fraction else float(exact)
        assert shown == pytest.approx(value, abs=1e-9)


def read(text: str):
    import json

    return json.loads(re.sub(r"(?<![\d])\.", "0.", text))


def check_output(facts, text: str, name: str) -> None:
    """The image by sampling, and what is said of it."""
    values = {
        "sigmoid": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh, "relu": lambda z: max(0.0, z),
        "identity": lambda z: z, "softplus": lambda z: math.log1p(math.exp(z)),
        "hard_sigmoid": lambda z: min(1.0, max(0.0, z / 6 + 0.5)),
    }  # fmt: skip
    if name not in values:
        assert facts.sort in ("distribution", "log-distribution")
        return
    sample = [values[name](z / 4) for z in range(-120, 121)]
    inside = all(0 <= v <= 1 for v in sample)
    assert (facts.sort == "probability") == inside
    assert (facts.sort == "real") == (min(sample) < -20 and max(sample) > 20)
    assert (facts.sort == "positive") == (min(sample) >= 0 and max(sample) > 20)
    strictly = all(a < b for a, b in pairwise([values[name](z / 20) for z in range(-120, 121)]))
    assert facts.increasing == strictly
    if facts.sort != "probability":
        assert "comme la probabilité" not in text


@pytest.mark.parametrize(
    ("end", "loss", "y", "words"),
    [
        ("identity", "bce", None, "bce takes the logarithm of outputs between 0 and 1"),
        ("relu", "cross_entropy", None, "cross_entropy takes the logarithm"),
        ("sigmoid", "bce", "3", "bce expects targets between 0 and 1, found 3"),
        ("identity", "bce_logits", "-1/2", "bce_logits expects targets between 0 and 1, found -1/2"),
        ("sigmoid", "bce", "1/4", None),
        ("hard_sigmoid", "bce", None, None),
        ("identity", "mse", "3", None),
    ],
)
def test_a_cross_entropy_of_no_probabilities_is_refused(end, loss, y, words):
    """−y ln ŷ − (1 − y) ln(1 − ŷ) has no least value for y = 3, and no value for ŷ < 0."""
    network = {"layers": "1, 1", "activations": end, "loss": loss}
    if y is not None:
        network |= {"weights": "[[[2]]]", "biases": "[[1]]", "x": "1", "y": y}
    if words is None:
        solve("forward", network)
    else:
        with pytest.raises(SheetError, match=re.escape(words)):
            solve("forward", network)


def test_the_verb_tells_of_a_target_that_is_no_probability():
    from solver.network.record import make_record
    from solver.network.remarks import remarks

    record = make_record({
        "layers": [1, 1], "activations": ["sigmoid"], "loss": "bce", "weights": [[["2"]]], "biases": [["1"]],
        "x": ["1"], "y": ["3"],
    })  # fmt: skip
    assert "bce expects targets between 0 and 1, found 3" in remarks(record)
    assert "bce attend des cibles entre 0 et 1, et non 3" in remarks(record, lang="fr")


# ---- truths of another kind ------------------------------------------------------------------------


def test_a_network_without_hidden_layer():
    network = {"layers": "2, 1", "activations": "sigmoid", "loss": "bce"}
    with pytest.raises(SheetError, match="no hidden layer"):
        solve("linear-collapse", network)
    with pytest.raises(SheetError, match="no hidden layer"):
        solve("backward", network, at="hidden")
    facts, text = rendered("backward", network, at="output")
    assert facts.is_last
    assert r"\hat{y} - y" in text
    facts, text = rendered("output-activation", network, ask="conclusion")
    assert (facts.model, facts.usual_loss) == ("logistic", True)
    assert "C'est une régression logistique." in text
    _, text = rendered("forward", network, form="components")
    assert "ce réseau est une régression logistique." in text
    _, text = rendered("forward", {**network, "activations": "identity", "loss": "mse"}, form="components")
    assert "ce réseau est une régression linéaire." in text
    _, text = rendered("forward", {**network, "activations": "tanh", "loss": "mse"}, form="components")
    assert "régression" not in text


@pytest.mark.parametrize(
    ("layers", "loss", "phrases"),
    [
        ("2, 1", "bce_logits", ["est un *logit*", "le signe de la sortie suffit"]),
        ("2, 3", "bce_logits", ["la probabilité de l'étiquette $i$", "le signe de chaque composante"]),
        ("2, 3", "cross_entropy_logits", ["trois composantes", "celle du plus grand logit"]),
    ],
)
def test_logits_are_for_classes(layers, loss, phrases):
    network = {"layers": layers, "activations": "identity", "loss": loss}
    _, text = rendered("output-activation", network, ask="purpose, conclusion")
    for phrase in [*phrases, "la perte applique elle-même"]:
        assert phrase in text
    assert "cela convient à une régression" not in text
    assert "comme le veut une régression" not in text


@pytest.mark.parametrize(
    ("activation", "targets", "outside"),
    [
        ("sigmoid", "-3", ["-3"]), ("sigmoid", "0.5", []), ("sigmoid", "1", []), ("sigmoid", "2", ["2"]),
        ("relu", "-2", ["-2"]), ("relu", "0", []), ("tanh", "3/2", ["3/2"]), ("identity", "-3", []),
        ("softmax", "-3, 2", []), ("sigmoid", "2, -3", ["-3", "2"]),
    ],
)  # fmt: skip
def test_a_target_outside_the_image_is_said_to_be_out_of_reach(activation, targets, outside):
    size = targets.count(",") + 1
    network = {
        "layers": f"1, {size}", "activations": activation, "loss": "mse", "x": "1", "y": targets,
        "weights": str([[[1]] * size]), "biases": str([[0] * size]),
    }  # fmt: skip
    facts, text = rendered("output-activation", network)
    assert [str(y) for y in facts.unreachable] == outside
    assert ("atteinte** :" in text or "atteintes** :" in text) == bool(outside)


def test_softmax_of_one_unit_is_said_to_be_constant():
    _, text = rendered(
        "output-activation", {"layers": "2, 2, 1", "activations": "tanh, softmax", "loss": "mse"}
    )
    assert "vaut toujours $1$" in text


def test_a_bottleneck_does_not_reach_every_map():
    network = {"layers": "3, 1, 3", "activations": "relu, identity", "loss": "mse"}
    facts, text = rendered("linear-collapse", network)
    assert facts.rank == 1
    assert "Réciproquement" not in text
    assert "ne dépasse pas 1" in text


def test_identity_hidden_activations_are_named():
    network = {"layers": "2, 2, 1", "activations": "identity, sigmoid", "loss": "bce"}
    facts, text = rendered("linear-collapse", network)
    assert facts.already
    assert "déjà" in text
    _, text = rendered("output-activation", network, ask="conclusion")
    assert "ce réseau n'en a pas" in text


def test_no_bias_changes_the_formula():
    _, text = rendered(
        "parameters", {"layers": "2, 3, 1", "activations": "tanh, tanh", "loss": "mse", "biases": "none"}
    )
    assert "**9 paramètres**" in text
    assert "(n_{\\ell-1} + 1)" not in text


def test_a_relu_at_its_kink_is_said():
    network = {
        "layers": "1, 1, 1", "activations": "relu, identity", "loss": "mse",
        "weights": "[[[1]], [[1]]]", "biases": "[[-1], [0]]", "x": "1", "y": "1",
    }  # fmt: skip
    _, text = rendered("forward", network, form="components")
    assert "pas dérivable" in text
    _, text = rendered("backward", network, at="hidden")
    assert "la dérivée n'existe pas" in text


def test_single_numbers_have_no_transpose_to_forget():
    network = {"layers": "1, 1, 1", "activations": "tanh, tanh", "loss": "mse", "biases": "none"}
    _, text = rendered("backward", network, at="hidden")
    assert "autre vecteur" not in text
    assert r"\mathbf{b}" not in text


def test_an_active_relu_shows_no_difference():
    network = {
        "layers": "1, 1", "activations": "relu", "loss": "mse",
        "weights": "[[[1]]]", "biases": "[[0]]", "x": "2", "y": "1",
    }  # fmt: skip
    _, text = rendered("backward", network, at="output")
    assert "sans le facteur de pente" not in text


def test_a_zero_gradient_is_said():
    network = {
        "layers": "1, 1", "activations": "identity", "loss": "mse",
        "weights": "[[[1]]]", "biases": "[[0]]", "x": "1", "y": "1",
    }  # fmt: skip
    _, text = rendered("backward", network, at="output")
    assert "Tous les gradients sont nuls" in text


def test_wide_layers_are_written_for_a_general_unit():
    network = {"layers": "40, 20, 3", "activations": "relu, softmax", "loss": "cross_entropy"}
    facts, text = rendered("forward", network)
    assert r"\sum_{j=1}^{40}" in text
    assert all(layer.general for layer in facts.layers)
    for wrt in ("a", "z", "W"):
        _, text = rendered("backward", network, at="hidden", wrt=wrt)
        assert len(text) < 12_000


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("forward", {"form": "tensor"}, "tensor"), ("parameters", {"ask": "lists"}, "lists"),
        ("backward", {"at": "exit"}, "exit"), ("backward", {"at": "3"}, "1 to 2"),
        ("backward", {"wrt": "q"}, "“q”"),
        ("output-activation", {"ask": "why"}, "why"), ("linear-collapse", {"layer": "2"}, "1 to 1"),
    ],
)  # fmt: skip
def test_wrong_options(kind, options, words):
    with pytest.raises(SheetError, match=re.escape(words)):
        solve(kind, FIRST, **options)


# ---- what a reader with a calculator finds -------------------------------------------------------


def as_written(side: str) -> float:
    """The value of a displayed line, from its text alone."""
    text = re.sub(r"\\left|\\right|\\,", "", side)
    text = re.sub(r"\\operatorname\{(\w+)\}", r"\1", text).replace(r"\cdot", "*")
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", text)
    text = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", text).replace(r"\sigma", "sigma").replace(r"\tanh", "tanh")
    text = re.sub(r"\\ln\b", "ln", text)
    text = re.sub(r"(?<=[\d)])\s*(?=\()", "*", text)
    known = {
        "sigma": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh, "e": math.e, "ln": math.log,
        "ReLU": lambda z: max(0.0, z), "max": max,
    }  # fmt: skip
    return float(eval(text, {"__builtins__": {}}, known))


NUMBERED = [
    FIRST,
    {
        "layers": "3, 2, 2", "activations": "relu, identity", "loss": "mse",
        "weights": "[[[0.5, -0.2, 0.3], [0.1, 0.4, -0.7]], [[0.6, -0.5], [0.25, 1/3]]]",
        "biases": "[[0.1, -0.1], [0.3, 0.2]]", "x": "1, 2, -1", "y": "1, 0.5",
    },
    {
        "layers": "1, 1, 1", "activations": "tanh, tanh", "loss": "mse", "biases": "none",
        "weights": "[[[0.5]], [[0.7]]]", "x": "2", "y": "0.3",
    },
    {
        "layers": "2, 3, 2, 1", "activations": "sigmoid, tanh, sigmoid", "loss": "half_squared",
        "weights": "[[[0.5, -0.2], [0.1, 0.4], [-0.3, 0.2]], [[3.6, -2.5, 0.4], [1, 2, 3]], [[1.7, -5]]]",
        "biases": "[[0.1, -0.1, 0.2], [0.3, 0], [0.9]]", "x": "1, 2", "y": "1",
    },
]  # fmt: skip


@pytest.mark.parametrize("network", NUMBERED)
def test_each_numeric_line_gives_what_it_shows(network):
    """Evaluated as printed; and a line that rounds anything has no sign of equality."""
    _, text = rendered("forward", network, form="components")
    shown = [
        line
        for line in text.splitlines()
        if re.search(r"&(=|\\approx) ?[-\d\\(].*(=|\\approx) -?[\d.]+( \\\\)?$", line)
    ]
    assert shown
    for line in shown:
        right = re.search(r"(=|\\approx) (-?[\d.]+)( \\\\)?$", line)
        middle = line[: right.start()].partition("&")[2].strip()
        first = "=" if middle.startswith("=") else r"\approx"
        value = as_written(middle.removeprefix(first))
        places = len(right[2].partition(".")[2])
        assert abs(value - float(right[2])) <= 0.5 * 10**-places + 1e-12, line
        assert (right[1] == "=") == (abs(value - float(right[2])) < 1e-12) or first == r"\approx", line
    rounded = [t for t in text.splitlines() if re.search(r"\d\.?\d{7}.*\\approx", t)]
    assert all(r"&\approx" in t for t in rounded)


@pytest.mark.parametrize("network", [NUMBERED[0], NUMBERED[1]])
def test_a_coefficient_of_the_matrix_form_is_the_equation_of_a_unit(network):
    facts, text = rendered("forward", network, form="matrix")
    equation = facts.layers[0].pre[facts.coefficient.unit - 1]
    from solver.expression.latex import latex

    assert facts.coefficient.right == latex(equation.expression)
    assert facts.coefficient.right in text


def test_scalars_are_not_said_to_have_components():
    _, text = rendered("forward", NUMBERED[2], form="matrix")
    assert "composante par composante" not in text
    assert "les deux écritures sont la même" in text


def test_a_wide_softmax_layer_is_not_taken_entry_by_entry():
    network = {"layers": "40, 20, 3", "activations": "relu, softmax", "loss": "cross_entropy"}
    _, text = rendered("forward", network, form="components")
    assert r"softmax}(\mathbf{z}^{(2)})$, sur la couche entière" in text


# ---- what Q5 and Q8 claim ------------------------------------------------------------------------


@pytest.mark.parametrize(("layers", "chosen"), [("2, 3, 1", "(3)"), ("4, 7, 5, 2", "(7, puis 5)")])
def test_imposed_sizes_are_not_called_hyperparameters(layers, chosen):
    count = layers.count(",")
    network = {"layers": layers, "activations": ", ".join(["tanh"] * count), "loss": "mse"}
    _, text = rendered("parameters", network, ask="list")
    box = text.partition("{justification}")[0]
    assert chosen in box
    assert f"({layers})" not in box
    assert "×" not in text


@pytest.mark.parametrize(
    "layers", ["2, 3, 1", "2, 3, 4, 3, 2", "3, 2, 2", "1, 1, 1", "2, 5, 3", "20, 30, 20", "2, 4, 40"]
)
def test_the_choice_of_weights_gives_any_affine_map(layers):
    """The displayed matrices, read back with blocks filled in, multiplied by a third hand."""
    from fractions import Fraction

    from solver.questions.converse import chosen, entry_name

    sizes = [int(n) for n in layers.split(",")]
    hidden = ["tanh"] * (len(sizes) - 2)
    network = {"layers": layers, "activations": ", ".join([*hidden, "identity"]), "loss": "mse"}
    facts, text = rendered("linear-collapse", network)
    target = tuple(
        tuple(Fraction(i * 7 - j * j + 1, 3) for j in range(sizes[0])) for i in range(sizes[-1])
    )  # fmt: skip
    product = [[Fraction(int(i == j)) for j in range(sizes[0])] for i in range(sizes[0])]
    for rows in chosen(sizes, target):
        product = [
            [
                sum((w * line[j] for w, line in zip(row, product, strict=True)), Fraction(0))
                for j in range(sizes[0])
            ]
            for row in rows
        ]
    assert tuple(map(tuple, product)) == target
    assert "Il suffit de prendre" in text
    for (_, shown), rows in zip(facts.converse.parts, chosen(sizes, target), strict=False):
        if "tilde" not in shown and "I_" not in shown and len(rows) * len(rows[0]) > 1:
            cells = [line.split("&") for line in shown[16:-14].split(r"\\")]
            assert [[int(c) for c in line] for line in cells] == [[int(v) for v in row] for row in rows]
        if "tilde{W}_" in shown:
            named = {
                entry_name(i, j, len(target), len(row)): v
                for i, row in enumerate(target)
                for j, v in enumerate(row)
            } | {"0": Fraction(0)}
            cells = [line.split("&") for line in shown[16:-14].split(r"\\")]
            assert [[named[c.strip()] for c in line] for line in cells] == [list(row) for row in rows]
    assert facts.converse.count == min(sizes[0], sizes[-1])


def test_a_false_choice_is_caught(monkeypatch):
    from solver.questions import converse

    right = converse.chosen
    monkeypatch.setattr(
        converse, "chosen", lambda sizes, target: [*right(sizes, target)[:-1], right(sizes, target)[0]]
    )
    network = {"layers": "2, 2, 2", "activations": "tanh, identity", "loss": "mse"}
    _, facts = solve("linear-collapse", network)
    assert any(check.holds is False for check in facts.checks)


@pytest.mark.parametrize(
    ("end", "loss", "outputs", "words", "absent"),
    [
        ("sigmoid", "bce", 1, "est alors une régression logistique.", "ajusté"),
        (
            "sigmoid",
            "half_squared",
            1,
            "ajusté ici avec la demi-erreur quadratique",
            "est alors une régression",
        ),
        ("softmax", "cross_entropy", 3, "une régression logistique à 3 classes", "ajusté"),
        ("softmax", "mse", 3, "ajusté ici avec l'erreur quadratique moyenne", "est alors une régression"),
        ("identity", "mse", 2, "une régression linéaire", "ajusté"),
        ("identity", "mae", 1, "ajusté ici avec l'erreur absolue moyenne", "est alors une régression"),
        ("identity", "bce_logits", 1, "la perte appliquant elle-même", "linéaire."),
        ("tanh", "mse", 1, "sans couche cachée, d'activation", "régression l"),
    ],
)
def test_the_collapsed_network_has_its_right_name(end, loss, outputs, words, absent):
    network = {"layers": f"2, 3, {outputs}", "activations": f"relu, {end}", "loss": loss}
    _, text = rendered("linear-collapse", network)
    box = text.partition("{justification}")[0]
    assert words in box
    assert absent not in box


def test_losses_are_not_said_to_have_been_convex():
    """½(σ(z) − y)² is not convex even with one layer."""
    _, text = rendered("linear-collapse", FIRST)
    assert "plus convexe" not in text
    assert "même une perte convexe en $z$" in text

    def loss(z: float) -> float:
        return (1 / (1 + math.exp(-z)) - 1) ** 2 / 2

    assert loss(-4) > (loss(-8) + loss(0)) / 2


def test_the_usual_gradients_say_their_hypotheses():
    facts, text = rendered("output-activation", FIRST)
    rows = {row.task: row.gradient for row in facts.table}
    assert rows["classes"] == r"\hat{\mathbf{y}} - \mathbf{y}"
    assert r"\frac{1}{m}" in rows["labels"]
    assert "one-hot" in text
    assert "moyenne sur les $m$ étiquettes" in text
    for m in (2, 5):
        z, y = [0.3 * k - 0.4 for k in range(m)], [k % 2 for k in range(m)]

        def mean(z: list[float], y: list[int] = y, m: int = m) -> float:
            p = [1 / (1 + math.exp(-v)) for v in z]
            return -sum(t * math.log(q) + (1 - t) * math.log(1 - q) for q, t in zip(p, y, strict=True)) / m

        slope = (mean([z[0] + 1e-6, *z[1:]]) - mean([z[0] - 1e-6, *z[1:]])) / 2e-6
        assert slope == pytest.approx((1 / (1 + math.exp(-z[0])) - y[0]) / m, abs=1e-8)


def test_a_target_on_the_edge_is_not_said_to_be_in_the_image():
    _, text = rendered("output-activation", FIRST, ask="purpose, conclusion")
    assert "l'ensemble des valeurs de la cible" not in text
    assert "l'ensemble où vit la cible" not in text


# ---- the backward pass ---------------------------------------------------------------------------

PARTS = [
    {"at": "output", "wrt": "yhat"}, {"at": "output", "wrt": "z"}, {"at": "output", "wrt": "b, W"},
    {"at": "hidden", "wrt": "a"}, {"at": "hidden", "wrt": "z"}, {"at": "hidden", "wrt": "b, W"},
]  # fmt: skip
DEEP = {"layers": "2, 3, 4, 3, 2", "activations": "relu, tanh, tanh, softmax", "loss": "cross_entropy"}


@pytest.mark.parametrize("network", [*NUMBERED, DEEP])
def test_the_numbers_come_once_at_the_end(network):
    texts = [rendered("backward", network, **options)[1] for options in PARTS]
    assert all(r"\approx" not in text and "{example}" not in text for text in texts[:-1])
    assert ("{example}" in texts[-1]) == ("weights" in network)
    assert all("exemple donné" not in text for text in texts)
    if "weights" in network:
        facts, _ = rendered("backward", network, **PARTS[-1])
        shown = "".join(name for row in facts.number_rows for name, _ in row)
        for layer in range(1, len(network["layers"].split(",")) - 1):
            assert f"z}}^{{({layer})}}" in shown or f"z^{{({layer})}}" in shown


def test_a_layer_asked_for_whole_has_its_numbers():
    _, text = rendered("backward", NUMBERED[1], at="output")
    assert "{example}" in text


def indexed(text: str, table: dict[str, str]) -> str:
    """The text with numbers for the letters of its indices."""
    return re.sub(r"_\{([ij1-9]+)\}", lambda m: "_{" + "".join(table.get(c, c) for c in m[1]) + "}", text)


@pytest.mark.parametrize("network", [*NUMBERED[:2], NUMBERED[3], DEEP])
@pytest.mark.parametrize("options", PARTS[1:])
def test_the_generic_line_gives_the_line_of_each_unit(network, options):
    """With 2 for i or j, the displayed line is the chain rule of unit 2, or of weight 21 or 2."""
    facts, text = rendered("backward", network, **options)
    for layer in facts.layers:
        for item in layer.items:
            if item.size == 1 or (layer.activation.is_vector and item.letter == "z"):
                continue
            assert item.generic is not None
            assert item.generic.name in text
            assert item.generic.braced in text
            if r"\sum" in item.generic.braced:
                following = layer.next_size
                assert rf"\sum_{{i=1}}^{{{following}}}" in item.generic.braced
                assert all(len(entry.paths) == following for entry in item.entries)
                continue
            lines = {tuple(f.value for path in e.paths for f in path): e.name for e in item.entries}
            assert len(lines) == len(item.entries) or item.letter == "b"
            for number, entry in enumerate(item.entries):
                i, j = divmod(number, len(item.rows[0]))
                unit = str(i + 1)
                table = {"i": unit, "j": str(j + 1) if item.letter == "W" else unit}
                made = indexed(item.generic.name, table)
                assert made == entry.name
                if item.generic.full and entry.full:
                    full = indexed(item.generic.full, table)
                    assert full == entry.full


def test_lines_that_are_not_alike_have_no_generic_line():
    """A slope of another unit planted in one line."""
    from dataclasses import replace

    from solver.network.backward import analyse
    from solver.network.record import read_record
    from solver.questions.backward_generic import generic_line
    from solver.questions.backward_parts import _lines

    record = read_record('{"layers": [2, 3, 1], "activations": ["tanh", "tanh"], "loss": "mse"}')
    analysis = analyse(record)
    lines = _lines(analysis, analysis.names.vector("z", 1), (), None)
    assert generic_line(analysis, "z", 1, lines) is not None
    path = lines[0].paths[0]
    wrong = replace(lines[0], paths=(replace(path, value=lines[1].paths[0].value),))
    assert generic_line(analysis, "z", 1, [wrong, *lines[1:]]) is None


def test_wording_follows_the_shapes():
    _, text = rendered("backward", FIRST, at="output", wrt="z")
    assert "composante par composante" not in text
    _, text = rendered("backward", FIRST, at="output", wrt="W")
    assert "colonne par une ligne" not in text
    _, text = rendered("backward", FIRST, at="hidden", wrt="z")
    assert "composante par composante" in text
    _, text = rendered("backward", FIRST, at="hidden", wrt="W")
    assert "colonne par une ligne" in text
    texts = [rendered("backward", NUMBERED[2], **options)[1] for options in PARTS]
    assert not any(
        "composante" in t or "colonne" in t or ("transposée.**" in t and "fausse" in t) for t in texts[:-1]
    )


@pytest.mark.parametrize(
    ("end", "loss", "outputs", "line"),
    [
        (
            "sigmoid",
            "half_squared",
            1,
            r"\frac{\partial L}{\partial \hat{Y}} &= \frac{1}{N} \left(\hat{Y} - Y\right)",
        ),
        (
            "identity",
            "squared",
            2,
            r"\frac{\partial L}{\partial \hat{Y}} &= \frac{2}{N} \left(\hat{Y} - Y\right)",
        ),
        ("sigmoid", "bce", 1, r"\frac{\partial L}{\partial Z^{(2)}} &= \frac{1}{N} \left(\hat{Y} - Y\right)"),
        (
            "sigmoid",
            "bce",
            2,
            r"\frac{\partial L}{\partial Z^{(2)}} &= \frac{1}{2 N} \left(\hat{Y} - Y\right)",
        ),
    ],
)
def test_the_mean_over_the_batch_is_written(end, loss, outputs, line):
    network = {"layers": f"2, 3, {outputs}", "activations": f"tanh, {end}", "loss": loss}
    facts, text = rendered("backward", network, **PARTS[-1])
    assert line in text
    assert any(check.left == line.partition(" &=")[0] and check.holds for check in facts.checks)


def test_without_such_a_formula_the_column_is_described():
    _, text = rendered("backward", DEEP, **PARTS[-1])
    assert "la colonne $k$" in text


def test_a_wrong_factor_of_the_mean_is_caught(monkeypatch):
    from solver.network import batch
    from solver.network.record import read_record

    right = batch._start

    def wrong(analysis, form):
        target, expression, text = right(analysis, form)
        return target, expression.operand, text

    monkeypatch.setattr(batch, "_start", wrong)
    record = read_record('{"layers": [2, 3, 1], "activations": ["tanh", "tanh"], "loss": "half_squared"}')
    assert any(check.holds is False for check in batch.batch_of.__wrapped__(record).checks)


def test_the_transpose_is_proved_by_its_sum():
    _, text = rendered("backward", DEEP, **PARTS[-1])
    assert r"\sum_{i=1}^{n_{\ell+1}} \delta_i^{(\ell+1)} W_{ij}^{(\ell+1)}" in text
    flat = {"layers": "2, 1", "activations": "sigmoid", "loss": "bce"}
    _, text = rendered("backward", flat, at="output")
    assert "récurrence" not in text


def test_a_false_composed_map_is_caught(monkeypatch):
    """b̃ without the weights above the lower bias."""
    from solver.questions import linear_collapse
    from solver.rules.matrix import MatrixSum

    right = linear_collapse._composed

    def wrong(record, names, first, last):
        weights, bias, lines = right(record, names, first, last)
        return weights, MatrixSum(bias, names.vector("b", last)), lines

    monkeypatch.setattr(linear_collapse, "_composed", wrong)
    _, facts = solve("linear-collapse", FIRST)
    assert any(check.holds is False for check in facts.checks)


@pytest.mark.parametrize(("network", "rounded"), [(NUMBERED[0], True), (NUMBERED[1], False)])
def test_rounded_outputs_are_said_to_be_so(network, rounded):
    _, text = rendered("linear-collapse", network)
    told = text.partition("La sortie est alors")[2].partition("avec")[0]
    assert (r"\approx" in told) == rounded


def test_the_derivative_of_a_loss_never_goes_back():
    """Each line is new, and none but the last is the last up to the order of its terms."""
    for loss in ("bce", "half_squared", "mse", "bce_logits", "cross_entropy", "mae", "hinge"):
        end = {"bce": "sigmoid", "cross_entropy": "softmax"}.get(loss, "identity")
        for outputs in (1, 2, 3):
            network = {"layers": f"2, {outputs}", "activations": end, "loss": loss}
            facts, _ = rendered("backward", network, at="output", wrt="yhat")
            lines = facts.loss_derivation
            assert len(set(lines)) == len(lines)
            terms = [sorted(re.split(r" [+-] |^-", line)) for line in lines]
            assert terms.count(terms[-1]) == 1, lines
