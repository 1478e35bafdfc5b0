"""Graphs: what is refused, what reverse mode finds, and that its cost follows the number of equations."""

from __future__ import annotations

import pytest
from conftest import effort

from solver.errors import ExpressionError
from solver.expression.latex import latex
from solver.expression.reader import read_expression as read
from solver.expression.tree import Apply, Product, Sum, Symbol
from solver.graph.build import decompose, expand, from_equations
from solver.graph.model import Equation, Graph
from solver.graph.reverse import adjoint_symbol, reverse

X, Y, A, B, L = (Symbol(name) for name in ("x", "y", "a", "b", "L"))


def equation(name: str, text: str) -> Equation:
    return Equation(Symbol(name), read(text))


@pytest.mark.parametrize(
    ("inputs", "equations", "output", "message"),
    [
        ((X,), (equation("a", "x y"),), A, "not defined"),
        ((X,), (equation("a", "b"), equation("b", "x")), B, "before it is defined"),
        ((X,), (equation("a", "x"), equation("a", "2x")), A, "twice"),
        ((X, X), (equation("a", "x"),), A, "twice"),
        ((X,), (equation("x", "2x"),), X, "twice"),
        ((X,), (equation("a", "x"),), L, "output"),
    ],
)
def test_a_wrong_list_of_equations_is_refused(
    inputs: tuple[Symbol, ...], equations: tuple[Equation, ...], output: Symbol, message: str
) -> None:
    with pytest.raises(ExpressionError, match=message):
        Graph(inputs, equations, output)


def test_operands_keep_their_order_and_their_repeats() -> None:
    assert [s.name for s in equation("a", "y x y").operands] == ["y", "x", "y"]
    edges = decompose(read("x*x")).edges()
    assert [(e.source.name, e.position) for e in edges] == [("x", 0), ("x", 1)]


@pytest.mark.parametrize(
    ("text", "equations"),
    [
        ("(w_1 x + w_2 y)^2", ["a = w_{1} x", "b = w_{2} y", "c = a + b", "L = c^{2}"]),
        ("exp(w x)(v + b)^2", ["a = w x", "c = e^{a}", "p = v + b", "q = p^{2}", "L = c q"]),
        ("(x + 1)^2/(x + 1)", ["a = x + 1", "b = a^{2}", "L = \\frac{b}{a}"]),
        ("x y + sin(y x)", ["a = x y", "b = \\sin(a)", "L = a + b"]),
        ("x", ["L = x"]),
        ("7", ["L = 7"]),
        ("2 pi x y", ["a = 2\\pi x", "L = a y"]),
        ("x - 3", ["L = x - 3"]),
    ],
)
def test_decomposition_names_each_elementary_operation_once(text: str, equations: list[str]) -> None:
    graph = decompose(read(text))
    assert [f"{latex(e.target)} = {latex(e.expression)}" for e in graph.equations] == equations
    assert all(e.is_elementary for e in graph.equations)


def test_names_never_clash_with_variables() -> None:
    graph = decompose(read("(a + b)(c + L)(p - q)"))
    names = [node.name for node in graph.nodes]
    assert len(set(names)) == len(names)
    assert graph.output.name not in {"a", "b", "c", "L", "p", "q"}
    many = decompose(read(" + ".join(f"sin(x^{n})" for n in range(2, 14))))
    assert [e.target.name for e in many.equations][:2] == ["v1", "v2"]
    with pytest.raises(ExpressionError, match="variable"):
        decompose(read("x^2"), "x")


def test_written_equations_are_put_in_order() -> None:
    graph = from_equations(
        (equation("c", "a + b"), equation("a", "x y"), equation("b", "x"), equation("L", "c^2"))
    )
    assert [e.target.name for e in graph.equations] == ["a", "b", "c", "L"]
    assert graph.output.name == "L"
    with pytest.raises(ExpressionError, match="one another"):
        from_equations((equation("a", "b + x"), equation("b", "a")))
    with pytest.raises(ExpressionError, match="variable"):
        from_equations((equation("x", "y + 1"),), (X,))


