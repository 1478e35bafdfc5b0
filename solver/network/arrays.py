"""Expressions evaluated on NumPy arrays; the functions that saturate have forms that do not overflow."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from solver.errors import UnsupportedExpression
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Constant,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)

Array = NDArray[np.float64]


def sigmoid(z: Array) -> Array:
    """1/(1 + e^−z), each side by the exponential that does not overflow."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def softplus(z: Array) -> Array:
    """ln(1 + e^z)"""
    return cast(Array, np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))))


def log_softmax(z: Array) -> Array:
    """z − ln Σ e^z along the last axis."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return cast(Array, shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _log_sigmoid(z: Array) -> Array:
    return -softplus(-z)


_FUNCTIONS: Mapping[str, Callable[[Array], Array]] = {
    "exp": np.exp, "ln": np.log, "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign, "tanh": np.tanh,
    "sigmoid": sigmoid, "softplus": softplus, "log_sigmoid": _log_sigmoid,
    "relu": lambda z: np.maximum(z, 0.0), "erf": np.vectorize(math.erf, otypes=[float]),
}  # fmt: skip

_RELATIONS: Mapping[str, Callable[[Array, Array], NDArray[np.bool_]]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "!=": np.not_equal,
    "=": np.equal,
}  # fmt: skip


def evaluate(expr: Expr, known: Mapping[str, Array]) -> Array:
    """The value of `expr` entry by entry. Raises UnsupportedExpression for what it does not know."""
    match expr:
        case Number(value):
            return np.float64(value)  # type: ignore[return-value]  # a number is broadcast like an array
        case Constant(name):
            return np.float64(math.pi if name == "pi" else math.e)  # type: ignore[return-value]  # as above
        case Symbol(name):
            return known[name]
        case Negative(operand):
            return -evaluate(operand, known)
        case Sum(terms):
            first, *rest = (evaluate(term, known) for term in terms)
            for other in rest:
                first = first + other
            return first
        case Product(factors):
            first, *rest = (evaluate(factor, known) for factor in factors)
            for other in rest:
                first = first * other
            return first
        case Quotient(top, bottom):
            return evaluate(top, known) / evaluate(bottom, known)
        case Power(Constant("e"), exponent):
            return cast(Array, np.exp(evaluate(exponent, known)))
        case Power(base, exponent):
            return evaluate(base, known) ** evaluate(exponent, known)
        case Cases(branches):
            return _cases(branches, known)
        case Apply(name, arguments):
            return _apply(name, [evaluate(a, known) for a in arguments], expr)
    raise UnsupportedExpression(f"{type(expr).__name__} is not evaluated on arrays")


def _cases(branches: tuple[tuple[Expr, Condition | None], ...], known: Mapping[str, Array]) -> Array:
    found: Array = np.float64(np.nan)  # type: ignore[assignment]  # where no branch holds
    for value, condition in reversed(branches):
        inner = evaluate(value, known)
        if condition is None:
            found = inner
            continue
        left, right = evaluate(condition.left, known), evaluate(condition.right, known)
        found = np.where(_RELATIONS[condition.relation](left, right), inner, found)
    return found


def _apply(name: str, arguments: list[Array], expr: Apply) -> Array:
    if name == "max":
        return cast(Array, np.maximum.reduce(np.broadcast_arrays(*arguments)))
    if name in _FUNCTIONS and len(arguments) == 1:
        return _FUNCTIONS[name](arguments[0])
    fact = FUNCTIONS.get(name)
    if fact is None or fact.definition is None:
        raise UnsupportedExpression(f"{name} is not evaluated on arrays")
    completed = fact.complete(expr.arguments)[len(arguments) :]
    values = [*arguments, *(evaluate(a, {}) for a in completed)]
    return evaluate(fact.definition, dict(zip(fact.parameters, values, strict=True)))
