"""The text in SymPy's own functions that JSON holds, printed straight from the written tree.

A line before merging differs from the line after; SymPy is not needed to write it.
"""

from __future__ import annotations

import re
from fractions import Fraction

from solver.errors import UnsupportedExpression
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Constant,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def safe_name(name: str) -> str:
    """The name that stands for a variable in JSON: an identifier that is no Python word (`lambda` →
    `lamda`)."""
    name = name.replace("'", "_prime")
    if name == "lambda":
        return "lamda"
    if not _NAME.fullmatch(name):
        raise UnsupportedExpression(f"“{name}” cannot be written as the name of a variable")
    return name


_SUM, _PRODUCT, _UNARY, _POWER, _ATOM = 1, 2, 3, 4, 5


def sympy_text(expr: Expr) -> str:
    """The expression in SymPy's own functions: σ(x) is `1/(1 + exp(-x))`, ReLU `Max(0, x)`, x² `x**2`."""
    return _text(expr)[0]


def _wrap(expr: Expr, level: int) -> str:
    text, own = _text(expr)
    return text if own >= level else f"({text})"


def _text(expr: Expr) -> tuple[str, int]:
    match expr:
        case Number(value):
            if value.denominator == 1:
                return str(value), _ATOM if value >= 0 else _SUM
            return str(value), _PRODUCT if value >= 0 else _SUM
        case Constant(name):
            return ("pi" if name == "pi" else "exp(1)"), _ATOM
        case Symbol(name):
            return safe_name(name), _ATOM
        case Sum(terms):
            return _sum_text(terms), _SUM
        case Product(factors):
            return _product_text(factors)
        case Negative(operand):
            return "-" + _wrap(operand, _PRODUCT), _SUM
        case Quotient(top, bottom):
            return f"{_wrap(top, _PRODUCT)}/{_wrap(bottom, _POWER)}", _PRODUCT
        case Power(base, exponent):
            return f"{_wrap(base, _ATOM)}**{_wrap(exponent, _ATOM)}", _POWER
        case Apply(name, arguments):
            return _call_text(name, arguments)
        case Cases(branches):
            inner = ", ".join(f"({sympy_text(v)}, {condition_text(c)})" for v, c in branches)
            return f"Piecewise({inner})", _ATOM
        case Derivative(operand, variable):
            return f"Derivative({sympy_text(operand)}, {safe_name(variable.name)})", _ATOM
    raise UnsupportedExpression(f"no SymPy text for {type(expr).__name__}")


def _sum_text(terms: tuple[Expr, ...]) -> str:
    written = ""
    for i, term in enumerate(terms):
        text = _wrap(term, _PRODUCT) if not isinstance(term, (Negative, Number)) else _text(term)[0]
        if i == 0:
            written = text
        elif text.startswith("-"):
            written += f" - {text[1:]}"
        else:
            written += f" + {text}"
    return written or "0"


def _product_text(factors: tuple[Expr, ...]) -> tuple[str, int]:
    parts: list[str] = []
    for i, factor in enumerate(factors):
        text, own = _text(factor)
        # a fraction after the first factor is wrapped: a*(1/2), never a*1/2 read another way
        needs = own < _PRODUCT or (i > 0 and own == _PRODUCT and "/" in text)
        parts.append(f"({text})" if needs else text)
    return "*".join(parts) or "1", _PRODUCT


def _call_text(name: str, arguments: tuple[Expr, ...]) -> tuple[str, int]:
    if name in ("cbrt", "root"):
        degree = 3 if name == "cbrt" else int(index_of_root(arguments[1]))
        inner = sympy_text(arguments[0])
        if degree % 2:
            return f"sign({inner})*Abs({inner})**(1/{degree})", _PRODUCT
        return f"({inner})**(1/{degree})", _POWER
    if name == "log":
        return f"log({sympy_text(arguments[0])})/log({sympy_text(arguments[1])})", _PRODUCT
    if name not in FUNCTIONS:
        return _undefined_text(name, arguments)
    fact = FUNCTIONS[name]
    if fact.sympy is not None:
        return f"{fact.sympy}({', '.join(sympy_text(a) for a in arguments)})", _ATOM
    definition = fact.defined_at(arguments)
    if definition is None:
        raise UnsupportedExpression(f"the function {name} has no definition")
    return _text(definition)


def _undefined_text(name: str, arguments: tuple[Expr, ...]) -> tuple[str, int]:
    """f(u), or f′(u) as SymPy's Derivative of an applied undefined function, taken at u."""
    plain = name.rstrip("'")
    order = len(name) - len(plain)
    if order == 0:
        return f"{safe_name(plain)}({', '.join(sympy_text(a) for a in arguments)})", _ATOM
    if len(arguments) != 1:
        raise UnsupportedExpression(f"the function {plain} of several variables has no definition")
    (u,) = arguments
    at = safe_name(u.name) if isinstance(u, Symbol) else "xi"
    made = f"Derivative({safe_name(plain)}({at}), {at if order == 1 else f'({at}, {order})'})"
    return (made if isinstance(u, Symbol) else f"Subs({made}, xi, {sympy_text(u)})"), _ATOM


def index_of_root(expr: Expr) -> Fraction:
    """n of ⁿ√; UnsupportedExpression unless a positive whole number."""
    from solver.expression.evaluate import exact_value

    value = exact_value(expr)
    if value is None or value.denominator != 1 or value < 1:
        raise UnsupportedExpression("the index of a root is a positive whole number")
    return value


def condition_text(condition: Condition | None) -> str:
    """`x < 0`, `Ne(x, 0)`, `True` for “otherwise”."""
    if condition is None:
        return "True"
    left, right = sympy_text(condition.left), sympy_text(condition.right)
    if condition.relation in ("=", "!="):
        return f"{'Eq' if condition.relation == '=' else 'Ne'}({left}, {right})"
    return f"{left} {condition.relation} {right}"
