"""Softmax and cross-entropy of given logits: exact expressions, decimals, the gradient by a second road."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from solver.derivation.equality import Equality, Means
from solver.expression.atoms import decimal_text
from solver.expression.latex import latex
from solver.expression.tree import (
    Expr,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
)
from solver.questions.softmax_algebra import Softmax, added, exponential, logarithm
from solver.rules.algebra import merge


@dataclass(frozen=True)
class Row:
    """One class, from 1: logit, logit less the greatest, probability and gradient (exact expressions)."""

    index: int
    logit: Fraction
    shifted: Fraction
    power: Expr
    probability: Expr
    target: Fraction
    gradient: Expr


@dataclass(frozen=True)
class Numbers:
    """The example: `rows` by class, `total` the sum of the shifted exponentials, `loss`; all exact."""

    algebra: Softmax
    logits: tuple[Fraction, ...]
    targets: tuple[Fraction, ...]

    @property
    def greatest(self) -> Fraction:
        """The greatest logit, which is subtracted."""
        return max(self.logits)

    @property
    def weight(self) -> Fraction:
        """The sum of the targets: 1 for probabilities."""
        return sum(self.targets, Fraction(0))

    @property
    def one_hot(self) -> int | None:
        """The class (from 1) of a target with a single 1, else None."""
        if sorted(self.targets) != [0] * (len(self.targets) - 1) + [1]:
            return None
        return self.targets.index(Fraction(1)) + 1

    @property
    def predicted(self) -> tuple[int, ...]:
        """The classes (from 1) of the greatest probability; several where logits are equal."""
        return tuple(i for i, z in enumerate(self.logits, start=1) if z == self.greatest)

    @cached_property
    def powers(self) -> tuple[Expr, ...]:
        """e^{z_k − m}"""
        return tuple(merge(exponential(written(z - self.greatest))) for z in self.logits)

    @cached_property
    def total(self) -> Expr:
        """Σ e^{z_k − m}"""
        return added(self.powers)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """One row a class."""
        found = []
        for i, (z, y, power) in enumerate(zip(self.logits, self.targets, self.powers, strict=True), start=1):
            probability = Quotient(power, self.total)
            scaled = probability if self.weight == 1 else Product((written(self.weight), probability))
            gradient = scaled if y == 0 else Sum((scaled, Negative(written(y))))
            found.append(Row(i, z, z - self.greatest, power, probability, y, gradient))
        return tuple(found)

    @cached_property
    def loss(self) -> Expr:
        """(Σ y) ln Σ e^{z_k − m} − Σ y_k (z_k − m)"""
        log = logarithm(self.total)
        scaled = log if self.weight == 1 else Product((written(self.weight), log))
        linear = sum(
            (y * (z - self.greatest) for y, z in zip(self.targets, self.logits, strict=True)), Fraction(0)
        )
        return scaled if linear == 0 else Sum((scaled, written(-linear)))

    @cached_property
    def checks(self) -> tuple[Equality, ...]:
        """Loss and probabilities against the definitions without shift, the gradient by dual numbers."""
        from solver.graph.dual import slope_of
        from solver.graph.forward import value_of
        from solver.graph.verify import compare

        algebra, point = self.algebra, self._point()
        where = ", ".join(f"{latex(z)} = {latex(point[z.name])}" for z in algebra.logits)
        loss = algebra.in_logits(algebra.loss)
        found = [
            Equality(
                f"L({where})",
                latex(self.loss),
                Means.VALUES,
                compare(value_of(loss, point), value_of(self.loss, {})),
            )
        ]
        for row, p, z in zip(self.rows, algebra.outputs, algebra.logits, strict=True):
            plain = value_of(algebra.definitions[p.name], point)
            holds = compare(plain, value_of(row.probability, {}))
            found.append(Equality(f"{latex(p)}({where})", latex(row.probability), Means.VALUES, holds))
            slope = slope_of(loss, point, z)
            name = rf"\partial L / \partial {latex(z)}({where})"
            found.append(
                Equality(name, latex(row.gradient), Means.DUAL, compare(slope, value_of(row.gradient, {})))
            )
        return tuple(found)

    def _point(self) -> Mapping[str, Fraction]:
        values = [*self.logits, *self.targets]
        names = [*self.algebra.logits, *self.algebra.targets]
        return {name.name: value for name, value in zip(names, values, strict=True)}


def written(value: Fraction) -> Expr:
    """A number as one types it: a decimal where it ends."""
    shown = Number(abs(value), decimal=decimal_text(abs(value)) is not None)
    return Negative(shown) if value < 0 else shown


def one_hot(index: int, size: int) -> tuple[Fraction, ...]:
    """The target of class `index`, from 1."""
    return tuple(Fraction(int(i == index)) for i in range(1, size + 1))
