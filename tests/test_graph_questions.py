"""Questions `graph` and `autograd`: options, facts, and wordings whose every claim follows the facts."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from math import prod
from random import Random
from typing import Any

import pytest

from solver.derivation.equality import tally
from solver.document.nodes import Box
from solver.document.walk import walk_blocks
from solver.errors import CorrigeError, Span
from solver.expression.reader import read_expression as read
from solver.expression.tree import Symbol
from solver.graph.build import decompose
from solver.graph.chain import writing_order
from solver.graph.forward import as_fraction, values
from solver.graph.sided import Sides, sides
from solver.network.record import record_of
from solver.questions.autograd import AutogradFacts
from solver.questions.autograd_counts import _deepened, _network_costs
from solver.questions.base import Facts, Scope, read_request
from solver.questions.graph import GraphFacts
from solver.sheet.model import Given, NetworkGiven, OptionText
from solver.wording import Wording

SPAN = Span(1, 1)
SQUARE = "(w_1 x + w_2 y)^2"


def options(**texts: str) -> dict[str, OptionText]:
    return {name.rstrip("_"): OptionText(text, SPAN) for name, text in texts.items()}


def network(layers: str, activations: str) -> NetworkGiven:
    return NetworkGiven("mlp", options(layers=layers, activations=activations, loss="half_squared"), SPAN)


def scope(**facts: Facts) -> Scope:
    given = Given("L", (), read(SQUARE), SQUARE, SPAN)
    return Scope(
        {"L": given},
        {
            "mlp": network("2, 3, 1", "sigmoid, sigmoid"),
            "deep": network("3, 4, 4, 2", "tanh, relu, identity"),
        },
        {name.replace("__", "."): found for name, found in facts.items()},
        "fr",
        "q1.graph",
    )


def ask(kind: str, where: Scope | None = None, **texts: str) -> Any:
    place = where or scope()
    return read_request(kind, options(**texts), place, SPAN).solve(place)


def worded(kind: str, facts: Facts, **texts: str) -> str:
    place = scope(q1__g=facts)
    request = read_request(kind, options(**(texts or {"of": "L"})), place, SPAN)
    wording = Wording("fr", "full")
    text = wording.markdown(f"kinds/{kind}.md.j2", facts=facts, request=request, label="q1.g")
    blocks, figures = wording.answer(kind, facts, request, "q1.g")
    kinds = [block.kind for block in walk_blocks(blocks) if isinstance(block, Box)]
    assert kinds[0] == "result"
    assert "None" not in text
    for name in figures:
        assert name.startswith("q1-g-")
    return text


EXPRESSIONS = [
    SQUARE, "exp(w_1 x)(w_2 + b)^2", "x*x", "x*x*x + sigmoid(x)", "w x", "x", "x/y", "relu(w x) - y",
    "1/2 * (sigmoid(w x + b) - y)^2", "ln(x)/(1 + y^2)", "(x + y)^3 + (x + y)", "-x^2", "max(x, 2) y",
]  # fmt: skip


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_graph_answers_are_worded_and_every_check_holds(text: str) -> None:
    facts: GraphFacts = ask("graph", of=text)
    found = tally(facts.checks)
    assert not found.failed
    assert not found.undecided
    page = worded("graph", facts)
    graph = facts.graph
    assert f"{len(graph.equations)} opération" in page
    assert f"soit {len(facts.chain.locals)} arc" in page
    for gradient in facts.chain.gradients:
        count = len(gradient.paths or ())
        if gradient.paths is not None and count > 1:
            letters = {2: "deux", 3: "trois", 4: "quatre", 5: "cinq", 6: "six"}
            assert f"{letters.get(count, count)} chemins" in page
    assert ("On additionne" in page) == any(len(g.paths or ()) > 1 for g in facts.chain.gradients)
    repeated = any(local.rank for local in facts.chain.locals)
    assert ("plus d'une fois dans une même opération" in page) == repeated
    assert ("n'a qu'un chemin" in page) == facts.single
    assert facts.public()["gradients"]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_autograd_answers_are_worded_and_every_check_holds(text: str) -> None:
    facts: AutogradFacts = ask("autograd", of=text)
    found = tally(facts.checks)
    assert not found.failed
    assert not found.undecided
    page = worded("autograd", facts)
    p = len(facts.wrt)
    assert ("n'est pas le moins coûteux" in page) != facts.reverse_is_least
    assert ("Avec une seule variable" in page) == (p == 1)
    assert ("du second degré" in page) == (facts.differences.degree == 2)
    assert ("est affine en" in page) == (facts.differences.degree in (0, 1))
    assert page.count("contributions.") == len(facts.summed)
    assert "Par exemple, en" in page


def drawn(source: Random, depth: int) -> str:
    """An expression at random, in the notation that sheets are written in."""
    if depth == 0 or source.random() < 0.15:
        return source.choice(["x", "y", "w", "b", "2", "1/3", "0.5", "-1"])
    first, second = drawn(source, depth - 1), drawn(source, depth - 1)
    name = source.choice(["exp", "sigmoid", "tanh", "relu", "sin", "ln", "sqrt", "abs", "softplus"])
    shapes = (f"({first}) + ({second})", f"({first}) - ({second})", f"({first}) * ({second})")
    others = (f"({first})/(({second})^2 + 1)", f"({first})^2", f"({first})^3", f"{name}({first})")
    return source.choice(shapes + others)


def test_random_expressions_are_answered_without_a_failed_check() -> None:
    source = Random(2026)
    answered = 0
    for _ in range(60):
        text = drawn(source, source.choice([1, 2, 3, 4]))
        for kind in ("graph", "autograd"):
            try:
                facts = ask(kind, of=text)
            except CorrigeError as fault:
                if not re.search("no variable|no small", fault.message):
                    raise
                continue
            assert not tally(facts.checks).failed, text
            worded(kind, facts)
            answered += 1
    assert answered > 80


def test_claims_about_degrees_are_contradicted_by_no_difference() -> None:
    """A polynomial of degree 2 has third differences 0, of degree 1 second differences 0; others have not."""
    for text in EXPRESSIONS:
        facts: AutogradFacts = ask("autograd", of=text)
        name = facts.wrt[0].name
        points = [{**facts.point, name: facts.point[name] + Fraction(k, 7)} for k in range(4)]
        v = [as_fraction(values(facts.graph, p)[facts.graph.output.name]) for p in points]
        third = v[3] - 3 * v[2] + 3 * v[1] - v[0]
        if facts.differences.degree is not None and facts.differences.degree <= 2:
            assert third == 0


def test_the_parts_of_the_sheet() -> None:
    nodes = "a = w_1 x; b = w_2 y; c = a + b; L = c^2"
    first: GraphFacts = ask("graph", of="L", nodes=nodes, wrt="w_1, w_2", ask="drawing")
    page = worded("graph", first)
    assert "figure:graph" in page
    assert "règle de la chaîne" not in page
    second: GraphFacts = ask("graph", scope(q1__graph=first), from_="q1.graph", ask="derivatives")
    assert second.checks == ()
    page = worded("graph", second)
    assert r"2c \cdot 1 \cdot x" in page
    assert r"w_{1}^{2} x^{2} + 2w_{1} w_{2} x y + w_{2}^{2} y^{2}" in page
    third: AutogradFacts = ask(
        "autograd", scope(q1__graph=first), from_="q1.graph", at="w_1 = 2, x = 3, w_2 = -1, y = 1",
        network="mlp", ask="mechanism",
    )  # fmt: skip
    assert [symbol.name for symbol in third.wrt] == ["w_1", "w_2"]
    page = worded("autograd", third)
    assert "$30$" in page
    assert "Prenons par exemple" not in page
    fourth: AutogradFacts = ask("autograd", scope(q1__a=third), from_="q1.a", ask="importance")
    page = worded("autograd", fourth)
    assert third.network is not None
    costs = third.network.costs
    assert (costs.parameters, costs.central_evaluations) == (13, 27)
    assert f"{costs.central.total} opérations" in page


def _ratio(name: str, hidden: int) -> Fraction:
    """Operations of the loss and its gradient to those of the loss, with so many hidden layers."""
    record = record_of(scope().networks[name])
    return _network_costs(_deepened(record, hidden)).ratio


def test_claims_on_networks_follow_the_counts() -> None:
    for name in ("mlp", "deep"):
        facts: AutogradFacts = ask("autograd", of="L", network=name)
        page = worded("autograd", facts)
        found = facts.network
        assert found is not None
        at_most = Fraction(re.search(r"coûtent au plus \$([\d.]+)\$", page).group(1))  # type: ignore[union-attr]
        at_least = Fraction(re.search(r"au moins \$([\d.]+)\$", page).group(1))  # type: ignore[union-attr]
        totals = [row.costs for row in found.growth]
        assert all(c.reverse.total <= at_most * c.values.total for c in totals)
        formulas = [c.formulas.total for c in totals]
        assert all(b >= at_least * a for a, b in pairwise(formulas))
        assert all(c.reverse.total < c.tangents.total < c.central.total for c in totals)
        top, bottom = re.search(r"tend vers \$\\frac\{(\d+)\}\{(\d+)\}", page).groups()  # type: ignore[union-attr]
        limit = Fraction(int(top), int(bottom))
        gaps = [abs(_ratio(name, hidden) - limit) for hidden in (8, 16, 32)]
        assert gaps[0] > 1.8 * gaps[1] > 3.2 * gaps[2] > 0
    assert ask("autograd", of="L").network is None


def test_every_count_can_be_recovered_from_the_page() -> None:
    """The sums that the page writes beside its counts, worked out again."""
    for name in ("mlp", "deep"):
        facts: AutogradFacts = ask("autograd", of="L", network=name)
        assert facts.network is not None
        costs = facts.network.costs
        page = worded("autograd", facts)
        sums = re.findall(r"\$(\d+(?: (?:\+|\\times) \d+)+) = (\d+)\$", page)
        assert {int(total) for _, total in sums} == {
            costs.reverse.total, costs.tangents.total, costs.one_sided.total, costs.central.total,
            costs.formulas.total,
        }  # fmt: skip
        for left, total in sums:
            terms = [term.split(r" \times ") for term in left.split(" + ")]
            assert sum(prod(int(n) for n in term) for term in terms) == int(total)
        assert sum(count for count, _ in costs.passes) == costs.parameters
        assert ("soit le double" in page) == (costs.ratio == 2)
        assert "proportionnel" not in page


@pytest.mark.parametrize(
    ("text", "value", "derivative"),
    [
        ("a w + b w", 3, 1),  # a + b
        ("x + w y + 1", 3, 0),  # y
        ("w x + w y + w", 4, 2),  # x + y + 1
        ("w + w^2", 2, 2),  # 2w + 1
        ("-w", 0, 0),
        ("3 w", 1, 0),
        ("sigmoid(w)", 1, 4),  # σ(w) (1 − σ(w)), σ called twice
    ],
)
def test_formulas_are_counted_by_the_rule_that_is_printed(text: str, value: int, derivative: int) -> None:
    facts: AutogradFacts = ask("autograd", of=text, wrt="w")
    costs = facts.costs
    assert costs.values.total == value
    assert [found.total for found in costs.formula_sizes] == [derivative]
    assert costs.formulas.total == value + derivative


def test_the_network_of_the_sheet_is_counted_as_by_hand() -> None:
    """2-3-1, sigmoids, half the square: each equation counted on paper."""
    facts: AutogradFacts = ask("autograd", of="L", network="mlp")
    assert facts.network is not None
    costs = facts.network.costs
    assert costs.values.total == 3 * 4 + 3 * 1 + 6 + 1 + 3
    # ŷ − y; ŷ(1 − ŷ) times that; W' (3); W' times (3); a(1 − a) times that (3); x times (6); biases free
    assert costs.backward_pass.total == 1 + 3 + 3 + 3 + 3 * 3 + 6
    assert costs.passes == ((6, 9), (3, 8), (3, 5), (1, 4))  # W, b, W', b'
    assert costs.central_evaluations == 2 * 13 + 1
    # σ of a hidden unit takes 5, ŷ takes 22: (ŷ − y) ŷ (1 − ŷ) takes 23 + 1 + 22 + 1 + 23
    outer = 70
    inner = outer + 1 + 1 + 5 + 1 + 6  # times W', times a, times 1 − a
    sizes = sorted(found.total for found in costs.formula_sizes)
    assert sizes == sorted([outer, *3 * [outer + 1 + 5], *3 * [inner], *6 * [inner + 1]])
    page = worded("autograd", facts)
    page = page[page.index("**Le détail") : page.index("- *Mode inverse.*")]
    rows = [[int(n) for n in re.findall(r"\| \$(\d+)\$(?= \|)", line)] for line in page.splitlines()]
    counted = [row for row in rows if len(row) == 5]
    assert all(number * (plus + times + calls) == total for plus, times, calls, number, total in counted)
    totals = [row[0] for row in rows if len(row) == 1]
    assert totals == [costs.values.total, costs.backward_pass.total, 9]
    assert sum(row[-1] for row in counted) == sum(totals)
    # one unit stands for its layer, the same forwards and backwards
    listed = " ".join(line.partition("etc.")[0] for line in page.splitlines() if "etc." in line)
    assert r"\partial a^{(1)}_{1}" in listed
    assert not re.search(r"[zab]\^\{\(1\)\}_\{[23]", listed)


def test_a_lucky_rounding_is_not_sold_as_accuracy() -> None:
    lucky: AutogradFacts = ask("autograd", of="L", at="w_1 = 2, x = 3, w_2 = -1, y = 1")
    best = lucky.differences.best
    assert lucky.differences.lucky
    assert best.one_sided_double < best.one_sided_truncation
    assert "on ne peut pas y compter" in worded("autograd", lucky)
    for text in EXPRESSIONS:
        facts: AutogradFacts = ask("autograd", of=text)
        row = facts.differences.best
        page = worded("autograd", facts)
        if "on ne peut pas y compter" in page:
            assert row.one_sided_double < row.one_sided_truncation
        if "En deçà de" in page:
            assert facts.differences.rows[-1].one_sided_double > row.one_sided_double
            assert f"En deçà de $h = 10^{{-{row.power}}}$" in page


def test_what_is_shared_by_two_derivatives_is_shared_by_both() -> None:
    two: GraphFacts = ask("graph", of="L", wrt="w_1, w_2")
    page = worded("graph", two)
    assert "sert aux deux dérivées" in page
    assert page.index("On appelle *adjoint*") < page.index("et l'adjoint")
    many: GraphFacts = ask("graph", of="exp(w_1 x)(w_2 + b)^2")
    assert "aux deux" not in worded("graph", many)
    for text in EXPRESSIONS:
        page = worded("graph", ask("graph", of=text))
        assert ("djoint" in page) == ("On appelle *adjoint*" in page)


def test_factors_of_numbers_and_of_names() -> None:
    facts: AutogradFacts = ask("autograd", of="L", at="w_1 = -2, x = 3, w_2 = -1, y = 1")
    page = worded("autograd", facts)
    assert r"$(-2) \times 3$" in page or r"$\left(-2\right) \times 3$" in page
    assert not re.search(r"\d \\cdot", page)
    names = [Symbol(name) for name in ("w_1", "x", "w_2", "y", "b")]
    assert [symbol.name for symbol in writing_order(names)] == ["w_1", "w_2", "x", "y", "b"]


def test_numbers_at_a_point_are_in_the_answer() -> None:
    facts: GraphFacts = ask("graph", of="L", at="w_1 = 2, x = 3, w_2 = -1, y = 1", wrt="w_1")
    assert [(g.variable.name, value) for g, value in facts.numbers.found] == [("w_1", 30)]
    assert "$\\frac{\\partial L}{\\partial w_{1}} = 30$" in worded("graph", facts)


@pytest.mark.parametrize(
    ("text", "at", "slopes"),
    [
        ("abs(x)", "x = 0", {"x": (-1, 1)}),
        ("max(x, y)", "x = 1, y = 1", {"x": (0, 1), "y": (0, 1)}),
        ("min(x, y)", "x = 1, y = 1", {"x": (1, 0), "y": (1, 0)}),
        ("abs(w*x - y)", "w = 1, x = 2, y = 2", {"w": (-2, 2), "x": (-1, 1), "y": (-1, 1)}),
        ("leaky_relu(x)", "x = 0", {"x": (Fraction(1, 100), 1)}),
        ("relu(x) + x^2", "x = 0", {"x": (0, 1)}),
        ("abs(x) + y^2", "x = 0, y = 3", {"x": (-1, 1)}),  # ∂L/∂y = 6 exists
        ("abs(x)^2", "x = 0", {}),
        ("abs(x - 1)", "x = 3", {}),
    ],
)
def test_the_graph_claims_no_derivative_at_a_kink(
    text: str, at: str, slopes: dict[str, tuple[Fraction, Fraction]]
) -> None:
    facts: GraphFacts = ask("graph", of=text, at=at)
    found = tally(facts.checks)
    assert not found.failed
    assert not found.undecided
    sided = {a.adjoint.node.name: a.sides and (a.sides.left, a.sides.right) for a in facts.numbers.astray}
    assert sided == slopes
    exist = [g.variable.name for g, _ in facts.numbers.found]
    assert {*exist, *slopes} == {symbol.name for symbol in facts.graph.inputs}
    page = worded("graph", facts)
    assert page.count("n'est pas dérivable par rapport à") == len(slopes)
    assert "$ : ." not in page


def test_a_derivative_that_no_convention_gives_is_not_counted_as_checked() -> None:
    facts: GraphFacts = ask("graph", of="relu(w) - relu(-w)", at="w = 0")  # it is w
    assert [value for _, value in facts.numbers.found] == [1]
    assert len(tally(facts.checks).undecided) == 1
    assert not tally(facts.checks).failed


def test_the_steps_of_finite_differences_are_named_after_the_variable() -> None:
    page = worded("autograd", ask("autograd", of="(a - b)^2*exp(a)", at="a = 1, b = 2", wrt="b"))
    assert "$b + h$, une" in page
    assert "$b - h$ en plus" in page


def test_at_a_kink_the_convention_is_said() -> None:
    facts: AutogradFacts = ask("autograd", of="relu(w x)", at="w = 0, x = 1")
    assert facts.kinks
    page = worded("autograd", facts)
    assert "n'est pas dérivable par rapport à $w$ : sa pente vaut $0$ à gauche et $1$ à droite" in page
    assert "dérivée trouvée" not in page
    assert re.search(r"[^\n]\n\n\*\*Mode direct", page)
    assert "observée" not in page  # no table of errors: there is no derivative to be wrong by


@pytest.mark.parametrize(
    ("text", "given", "left", "right"),
    [
        ("abs(w) + w", 1, 0, 2),
        ("relu(w) + abs(w)", 0, -1, 2),
        ("max(w, 0)", 0, 0, 1),
        ("relu(w) - relu(-w)", 0, 1, 1),  # it is w: PyTorch's 0 is wrong
        ("max(w, 2w)", Fraction(3, 2), 1, 2),
        ("min(w, -w)*3", 0, 3, -3),
        ("leaky_relu(w, 1/10) + w", Fraction(11, 10), Fraction(11, 10), 2),
    ],
)
def test_both_modes_take_the_same_slope_at_a_kink(
    text: str, given: Fraction, left: Fraction, right: Fraction
) -> None:
    facts: AutogradFacts = ask("autograd", of=text, at="w = 0")
    found = tally(facts.checks)
    assert not found.failed
    assert not found.undecided
    assert facts.tangent_rows[-1].values == (given,)
    (at_kink,) = facts.at_kinks
    assert at_kink.given == given
    assert at_kink.sides == Sides(left, right)
    page = worded("autograd", facts)
    assert ("Attention" in page) == (left == right != given)
    assert ("n'est pas dérivable par rapport à $w$ : sa pente" in page) == (left != right)
    assert all(f"${c}$" in page.partition("{justification}")[0] for c in facts.conventions if left != right)
    assert ("observée" in page) == (left == right)
    assert not re.search(r"cases\} [^&]*& 0 [<>] 0", page)


def test_one_sided_slopes_are_those_of_small_steps() -> None:
    """On functions made of straight pieces a small step gives the slope on its side exactly."""
    source = Random(7)
    names = (
        "abs({})",
        "relu({})",
        "max({}, w)",
        "min({}, 2 v)",
        "max({}, 0)",
        "leaky_relu({}, 1/4)",
        "2*({}) - v",
    )
    for _ in range(60):
        text = source.choice(("w", "v", "w - v", "w + 2 v"))
        for _ in range(source.randint(1, 4)):
            text = source.choice(names).format(text)
        graph = decompose(read(text))
        point = {symbol.name: Fraction(0) for symbol in graph.inputs}
        known = values(graph, point)
        step = Fraction(1, 1000)
        for symbol in graph.inputs:
            found = sides(graph, known, symbol)
            if found is None:  # two operands that move alike
                continue
            at = [values(graph, {**point, symbol.name: shift})[graph.output.name] for shift in (-step, step)]
            here = known[graph.output.name]
            assert (found.left, found.right) == ((here - at[0]) / step, (at[1] - here) / step), text


@pytest.mark.parametrize("text", ["sign(w)", "sign(w abs(w))", "sign(w^2) + w", "max(sign(w), w)"])
def test_no_slope_is_claimed_where_an_operation_jumps(text: str) -> None:
    """sign(w|w|): the argument has the slope 0 at 0, and yet the function jumps."""
    graph = decompose(read(text))
    assert sides(graph, values(graph, {"w": Fraction(0)}), Symbol("w")) is None


def test_what_is_exact_is_not_written_as_rounded() -> None:
    page = worded(
        "autograd", ask("autograd", of="exp(w_1 x)(w_2 + b)^2", at="w_1 = 0, x = 1, w_2 = 1, b = 1")
    )
    assert not re.search(r"approx -?\d+\.0+\$", page)
    flat = worded("autograd", ask("autograd", of="w^2", at="w = 0"))
    assert "ne vient que des arrondis" not in flat


@pytest.mark.parametrize(
    ("texts", "column"),
    [({"of": "L = x + )"}, 9), ({"of": "L", "nodes": "a = w_1 x; b = a +; L = b"}, 18), ({"of": "x + )"}, 5)],
)
def test_a_fault_in_an_option_is_shown_at_its_place(texts: dict[str, str], column: int) -> None:
    with pytest.raises(CorrigeError) as caught:
        ask("graph", **texts)
    assert caught.value.span is not None
    assert caught.value.span.column == column


@pytest.mark.parametrize(
    ("kind", "texts", "message"),
    [
        ("graph", {}, "needs the option"),
        ("autograd", {}, "needs the option"),
        ("graph", {"of": "L", "wrt": "z"}, "not a variable"),
        ("graph", {"of": "L", "ask": "drawings"}, "cannot be asked"),
        ("graph", {"of": "L", "nodes": "a = w_1 x; L = a^2"}, "do not compute"),
        ("graph", {"of": "L", "nodes": "a = w_1 x; a = w_2 y"}, "twice"),
        ("graph", {"of": "L", "nodes": "a + b"}, "nodes are written"),
        ("graph", {"of": "L", "at": "w_1 = 2"}, "no value is given"),
        ("graph", {"of": "L", "at": "q = 2"}, "not a variable"),
        ("graph", {"from_": "q9.graph"}, "no earlier answer"),
        ("autograd", {"of": "7"}, "no variable"),
        ("autograd", {"of": "L", "network": "nope"}, "no network"),
        ("autograd", {"of": "L", "at": "w_1"}, "values are written"),
    ],
)
def test_wrong_requests_are_refused(kind: str, texts: dict[str, str], message: str) -> None:
    with pytest.raises(CorrigeError, match=message):
        ask(kind, **texts)


def test_the_edges_are_listed_where_no_figure_is_drawn() -> None:
    page = worded("graph", ask("graph", of="L", ask="drawing"))
    assert r"$w_{1}, x \to a$ ; $w_{2}, y \to b$ ; $a, b \to c$ ; $c \to L$." in page
    assert r"$x \to L$." in worded("graph", ask("graph", of="x*x", ask="drawing"))
