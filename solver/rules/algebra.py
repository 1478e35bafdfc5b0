"""The last lines of a derivation: numbers merged, like terms collected, a common factor taken out.

Each rule gives the tidied expression or None where it changes nothing. Nothing large is expanded: the number
of terms is estimated first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise

from solver.expression.atoms import decimal_text
from solver.expression.latex import latex
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    children,
    number,
    rebuild,
    symbols,
    walk,
)
from solver.rules.expansion import expanded
from solver.rules.forms import shortest
from solver.rules.joints import on_line
from solver.rules.keys import key
from solver.rules.monomials import (
    collected,
    kernel,
    sum_of,
)
from solver.rules.ratios import as_tangents, one_bar

MERGE_NODES = 3_000
SHORTEN_NODES = 400
"""Larger results are left as the rules give them: tidying would cost more than it shows."""

TIDYING = ("merge", "expand", "factor", "one_bar", "collect", "pythagoras", "tangent", "joint")
"""The names of the tidying steps."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """A tidying step: its name and what it gives."""

    rule: str
    after: Expr


def tidy(expr: Expr, variable: Symbol, *, settled: bool = False) -> Iterator[Tidied]:
    """The steps from the raw result to the form a lecturer leaves on the board, each only if it changes
    something.

    With `settled` the form is one to keep (read off the table): only numbers are merged.
    """
    size = sum(1 for _ in islice(walk(expr), MERGE_NODES + 1))
    if size > MERGE_NODES:
        return
    decimal = has_decimal(expr)
    current = expr
    lined = None if settled else on_line(current, variable)
    light = as_decimals(merge(lined or current, settled=settled), decimal)
    merges = reads_differently(current, light)
    if merges and (settled or size > SHORTEN_NODES or isinstance(light, Cases) or key(light) != key(current)):
        yield Tidied("merge", light)
        merges = False
    current = light
    if settled or size > SHORTEN_NODES:
        return
    if isinstance(current, Cases):
        branches = tuple((shortest(v, variable)[1], c) for v, c in current.branches)
        better: Expr = as_decimals(Cases(branches), decimal)
        if better != current:
            yield Tidied("collect", better)
        return
    name, found = shortest(current, variable)
    found = as_decimals(found, decimal)
    if found != current and key(found) != key(current):
        if (bar := one_bar(current)) is not None and bar != found:
            yield Tidied("one_bar", bar)
        yield Tidied(name, found)
        current = found
    elif merges:
        yield Tidied("merge", current)  # factors put in order, where no better form takes the line
    named = as_decimals(as_tangents(current), decimal)
    if named != current:
        yield Tidied("tangent", named)


def reads_differently(before: Expr, after: Expr) -> bool:
    """Whether a line after another shows anything: more than terms in another order, or a nested product."""
    if after == before:
        return False
    return key(after) != key(before) or (misordered(before) and latex(after) != latex(before))


def misordered(expr: Expr) -> bool:
    """Whether a number stands after another factor, or a symbol after a sum or a function: cos(3x) · 3."""
    if isinstance(expr, Product):
        ranks = [_place(f) for f in flat_factors(expr)]
        if any(a > b and b < 2 for a, b in pairwise(ranks)):
            return True
    if isinstance(expr, (Sum, Product, Negative, Quotient)):
        return any(misordered(child) for child in children(expr))
    return False


def flat_factors(expr: Product) -> list[Expr]:
    """The factors of a product and of the products in it, in written order."""
    found: list[Expr] = []
    for factor in expr.factors:
        found += flat_factors(factor) if isinstance(factor, Product) else [factor]
    return found


def _place(factor: Expr) -> int:
    base = factor.base if isinstance(factor, Power) else factor
    if isinstance(base, Number):
        return 0
    return 1 if isinstance(base, Symbol) else 2 if isinstance(base, Sum) else 3


def merged_part(expr: Expr) -> Expr:
    """A part of a longer calculation with its numbers merged; a large one is left as it is."""
    if sum(1 for _ in islice(walk(expr), SHORTEN_NODES + 1)) > SHORTEN_NODES:
        return expr
    return as_decimals(merge(expr), has_decimal(expr))


def merge(expr: Expr, *, settled: bool = False) -> Expr:
    """2 · 3x · x = 6x^2, \\quad x + 0 = x: numbers and powers merged in each term, like terms added.

    With `settled` a minus sign stays before its parentheses.
    """
    if settled and isinstance(expr, Negative):
        return Negative(merge(expr.operand))
    if isinstance(expr, Cases):
        return _cases(expr)
    pieces = _lone_cases(expr)
    if pieces is not None:
        return _cases(
            Cases(tuple((_replace(expr, pieces, value), condition) for value, condition in pieces.branches))
        )
    return sum_of(collected(expr))


def _cases(expr: Cases) -> Expr:
    branches: list[tuple[Expr, Condition | None]] = []
    for value, condition in expr.branches:
        inside = value if condition is None else _under(value, condition)
        if _divides_by_zero(inside) and not _divides_by_zero(value):
            continue  # the function is not defined on this piece
        branches.append((merge(inside), None if condition is None else solved(condition)))
    if len(branches) == 2 and branches[0][0] == branches[1][0] and _around_one_point(branches):
        (value, first), _ = branches
        assert first is not None
        return Cases(((value, Condition(first.left, "!=", first.right)),))
    if not branches:
        return expr
    return branches[0][0] if branches[0][1] is None else Cases(tuple(branches))


def _around_one_point(branches: list[tuple[Expr, Condition | None]]) -> bool:
    """Whether the two conditions are x < b and x > b."""
    (_, one), (_, two) = branches
    return (
        one is not None
        and two is not None
        and (one.left, one.right) == (two.left, two.right)
        and {one.relation, two.relation} == {"<", ">"}
    )


def _divides_by_zero(expr: Expr) -> bool:
    return any(isinstance(node, Quotient) and merge(node.denominator) == number(0) for node in walk(expr))


def _under(expr: Expr, condition: Condition) -> Expr:
    """|u| is u where u > 0 and −u where u < 0; likewise ReLU."""
    if isinstance(expr, Apply) and expr.function in ("abs", "relu") and condition.right == number(0):
        inner = expr.arguments[0]
        if inner == condition.left and condition.relation in (">", ">="):
            return inner
        if inner == condition.left and condition.relation in ("<", "<="):
            return Negative(inner) if expr.function == "abs" else number(0)
    return rebuild(expr, lambda child: _under(child, condition))


def _lone_cases(expr: Expr) -> Cases | None:
    """The one definition by pieces that stands in a term or factor of `expr`."""
    found: list[Cases] = []

    def look(node: Expr) -> None:
        if isinstance(node, Cases):
            if node not in found:
                found.append(node)
        elif isinstance(node, Sum):
            for term in node.terms:
                look(term)
        elif isinstance(node, Product):
            for factor in node.factors:
                look(factor)
        elif isinstance(node, Negative):
            look(node.operand)
        elif isinstance(node, Quotient):
            look(node.numerator)

    look(expr)
    return found[0] if len(found) == 1 else None


def _replace(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    return rebuild(expr, lambda child: _replace(child, old, new))


_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


def solved(condition: Condition) -> Condition:
    """2x + 1 < 0 is x < −1/2: an affine condition on one variable, solved for it."""
    gap = Sum((condition.left, Negative(condition.right)))
    names = symbols(gap)
    if len(names) != 1 or any(isinstance(node, (Apply, Cases)) for node in walk(gap)):
        return condition
    terms = expanded(collected(gap))
    if terms is None:
        return condition
    slope, constant = Fraction(0), Fraction(0)
    for term in terms:
        if not term.factors:
            constant = term.coefficient
        elif term.signature == kernel(names[0]).signature:
            slope = term.coefficient
        else:
            return condition
    if slope == 0:
        return condition
    bound = -constant / slope
    relation = condition.relation if slope > 0 else _FLIPPED[condition.relation]
    right: Expr = Number(bound) if bound >= 0 else Negative(Number(-bound))
    return Condition(names[0], relation, right)


# ---- decimals ---------------------------------------------------------------------------------


def has_decimal(expr: Expr) -> bool:
    """Whether a number of the expression was written as a decimal."""
    return any(isinstance(node, Number) and node.decimal for node in walk(expr))


def as_decimals(expr: Expr, decimal: bool) -> Expr:
    """Numbers printed as decimals where they end, if the sheet writes decimals."""
    if not decimal:
        return expr
    if isinstance(expr, Number):
        return Number(expr.value, True) if decimal_text(abs(expr.value)) else expr
    if isinstance(expr, Quotient) and isinstance(expr.denominator, Number):
        share = 1 / expr.denominator.value if expr.denominator.value else Fraction(0)
        if share and decimal_text(abs(share)) is not None:
            return as_decimals(_scaled_tree(expr.numerator, share), True)
    return rebuild(expr, lambda child: as_decimals(child, True))


def _scaled_tree(expr: Expr, share: Fraction) -> Expr:
    """share · expr, the number in front."""
    if isinstance(expr, Number):
        return Number(expr.value * share, True)
    factors = expr.factors if isinstance(expr, Product) else (expr,)
    if isinstance(factors[0], Number):
        return Product((Number(factors[0].value * share, True), *factors[1:]))
    return Product((Number(share, True), *factors))
