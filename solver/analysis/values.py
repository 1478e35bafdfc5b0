"""Real values of a study: written exactly where they can be, always enclosed between two rationals."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from solver.analysis.balls import enclose, exact_ball, precision
from solver.analysis.enclosure import Root
from solver.analysis.expansion import Undecided
from solver.expression.tree import Expr, Negative, Number, Symbol, number, rebuild, walk

_BITS = 200


@dataclass(frozen=True)
class Value:
    """A real number in [low, high], or ±∞ (`infinite` = ±1).

    `exact` is its written form where one is known; a rational has low = high.
    """

    low: Fraction
    high: Fraction
    exact: Expr | None = None
    infinite: int = 0

    @property
    def rational(self) -> Fraction | None:
        """The exact rational, if it is one."""
        return self.low if self.low == self.high and not self.infinite else None

    @property
    def latex(self) -> str:
        """The exact form, ±∞, or the first decimals and dots where no short form is known."""
        from solver.expression.latex import latex

        if self.infinite:
            return r"+\infty" if self.infinite > 0 else r"-\infty"
        if self.exact is not None:
            return latex(self.exact) if self.short else truncated(self.low, self.high)
        return truncated(self.low, self.high)

    @property
    def short(self) -> bool:
        """Whether an exact form is known that a line can hold."""
        if self.infinite:
            return True
        if self.exact is None:
            return False
        from solver.expression.latex import latex

        if any(_digits(n.value) > _LONG for n in walk(self.exact) if isinstance(n, Number)):
            return False
        return len(latex(self.exact)) <= _WIDE

    def decimal(self, digits: int) -> str:
        """Correctly rounded to `digits` decimals."""
        from solver.expression.decimals import decimal

        if self.rational is None and self.exact is not None:
            return decimal(self.exact, digits)
        first, last = (decimal(v, digits) for v in (self.low, self.high))
        if first != last:
            return decimal((self.low + self.high) / 2, digits)
        return first

    def __float__(self) -> float:
        if self.infinite:
            return self.infinite * float("inf")
        return float((self.low + self.high) / 2)

    def compare(self, other: Value) -> int:
        """−1, 0 or 1; 0 only where both are known to be equal. Raises Undecided where it cannot be told."""
        if self.infinite or other.infinite:
            return (self.infinite > other.infinite) - (self.infinite < other.infinite)
        if self.high < other.low:
            return -1
        if self.low > other.high:
            return 1
        if self == other or (self.rational is not None and self.rational == other.rational):
            return 0
        if self.exact is not None and other.exact is not None and _same(self.exact, other.exact):
            return 0
        raise Undecided

    def opposite(self) -> Value:
        """−v."""
        exact: Expr | None = None
        if self.exact is not None:
            match self.exact:
                case Number(value):
                    exact = number(-value)
                case Negative(operand):
                    exact = operand
                case _:
                    exact = Negative(self.exact)
        return Value(-self.high, -self.low, exact, -self.infinite)

    def magnitude(self) -> Value:
        """|v|."""
        return self if self.infinite > 0 or (not self.infinite and self.low >= 0) else self.opposite()


_LONG = 9
_WIDE = 40  # characters of LaTeX


def _digits(value: Fraction) -> int:
    return max(len(str(abs(value.numerator))), len(str(value.denominator)))


def truncated(low: Fraction, high: Fraction, digits: int = 4) -> str:
    r"""The first decimals of the number between the two, cut and not rounded: `1.7580\ldots`."""
    scale = 10**digits
    first, last = (int(abs(v) * scale) for v in (low, high))  # int cuts towards 0
    if first != last:  # a decimal that ends lies between: round
        first = round(abs(low + high) / 2 * scale)
    sign = "-" if low + high < 0 else ""
    return rf"{sign}{first // scale}.{first % scale:0{digits}d}\ldots"


def shortened(expr: Expr) -> Expr:
    r"""The expression with its endless numbers printed as `1.7580\ldots`; only for display."""
    if isinstance(expr, Number) and _digits(expr.value) > _LONG:
        return Symbol("c", truncated(expr.value, expr.value))
    return rebuild(expr, shortened)


PLUS = Value(Fraction(0), Fraction(0), None, 1)
MINUS = Value(Fraction(0), Fraction(0), None, -1)


def rational_value(value: Fraction | int) -> Value:
    """A rational as a value."""
    value = Fraction(value)
    return Value(value, value, number(value))


def exact_value(expr: Expr) -> Value:
    """A constant expression as a value, with an enclosure of sixty decimals."""
    if isinstance(expr, Number):
        return Value(expr.value, expr.value, expr)
    with precision(_BITS):
        low, high = bounds(enclose(expr, "", None))
    return Value(low, high, expr)


def from_number(value: Any) -> Value:
    """An exact number (a Fraction, written, or one of SymPy), or the text "inf" or "-inf"."""
    if value == "inf":
        return PLUS
    if value == "-inf":
        return MINUS
    if isinstance(value, (int, Fraction)):
        return rational_value(value)
    if isinstance(value, Expr):
        return exact_value(value)
    if not value.is_finite or not value.is_real:
        raise Undecided  # a pole, or outside of the domain
    if value.is_Rational:
        return rational_value(Fraction(int(value.p), int(value.q)))
    from solver.expression.bridge import from_sympy

    return exact_value(from_sympy(value))


def root_value(root: Root) -> Value:
    """The zero itself as a value."""
    return Value(root.low, root.high, None if root.exact is None else number(root.exact))


def bounds(ball: Any) -> tuple[Fraction, Fraction]:
    """Rational bounds of a ball. Raises Undecided for one that is not finite."""
    if not ball.is_finite():
        raise Undecided
    return _fraction(ball.lower()), _fraction(ball.upper())


def at_root(expr: Expr, name: str, root: Root) -> Value:
    """f at a zero of another function, from the enclosure of the zero."""
    with precision(_BITS):
        x = exact_ball(root.low).union(exact_ball(root.high))
        low, high = bounds(enclose(expr, name, x))
    return Value(low, high)


def _fraction(exact: Any) -> Fraction:
    mantissa, exponent = exact.man_exp()
    mantissa, exponent = int(mantissa), int(exponent)
    return Fraction(mantissa * 2**exponent) if exponent >= 0 else Fraction(mantissa, 2**-exponent)


def _same(left: Expr, right: Expr) -> bool:
    from solver.expression.bridge import to_sympy

    return bool(to_sympy(left) == to_sympy(right))
