"""Γ and the polygamma functions as balls, from flint's power series of Γ."""

from __future__ import annotations

from functools import reduce
from typing import Any

from flint import arb, arb_series, ctx

MAX_ORDER = 60
"""The highest polygamma function that is evaluated."""


def polygamma_ball(order: int, x: Any) -> Any:
    """ψ⁽ⁿ⁾(x), a ball: n! times the n-th coefficient of Γ′/Γ expanded at x. Not finite at 0, −1, −2, …"""
    if not 0 <= order <= MAX_ORDER or not x.is_finite() or _near_pole(x):
        return arb("nan")
    before = ctx.cap
    ctx.cap = order + 2
    try:
        series = arb_series([x, 1], prec=order + 2).gamma()
        coefficient = (series.derivative() / series)[order]
    finally:
        ctx.cap = before
    return coefficient * reduce(lambda a, k: a * k, range(1, order + 1), 1)


def gamma_ball(x: Any) -> Any:
    """Γ(x), a ball; not finite at 0, −1, −2, …"""
    return arb("nan") if _near_pole(x) or not abs(x) < 10**6 else x.gamma()


def _near_pole(x: Any) -> bool:
    return bool(x < 1) and bool(x.contains_integer())
