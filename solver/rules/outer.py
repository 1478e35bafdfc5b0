"""Rules of functions: the table, the chain rule, definitions by pieces, maxima."""

from __future__ import annotations

from solver.derivation.table import CALCULUS, Applied
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    ONE,
    ZERO,
    Apply,
    Cases,
    Condition,
    Derivative,
    Expr,
    Negative,
    Number,
    Product,
    Quotient,
    Symbol,
    number,
    symbols,
    walk,
)
from solver.rules.joints import active
from solver.rules.line import is_kinked
from solver.rules.monomials import collected, sum_of
from solver.rules.pieces import closed, derivative_by_pieces, larger, may_rest, smaller
from solver.rules.shape import depends, power

rule = CALCULUS.rule


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
    wins, loses = (larger, smaller) if name == "max" else (smaller, larger)
    rivals = _rivals(expr.arguments, name)
    if len(rivals) == 1:
        return Applied(Derivative(rivals[0], x))
    if len(rivals) > 2 or any(is_kinked(node) for u in rivals for node in walk(u)):
        on_line = active(Apply(name, rivals), x)
        if on_line is not None:
            return Applied(on_line)
    branches: list[tuple[Expr, Condition | None]] = []
    for i, u in enumerate(rivals):
        others = rivals[:i] + rivals[i + 1 :]
        if len(others) > 1:
            where = wins(u, Apply(name, others))
        else:
            where = wins(u, others[0]) if i == 0 else loses(others[0], u)
        branches.append((Derivative(u, x), where))
    made = Cases(tuple(branches))
    return Applied(closed(made) if any(may_rest(u) for u in rivals) else made)


def _rivals(arguments: tuple[Expr, ...], name: str) -> tuple[Expr, ...]:
    """The arguments that can win: each once, and of the numbers only the best."""
    from solver.expression.evaluate import ball

    distinct = tuple(dict.fromkeys(arguments))
    numbers = [a for a in distinct if not symbols(a)]
    if len(numbers) < 2:
        return distinct
    best = numbers[0]
    for other in numbers[1:]:
        gap = ball(other) - ball(best)
        if not (gap > 0 or gap < 0):
            return distinct
        best = other if (gap > 0) == (name == "max") else best
    return tuple(a for a in distinct if a == best or symbols(a))


@rule("pieces")
def pieces(expr: Expr, x: Symbol) -> Applied | None:
    r"""f'(x) = f_i'(x) \text{ inside each piece}"""
    if not isinstance(expr, Cases):
        return None
    on_line = active(expr, x) if len(expr.branches) > 2 else None
    return Applied(on_line or derivative_by_pieces(expr, x))


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
    if isinstance(outer, Cases) and not depends(sum_of(collected(u)), x):
        return Applied(ZERO, {"function": expr.function, "u": u})  # x − x may rest on a border
    if isinstance(outer, Cases) and may_rest(u):
        outer = closed(outer)
    return Applied(_times_slope(outer, Derivative(u, x)), {"function": expr.function, "u": u})


def _times_slope(outer: Expr, slope: Expr) -> Expr:
    """f′(u) · u′, written u′/v where f′(u) is 1/v, and (q/p) u′ where it is 1/(p/q)."""
    if isinstance(outer, Quotient) and outer.numerator == ONE:
        if isinstance(outer.denominator, Quotient):
            return Product((Quotient(outer.denominator.denominator, outer.denominator.numerator), slope))
        return Quotient(slope, outer.denominator)
    if isinstance(outer, Negative):
        inner = _times_slope(outer.operand, slope)
        if isinstance(inner, Quotient):
            return Negative(inner)
    return Product((outer, slope))


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


@rule("undefined_function")
def undefined_function(expr: Expr, x: Symbol) -> Applied | None:
    r"""(f(u))' = f'(u) \, u' \quad (f \text{ any differentiable function})"""
    if not isinstance(expr, Apply) or expr.function in FUNCTIONS or len(expr.arguments) != 1:
        return None
    (u,) = expr.arguments
    outer = Apply(expr.function + "'", (u,))
    return Applied(outer if u == x else Product((outer, Derivative(u, x))), {"u": u})


@rule("definition")
def definition(expr: Expr, x: Symbol) -> Applied | None:
    r"""f(x) \text{ replaced by its definition}"""
    if not isinstance(expr, Apply) or expr.function not in FUNCTIONS:
        return None
    written = FUNCTIONS[expr.function].defined_at(expr.arguments)
    return None if written is None else Applied(Derivative(written, x), {"function": expr.function})
