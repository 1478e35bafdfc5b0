"""`corrige graph`: the graph of an expression and the chain rule along it, as JSON, text, Markdown, LaTeX."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from solver.errors import CorrigeError, ExpressionError, Span, nearest
from solver.expression.bridge import sympy_text
from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.expression.tree import Expr, Symbol, number, substitute, symbols
from solver.graph.backward import Backward, backward_values
from solver.graph.build import decompose, expand
from solver.graph.chain import Chain, Gradient, arranged
from solver.graph.cost import expanded
from solver.graph.forward import Value, known_values
from solver.graph.model import Graph
from solver.graph.reverse import Adjoint
from solver.graph.verify import agree, chain_rule, slope_at

DIGITS = 20
"""Significant digits of a value that is not rational."""

WRITTEN = 200_000
"""Past this many operations a derivative is written with the adjoints that the steps define."""

_NAMED = re.compile(r"\s*([^\W\d][\w']*)\s*(?:\(\s*[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*\s*\))?\s*=(?!=)")


def graph_report(
    expression: str, *, wrt: str | None = None, at: str | None = None, to: str = "text", lang: str = "en"
) -> str:
    """The answer for one expression, which may begin with the name of its value (`L = …`).

    `wrt` is a list of variables (default: all), `at` values such as `w1=2,x=3`. Raises CorrigeError where one
    of them cannot be read.
    """
    found = analyse(expression, wrt=wrt, at=at)
    match to:
        case "json":
            return json.dumps(graph_json(found), ensure_ascii=False, indent=1)
        case "text":
            return _text(found, _sentences(lang))
        case "markdown":
            return _markdown(found, _sentences(lang))
        case _:
            return _latex(found)


@dataclass(frozen=True)
class Report:
    """The chain rule of the expression, by the variables asked for, and the numbers at a point (or none)."""

    chain: Chain
    point: Mapping[str, Fraction]

    @cached_property
    def numbers(self) -> Backward:
        """The values that follow from the point: of nodes by name, of adjoints by their own names."""
        if not self.point:
            return Backward({}, ())
        return backward_values(self.chain.backward, known_values(self.chain.graph, self.point))

    @cached_property
    def verified(self) -> bool:
        """Whether every equality holds, those in numbers too."""
        graph = self.chain.graph
        sound = all(check.holds is True for check in self.chain.checks)
        if self.numbers.kinks or not all(symbol.name in self.point for symbol in graph.inputs):
            return sound
        for adjoint in self.chain.backward.adjoints:
            slope = slope_at(graph, self.numbers.values, adjoint.node)
            if slope is None or not agree(slope, self.numbers.values[adjoint.symbol.name]):
                return False
        return sound


def analyse(expression: str, *, wrt: str | None, at: str | None) -> Report:
    """Reads the three texts and runs the chain rule."""
    named = _NAMED.match(expression)
    offset = named.end() if named else 0
    try:
        tree = read_expression(expression[offset:])
    except CorrigeError as fault:
        raise fault.located(span=Span(1, offset + 1), source=expression, path=None) from None
    output = _name(named.group(1)) if named else None
    graph = decompose(tree, output)
    asked = [_variable(item, graph.inputs) for item in wrt.split(",")] if wrt is not None else graph.inputs
    point = {} if at is None else _point(at, graph.inputs)
    return Report(chain_rule(tree, graph).only(asked), point)


def _name(text: str) -> str:
    found = read_expression(text)
    if not isinstance(found, Symbol):
        raise ExpressionError(f"“{text}” cannot name the value of the expression")
    return found.name


def _variable(text: str, known: tuple[Symbol, ...]) -> Symbol:
    found = read_expression(text) if text.strip() else None
    names = [symbol.name for symbol in known]
    for symbol in known:
        if isinstance(found, Symbol) and found.name == symbol.name:
            return symbol
    raise ExpressionError(
        f"“{text.strip()}” is not a variable of the expression; its variables: {', '.join(names)}",
        hint=nearest(text.strip(), names),
    )


def _point(text: str, known: tuple[Symbol, ...]) -> dict[str, Fraction]:
    point: dict[str, Fraction] = {}
    for item in text.split(","):
        left, sign, right = item.partition("=")
        if not sign or not right.strip():
            raise ExpressionError(f"values are written w=2,x=1/3; found “{item.strip()}”")
        symbol = _variable(left, known)
        value = exact_value(read_expression(right))
        if value is None:
            raise ExpressionError(f"an exact number is expected for {symbol.name}, found “{right.strip()}”")
        if symbol.name in point:
            raise ExpressionError(f"{symbol.name} is given two values")
        point[symbol.name] = value
    return point


# ---- JSON ---------------------------------------------------------------------------------------


def graph_json(found: Report) -> dict[str, object]:
    """The answer as plain data; expressions in SymPy's functions and in the names of the nodes."""
    chain, graph, numbers = found.chain, found.chain.graph, found.numbers
    nodes: list[dict[str, object]] = []
    for node in graph.nodes:
        equation = graph.equation(node)
        entry: dict[str, object] = {
            "name": sympy_text(node),
            "equation": sympy_text(node if equation is None else equation.expression),
        }
        if node.name in numbers.values:
            entry["value"] = value_text(numbers.values[node.name])
        adjoint = chain.backward.adjoint_or_none(node)
        if adjoint is None:
            entry["adjoint"] = "0"
        elif adjoint.symbol.name in numbers.values:
            entry["adjoint"] = value_text(numbers.values[adjoint.symbol.name])
        else:
            entry["adjoint"] = sympy_text(chain.named[node.name])
        nodes.append(entry)
    answer: dict[str, object] = {
        "expression": sympy_text(chain.expression),
        "output": sympy_text(graph.output),
        "variables": [sympy_text(symbol) for symbol in graph.inputs],
        "nodes": nodes,
        "edges": [
            {
                "from": sympy_text(local.edge.source),
                "to": sympy_text(local.edge.target),
                "local": sympy_text(local.expression),
            }
            for local in chain.locals
        ],
        "gradients": {sympy_text(g.variable): gradient_text(found, g) for g in chain.gradients},
        "steps": [
            {
                "rule": "chain rule",
                "before": sympy_text(adjoint.symbol),
                "after": sympy_text(adjoint.expression),
                "why": _why(adjoint, graph),
                "depth": 0,
            }
            for adjoint in chain.backward.adjoints
        ],
        "verified": found.verified,
        "checks": sum(check.counts for check in chain.checks),
    }
    if found.point:
        answer["at"] = {
            sympy_text(s): str(found.point[s.name]) for s in graph.inputs if s.name in found.point
        }
        answer["formulas"] = {sympy_text(g.variable): sympy_text(whole(chain, g)) for g in chain.gradients}
    if numbers.kinks:
        answer["kinks"] = [
            {"from": sympy_text(edge.source), "to": sympy_text(edge.target), "taken": "0"}
            for edge in numbers.kinks
        ]
    return answer


