"""The chain rule along a graph against three other roads; planted faults are seen."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.derivation.equality import Equality, Means
from solver.errors import ExpressionError, UnsupportedExpression
from solver.expression.latex import latex
from solver.expression.reader import read_expression as read
from solver.expression.tree import Apply, Expr, Power, Product, Quotient, Sum, Symbol, number, symbols
from solver.graph.arrange import arranged
from solver.graph.backward import backward_values
from solver.graph.build import decompose, expand
from solver.graph.chain import Chain
from solver.graph.cost import (
    Operations,
    expanded,
    folded,
    of_equations,
    operations,
    tangent_equations,
    tangent_operations,
)
from solver.graph.differences import differences, double_values
from solver.graph.drawing import draw, layer_of
from solver.graph.dual import tangent
from solver.graph.expansion import partial_derivative, polynomial, written
from solver.graph.forward import Approximate, as_fraction, run, value_of, values
from solver.graph.reverse import reverse
from solver.graph.sample import sample_point
from solver.graph.verify import MANY, agree, chain_rule, check_chain, counterexample
from solver.graph.ways import costs

F = Fraction


def chain(text: str) -> Chain:
    expression = read(text)
    return chain_rule(expression, decompose(expression))


def failed(checks: tuple[Equality, ...]) -> list[str]:
    return [check.left for check in checks if check.holds is False]


CASES = [
    ("(w_1 x + w_2 y)^2", "w_1", "2x(w_{1} x + w_{2} y)"),
    ("(w_1 x + w_2 y)^2", "w_2", "2y(w_{1} x + w_{2} y)"),
    ("exp(w_1 x)(w_2 + b)^2", "w_2", "2(w_{2} + b) e^{w_{1} x}"),
    ("exp(w_1 x)(w_2 + b)^2", "w_1", "x(w_{2} + b)^{2} e^{w_{1} x}"),
    ("x*x", "x", "2x"),
    ("x*x*x", "x", "3x^{2}"),
    ("x/y", "y", r"-\frac{x}{y^{2}}"),
    ("5x", "x", "5"),
    ("x", "x", "1"),
    ("-x^2", "x", "-2x"),
    ("ln(x)", "x", r"\frac{1}{x}"),
]


@pytest.mark.parametrize(("text", "name", "expected"), CASES)
def test_gradients(text: str, name: str, expected: str) -> None:
    found = chain(text).gradient(Symbol(name))
    assert found.result is not None
    assert latex(found.result) == expected


EXPRESSIONS = [
    *dict.fromkeys(text for text, _, _ in CASES),
    "sigmoid(w x + b)", "sigmoid(w x + b)(1 - sigmoid(w x + b))", "1/(1 + exp(-x))", "x^x", "tanh(x)^3",
    "a - a b/(a + 1)", "relu(x) + relu(-y)", "max(x, y) x", "|x| x", "sqrt(x) + ln(y)/x", "1/2 * (w x - y)^2",
    "ln(exp(x) + exp(y))", "elu(w x)", "atan(x)/x", "2 pi x", "log(x, 3)", "min(x, 2)^2", "x + x + x",
]  # fmt: skip


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_every_equality_that_is_shown_is_checked_and_holds(text: str) -> None:
    found = chain(text)
    assert found.checks
    assert [check for check in found.checks if check.holds is not True] == []
    duals = {check.left for check in found.checks if check.means is Means.DUAL}
    for gradient in found.gradients:
        assert latex(gradient.symbol) in duals
    for local in found.locals:
        assert any(left.startswith(local.latex) for left in duals)


def test_a_shared_variable_has_one_path_a_use_and_their_sum() -> None:
    found = chain("x*x*x").gradient(Symbol("x"))
    assert found.paths is not None
    assert [[node.name for node in path.nodes] for path in found.paths] == [
        ["x", "a", "L"],
        ["x", "a", "L"],
        ["x", "L"],
    ]
    assert found.lines[-1] == "3x^{2}"


def test_too_many_paths_are_told_node_by_node() -> None:
    text = "x"
    for _ in range(8):
        text = f"({text})*({text})"
    found = chain(text).gradient(Symbol("x"))
    assert found.paths is None
    assert [check for check in chain(text).checks if check.holds is False] == []


def test_without_a_variable_there_is_nothing_to_derive() -> None:
    with pytest.raises(ExpressionError, match="no variable"):
        chain("7")


# ---- planted faults -----------------------------------------------------------------------------


def test_a_wrong_local_derivative_is_caught() -> None:
    found = chain("exp(w x)(v + b)^2")
    for index, local in enumerate(found.locals):
        for wrong in (Product((number(2), local.expression)), Sum((local.expression, number(1)))):
            spoilt = [*found.locals]
            spoilt[index] = replace(local, expression=wrong)
            assert local.latex in failed(check_chain(replace(found, locals=tuple(spoilt))))


def test_a_wrong_occurrence_of_a_repeated_operand_is_caught() -> None:
    found = chain("x*x*y")
    spoilt = tuple(
        replace(local, expression=Product((number(2), local.expression))) if local.rank == 1 else local
        for local in found.locals
    )
    assert failed(check_chain(replace(found, locals=spoilt))) == [r"\frac{\partial a}{\partial x} (1)"]


@pytest.mark.parametrize("text", ["x y + x", "x*x*x", "sin(x) x + exp(x)", "(x + y)^2/x"])
def test_a_dropped_path_is_caught(text: str) -> None:
    found = chain(text)
    gradient = found.gradient(Symbol("x"))
    assert gradient.paths is not None
    assert len(gradient.paths) > 1
    for index in range(len(gradient.paths)):
        kept = gradient.paths[:index] + gradient.paths[index + 1 :]
        named = arranged(Sum(tuple(path.product for path in kept))) if len(kept) > 1 else kept[0].product
        spoilt = replace(gradient, paths=kept, named=named)
        others = tuple(g for g in found.gradients if g is not gradient)
        assert failed(check_chain(replace(found, gradients=(spoilt, *others))))


def test_a_wrong_adjoint_is_caught() -> None:
    found = chain("exp(w x)(v + b)^2")
    for index, adjoint in enumerate(found.backward.adjoints):
        wrong = replace(adjoint, expression=Sum((adjoint.expression, number(1))))
        adjoints = [*found.backward.adjoints]
        adjoints[index] = wrong
        spoilt = replace(found, backward=replace(found.backward, adjoints=tuple(adjoints)))
        assert failed(check_chain(spoilt))


def test_a_wrong_adjoint_of_a_large_graph_is_caught() -> None:
    found = chain(" + ".join(f"sin(x^{n} y)" for n in range(2, 16)))
    assert len(found.backward.adjoints) > MANY
    assert not failed(found.checks)
    for index in (0, 7, 20, len(found.backward.adjoints) - 1):
        adjoints = [*found.backward.adjoints]
        adjoints[index] = replace(
            adjoints[index], expression=Product((number(2), adjoints[index].expression))
        )
        spoilt = replace(found, backward=replace(found.backward, adjoints=tuple(adjoints)))
        assert failed(check_chain(spoilt))


def test_a_wrong_result_direct_or_developed_is_caught() -> None:
    found = chain("(w x + v y)^2")
    first = found.gradients[0]
    wrong = number(3)
    for spoilt in (
        replace(first, result=wrong),
        replace(first, direct=wrong),
        replace(first, paths=(replace(first.paths[0], product=wrong),)),  # type: ignore[index]
    ):
        assert failed(check_chain(replace(found, gradients=(spoilt, *found.gradients[1:]))))
    assert failed(check_chain(replace(found, developed=wrong)))
    assert failed(check_chain(replace(found, expression=read("(w x - v y)^2"))))


def test_swapped_operands_are_caught() -> None:
    assert counterexample(read("x/y"), decompose(read("y/x"))) is not None
    assert counterexample(read("x - y"), decompose(read("y - x"))) is not None
    assert counterexample(read("x y + y x"), decompose(read("2 x y"))) is None


def test_a_wrong_value_does_not_agree() -> None:
    exact = values(decompose(read("exp(x)")), {"x": F(1)})["L"]
    assert isinstance(exact, Approximate)
    assert agree(exact, exact)
    assert not agree(exact, as_fraction(exact) + F(1, 10**15))
    assert not agree(F(1), F(2))


# ---- random graphs ------------------------------------------------------------------------------

LEAVES = st.sampled_from([Symbol("x"), Symbol("y"), Symbol("w"), number(2), number("1/3"), number(-1)])


def grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(Sum),
        pair.map(Product),
        pair.map(lambda p: Quotient(p[0], Sum((number(3), Power(p[1], number(2)))))),
        inner.map(lambda e: Power(e, number(2))),
        st.tuples(st.sampled_from(["sigmoid", "tanh", "sin", "atan"]), inner).map(
            lambda p: Apply(p[0], (p[1],))
        ),
    )


TREES = st.recursive(LEAVES, grown, max_leaves=6).filter(lambda expr: bool(symbols(expr)))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(TREES)
def test_reverse_forward_and_differences_agree_on_random_graphs(expression: Expr) -> None:
    graph = decompose(expression)
    assert all(equation.is_elementary for equation in graph.equations)
    point = {symbol.name: F(3 + 2 * i, 7 + i) for i, symbol in enumerate(graph.inputs)}
    known = values(graph, point)
    assert agree(known[graph.output.name], value_of(expression, point))
    back = reverse(graph)
    found = backward_values(back, known).values
    for symbol in graph.inputs:
        slope = found[back.adjoint(symbol).symbol.name]
        assert agree(slope, tangent(graph, point, symbol))
        forward = run(tangent_equations(graph, symbol), known)
        last = f"d{graph.output.name}_d{symbol.name}"
        if last in forward:
            assert agree(forward[last], slope)
        h = F(1, 10**12)
        right = as_fraction(values(graph, {**point, symbol.name: point[symbol.name] + h})[graph.output.name])
        left = as_fraction(values(graph, {**point, symbol.name: point[symbol.name] - h})[graph.output.name])
        assert abs((right - left) / (2 * h) - as_fraction(slope)) < F(1, 10**10) * (
            1 + abs(as_fraction(slope))
        )


# ---- numbers ------------------------------------------------------------------------------------


def test_values_are_exact_while_they_can_be() -> None:
    graph = decompose(read("(w_1 x + w_2 y)^2"))
    found = values(graph, {"w_1": F(1, 2), "x": F(3), "w_2": F(-1), "y": F(1, 3)})
    assert found["L"] == F(49, 36)
    other = values(decompose(read("exp(x) x")), {"x": F(1)})["L"]
    assert isinstance(other, Approximate)
    assert other.decimal(10) == "2.7182818285"
    assert other.significant(20).startswith("2.718281828459045235")
    with pytest.raises(ExpressionError, match="no value"):
        values(graph, {"x": F(1)})
    with pytest.raises(UnsupportedExpression, match="no value"):
        values(decompose(read("1/x")), {"x": F(0)})


def test_a_kink_takes_zero_and_says_so() -> None:
    graph = decompose(read("relu(x) y + x"))
    back = reverse(graph)
    found = backward_values(back, values(graph, {"x": F(0), "y": F(5)}))
    assert [(k.edge.source.name, k.edge.target.name) for k in found.kinks] == [("x", "a")]
    assert found.values["dL_dx"] == 1
    with pytest.raises(UnsupportedExpression):
        backward_values(reverse(decompose(read("sqrt(x)"))), {"x": F(0), "L": F(0)})


def test_the_example_is_chosen_for_the_reader_and_always_the_same() -> None:
    graph = decompose(read("(w_1 x + w_2 y)^2"))
    point = sample_point(graph)
    assert point is not None
    assert point == sample_point(graph)
    found = values(graph, point)
    assert all(value != 0 for value in found.values())
    for text in ("ln(x - 1)", "sqrt(x)/y", "exp(w x)", "relu(x)", "1/(x - 2)"):
        chosen = sample_point(decompose(read(text)))
        assert chosen is not None
        values(decompose(read(text)), chosen)


def test_double_precision_is_that_of_the_machine() -> None:
    graph = decompose(read("(w x + v y)^2/3 - 0.1"))
    point = {"w": 0.1, "x": 3.0, "v": -1.7, "y": 0.3}
    ours = double_values(graph, point)[graph.output.name]
    w, x, v, y = (point[name] for name in ("w", "x", "v", "y"))
    assert ours == (w * x + v * y) ** 2 / 3 - 0.1


def test_finite_differences_err_as_taylor_says() -> None:
    graph = decompose(read("w^3"))
    found = differences(graph, {"w": F(2)}, Symbol("w"), F(12))
    for row in found.rows:
        h = F(1, 10**row.power)
        assert row.one_sided_truncation == 6 * h + h**2
        assert row.central_truncation == h**2
    assert found.rounding_shows
    assert found.degree == 3
    square = differences(decompose(read("(w x)^2")), {"w": F(2), "x": F(3)}, Symbol("w"), F(36))
    assert square.degree == 2
    assert all(row.central_truncation == 0 for row in square.rows)
    even = differences(decompose(read("w^4")), {"w": F(0)}, Symbol("w"), F(0))
    assert even.degree == 4
    assert all(row.central_truncation == 0 for row in even.rows)
    assert differences(decompose(read("exp(w)")), {"w": F(0)}, Symbol("w"), F(1)).degree is None


# ---- counts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w x", Operations(0, 1, 0)),
        ("a + b - c", Operations(2, 0, 0)),
        ("c^2", Operations(0, 1, 0)),
        ("c^5", Operations(0, 3, 0)),
        ("c^(-1)", Operations(0, 1, 0)),
        ("exp(x)", Operations(0, 0, 1)),
        ("x^0.5", Operations(0, 0, 1)),
        ("-x", Operations()),
        ("2 pi x", Operations(0, 1, 0)),
        ("(x + 1)/y", Operations(1, 1, 0)),
    ],
)
def test_operations_are_counted_as_written(text: str, expected: Operations) -> None:
    assert operations(read(text)) == expected


def test_counts_of_the_small_graph() -> None:
    graph = decompose(read("(w_1 x + w_2 y)^2"))
    found = costs(graph, [Symbol("w_1"), Symbol("w_2")])
    assert found.values.total == 4  # two products, a sum, a square
    assert found.backward_pass.total == 3  # 2c, then a product a variable
    assert (found.one_sided_evaluations, found.central_evaluations) == (3, 5)
    assert found.central == Operations(5 + 4 + 2, 15 + 2, 0)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_tangents_are_counted_as_they_are_written(text: str) -> None:
    graph = decompose(read(text))
    for symbol in graph.inputs:
        assert tangent_operations(graph, [symbol]) == (
            of_equations(folded(tangent_equations(graph, symbol))),
        )


def test_expanded_counts_what_writing_out_would_take() -> None:
    for text in ("(w x + v)^2 (w x + v)", "x*x*x*x", "sigmoid(w x + b) exp(w x + b)"):
        graph = decompose(read(text))
        assert expanded(graph)[graph.output.name] == operations(expand(graph))


def test_polynomials_are_developed_exactly() -> None:
    x, y = Symbol("x"), Symbol("y")
    found = polynomial(read("(x + 2y)^2 - x^2"), (x, y))
    assert found == {(1, 1): 4, (0, 2): 4}
    assert latex(written(found, (x, y))) == "4x y + 4y^{2}"
    assert partial_derivative(found, 1) == {(1, 0): 4, (0, 1): 8}
    assert polynomial(read("x/y"), (x, y)) is None
    assert polynomial(read("exp(x)"), (x, y)) is None
    assert polynomial(read("(x + y)^30"), (x, y)) is None


# ---- drawing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_the_drawing_goes_from_left_to_right_and_nothing_overlaps(text: str) -> None:
    found = chain(text)
    spec = draw(found.graph, {i: local.expression for i, local in enumerate(found.locals)})
    places = {node.name: (node.x, node.y) for node in spec.nodes}
    assert len(set(places.values())) == len(places)
    for edge in spec.edges:
        assert places[edge.source][0] < places[edge.target][0]
    columns: dict[float, list[float]] = {}
    for x, y in places.values():
        columns.setdefault(x, []).append(y)
    for heights in columns.values():
        ordered = sorted(heights)
        assert all(b - a > 0.99 for a, b in pairwise(ordered))
    assert len(spec.edges) == len(found.locals)
    assert not any("cases" in edge.label for edge in spec.edges)
    assert layer_of(found.graph)[found.graph.output.name] == max(layer_of(found.graph).values())
