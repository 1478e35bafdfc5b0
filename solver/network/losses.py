"""Losses by name: the equations of each for the graph, its value and its gradient on numbers. One row adds
one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq

from solver.errors import CorrigeError, nearest
from solver.expression.tree import (
    ONE,
    Apply,
    Cases,
    Condition,
    Expr,
    Negative,
    Power,
    Product,
    Sum,
    Symbol,
    number,
)
from solver.graph.model import Equation
from solver.network import numbers as n
from solver.network.numbers import Num, sign


@dataclass(frozen=True)
class LossRow:
    """A loss L(ŷ, y).

    `terms(ŷ, y, N)` writes the terms of L for the graph (N outputs); `value` and `gradient` compute L and
    ∂L/∂ŷ on
    numbers. `needs_target` is False where y does not enter. `symbol` is an intermediate of its own, if any.
    """

    name: str
    terms: Callable[[Sequence[Expr], Sequence[Expr]], tuple[Expr, ...]]
    value: Callable[[Sequence[Num], Sequence[Num]], Num]
    gradient: Callable[[Sequence[Num], Sequence[Num]], tuple[Num, ...]]
    needs_target: bool = True
    inner: Callable[[Sequence[Expr]], Expr] | None = None


@dataclass(frozen=True)
class Loss:
    """A loss by name."""

    name: str

    @property
    def row(self) -> LossRow:
        return LOSSES[self.name]

    @property
    def needs_target(self) -> bool:
        return self.row.needs_target

    def equations(
        self, outputs: Sequence[Symbol], targets: Sequence[Symbol], loss: Symbol, inner: Symbol
    ) -> tuple[Equation, ...]:
        """The equations that define `loss`; `inner` names the intermediate, for a loss that has one."""
        row = self.row
        if row.inner is None:
            return (Equation(loss, _sum(row.terms(outputs, targets))),)
        first = Equation(inner, row.inner(outputs))
        return first, Equation(loss, _sum(row.terms((*outputs, inner), targets)))


def read_loss(text: str) -> Loss:
    """The loss of that name; CorrigeError suggests the nearest."""
    key = text.strip().lower().replace("-", "_").replace(" ", "_")
    bare = key.replace("_", "").removesuffix("loss")
    names = {known.replace("_", ""): known for known in LOSSES}
    name = _ALIASES.get(key, names.get(bare, key))
    if name not in LOSSES:
        raise CorrigeError(
            f"unknown loss “{text[:60]}”; known: {', '.join(LOSSES)}", hint=nearest(key, (*LOSSES, *_ALIASES))
        )
    return Loss(name)


_ALIASES = {
    "mse_loss": "mse", "mean_squared_error": "mse", "l2": "squared", "l1": "mae", "l1_loss": "mae",
    "binary_cross_entropy": "bce", "bce_with_logits": "bce_logits", "nll_loss": "nll", "huber_loss": "huber",
    "hinge_loss": "hinge", "half_mse": "half_squared",
}  # fmt: skip


def _sum(terms: Sequence[Expr]) -> Expr:
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


# ---- terms of the graph -----------------------------------------------------------------------


def _minus(left: Expr, right: Expr) -> Expr:
    return Sum((left, Negative(right)))


def _square(left: Expr, right: Expr) -> Expr:
    return Power(_minus(left, right), number(2))


def _scaled(factor: Fraction, expr: Expr) -> Expr:
    if factor == 1:
        return expr
    return Product((number(factor), expr))


def _squares(
    factor: Callable[[int], Fraction],
) -> Callable[[Sequence[Expr], Sequence[Expr]], tuple[Expr, ...]]:
    def terms(o: Sequence[Expr], t: Sequence[Expr]) -> tuple[Expr, ...]:
        return tuple(_scaled(factor(len(o)), _square(a, y)) for a, y in zip(o, t, strict=True))

    return terms


def _bce_terms(o: Sequence[Expr], t: Sequence[Expr]) -> tuple[Expr, ...]:
    found: list[Expr] = []
    for a, y in zip(o, t, strict=True):
        right = Product((_minus(ONE, y), Apply("ln", (_minus(ONE, a),))))
        for term in (Product((y, Apply("ln", (a,)))), right):
            found.append(Negative(_scaled(Fraction(1, len(o)), term)))
    return tuple(found)


def _bce_logits_terms(o: Sequence[Expr], t: Sequence[Expr]) -> tuple[Expr, ...]:
    found: list[Expr] = []
    for a, y in zip(o, t, strict=True):
        found.append(_scaled(Fraction(1, len(o)), Apply("softplus", (a,))))
        found.append(Negative(_scaled(Fraction(1, len(o)), Product((y, a)))))
    return tuple(found)


def _huber_term(a: Expr, y: Expr) -> Expr:
    gap = _minus(a, y)
    far = _minus(Apply("abs", (gap,)), number("1/2"))
    near = Condition(Apply("abs", (gap,)), "<=", ONE)
    return Cases(((_scaled(Fraction(1, 2), Power(gap, number(2))), near), (far, None)))


# ---- numbers ----------------------------------------------------------------------------------


def _gaps(o: Sequence[Num], t: Sequence[Num]) -> list[Num]:
    return [a - y for a, y in zip(o, t, strict=True)]


def _weighted(weight: Num, value: Callable[[], Num]) -> Num:
    """weight · value, and 0 where the weight is exactly 0 (0 · ln 0 = 0), whatever the value."""
    return n.ZERO if n.is_exact(weight) and weight == 0 else weight * value()


def _bce(o: Sequence[Num], t: Sequence[Num]) -> Num:
    parts = [
        _weighted(y, lambda a=a: n.ln(a)) + _weighted(1 - y, lambda a=a: n.ln(1 - a))  # type: ignore[misc]
        for a, y in zip(o, t, strict=True)
    ]
    return -n.total(parts) / len(o)


def _inverse(value: Num) -> Num:
    if sign(value) == 0:
        raise ArithmeticError("a division by zero")
    return 1 / value


def _bce_gradient(o: Sequence[Num], t: Sequence[Num]) -> tuple[Num, ...]:
    return tuple(
        (_weighted(1 - y, lambda a=a: _inverse(1 - a)) - _weighted(y, lambda a=a: _inverse(a))) / len(o)  # type: ignore[misc]
        for a, y in zip(o, t, strict=True)
    )


def _log_sum_exp(o: Sequence[Num]) -> Num:
    return o[0] + n.ln(n.total([n.exp(v - o[0]) for v in o]))


def _logits_gradient(o: Sequence[Num], t: Sequence[Num]) -> tuple[Num, ...]:
    """pⱼ Σ y − yⱼ = Σ_(k≠j) (pⱼ y_k − p_k yⱼ), p the softmax"""
    powers = [n.exp(v - o[0]) for v in o]
    whole = n.total(powers)
    p = [power / whole for power in powers]
    return tuple(n.total([p[j] * t[k] - p[k] * t[j] for k in range(len(o)) if k != j]) for j in range(len(o)))


def _logits(o: Sequence[Num], t: Sequence[Num]) -> Num:
    """Σ y (ln Σ e^ŷ − ŷ)"""
    whole = _log_sum_exp(o)
    return n.total([_weighted(y, lambda a=a: whole - a) for a, y in zip(o, t, strict=True)])  # type: ignore[misc]


def _positive(value: Num) -> Num:
    return value if sign(value) > 0 else n.ZERO


def _huber(gap: Num) -> Num:
    size = abs(gap)
    return gap * gap / 2 if sign(size - 1) <= 0 else size - n.HALF


def _huber_slope(gap: Num) -> Num:
    return gap if sign(abs(gap) - 1) <= 0 else fmpq(sign(gap))


_TABLE = (
    LossRow(
        "half_squared", _squares(lambda count: Fraction(1, 2)),
        lambda o, t: n.total([g * g for g in _gaps(o, t)]) / 2,
        lambda o, t: tuple(_gaps(o, t)),
    ),
    LossRow(
        "squared", _squares(lambda count: Fraction(1)),
        lambda o, t: n.total([g * g for g in _gaps(o, t)]),
        lambda o, t: tuple(2 * g for g in _gaps(o, t)),
    ),
    LossRow(
        "mse", _squares(lambda count: Fraction(1, count)),
        lambda o, t: n.total([g * g for g in _gaps(o, t)]) / len(o),
        lambda o, t: tuple(2 * g / len(o) for g in _gaps(o, t)),
    ),
    LossRow(
        "mae",
        lambda o, t: tuple(
            _scaled(Fraction(1, len(o)), Apply("abs", (_minus(a, y),))) for a, y in zip(o, t, strict=True)
        ),
        lambda o, t: n.total([abs(g) for g in _gaps(o, t)]) / len(o),
        lambda o, t: tuple(fmpq(sign(g)) / len(o) for g in _gaps(o, t)),
    ),
    LossRow("bce", _bce_terms, _bce, _bce_gradient),
    LossRow(
        "bce_logits", _bce_logits_terms,
        lambda o, t: n.total([n.softplus(a) - y * a for a, y in zip(o, t, strict=True)]) / len(o),
        lambda o, t: tuple(
            ((1 - y) * n.sigmoid(a) - y * n.sigmoid(-a)) / len(o) for a, y in zip(o, t, strict=True)
        ),
    ),
    LossRow(
        "cross_entropy",
        lambda o, t: tuple(Negative(Product((y, Apply("ln", (a,))))) for a, y in zip(o, t, strict=True)),
        lambda o, t: -n.total([_weighted(y, lambda a=a: n.ln(a)) for a, y in zip(o, t, strict=True)]),  # type: ignore[misc]
        lambda o, t: tuple(-_weighted(y, lambda a=a: _inverse(a)) for a, y in zip(o, t, strict=True)),  # type: ignore[misc]
    ),
    LossRow(
        "cross_entropy_logits",
        lambda o, t: tuple(Product((y, _minus(o[-1], a))) for a, y in zip(o[:-1], t, strict=True)),
        _logits,
        _logits_gradient,
        inner=lambda o: Apply("ln", (_sum([Apply("exp", (a,)) for a in o]),)),
    ),
    LossRow(
        "nll",
        lambda o, t: tuple(Negative(Product((y, a))) for a, y in zip(o, t, strict=True)),
        lambda o, t: -n.dot(o, t),
        lambda o, t: tuple(-y for y in t),
    ),
    LossRow(
        "hinge",
        lambda o, t: tuple(Apply("relu", (_minus(ONE, Product((y, a))),)) for a, y in zip(o, t, strict=True)),
        lambda o, t: n.total([_positive(1 - y * a) for a, y in zip(o, t, strict=True)]),
        lambda o, t: tuple(-y if sign(1 - y * a) > 0 else n.ZERO for a, y in zip(o, t, strict=True)),
    ),
    LossRow(
        "huber",
        lambda o, t: tuple(_huber_term(a, y) for a, y in zip(o, t, strict=True)),
        lambda o, t: n.total([_huber(g) for g in _gaps(o, t)]),
        lambda o, t: tuple(_huber_slope(g) for g in _gaps(o, t)),
    ),
    LossRow(
        "sum", lambda o, t: tuple(o), lambda o, t: n.total(o), lambda o, t: (n.ONE,) * len(o),
        needs_target=False,
    ),
)  # fmt: skip
LOSSES: dict[str, LossRow] = {row.name: row for row in _TABLE}
