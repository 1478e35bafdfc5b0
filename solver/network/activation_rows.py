"""How activations are computed on numbers, without cancellation. One row adds one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpq

from solver.network import numbers as n
from solver.network.numbers import Num, sign

Parameters = tuple[Fraction, ...]


@dataclass(frozen=True)
class Row:
    """How an activation of the function table is computed on numbers.

    `value(z, p)` and `slope(z, p)` give φ(z) and φ′(z) without cancellation; where φ′ does not exist, the
    slope
    of the flatter side (0 for ReLU), as frameworks take it. `defaults` are the values of its parameters.
    """

    name: str
    value: Callable[[Num, Parameters], Num]
    slope: Callable[[Num, Parameters], Num]
    defaults: Parameters = ()


# ---- scalar activations -----------------------------------------------------------------------


def _step(z: Num, at: Fraction = Fraction(0)) -> int:
    """Sign of z − at."""
    return sign(z - n.rational(at)) if at else sign(z)


def _clipped(z: Num, low: int, high: int) -> bool:
    """Whether z is strictly between low and high."""
    return _step(z, Fraction(low)) > 0 and _step(z, Fraction(high)) < 0


def _hard_sigmoid(z: Num) -> Num:
    if _step(z, Fraction(-3)) <= 0:
        return n.ZERO
    return n.ONE if _step(z, Fraction(3)) >= 0 else z / 6 + n.HALF


def _hard_swish_slope(z: Num) -> Num:
    if _step(z, Fraction(-3)) <= 0:
        return n.ZERO
    return n.ONE if _step(z, Fraction(3)) >= 0 else z / 3 + n.HALF


def _normal_cdf(z: Num) -> Num:
    if n.is_exact(z) and z == 0:
        return n.HALF
    b = n.ball(z)
    return (-b / arb(2).sqrt()).erfc() / 2


@n.remembered
def _gelu_slope(z: Num) -> Num:
    b = n.ball(z)
    return _normal_cdf(z) + b * (-b * b / 2).exp() / (2 * arb.pi()).sqrt()


_CUBIC = fmpq(44715, 10**6)


def _gelu_inner(z: Num) -> Num:
    """√(2/π) (z + 0.044715 z³), the argument of tanh in the tanh form of GELU; 1 + tanh u = 2 σ(2u)."""
    return n.ZERO if n.is_exact(z) and z == 0 else (2 / arb.pi()).sqrt() * (z + _CUBIC * z * z * z)


def _gelu_tanh_slope(z: Num) -> Num:
    twice = 2 * _gelu_inner(z)
    inner = 2 * (2 / arb.pi()).sqrt() * (1 + 3 * _CUBIC * z * z)
    curved = n.ZERO if n.is_exact(z) and z == 0 else z * n.sigmoid(-twice) * inner
    return n.sigmoid(twice) * (1 + curved)


@n.remembered
def _mish_slope(z: Num) -> Num:
    t = n.softplus(z).tanh()
    return t + n.ball(z) * n.sigmoid(z) / n.softplus(z).cosh() ** 2


@n.remembered
def _tanh_slope(z: Num) -> Num:
    return n.ONE if n.is_exact(z) and z == 0 else 1 / n.ball(z).cosh() ** 2


_SELU = (Fraction("1.0507009873554804934193349852946"), Fraction("1.6732632423543772848170429916717"))


def _expm1(z: Num) -> Num:
    return n.ZERO if n.is_exact(z) and z == 0 else n.ball(z).expm1()


def _selu(z: Num) -> Num:
    scale, alpha = (n.rational(c) for c in _SELU)
    return scale * z if sign(z) > 0 else scale * alpha * _expm1(z)


def _selu_slope(z: Num) -> Num:
    scale, alpha = (n.rational(c) for c in _SELU)
    return scale if sign(z) > 0 else scale * alpha * n.exp(z)


_TABLE = (
    Row("identity", lambda z, p: z, lambda z, p: n.ONE),
    Row("sigmoid", lambda z, p: n.sigmoid(z), lambda z, p: n.sigmoid(z) * n.sigmoid(-z)),
    Row("tanh", lambda z, p: n.tanh(z), lambda z, p: _tanh_slope(z)),
    Row(
        "relu",
        lambda z, p: z if sign(z) > 0 else n.ZERO,
        lambda z, p: n.ONE if sign(z) > 0 else n.ZERO,
    ),
    Row(
        "leaky_relu",
        lambda z, p: z if sign(z) >= 0 else n.rational(p[0]) * z,
        lambda z, p: n.ONE if sign(z) > 0 else n.rational(p[0]),
        (Fraction("0.01"),),
    ),
    Row(
        "elu",
        lambda z, p: z if sign(z) > 0 else n.rational(p[0]) * _expm1(z),
        lambda z, p: n.ONE if sign(z) > 0 else n.rational(p[0]) * n.exp(z),
        (Fraction(1),),
    ),
    Row(
        "celu",
        lambda z, p: z if sign(z) > 0 else n.rational(p[0]) * _expm1(z / n.rational(p[0])),
        lambda z, p: n.ONE if sign(z) > 0 else n.exp(z / n.rational(p[0])),
        (Fraction(1),),
    ),
    Row("selu", lambda z, p: _selu(z), lambda z, p: _selu_slope(z)),
    Row("gelu", lambda z, p: z * _normal_cdf(z), lambda z, p: _gelu_slope(z)),
    Row(
        "gelu_tanh",
        lambda z, p: z * n.sigmoid(2 * _gelu_inner(z)),
        lambda z, p: _gelu_tanh_slope(z),
    ),
    Row(
        "silu",
        lambda z, p: z * n.sigmoid(z),
        lambda z, p: n.sigmoid(z) * (1 + z * n.sigmoid(-z)),
    ),
    Row("softplus", lambda z, p: n.softplus(z), lambda z, p: n.sigmoid(z)),
    Row("softsign", lambda z, p: z / (1 + abs(z)), lambda z, p: 1 / (1 + abs(z)) ** 2),
    Row(
        "hard_sigmoid",
        lambda z, p: _hard_sigmoid(z),
        lambda z, p: fmpq(1, 6) if _clipped(z, -3, 3) else n.ZERO,
    ),
    Row(
        "hard_tanh",
        lambda z, p: z if _clipped(z, -1, 1) else fmpq(_step(z)),
        lambda z, p: n.ONE if _clipped(z, -1, 1) else n.ZERO,
    ),
    Row("hard_swish", lambda z, p: z * _hard_sigmoid(z), lambda z, p: _hard_swish_slope(z)),
    Row(
        "relu6",
        lambda z, p: n.ZERO if sign(z) <= 0 else fmpq(6) if _step(z, Fraction(6)) >= 0 else z,
        lambda z, p: n.ONE if _clipped(z, 0, 6) else n.ZERO,
    ),
    Row("mish", lambda z, p: z * n.softplus(z).tanh(), lambda z, p: _mish_slope(z)),
    Row("log_sigmoid", lambda z, p: -n.softplus(-z), lambda z, p: n.sigmoid(-z)),
    Row("tanhshrink", lambda z, p: z - n.tanh(z), lambda z, p: n.tanh(z) ** 2),
)
ROWS: dict[str, Row] = {row.name: row for row in _TABLE}


# ---- activations of a whole layer -------------------------------------------------------------


@dataclass(frozen=True)
class VectorRow:
    """An activation that mixes the units of a layer: its values, and ∂L/∂z from ∂L/∂a."""

    values: Callable[[Sequence[Num]], tuple[Num, ...]]
    pull_back: Callable[[Sequence[Num], Sequence[Num], Sequence[Num]], tuple[Num, ...]]


def _softmax(z: Sequence[Num]) -> tuple[Num, ...]:
    """e^(zᵢ − z₁) / Σ e^(z_k − z₁)"""
    powers = [n.exp(v - z[0]) for v in z]
    whole = n.total(powers)
    return tuple(p / whole for p in powers)


def _softmax_back(z: Sequence[Num], a: Sequence[Num], da: Sequence[Num]) -> tuple[Num, ...]:
    """aⱼ Σ_k a_k (ȧⱼ − ȧ_k)"""
    return tuple(
        aj * n.total([ak * (dj - dk) for k, (ak, dk) in enumerate(zip(a, da, strict=True)) if k != j])
        for j, (aj, dj) in enumerate(zip(a, da, strict=True))
    )


def _log_softmax(z: Sequence[Num]) -> tuple[Num, ...]:
    """−ln Σ e^(z_k − zᵢ)"""
    return tuple(-n.ln(n.total([n.exp(other - v) for other in z])) for v in z)


def _log_softmax_back(z: Sequence[Num], a: Sequence[Num], da: Sequence[Num]) -> tuple[Num, ...]:
    """Σ_k p_k (ȧⱼ) − pⱼ Σ ȧ_k = Σ_(k≠j) (p_k ȧⱼ − pⱼ ȧ_k), p the softmax"""
    p = _softmax(z)
    return tuple(
        n.total([p[k] * dj - p[j] * dk for k, dk in enumerate(da) if k != j]) for j, dj in enumerate(da)
    )


VECTORS: dict[str, VectorRow] = {
    "softmax": VectorRow(_softmax, _softmax_back),
    "log_softmax": VectorRow(_log_softmax, _log_softmax_back),
}
