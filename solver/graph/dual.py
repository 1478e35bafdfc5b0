"""Forward mode: dual numbers v + ε v̇ with ε² = 0, run through the same equations as the values.

The arithmetic is that of `derivation.duals`, which knows no derivative rule: what agrees with the reverse
pass was found twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq

from solver.derivation import duals
from solver.derivation.duals import Dual, Undefined
from solver.errors import UnsupportedExpression
from solver.expression.tree import Expr, Symbol
from solver.graph.forward import BITS, Approximate, Value, precision
from solver.graph.model import Graph

HEAVY = 20_000
"""Bits of a fraction past which the pass goes on with balls."""


class Moving(NamedTuple):
    """The value of a node and its derivative by the node that moves."""

    value: Value
    slope: Value


Slopes = Mapping[str, Mapping[str, Value]]
"""For the targets that stand at a kink: the slope taken by each of their operands."""


def tangent(graph: Graph, point: Mapping[str, Value], node: Symbol, taken: Slopes | None = None) -> Value:
    """∂output/∂node: the tangent of the output where `node` moves with speed 1 and nothing before it moves.

    `point` gives every input, and `node` itself where it is an inner node. The equation of a node that has
    its value there is not run: it must come before `node`. At the targets of `taken` those slopes are used.
    """
    known = {name: _number(value) for name, value in point.items()}
    known[node.name] = Dual(1, known[node.name], fmpq(1))
    with _defined(graph):
        for equation in graph.equations:
            name = equation.target.name
            if taken and name in taken and name not in known:
                known[name] = _at_kink(equation.expression, taken[name], known)
            elif name not in known:
                known[name] = _light(duals.value(equation.expression, known, 1))
        return _moving(known[graph.output.name]).slope


def _at_kink(expr: Expr, slopes: Mapping[str, Value], known: Mapping[str, Any]) -> Any:
    """The value, and the slopes that are taken times the speeds of the operands."""
    here = duals.value(expr, {name: duals.base_of(value) for name, value in known.items()})
    speed: Any = fmpq(0)
    for name, slope in slopes.items():
        moving = known[name]
        if isinstance(moving, Dual):
            speed = duals.add(speed, duals.multiply(_number(slope), moving.slope))
    return Dual(1, here, speed)


def joint_tangent(
    graph: Graph,
    point: Mapping[str, Value],
    weights: Mapping[str, Fraction],
    taken: Slopes | None = None,
) -> Value:
    """Σ weight · ∂output/∂node in one pass: every node is pushed by its weight on top of what it receives.

    With weights drawn at random, one pass tells whether all adjoints are right.
    """
    known = {name: Dual(1, _number(value), _number(weights[name])) for name, value in point.items()}
    with _defined(graph):
        for equation in graph.equations:
            name = equation.target.name
            push = Dual(1, fmpq(0), _number(weights[name]))
            if taken and name in taken:
                moved = _at_kink(equation.expression, taken[name], known)
            else:
                moved = duals.value(equation.expression, known, 1)
            known[name] = _light(duals.add(moved, push))
        return _moving(known[graph.output.name]).slope


def run_duals(
    graph: Graph, point: Mapping[str, Value], node: Symbol, taken: Slopes | None = None
) -> dict[str, Moving]:
    """One pass of forward mode: every node's value and tangent, where `node` moves with speed 1.

    At the targets of `taken` those slopes are used. Raises UnsupportedExpression where a node has no value or
    no derivative at this point.
    """
    known = {name: _number(value) for name, value in point.items()}
    known[node.name] = Dual(1, known[node.name], fmpq(1))
    with _defined(graph):
        for equation in graph.equations:
            name = equation.target.name
            if taken and name in taken:
                known[name] = _at_kink(equation.expression, taken[name], known)
            elif name != node.name:
                known[name] = _light(duals.value(equation.expression, known, 1))
        return {name: _moving(found) for name, found in known.items()}


def slope_of(expr: Expr, point: Mapping[str, Value], variable: Symbol) -> Value:
    """The derivative of one expression by one of its names, the others kept at their values."""
    known = {name: _number(value) for name, value in point.items()}
    known[variable.name] = Dual(1, known[variable.name], fmpq(1))
    with _defined():
        return _moving(duals.value(expr, known, 1)).slope


@contextmanager
def precise(bits: int = BITS) -> Iterator[None]:
    """The working precision of balls."""
    before = ctx.prec
    try:
        ctx.prec = bits
        yield
    finally:
        ctx.prec = before


@contextmanager
def _defined(graph: Graph | None = None) -> Iterator[None]:
    with precise(BITS if graph is None else precision(graph.equations)):
        try:
            yield
        except (Undefined, ZeroDivisionError):
            raise UnsupportedExpression("an operation of the graph has no value at this point") from None


def _light(value: Any) -> Any:
    """A ball in place of a fraction that is too long to go on with."""
    if isinstance(value, Dual):
        return Dual(value.level, _light(value.value), _light(value.slope))
    if isinstance(value, fmpq) and value.p.bit_length() + value.q.bit_length() > HEAVY:
        return arb(value)
    return value


def _number(value: Value) -> Any:
    return fmpq(value.numerator, value.denominator) if isinstance(value, Fraction) else value.ball


def _moving(found: Any) -> Moving:
    if isinstance(found, Dual):
        return Moving(_value(found.value), _value(found.slope))
    return Moving(_value(found), Fraction(0))


def _value(real: Any) -> Value:
    if isinstance(real, fmpq):
        return Fraction(int(real.p), int(real.q))
    if not real.is_finite():
        raise UnsupportedExpression("there is no derivative at this point")
    return Approximate(real)