def test_expanding_gives_the_expression_back() -> None:
    for text in ("(w_1 x + w_2 y)^2", "exp(w x)(v + b)^2", "x*x*x + 1/x"):
        expression = read(text)
        assert str(expand(decompose(expression)).__class__) == str(expression.__class__)
    assert expand(decompose(read("(w_1 x + w_2 y)^2"))) == read("(w_1 x + w_2 y)^2")


def test_adjoints_are_written_with_names() -> None:
    back = reverse(decompose(read("(w_1 x + w_2 y)^2")))
    found = {latex(a.symbol): latex(a.expression) for a in back.adjoints}
    assert found[r"\frac{\partial L}{\partial c}"] == "2c"
    assert found[r"\frac{\partial L}{\partial a}"] == r"\frac{\partial L}{\partial c}"
    assert found[r"\frac{\partial L}{\partial w_{1}}"] == r"\frac{\partial L}{\partial a} \, x"


def test_a_shared_node_adds_up_what_each_use_sends_back() -> None:
    graph = from_equations((equation("a", "x y"), equation("b", "a x"), equation("L", "a + b")))
    adjoint = reverse(graph).adjoint(A)
    assert adjoint.is_shared
    assert [c.consumer.name for c in adjoint.contributions] == ["b", "L"]
    doubled = reverse(decompose(read("x*x"))).adjoint(X)
    assert [latex(c.local) for c in doubled.contributions] == ["x", "x"]
    assert latex(doubled.expression) == "2x"


def test_only_the_paths_asked_for_are_followed() -> None:
    graph = decompose(read("(w_1 x + w_2 y)^2"))
    back = reverse(graph, [Symbol("w_1")])
    assert [a.node.name for a in back.adjoints] == ["L", "c", "a", "w_1"]
    unused = Graph((X, Y), (Equation(L, X),), L)
    assert latex(reverse(unused).adjoint(Y).expression) == "0"
    assert reverse(graph, [Symbol("c")]).adjoints[-1].node.name == "c"
    with pytest.raises(ExpressionError, match="not a node"):
        reverse(graph, [Symbol("z")])


def test_the_target_stands_for_its_own_expression() -> None:
    graph = from_equations((equation("a", "exp(x)"), equation("L", "sigmoid(a)")))
    back = reverse(graph)
    local = back.adjoint(A).contributions[0].local
    assert "sigma" not in latex(local)
    assert latex(back.adjoint(X).contributions[0].local) == "a"


def test_the_name_of_an_adjoint_is_never_taken() -> None:
    assert adjoint_symbol(L, A).name == "dL_da"
    assert adjoint_symbol(L, A, {"dL_da"}).name == "dL_da_"


def deep(layers: int) -> Graph:
    """Layers of three sigmoid units, every weight an input."""
    previous = [Symbol("x1"), Symbol("x2")]
    inputs, equations = list(previous), []
    for layer in range(layers):
        current = []
        for unit in range(3):
            weights = [Symbol(f"W{layer}_{unit}_{j}") for j in range(len(previous))]
            inputs += weights
            z, a = Symbol(f"z{layer}_{unit}"), Symbol(f"a{layer}_{unit}")
            terms = tuple(Product((w, p)) for w, p in zip(weights, previous, strict=True))
            equations += [Equation(z, Sum(terms)), Equation(a, Apply("sigmoid", (z,)))]
            current.append(a)
        previous = current
    equations.append(Equation(L, Sum(tuple(previous))))
    return Graph(tuple(inputs), tuple(equations), L)


def test_reverse_mode_is_linear_in_the_number_of_equations() -> None:
    reverse(deep(2))
    taken = []
    for layers in (100, 200):
        graph = deep(layers)
        found = reverse(graph)
        taken.append(effort(lambda graph=graph: reverse(graph)))
        assert sum(len(a.contributions) for a in found.adjoints) == len(graph.edges())
    assert taken[1] < 2.2 * taken[0]
