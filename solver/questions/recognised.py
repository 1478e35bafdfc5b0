"""What a lecturer recognises in a derivative: sigmoids, a multiple of f, the slope of arsinh."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solver.derivation.check import same
from solver.derivation.equality import Equality
from solver.differentiation.answer import Answer
from solver.differentiation.domain import domain
from solver.errors import CorrigeError
from solver.expression.evaluate import exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.settle import written as number_of
from solver.expression.tree import (
    Apply,
    Expr,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    number,
    substitute,
    symbols,
    walk,
)
from solver.rules.algebra import merge
from solver.rules.expansion import expanded
from solver.rules.keys import key
from solver.rules.monomials import Monomial, collected, kernel, monomial, sum_of, unit, written

_INVERSES = {"asin": 0, "atan": 0, "asinh": 0, "acosh": 1, "atanh": 0}
"""Functions on an interval that are known by their derivative, and a point of each where its value is 0."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """f = `function` + `constant` on the domain, which is an interval, because both have one derivative and
    f(`at`) = `constant` where the function is 0: there `value` is the function, as it is written."""

    function: Expr
    at: Expr
    constant: Fraction
    value: Expr


@dataclass(frozen=True, slots=True)
class SigmoidLine:
    """`sides`, all equal, tie a fraction to σ; `by`: what top and bottom are multiplied by, if anything."""

    sides: tuple[Expr, ...]
    by: Expr | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """`sigmoids`: the result by σ, and the `lines` that lead there; `multiple`: c where f⁽ⁿ⁾ = c f;
    `primitive`: whose derivative it is."""

    sigmoids: Expr | None = None
    lines: tuple[SigmoidLine, ...] = ()
    multiple: Fraction | None = None
    primitive: Primitive | None = None


def recognised(answer: Answer, checks: list[Equality]) -> Recognised:
    """What is recognised in the result; each claim is checked."""
    result, function = answer.derivation.result, answer.expression
    sigmoids = in_sigmoids(result)
    if sigmoids is not None and any(isinstance(n, Apply) and n.function == "exp" for n in walk(sigmoids)):
        sigmoids = None  # a mixture is no shorter
    if sigmoids is not None:
        checks.append(same(result, sigmoids))
    lines = () if sigmoids is None else sigmoid_lines(result, sigmoids)
    checks += [same(left, right) for line in lines for left, right in pairwise(line.sides)]
    multiple = multiple_of(result, function) if answer.order > 1 else None
    if multiple is not None:
        checks.append(same(result, Product((number_of(multiple), function))))
    primitive = primitive_of(answer) if answer.order == 1 else None
    if primitive is not None:
        shifted = Sum((primitive.function, number_of(primitive.constant)))
        checks.append(same(function, shifted if primitive.constant else primitive.function))
    return Recognised(sigmoids, lines, multiple, primitive)


# ---- σ ----------------------------------------------------------------------------------------


def in_sigmoids(expr: Expr) -> Expr | None:
    """e^u/(1 + e^u) = σ(u), \\quad e^(−u)/(1 + e^(−u))² = σ(u) (1 − σ(u)); None where nothing is so."""
    if isinstance(expr, Sum):
        found = [in_sigmoids(term) for term in expr.terms]
        if all(term is None for term in found):
            return None
        return Sum(tuple(new or old for new, old in zip(found, expr.terms, strict=True)))
    if isinstance(expr, Negative):
        inner = in_sigmoids(expr.operand)
        return None if inner is None else Negative(inner)
    whole = monomial(expr)
    for base, exponent in whole.factors.values():
        if isinstance(base, Sum) and exponent < 0 and exponent.denominator == 1:
            made = _by_sigmoid(whole, base, int(-exponent))
            if made is not None:
                return made
    return None


def _by_sigmoid(whole: Monomial, below: Sum, power: int) -> Expr | None:
    """The monomial, where `below` is 1 + e^u: e^(ju)/(1 + e^u)^k is σ(u)ʲ σ(−u)^(k − j)."""
    exponentials = [t for t in collected(below) if t.factors]
    if unit(1) not in collected(below) or len(exponentials) != 1 or len(collected(below)) != 2:
        return None
    (above,) = exponentials
    if above.coefficient != 1 or len(above.factors) != 1:
        return None
    ((name, (base, rate)),) = above.factors.items()
    if not (isinstance(base, Apply) and base.function == "exp"):
        return None
    share = whole.factors.get(name, (base, Fraction(0)))[1] / rate
    if share.denominator != 1 or not 0 <= share <= power:
        return None
    rest = whole.times(kernel(base, -share * rate)).times(kernel(below, Fraction(power)))
    u = merge(Product((number(rate), base.arguments[0])))
    front = [] if rest == unit(1) else [written(rest)]
    factors = [*front, *_sigmoids(u, int(share), power - int(share), reverse=rate < 0)]
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _sigmoids(u: Expr, up: int, down: int, *, reverse: bool) -> list[Expr]:
    """σ(u)^up σ(−u)^down, with 1 − σ for the other sign where both are there."""
    opposite = merge(Negative(u))
    if not up or not down:
        return [_raised(Apply("sigmoid", (u if up else opposite,)), up + down)]
    first = Apply("sigmoid", (opposite if reverse else u,))
    rest = Sum((number(1), Negative(first)))
    powers = (down, up) if reverse else (up, down)
    return [_raised(first, powers[0]), _raised(rest, powers[1])]


def _raised(base: Expr, power: int) -> Expr:
    return base if power == 1 else Power(base, number(power))


def sigmoid_lines(result: Expr, sigmoids: Expr) -> tuple[SigmoidLine, ...]:
    """e^u/(1 + e^u) = 1/(1 + e^(−u)) = σ(u) where 1 + e^u stands in the result, and 1 − σ(u) where `sigmoids`
    holds it; σ(u) = 1/(1 + e^(−u)) is the definition and needs no line."""
    parts, below = set(walk(sigmoids)), [collected(e) for e in walk(result) if isinstance(e, Sum)]
    lines: list[SigmoidLine] = []
    for sigma in dict.fromkeys(e for e in walk(sigmoids) if isinstance(e, Apply) and e.function == "sigmoid"):
        (u,) = sigma.arguments
        above, inverse = Apply("exp", (u,)), Apply("exp", (merge(Negative(u)),))
        rest = Sum((number(1), Negative(sigma)))
        for top, other, flipped in ((above, number(1), True), (number(1), inverse, False)):
            whole = Sum((number(1), above if flipped else inverse))
            if collected(whole) not in below:
                continue
            if flipped:
                definition = Quotient(number(1), Sum((number(1), inverse)))
                lines.append(SigmoidLine((Quotient(top, whole), definition, sigma), inverse))
            if rest in parts:
                lines.append(
                    SigmoidLine((rest, Quotient(Sum((whole, Negative(top))), whole), Quotient(other, whole)))
                )
    return tuple(lines)


# ---- the function itself, other functions -----------------------------------------------------


def multiple_of(result: Expr, function: Expr) -> Fraction | None:
    """c where result = c · function as they are written, c a rational number other than 0."""
    above, below = collected(result), collected(function)
    if not symbols(function) or not above or len(above) != len(below):
        return None
    found = {t.signature: t.coefficient for t in above}
    ratios = {found.get(t.signature, Fraction(0)) / t.coefficient for t in below}
    (ratio,) = ratios if len(ratios) == 1 else (Fraction(0),)
    return ratio or None


def primitive_of(answer: Answer) -> Primitive | None:
    """The inverse function that has this derivative and this domain; None where there is none."""
    x, function = answer.variable, answer.expression
    if {s.name for s in symbols(function)} != {x.name}:
        return None
    known = {node.function for node in walk(function) if isinstance(node, Apply)}
    below = _below(answer.derivation.result)
    for name, start in _INVERSES.items():
        inverse = Apply(name, (x,))
        slope = FUNCTIONS[name].derivative
        if name in known or slope is None or _below(substitute(slope, {"x": x})) != below:
            continue
        if answer.domain != domain(inverse):
            continue
        try:
            constant = exact_value(substitute(function, {x.name: number(start)}))
        except CorrigeError:
            constant = None
        if constant is not None:
            return Primitive(inverse, number(start), constant, substitute(inverse, {x.name: number(start)}))
    return None


def _below(slope: Expr) -> str:
    """1/slope multiplied out, by its key: √(x² + 1) for arsinh, 1 − x² for artanh."""
    whole = monomial(slope)
    terms = expanded([whole.raised(Fraction(-1))]) if whole.coefficient else None
    return "" if terms is None else key(sum_of(terms))