def _why(adjoint: Adjoint, graph: Graph) -> str:
    """The chain rule with its factors named: `dL/dc * dc/da`, added up over the uses of the node."""
    output, node = sympy_text(graph.output), sympy_text(adjoint.node)
    consumers = [sympy_text(contribution.consumer) for contribution in adjoint.contributions]
    return " + ".join(f"d{output}/d{consumer} * d{consumer}/d{node}" for consumer in consumers)


def value_text(value: Value) -> str:
    """An exact fraction, or at least 15 significant digits."""
    return str(value) if isinstance(value, Fraction) else value.significant(DIGITS)


def gradient_text(found: Report, gradient: Gradient) -> str:
    """The number at the point where it follows from it, else the derivative with the given values put in."""
    name = gradient.symbol.name
    if name in found.numbers.values:
        return value_text(found.numbers.values[name])
    formula = whole(found.chain, gradient)
    put = arranged(substitute(formula, {key: number(value) for key, value in found.point.items()}))
    value = exact_value(put) if not symbols(put) else None
    return str(value) if value is not None else sympy_text(put)


def whole(chain: Chain, gradient: Gradient) -> Expr:
    """The derivative in the inputs alone; with adjoints and nodes where that would be enormous."""
    if gradient.result is not None:
        return gradient.result
    graph = chain.backward.as_graph()
    if expanded(graph)[gradient.symbol.name].total > WRITTEN:
        return gradient.adjoint.expression
    return expand(graph, gradient.symbol)


# ---- text, Markdown, LaTeX ----------------------------------------------------------------------


def _sentences(lang: str) -> dict[str, str]:
    from solver.resources import template_text

    return {key: str(value) for key, value in tomllib.loads(template_text(f"{lang}/graph.toml")).items()}


