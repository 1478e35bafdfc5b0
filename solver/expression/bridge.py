"""Between the written tree and SymPy, and the text in SymPy's own functions that JSON holds.

`sympy_text` prints straight from the tree, so that a line before merging differs from the line after.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from solver.errors import UnsupportedExpression
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    ONE,
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
    number,
    walk,
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


# ---- text -------------------------------------------------------------------------------------

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
        degree = 3 if name == "cbrt" else int(_index(arguments[1]))
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


def _index(expr: Expr) -> Fraction:
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


# ---- to SymPy ---------------------------------------------------------------------------------


def to_sympy(expr: Expr) -> Any:
    """The SymPy expression, every variable a real symbol. SymPy merges and reorders as it builds."""
    import sympy as sp

    match expr:
        case Number(value):
            return sp.Rational(value.numerator, value.denominator)
        case Constant(name):
            return sp.pi if name == "pi" else sp.E
        case Symbol(name):
            return sp.Symbol(safe_name(name), real=True)
        case Sum(terms):
            return sp.Add(*(to_sympy(t) for t in terms))
        case Product(factors):
            return sp.Mul(*(to_sympy(f) for f in factors))
        case Negative(operand):
            return -to_sympy(operand)
        case Quotient(top, bottom):
            return to_sympy(top) / to_sympy(bottom)
        case Power(base, exponent):
            return sp.Pow(to_sympy(base), to_sympy(exponent))
        case Apply(name, arguments):
            return _sympy_call(name, arguments)
        case Cases(branches):
            return sp.Piecewise(*((to_sympy(v), _sympy_condition(c)) for v, c in branches))
        case Derivative(operand, variable):
            return sp.Derivative(to_sympy(operand), to_sympy(variable))
    raise UnsupportedExpression(f"no SymPy expression for {type(expr).__name__}")


def _sympy_call(name: str, arguments: tuple[Expr, ...]) -> Any:
    import sympy as sp

    values = [to_sympy(a) for a in arguments]
    if name in ("cbrt", "root"):
        degree = 3 if name == "cbrt" else int(_index(arguments[1]))
        if degree % 2:
            return sp.sign(values[0]) * sp.Abs(values[0]) ** sp.Rational(1, degree)
        return values[0] ** sp.Rational(1, degree)
    if name == "log":
        return sp.log(values[0]) / sp.log(values[1])
    if name not in FUNCTIONS:
        raise UnsupportedExpression(f"the function {name} has no definition")
    fact = FUNCTIONS[name]
    if fact.sympy is not None:
        return getattr(sp, fact.sympy)(*values)
    definition = fact.defined_at(arguments)
    if definition is None:
        raise UnsupportedExpression(f"the function {name} has no definition")
    return to_sympy(definition)


def _sympy_condition(condition: Condition | None) -> Any:
    import sympy as sp

    if condition is None:
        return sp.true
    left, right = to_sympy(condition.left), to_sympy(condition.right)
    made = {"<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "=": sp.Eq, "!=": sp.Ne}
    return made[condition.relation](left, right)


# ---- from SymPy -------------------------------------------------------------------------------


def from_sympy(value: Any) -> Expr:
    """The written tree, in the order of a teacher: falling degrees, a positive term first, one fraction
    bar."""
    import sympy as sp

    if value.is_Rational:
        return _signed(Fraction(int(value.p), int(value.q)))
    if value is sp.pi:
        return Constant("pi")
    if value is sp.E:
        return Constant("e")
    if value.is_Symbol:
        return Symbol("lambda" if value.name == "lamda" else value.name)
    if value.is_Add:
        return _sum_of(value)
    if value.is_Mul:
        return _product_of(value)
    if value.is_Pow:
        return _power_of(value)
    if isinstance(value, sp.Piecewise):
        return Cases(tuple((from_sympy(v), _condition_of(c)) for v, c in value.args))
    if isinstance(value, sp.Derivative):
        variable = from_sympy(value.args[1][0])
        assert isinstance(variable, Symbol)
        return Derivative(from_sympy(value.args[0]), variable)
    name = _sympy_functions().get(type(value).__name__)
    if name is None:
        raise UnsupportedExpression(f"no written form for SymPy's {type(value).__name__}")
    arguments = tuple(from_sympy(a) for a in value.args)
    if name == "max" or name == "min":
        arguments = tuple(sorted(arguments, key=lambda a: not isinstance(a, Number)))
    return Apply(name, arguments)


_cache: dict[str, str] = {}


def _sympy_functions() -> dict[str, str]:
    if not _cache:
        _cache.update({fact.sympy: name for name, fact in FUNCTIONS.items() if fact.sympy})
    return _cache


def _signed(value: Fraction) -> Expr:
    return Number(value) if value >= 0 else Negative(Number(-value))


def _sum_of(value: Any) -> Expr:
    terms = [from_sympy(t) for t in value.as_ordered_terms()]
    if isinstance(terms[0], Negative):
        first = next((i for i, t in enumerate(terms) if not isinstance(t, Negative)), None)
        degrees = {bool(t.free_symbols) for t in value.args}
        if first is not None and len(terms) == 2 and degrees:
            terms.insert(0, terms.pop(first))
    return Sum(tuple(terms))


def _product_of(value: Any) -> Expr:
    import sympy as sp

    coefficient, rest = value.as_coeff_Mul()
    if not coefficient.is_Rational:
        coefficient, rest = sp.Integer(1), value
    top: list[Expr] = []
    bottom: list[Expr] = []
    size = abs(Fraction(int(coefficient.p), int(coefficient.q)))
    if size.numerator != 1:
        top.append(number(size.numerator))
    if size.denominator != 1:
        bottom.append(number(size.denominator))
    for factor in sp.Mul.make_args(rest):
        base, exponent = factor.as_base_exp()
        if base is not sp.E and exponent.is_Rational and exponent < 0:
            bottom.append(from_sympy(base**-exponent))
        else:
            top.append(from_sympy(factor))
    top.sort(key=_factor_order)
    numerator = _one_product(top)
    found = Quotient(numerator, _one_product(bottom)) if bottom else numerator
    if (
        isinstance(found, Quotient)
        and isinstance(numerator, Number)
        and isinstance(found.denominator, Number)
    ):
        found = Number(numerator.value / found.denominator.value)
    return Negative(found) if coefficient < 0 else found


def _factor_order(factor: Expr) -> int:
    base = factor.base if isinstance(factor, Power) else factor
    if isinstance(base, Number) or not any(isinstance(node, Symbol) for node in walk(base)):
        return 0
    if isinstance(base, (Symbol, Constant)):
        return 1
    return 3 if isinstance(base, Sum) else 2


def _one_product(factors: list[Expr]) -> Expr:
    if not factors:
        return ONE
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _power_of(value: Any) -> Expr:
    import sympy as sp

    base, exponent = value.args
    if base is sp.E:
        return Apply("exp", (from_sympy(exponent),))
    if exponent.is_Rational and exponent < 0:
        return Quotient(ONE, from_sympy(sp.Pow(base, -exponent)))
    if exponent == sp.Rational(1, 2):
        return Apply("sqrt", (from_sympy(base),))
    return Power(from_sympy(base), from_sympy(exponent))


_RELATION_NAMES: dict[str, str] = {
    "StrictLessThan": "<", "LessThan": "<=", "StrictGreaterThan": ">", "GreaterThan": ">=",
    "Equality": "=", "Unequality": "!=",
}  # fmt: skip


def _condition_of(condition: Any) -> Condition | None:
    name = type(condition).__name__
    if name == "BooleanTrue":
        return None
    if name not in _RELATION_NAMES:
        raise UnsupportedExpression(f"no written form for the condition {name}")
    return Condition(from_sympy(condition.lhs), _RELATION_NAMES[name], from_sympy(condition.rhs))
