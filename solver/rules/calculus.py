"""Rules of differentiation, in the order in which they are tried. A rule's docstring begins with its
formula."""

from __future__ import annotations

from solver.derivation.table import CALCULUS, Applied
from solver.expression.functions import FUNCTIONS
from solver.expression.reader import quotient
from solver.expression.tree import (
    ONE,
    ZERO,
    Apply,
    Cases,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
)
from solver.rules.pieces import derivative_by_pieces, larger, smaller
from solver.rules.shape import depends, joined, power, split_constants

rule = CALCULUS.rule


@rule("constant")
def constant(expr: Expr, x: Symbol) -> Applied | None:
    r"""\frac{d}{dx} c = 0"""
    return None if depends(expr, x) else Applied(ZERO)


@rule("variable")
def variable(expr: Expr, x: Symbol) -> Applied | None:
    r"""\frac{d}{dx} x = 1"""
    return Applied(ONE) if isinstance(expr, Symbol) else None


@rule("affine")
def affine(expr: Expr, x: Symbol) -> Applied | None:
    r"""\frac{d}{dx}(a x + b) = a"""
    slope = _slope(expr, x)
    return None if slope is None else Applied(slope)


def _slope(expr: Expr, x: Symbol) -> Expr | None:
    """a, where `expr` is written a x + b; None where it is not."""
    if isinstance(expr, Symbol):
        return ONE
    if isinstance(expr, Negative):
        inner = _slope(expr.operand, x)
        return None if inner is None else Negative(inner)
    if isinstance(expr, Product):
        constants, rest = split_constants(expr.factors, x)
        return joined(constants) if constants and rest == [x] else None
    if isinstance(expr, Quotient) and not depends(expr.denominator, x):
        inner = _slope(expr.numerator, x)
        return None if inner is None else quotient(inner, expr.denominator)
    if isinstance(expr, Sum):
        moving = [t for t in expr.terms if depends(t, x)]
        return _slope(moving[0], x) if len(moving) == 1 else None
    return None


@rule("additive_constant")
def additive_constant(expr: Expr, x: Symbol) -> Applied | None:
    r"""(u + c)' = u'"""
    if not isinstance(expr, Sum):
        return None
    moving = [t for t in expr.terms if depends(t, x)]
    if len(moving) != 1:
        return None
    only = moving[0]
    return Applied(
        Negative(Derivative(only.operand, x)) if isinstance(only, Negative) else Derivative(only, x),
        {"u": only},
    )


@rule("sum")
def sum_rule(expr: Expr, x: Symbol) -> Applied | None:
    r"""(u + v)' = u' + v'"""
    if not isinstance(expr, Sum):
        return None
    return Applied(
        Sum(
            tuple(
                Negative(Derivative(t.operand, x)) if isinstance(t, Negative) else Derivative(t, x)
                for t in expr.terms
            )
        )
    )


@rule("repeated_factors")
def repeated_factors(expr: Expr, x: Symbol) -> Applied | None:
    r"""u \, u \, v = u^2 \, v"""
    if not isinstance(expr, Product) or len(expr.factors) < 4:
        return None
    counts: dict[Expr, int] = {}
    for factor in expr.factors:
        counts[factor] = counts.get(factor, 0) + 1
    if len(counts) == len(expr.factors):
        return None
    powers = [f if n == 1 else Power(f, number(n)) for f, n in counts.items()]
    return Applied(Derivative(joined(powers), x))


@rule("monomial")
def monomial(expr: Expr, x: Symbol) -> Applied | None:
    r"""(a \, x^n)' = a \, n \, x^{n-1}"""
    if isinstance(expr, Power):
        return None
    found = _monomial(expr, x)
    return None if found is None else Applied(found)


def _monomial(expr: Expr, x: Symbol) -> Expr | None:
    """The derivative of a xⁿ, each number at its place; None where `expr` is not written so."""
    if isinstance(expr, Negative):
        inner = _monomial(expr.operand, x)
        return None if inner is None else Negative(inner)
    if isinstance(expr, Quotient) and not depends(expr.denominator, x):
        inner = _monomial(expr.numerator, x)
        return None if inner is None else Quotient(inner, expr.denominator)
    if isinstance(expr, Power) and expr.base == x and not depends(expr.exponent, x):
        return Product((expr.exponent, power(x, expr.exponent)))
    if not isinstance(expr, Product):
        return None
    moving = [f for f in expr.factors if depends(f, x)]
    if len(moving) != 1 or not isinstance(moving[0], Power):
        return None
    inner = _monomial(moving[0], x)
    if not isinstance(inner, Product):
        return None
    exponent, lowered = inner.factors
    numbers = [f for f in expr.factors if isinstance(f, Number)]
    rest = [lowered if f is moving[0] else f for f in expr.factors if not isinstance(f, Number)]
    return Product((*numbers, exponent, *rest))


