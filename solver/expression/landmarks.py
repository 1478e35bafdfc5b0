"""Values that are known by heart: sin π/6 = 1/2, tan π/4 = 1, arctan 1 = π/4, ln e = 1."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from solver.expression.evaluate import exact_value
from solver.expression.settle import written
from solver.expression.tree import (
    Apply,
    Constant,
    Expr,
    Negative,
    Number,
    Product,
    Quotient,
    number,
    rebuild,
    symbols,
)

PI = Constant("pi")


def _root(value: int, below: int = 1) -> Expr:
    top: Expr = Apply("sqrt", (number(value),))
    return top if below == 1 else Quotient(top, number(below))


# sin(kπ/12) for the k of the first quadrant that have a short form
_SINES: Mapping[int, Expr] = {
    0: number(0), 2: number(Fraction(1, 2)), 3: _root(2, 2), 4: _root(3, 2), 6: number(1),
}  # fmt: skip
_TANGENTS: Mapping[int, Expr] = {0: number(0), 2: _root(3, 3), 3: number(1), 4: _root(3)}
_INVERSES = {"asin": _SINES, "atan": _TANGENTS}


def known(expr: Expr) -> Expr:
    """The expression with these values put in, innermost first; what holds a variable stays."""
    inner = _surd_written(rebuild(expr, known))
    if not isinstance(inner, Apply) or len(inner.arguments) != 1 or symbols(inner):
        return inner
    (argument,) = inner.arguments
    match inner.function:
        case "sin" | "cos" | "tan":
            turns = _twelfths(argument)
            return inner if turns is None else _circular(inner.function, turns) or inner
        case "asin" | "atan" | "acos":
            return _inverse(inner.function, argument) or inner
        case "exp" if (
            isinstance(argument, Apply) and argument.function == "ln" and len(argument.arguments) == 1
        ):
            return argument.arguments[0]
        case "ln" if argument == Constant("e"):
            return number(1)
        case "ln" if isinstance(argument, Apply) and argument.function == "exp":
            return argument.arguments[0]
        case _:
            return inner


def _twelfths(argument: Expr) -> int | None:
    """k where the argument is kπ/12, a whole k; None otherwise."""
    share = _share_of_pi(argument)
    if share is None or (12 * share).denominator != 1:
        return None
    return int(12 * share)


def _share_of_pi(expr: Expr) -> Fraction | None:
    """q where the expression is qπ as written."""
    if exact_value(expr) == 0:
        return Fraction(0)
    match expr:
        case Constant("pi"):
            return Fraction(1)
        case Negative(operand):
            share = _share_of_pi(operand)
            return None if share is None else -share
        case Quotient(top, bottom):
            share, by = _share_of_pi(top), exact_value(bottom)
            return None if share is None or not by else share / by
        case Product(factors):
            rest = [f for f in factors if exact_value(f) is None]
            if len(rest) != 1 or (share := _share_of_pi(rest[0])) is None:
                return None
            for factor in factors:
                value = exact_value(factor)
                share *= 1 if value is None else value
            return share
        case _:
            return None


def _circular(function: str, k: int) -> Expr | None:
    """sin, cos or tan of kπ/12."""
    if function == "cos":
        return _circular("sin", k + 6)
    if function == "tan":
        k %= 12
        size = _TANGENTS.get(min(k, 12 - k))
        return _signed(size, k > 6)
    k %= 24
    below = k > 12
    k = k - 12 if below else k
    return _signed(_SINES.get(min(k, 12 - k)), below)


def _inverse(function: str, argument: Expr) -> Expr | None:
    """arcsin, arctan or arccos of a value of the tables, as a share of π."""
    if function == "acos":
        found = _inverse_turns("asin", argument)
        return None if found is None else _angle(6 - found)
    found = _inverse_turns(function, argument)
    return None if found is None else _angle(found)


def _inverse_turns(function: str, argument: Expr) -> int | None:
    table = _INVERSES[function]
    negative = isinstance(argument, Negative)
    size = argument.operand if isinstance(argument, Negative) else argument
    exact = exact_value(size)
    for k, value in table.items():
        if value == size or (exact is not None and exact == exact_value(value)):
            return -k if negative else k
    return None


def _angle(k: int) -> Expr:
    """kπ/12."""
    share = Fraction(abs(k), 12)
    if share == 0:
        return number(0)
    top: Expr = PI if share.numerator == 1 else Product((Number(Fraction(share.numerator)), PI))
    size = top if share.denominator == 1 else Quotient(top, number(share.denominator))
    return Negative(size) if k < 0 else size


def _signed(size: Expr | None, negative: bool) -> Expr | None:
    return Negative(size) if negative and size is not None and size != number(0) else size


# ---- c √n -------------------------------------------------------------------------------------

_LARGEST = 10**6


def _surd_written(expr: Expr) -> Expr:
    """A root, product or quotient of numbers as c√n: √(3/4) is √3/2, 1/√3 is √3/3."""
    if not isinstance(expr, (Apply, Product, Quotient)):
        return expr
    found = _surd(expr)
    if found is None or exact_value(expr) is not None:
        return expr
    share, inside = found
    if inside == 1:
        return written(share)
    top = _root(inside)
    if abs(share.numerator) != 1:
        top = Product((number(abs(share.numerator)), top))
    size = top if share.denominator == 1 else Quotient(top, number(share.denominator))
    return Negative(size) if share < 0 else size


def _surd(expr: Expr) -> tuple[Fraction, int] | None:
    """(c, n) where the expression is c√n, n without a square factor; None where it is no such number."""
    exact = exact_value(expr)
    if exact is not None:
        return exact, 1
    match expr:
        case Apply("sqrt", (argument,)):
            under = exact_value(argument)
            if under is None or under <= 0 or under.numerator * under.denominator > _LARGEST:
                return None
            return _extracted(Fraction(1, under.denominator), under.numerator * under.denominator)
        case Negative(operand):
            found = _surd(operand)
            return None if found is None else (-found[0], found[1])
        case Quotient(top, bottom):
            above, below = _surd(top), _surd(bottom)
            if above is None or below is None or not below[0]:
                return None
            return _extracted(above[0] / (below[0] * below[1]), above[1] * below[1])
        case Product(factors):
            share, inside = Fraction(1), 1
            for factor in factors:
                found = _surd(factor)
                if found is None:
                    return None
                share, inside = _extracted(share * found[0], inside * found[1])
            return share, inside
        case _:
            return None


def _extracted(share: Fraction, inside: int) -> tuple[Fraction, int]:
    """c√(a² n) as (c a, n)."""
    root = 2
    while root * root <= inside:
        while inside % (root * root) == 0:
            inside //= root * root
            share *= root
        root += 1
    return share, inside
