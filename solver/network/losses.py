"""Losses by name: the equations of each for the graph, its value and its gradient on numbers. One row adds
one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from operator import sub

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
    """A loss that compares outputs one by one: L = Σ ℓ(ŷ, y), divided by their number if `mean`.

    `terms(ŷ, y)` writes ℓ for the graph as terms of a sum; `value` and `slope` compute ℓ and ∂ℓ/∂ŷ on
    numbers. `kink(ŷ, y)` vanishes where ℓ has no slope (0 is taken there). `needs_target` is False where y
    does not enter.
    """

    name: str
    terms: Callable[[Expr, Expr], tuple[Expr, ...]]
    value: Callable[[Num, Num], Num]
    slope: Callable[[Num, Num], Num]
    mean: bool = False
    kink: Callable[[Num, Num], Num] | None = None
    needs_target: bool = True


@dataclass(frozen=True)
class Loss:
    """A loss by name. `cross_entropy_logits` mixes the outputs; every other one is a row of the table."""

    name: str

    @property
    def row(self) -> LossRow | None:
        return LOSSES[self.name]

    @property
    def needs_target(self) -> bool:
        return self.row is None or self.row.needs_target

    def equations(
        self, outputs: Sequence[Symbol], targets: Sequence[Symbol], loss: Symbol, inner: Symbol
    ) -> tuple[Equation, ...]:
        """The equations that define `loss`; `inner` names the intermediate ln Σ e^ŷ, where there is one."""
        row = self.row
        if row is None:
            first = Equation(inner, Apply("ln", (_sum([Apply("exp", (a,)) for a in outputs]),)))
            terms = [Product((y, _minus(inner, a))) for a, y in zip(outputs, targets, strict=True)]
            return first, Equation(loss, _sum(terms))
        factor = Fraction(1, len(outputs)) if row.mean else Fraction(1)
        found = [
            _scaled(factor, term) for a, y in zip(outputs, targets, strict=True) for term in row.terms(a, y)
        ]
        return (Equation(loss, _sum(found)),)

    def value(self, outputs: Sequence[Num], targets: Sequence[Num]) -> Num:
        """L on numbers. Raises ArithmeticError, the output named, where it has no value."""
        row = self.row
        if row is None:
            return _logits(outputs, targets)
        parts = []
        for place, (a, y) in enumerate(_pairs(outputs, targets), 1):
            try:
                parts.append(row.value(a, y))
            except n.LogarithmError as error:
                raise ArithmeticError(
                    f"the loss {self.name} at output {place} of the last layer: {error}"
                ) from None
        return n.total(parts) / (len(outputs) if row.mean else 1)

    def gradient(self, outputs: Sequence[Num], targets: Sequence[Num]) -> tuple[Num, ...]:
        """∂L/∂ŷ on numbers."""
        row = self.row
        if row is None:
            return _logits_gradient(outputs, targets)
        return tuple(row.slope(a, y) / (len(outputs) if row.mean else 1) for a, y in _pairs(outputs, targets))

    def on_logits(self, activation: str) -> Loss | None:
        """The loss L(z, y) that this one is after that activation, where there is one: it cannot saturate."""
        name = _ON_LOGITS.get((activation, self.name))
        return Loss(name) if name else None

    def at_kink(self, output: Num, target: Num) -> bool:
        """Whether the loss has no slope by this output at these numbers."""
        kink = self.row.kink if self.row else None
        gap = kink(output, target) if kink else n.ONE
        return n.is_exact(gap) and gap == 0


def _pairs(outputs: Sequence[Num], targets: Sequence[Num]) -> zip[tuple[Num, Num]]:
    return zip(outputs, targets or [n.ZERO] * len(outputs), strict=True)


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
    """factor · expr, the sign kept in front."""
    if factor == 1:
        return expr
    if isinstance(expr, Negative):
        return Negative(_scaled(factor, expr.operand))
    return Product((number(factor), expr))


def _bce_terms(a: Expr, y: Expr) -> tuple[Expr, ...]:
    left = Product((y, Apply("ln", (a,))))
    right = Product((_minus(ONE, y), Apply("ln", (_minus(ONE, a),))))
    return Negative(left), Negative(right)


def _huber_term(a: Expr, y: Expr) -> Expr:
    gap = _minus(a, y)
    far = _minus(Apply("abs", (gap,)), number("1/2"))
    near = Condition(Apply("abs", (gap,)), "<=", ONE)
    return Cases(((_scaled(Fraction(1, 2), Power(gap, number(2))), near), (far, None)))


# ---- numbers ----------------------------------------------------------------------------------


def _weighted(weight: Num, value: Callable[[], Num]) -> Num:
    """weight · value, and 0 where the weight is exactly 0 (0 · ln 0 = 0), whatever the value."""
    return n.ZERO if n.is_exact(weight) and weight == 0 else weight * value()


def _inverse(value: Num) -> Num:
    if sign(value) == 0:
        raise ArithmeticError("a division by zero")
    return 1 / value


def _bce(a: Num, y: Num) -> Num:
    """−y ln ŷ − (1 − y) ln(1 − ŷ)"""
    return -_weighted(y, lambda: n.ln(a)) - _weighted(1 - y, lambda: n.ln(1 - a))


def _bce_slope(a: Num, y: Num) -> Num:
    return _weighted(1 - y, lambda: _inverse(1 - a)) - _weighted(y, lambda: _inverse(a))


def _log_sum_exp(o: Sequence[Num]) -> Num:
    return o[0] + n.ln(n.total([n.exp(v - o[0]) for v in o]))


def _logits(o: Sequence[Num], t: Sequence[Num]) -> Num:
    """Σ y (ln Σ e^ŷ − ŷ)"""
    whole = _log_sum_exp(o)
    return n.total([_weighted(y, partial(sub, whole, a)) for a, y in zip(o, t, strict=True)])


def _logits_gradient(o: Sequence[Num], t: Sequence[Num]) -> tuple[Num, ...]:
    """pⱼ Σ y − yⱼ = Σ_(k≠j) (pⱼ y_k − p_k yⱼ), p the softmax"""
    powers = [n.exp(v - o[0]) for v in o]
    whole = n.total(powers)
    p = [power / whole for power in powers]
    return tuple(n.total([p[j] * t[k] - p[k] * t[j] for k in range(len(o)) if k != j]) for j in range(len(o)))


def _huber(gap: Num) -> Num:
    size = abs(gap)
    return gap * gap / 2 if sign(size - 1) <= 0 else size - n.HALF


def _huber_slope(gap: Num) -> Num:
    return gap if sign(abs(gap) - 1) <= 0 else fmpq(sign(gap))


def _margin(a: Num, y: Num) -> Num:
    return 1 - y * a


_TABLE = (
    LossRow(
        "half_squared", lambda a, y: (_scaled(Fraction(1, 2), _square(a, y)),),
        lambda a, y: (a - y) * (a - y) / 2, lambda a, y: a - y,
    ),
    LossRow(
        "squared", lambda a, y: (_square(a, y),),
        lambda a, y: (a - y) * (a - y), lambda a, y: 2 * (a - y),
    ),
    LossRow(
        "mse", lambda a, y: (_square(a, y),),
        lambda a, y: (a - y) * (a - y), lambda a, y: 2 * (a - y), mean=True,
    ),
    LossRow(
        "mae", lambda a, y: (Apply("abs", (_minus(a, y),)),),
        lambda a, y: abs(a - y), lambda a, y: fmpq(sign(a - y)), mean=True, kink=lambda a, y: a - y,
    ),
    LossRow("bce", _bce_terms, _bce, _bce_slope, mean=True),
    LossRow(
        "bce_logits", lambda a, y: (Apply("softplus", (a,)), Negative(Product((y, a)))),
        lambda a, y: n.softplus(a) - y * a,
        lambda a, y: (1 - y) * n.sigmoid(a) - y * n.sigmoid(-a), mean=True,
    ),
    LossRow(
        "cross_entropy", lambda a, y: (Negative(Product((y, Apply("ln", (a,))))),),
        lambda a, y: -_weighted(y, lambda: n.ln(a)), lambda a, y: -_weighted(y, lambda: _inverse(a)),
    ),
    LossRow("nll", lambda a, y: (Negative(Product((y, a))),), lambda a, y: -y * a, lambda a, y: -y),
    LossRow(
        "hinge", lambda a, y: (Apply("relu", (_minus(ONE, Product((y, a))),)),),
        lambda a, y: _margin(a, y) if sign(_margin(a, y)) > 0 else n.ZERO,
        lambda a, y: -y if sign(_margin(a, y)) > 0 else n.ZERO, kink=_margin,
    ),
    LossRow(
        "huber", lambda a, y: (_huber_term(a, y),),
        lambda a, y: _huber(a - y), lambda a, y: _huber_slope(a - y),
    ),
    LossRow("sum", lambda a, y: (a,), lambda a, y: a, lambda a, y: n.ONE, needs_target=False),
)  # fmt: skip
LOSSES: dict[str, LossRow | None] = {row.name: row for row in _TABLE} | {"cross_entropy_logits": None}

_ON_LOGITS = {
    ("sigmoid", "bce"): "bce_logits",
    ("softmax", "cross_entropy"): "cross_entropy_logits",
    ("log_softmax", "nll"): "cross_entropy_logits",
}