def _text(found: Report, words: Mapping[str, str]) -> str:
    chain, graph = found.chain, found.chain.graph
    heading = words["heading"].format(expression=sympy_text(chain.expression))
    lines = [heading, "", words["nodes"] + words["colon"]]
    for equation in graph.equations:
        lines.append(f"  {sympy_text(equation.target)} = {sympy_text(equation.expression)}")
    lines += ["", words["edges"] + words["colon"]]
    for local in chain.locals:
        source, target = sympy_text(local.edge.source), sympy_text(local.edge.target)
        text = f"d{target}/d{source} = {sympy_text(local.expression)}"
        if local.rank is not None:
            text = words["occurrence"].format(local=text, rank=local.rank)
        lines.append(f"  {source} -> {target}: {text}")
    lines += ["", words["backward"] + words["colon"]]
    for adjoint in chain.backward.adjoints:
        lines.append(f"  {sympy_text(adjoint.symbol)} = {sympy_text(adjoint.expression)}")
    lines += ["", words["gradients"] + words["colon"]]
    for gradient in chain.gradients:
        lines.append(f"  {sympy_text(gradient.symbol)} = {sympy_text(whole(chain, gradient))}")
    if found.point:
        lines += ["", words["at"].format(point=_point_text(found)) + words["colon"]]
        lines += [f"  {name} = {value_text(value)}" for name, value in _shown_values(found)]
    lines += ["", *_closing(found, words)]
    return "\n".join(lines)


def _markdown(found: Report, words: Mapping[str, str]) -> str:
    chain, graph = found.chain, found.chain.graph
    lines = ["# " + words["heading"].format(expression=f"${latex(chain.expression)}$"), ""]
    lines += [f"## {words['nodes']}", ""]
    lines += [f"- ${latex(e.target)} = {latex(e.expression)}$" for e in graph.equations]
    lines += ["", f"## {words['edges']}", ""]
    for local in chain.locals:
        text = f"${local.latex} = {latex(local.expression)}$"
        if local.rank is not None:
            text = words["occurrence"].format(local=text, rank=local.rank)
        lines.append(f"- {text}")
    lines += ["", f"## {words['backward']}", ""]
    lines += [f"- ${latex(a.symbol)} = {latex(a.expression)}$" for a in chain.backward.adjoints]
    lines += ["", f"## {words['gradients']}", ""]
    lines += [f"- ${latex(g.symbol)} = {latex(whole(chain, g))}$" for g in chain.gradients]
    if found.point:
        lines += ["", f"## {words['at'].format(point=_point_text(found))}", ""]
        lines += [f"- `{name}` = {value_text(value)}" for name, value in _shown_values(found)]
    lines += ["", *_closing(found, words)]
    return "\n".join(lines)


def _latex(found: Report) -> str:
    chain, graph = found.chain, found.chain.graph
    rows = [f"{latex(e.target)} &= {latex(e.expression)}" for e in graph.equations]
    rows += [f"{latex(a.symbol)} &= {latex(a.expression)}" for a in chain.backward.adjoints]
    rows += [f"{latex(g.symbol)} &= {latex(whole(chain, g))}" for g in chain.gradients]
    body = " \\\\\n".join(dict.fromkeys(rows))
    return f"\\[\\begin{{aligned}}\n{body}\n\\end{{aligned}}\\]"


def _point_text(found: Report) -> str:
    return ", ".join(f"{name} = {value}" for name, value in found.point.items())


def _shown_values(found: Report) -> list[tuple[str, Value]]:
    known = found.numbers.values
    nodes = [
        (sympy_text(e.target), known[e.target.name])
        for e in found.chain.graph.equations
        if e.target.name in known
    ]
    adjoints = [
        (sympy_text(a.symbol), known[a.symbol.name])
        for a in found.chain.backward.adjoints
        if a.symbol.name in known
    ]
    return nodes + adjoints


def _closing(found: Report, words: Mapping[str, str]) -> list[str]:
    lines = [
        words["kink"].format(target=sympy_text(edge.target), source=sympy_text(edge.source))
        for edge in found.numbers.kinks
    ]
    count = sum(check.counts for check in found.chain.checks)
    return [*lines, words["verified"].format(count=count) if found.verified else words["unverified"]]
