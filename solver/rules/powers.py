"""Rules of powers and exponentials."""

from __future__ import annotations

from solver.derivation.table import CALCULUS, Applied
from solver.expression.tree import Apply, Derivative, Expr, Power, Product, Symbol
from solver.rules.shape import depends, power

rule = CALCULUS.rule


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