@rule("constant_multiple")
def constant_multiple(expr: Expr, x: Symbol) -> Applied | None:
    r"""(c \, u)' = c \, u'"""
    if isinstance(expr, Negative):
        return Applied(Negative(Derivative(expr.operand, x)), {"c": Negative(ONE)})
    if isinstance(expr, Quotient) and not depends(expr.denominator, x):
        return Applied(
            Quotient(Derivative(expr.numerator, x), expr.denominator), {"c": Quotient(ONE, expr.denominator)}
        )
    if not isinstance(expr, Product):
        return None
    constants, rest = split_constants(expr.factors, x)
    if not constants:
        return None
    return Applied(
        Product((*constants, Derivative(joined(rest), x))), {"c": joined(constants), "u": joined(rest)}
    )


@rule("power")
def power_rule(expr: Expr, x: Symbol) -> Applied | None:
    r"""\frac{d}{dx} x^n = n \, x^{n-1}"""
    if not isinstance(expr, Power) or expr.base != x or depends(expr.exponent, x):
        return None
    return Applied(Product((expr.exponent, power(x, expr.exponent))), {"n": expr.exponent})


@rule("power_chain")
def power_chain(expr: Expr, x: Symbol) -> Applied | None:
    r"""(u^n)' = n \, u^{n-1} \, u'"""
    if not isinstance(expr, Power) or depends(expr.exponent, x):
        return None
    inner = Derivative(expr.base, x)
    return Applied(
        Product((expr.exponent, power(expr.base, expr.exponent), inner)), {"u": expr.base, "n": expr.exponent}
    )


@rule("exponential")
def exponential(expr: Expr, x: Symbol) -> Applied | None:
    r"""\frac{d}{dx} e^x = e^x"""
    return Applied(expr) if expr == Apply("exp", (x,)) else None


@rule("exponential_chain")
def exponential_chain(expr: Expr, x: Symbol) -> Applied | None:
    r"""(e^u)' = e^u \, u'"""
    if not isinstance(expr, Apply) or expr.function != "exp":
        return None
    return Applied(Product((expr, Derivative(expr.arguments[0], x))), {"u": expr.arguments[0]})


@rule("exponential_base")
def exponential_base(expr: Expr, x: Symbol) -> Applied | None:
    r"""(a^u)' = a^u \ln(a) \, u' \quad (a > 0)"""
    if not isinstance(expr, Power) or depends(expr.base, x):
        return None
    logarithm = Apply("ln", (expr.base,))
    why = {"a": expr.base, "u": expr.exponent}
    if expr.exponent == x:
        return Applied(Product((expr, logarithm)), why)
    return Applied(Product((expr, logarithm, Derivative(expr.exponent, x))), why)


@rule("general_power")
def general_power(expr: Expr, x: Symbol) -> Applied | None:
    r"""(u^v)' = u^v \, (v \ln u)' \quad (u > 0)"""
    if not isinstance(expr, Power):
        return None
    inside = Product((expr.exponent, Apply("ln", (expr.base,))))
    return Applied(Product((expr, Derivative(inside, x))), {"u": expr.base, "v": expr.exponent})


@rule("product")
def product_rule(expr: Expr, x: Symbol) -> Applied | None:
    r"""(u \, v)' = u' \, v + u \, v'"""
    if not isinstance(expr, Product):
        return None
    factors = expr.factors
    terms = []
    for i, factor in enumerate(factors):
        terms.append(Product((*factors[:i], Derivative(factor, x), *factors[i + 1 :])))
    return Applied(Sum(tuple(terms)), {"u": factors[0], "v": joined(factors[1:])})


@rule("reciprocal")
def reciprocal(expr: Expr, x: Symbol) -> Applied | None:
    r"""\left(\frac{c}{v}\right)' = -\frac{c \, v'}{v^2}"""
    if not isinstance(expr, Quotient) or depends(expr.numerator, x):
        return None
    inner = Derivative(expr.denominator, x)
    top: Expr = inner if expr.numerator == ONE else Product((expr.numerator, inner))
    return Applied(Negative(Quotient(top, Power(expr.denominator, number(2)))), {"v": expr.denominator})


@rule("quotient")
def quotient_rule(expr: Expr, x: Symbol) -> Applied | None:
    r"""\left(\frac{u}{v}\right)' = \frac{u' \, v - u \, v'}{v^2}"""
    if not isinstance(expr, Quotient):
        return None
    u, v = expr.numerator, expr.denominator
    top = Sum((Product((Derivative(u, x), v)), Negative(Product((u, Derivative(v, x))))))
    return Applied(Quotient(top, Power(v, number(2))), {"u": u, "v": v})


