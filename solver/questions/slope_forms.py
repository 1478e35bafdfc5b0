"""Forms of f′: one whose sign can be read, and cases that hold their smooth joints."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.analysis.model import Study
from solver.analysis.pieces import Piece
from solver.analysis.positivity import visible_sign
from solver.analysis.values import Value
from solver.expression.evaluate import exact_value
from solver.expression.tree import Cases, Condition, Expr, Negative, Number, Symbol

if TYPE_CHECKING:
    from solver.derivation.step import Derivation, Step


def shown_slope(s: Study, proof: Derivation | None) -> Expr | None:
    """A form of f′ whose sign shows on every interval of the variation table, piece by piece."""
    if s.variation is None or s.slopes is None:
        return None
    forms = [s.slopes]
    if proof is not None and len(s.slopes) == 1:
        forms.insert(0, (replace(s.slopes[0], expression=proof.result),))
    for pieces in forms:
        if all(_sign_shows(piece, row, s.subject.variable) for piece in pieces for row in s.variation):
            return pieces[0].expression if len(pieces) == 1 else s.derivative
    return None


def _sign_shows(piece: Piece, row: tuple[Value | None, Value | None, int], x: Symbol) -> bool:
    """On the part of the piece that lies in the row, if any."""
    ends = [None if v is None else v.rational for v in row[:2]]
    if any(v is not None and e is None for v, e in zip(row[:2], ends, strict=True)):
        return False
    low = max((e for e in (piece.low, ends[0]) if e is not None), default=None)
    high = min((e for e in (piece.high, ends[1]) if e is not None), default=None)
    if low is not None and high is not None and low >= high:
        return True
    return visible_sign(piece.expression, x, low, high) == row[2]


def closed_joints(step: Step, x: Symbol) -> tuple[tuple[Fraction, Fraction], ...]:
    """Of a step that joins the pieces of f′: the points that it adds, with f′ there."""
    assert isinstance(step.before, Cases)
    ends = {exact_value(c.right) for _, c in step.before.branches if c is not None}
    at_ends = [(e, exact_value(step.after, {x.name: e})) for e in ends if e is not None]
    added = [(e, v) for e, v in at_ends if v is not None and exact_value(step.before, {x.name: e}) is None]
    return tuple(added)


def joined_cases(expr: Expr, smooth: tuple[Fraction, ...]) -> Expr:
    """The cases of f′ with “≤” or “≥” at the points where the pieces meet in one derivative."""

    def closed(condition: Condition | None) -> Condition | None:
        if condition is None or not isinstance(condition.right, Number | Negative):
            return condition
        at = exact_value(condition.right)
        wider = {">": ">=", "<": "<="}.get(condition.relation)
        return condition if wider is None or at not in smooth else replace(condition, relation=wider)

    if not isinstance(expr, Cases) or not smooth:
        return expr
    done = [exact_value(c.right) for _, c in expr.branches if c is not None and c.relation in ("<=", ">=")]
    branches = []
    for branch, condition in expr.branches:
        wide = closed(condition)
        at = None if wide is None or wide == condition else exact_value(wide.right)
        branches.append((branch, condition if at in done else wide))  # the point belongs to one piece
        done.append(at) if at is not None else None
    return Cases(tuple(branches))
