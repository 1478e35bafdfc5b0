"""Between the written tree and SymPy."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solver.errors import UnsupportedExpression
from solver.expression.functions import FUNCTIONS
from solver.expression.sympy_text import index_of_root, safe_name
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
        degree = 3 if name == "cbrt" else int(index_of_root(arguments[1]))
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