@rule("log_of_absolute_value")
def log_of_absolute_value(expr: Expr, x: Symbol) -> Applied | None:
    r"""(\ln |u|)' = \frac{u'}{u}"""
    if not isinstance(expr, Apply) or expr.function != "ln":
        return None
    inside = expr.arguments[0]
    if not isinstance(inside, Apply) or inside.function != "abs":
        return None
    u = inside.arguments[0]
    return Applied(Quotient(ONE if u == x else Derivative(u, x), u), {"u": u})


@rule("maximum")
def maximum(expr: Expr, x: Symbol) -> Applied | None:
    r"""\max(u, v)' = u' \text{ where } u > v, \; v' \text{ where } u < v"""
    return _extremum(expr, x, "max")


@rule("minimum")
def minimum(expr: Expr, x: Symbol) -> Applied | None:
    r"""\min(u, v)' = u' \text{ where } u < v, \; v' \text{ where } u > v"""
    return _extremum(expr, x, "min")


def _extremum(expr: Expr, x: Symbol, name: str) -> Applied | None:
    if not isinstance(expr, Apply) or expr.function != name:
        return None
    left, *others = expr.arguments
    right = others[0] if len(others) == 1 else Apply(name, tuple(others))
    wins, loses = (larger, smaller) if name == "max" else (smaller, larger)
    branches = ((Derivative(left, x), wins(left, right)), (Derivative(right, x), loses(left, right)))
    return Applied(Cases(branches), {"u": left, "v": right})


@rule("pieces")
def pieces(expr: Expr, x: Symbol) -> Applied | None:
    r"""f'(x) = f_i'(x) \text{ inside each piece}"""
    if not isinstance(expr, Cases):
        return None
    return Applied(derivative_by_pieces(expr, x))


@rule("root")
def root(expr: Expr, x: Symbol) -> Applied | None:
    r"""(\sqrt[n]{u})' = \frac{u'}{n (\sqrt[n]{u})^{n-1}}"""
    if not isinstance(expr, Apply) or expr.function != "root" or depends(expr.arguments[1], x):
        return None
    u, n = expr.arguments
    inner = ONE if u == x else Derivative(u, x)
    return Applied(Quotient(inner, Product((n, power(expr, n)))), {"u": u, "n": n})


@rule("polygamma")
def polygamma(expr: Expr, x: Symbol) -> Applied | None:
    r"""(\psi^{(n)}(u))' = \psi^{(n+1)}(u) \, u'"""
    if not isinstance(expr, Apply) or expr.function != "polygamma":
        return None
    order, u = expr.arguments
    if not isinstance(order, Number):
        return None
    outer = Apply("polygamma", (number(order.value + 1), u))
    return Applied(outer if u == x else Product((outer, Derivative(u, x))), {"u": u})


@rule("function")
def function(expr: Expr, x: Symbol) -> Applied | None:
    r"""\frac{d}{dx} f(x) = f'(x)"""
    made = _outer(expr, x)
    if made is None or not isinstance(expr, Apply) or _argument(expr) != x:
        return None
    return Applied(made, {"function": expr.function, "at": expr})


@rule("chain")
def chain(expr: Expr, x: Symbol) -> Applied | None:
    r"""(f(u))' = f'(u) \, u'"""
    outer = _outer(expr, x)
    if outer is None or not isinstance(expr, Apply):
        return None
    u = _argument(expr)
    return Applied(Product((outer, Derivative(u, x))), {"function": expr.function, "u": u})


def _argument(expr: Apply) -> Expr:
    """What the function is applied to; its other arguments are parameters."""
    return expr.arguments[FUNCTIONS[expr.function].place]


def _outer(expr: Expr, x: Symbol) -> Expr | None:
    """f'(u) for a function of the table whose other arguments are constant."""
    if not isinstance(expr, Apply) or expr.function not in FUNCTIONS:
        return None
    row = FUNCTIONS[expr.function]
    if any(depends(a, x) for i, a in enumerate(expr.arguments) if i != row.place):
        return None
    return row.derivative_at(expr.arguments)


@rule("definition")
def definition(expr: Expr, x: Symbol) -> Applied | None:
    r"""f(x) \text{ replaced by its definition}"""
    if not isinstance(expr, Apply) or expr.function not in FUNCTIONS:
        return None
    written = FUNCTIONS[expr.function].defined_at(expr.arguments)
    return None if written is None else Applied(Derivative(written, x), {"function": expr.function})
