"""Back through a softmax: its Jacobian, entry by entry, and the sum over the outputs that it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solver.derivation.check import same
from solver.derivation.equality import Equality, Means
from solver.expression.latex import latex
from solver.expression.tree import (
    ONE,
    Apply,
    Derivative,
    Expr,
    Negative,
    Product,
    Quotient,
    Sum,
    Symbol,
    substitute,
)
from solver.network.backward import Analysis

WRITTEN_OUT = 4
"""Up to this many units, the Jacobian is written as a matrix."""

ALL = 6
"""Up to this many units, every entry is checked; past it those of the first and the last unit."""


@dataclass(frozen=True)
class VectorStep:
    """The step through a softmax (`is_log`: through its logarithm) of `size` units.

    `pre` and `post` are the letters of z and a of the layer, to which an index is appended. `cancels`: the
    loss is the cross-entropy, with which nearly everything cancels. `jacobian` is the matrix written out
    (empty where it is large), `target` the letter of y. `checks`: each entry by dual numbers, each sum over
    the outputs by values.
    """

    is_log: bool
    size: int
    pre: str
    post: str
    target: str
    cancels: bool
    jacobian: tuple[tuple[str, ...], ...]
    checks: tuple[Equality, ...]


def vector_step(analysis: Analysis, layer: int) -> VectorStep:
    """The Jacobian of the activation of a layer and the gradient that it gives, checked."""
    record, names = analysis.record, analysis.names
    is_log = record.activations[layer - 1].name == "log_softmax"
    outputs, pres = names.activations(layer), names.pres(layer)
    size = len(outputs)
    chosen = range(size) if size <= ALL else (0, size - 1)
    checks = [_entry_check(outputs, pres, i, j, is_log=is_log) for i in chosen for j in chosen]
    loss = record.loss.name
    cancels = layer == record.depth and loss == ("nll" if is_log else "cross_entropy")
    received: list[Expr] = [
        analysis.closed[a.name] if cancels else analysis.adjoint(a).symbol for a in outputs
    ]
    for j in chosen:
        terms = [Product((g, _entry(outputs, i, j, is_log=is_log))) for i, g in enumerate(received)]
        if cancels:
            targets = names.targets
            weight = Apply("exp", (outputs[j],)) if is_log else outputs[j]
            told: Expr = Sum((Product((weight, _sum(targets))), Negative(targets[j])))
        else:
            told = _gathered(outputs, received, j, is_log=is_log)
        checks.append(same(_sum(terms), told))
    first = latex(names.targets[0])
    target = first.rpartition("_")[0] or first
    jacobian = (
        tuple(tuple(latex(_entry(outputs, i, j, is_log=is_log)) for j in range(size)) for i in range(size))
        if size <= WRITTEN_OUT
        else ()
    )
    return VectorStep(
        is_log, size, names.base("z", layer), names.base("a", layer), target, cancels, jacobian, tuple(checks)
    )


def _entry(outputs: tuple[Symbol, ...], i: int, j: int, *, is_log: bool) -> Expr:
    """∂aᵢ/∂zⱼ = aᵢ (δᵢⱼ − aⱼ); of the logarithm, δᵢⱼ − e^(aⱼ)"""
    if is_log:
        share = Apply("exp", (outputs[j],))
        return Sum((ONE, Negative(share))) if i == j else Negative(share)
    if i == j:
        return Product((outputs[i], Sum((ONE, Negative(outputs[i])))))
    return Negative(Product((outputs[i], outputs[j])))


def _gathered(outputs: tuple[Symbol, ...], received: list[Expr], j: int, *, is_log: bool) -> Expr:
    """Σᵢ gᵢ ∂aᵢ/∂zⱼ = aⱼ (gⱼ − Σᵢ gᵢ aᵢ); of the logarithm, gⱼ − e^(aⱼ) Σᵢ gᵢ"""
    if is_log:
        return Sum((received[j], Negative(Product((Apply("exp", (outputs[j],)), _sum(received))))))
    mean = _sum([Product((g, a)) for g, a in zip(received, outputs, strict=True)])
    return Product((outputs[j], Sum((received[j], Negative(mean)))))


def _entry_check(
    outputs: tuple[Symbol, ...], pres: tuple[Symbol, ...], i: int, j: int, *, is_log: bool
) -> Equality:
    """The entry against dual numbers run through e^z/Σ e^z, the definition."""
    whole = _sum([Apply("exp", (z,)) for z in pres])
    values: dict[str, Expr] = {}
    for a, z in zip(outputs, pres, strict=True):
        share = Quotient(Apply("exp", (z,)), whole)
        values[a.name] = Apply("ln", (share,)) if is_log else share
    told = _entry(outputs, i, j, is_log=is_log)
    found = same(Derivative(values[outputs[i].name], pres[j]), substitute(told, values))
    left = rf"\frac{{\partial {latex(outputs[i])}}}{{\partial {latex(pres[j])}}}"
    return Equality(left, latex(told), Means.DUAL, found.holds)


def _sum(terms: Sequence[Expr]) -> Expr:
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))
