"""The answer as plain data; expressions are texts in SymPy's own functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solver.derivation.step import Step
from solver.differentiation.answer import Answer, Result, Value, as_point, count
from solver.differentiation.conditions import Poles, Requirement
from solver.differentiation.edges import Edge, Slope
from solver.differentiation.kinks import Kink
from solver.differentiation.request import Kind
from solver.expression.sympy_text import condition_text, sympy_text
from solver.expression.tree import Expr


def as_json(result: Result, words: Mapping[str, str]) -> Any:
    """One object; a list of them for a gradient; for a matrix its entries as well."""
    request = result.request
    if request.kind in (Kind.DERIVATIVE, Kind.IMPLICIT) and len(result.rows[0]) == 1:
        return _answer(result.rows[0][0])
    if request.kind in (Kind.GRADIENT, Kind.IMPLICIT):
        return [_answer(a) for a in result.answers]
    matrix = [[sympy_text(a.derivation.result) for a in row] for row in result.rows]
    found: dict[str, Any] = {"wrt": [sympy_text(x) for x in request.variables]}
    if request.kind is Kind.HESSIAN:
        found = {"expression": sympy_text(request.functions[0]), **found, "hessian": matrix}
    else:
        found = {"expressions": [sympy_text(f) for f in request.functions], **found, "jacobian": matrix}
    if request.point is not None:
        values = [[_value_text(a.value) for a in row] for row in result.rows]
        found |= {"at": {n: sympy_text(e) for n, e in request.point.items()}, "values": values}
    return found | {
        "entries": [[_answer(a) for a in row] for row in result.rows],
        "verified": result.verified,
        "checks": count(result.checks),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    derivation = answer.derivation
    found: dict[str, Any] = {
        "expression": sympy_text(answer.expression),
        "wrt": sympy_text(answer.variable),
        "order": answer.order,
        "derivative": sympy_text(derivation.result),
        "steps": [_step(depth, step) for depth, step in derivation.walk()],
        "verified": derivation.verified,
        "checks": count(derivation.checks),
        "domain": [_requirement(r) for r in answer.domain],
        "holds": [_requirement(r) for r in answer.restrictions],
        "kinks": [_kink(k) for k in answer.kinks],
        "edges": [_edge(e) for e in answer.edges],
    }
    if answer.dependent is not None and answer.equation is not None:
        left, right = answer.equation
        found["expression"] = f"Eq({sympy_text(left)}, {sympy_text(right)})"
        found["implicit"] = sympy_text(answer.dependent)
    if len(set(answer.variables)) > 1:
        found["wrt"] = [sympy_text(x) for x in answer.variables]
    if answer.value is not None:
        found |= _value(answer.value)
    return found


def _value(value: Value) -> dict[str, Any]:
    found: dict[str, Any] = {"at": as_point(value), "value": _value_text(value)}
    if value.exact is not None and value.decimal is not None:
        found["exact"] = sympy_text(value.exact)
    if value.reason is not None:
        found["reason"] = value.reason
    if value.slopes is not None:
        found |= {"left": value.slopes[0], "right": value.slopes[1]}
    if value.taken is not None:
        found["taken"] = value.taken
    return found


def _value_text(value: Value | None) -> str | None:
    if value is None or value.exact is None:
        return None
    return value.decimal or sympy_text(value.exact)


def _requirement(requirement: Requirement) -> str:
    if isinstance(requirement, Poles):
        return f"{sympy_text(requirement.argument)} not in 0, -1, -2, ..."
    return condition_text(requirement)


def _kink(kink: Any) -> dict[str, Any]:
    if isinstance(kink, Kink):
        return {
            "at": str(kink.at),
            "left": kink.left,
            "right": kink.right,
            "continuous": not kink.jump,
            "taken": kink.taken,
        }
    return {"where": condition_text(kink.condition)}


def _edge(edge: Edge) -> dict[str, Any]:
    return {"at": str(edge.at), "kind": edge.kind, "left": _slope(edge.left), "right": _slope(edge.right)}


def _slope(slope: Slope | None) -> str | None:
    """The limit of the derivative on a side; None where f has no value there, or where it is not known."""
    if slope is None or (slope.value is None and not slope.infinite):
        return None
    return sympy_text(slope.value) if slope.value is not None else "oo" if slope.infinite > 0 else "-oo"


def _step(depth: int, step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule,
        "before": sympy_text(step.before),
        "after": sympy_text(step.after),
        "why": {name: sympy_text(v) if isinstance(v, Expr) else str(v) for name, v in step.why.items()},
        "depth": depth,
    }
