"""The penalty on the parameters that is added to the mean loss: λ₁ Σ |w| + (λ₂/2) Σ w².

The gradient receives λ₁ sgn(w) + λ₂ w, as `weight_decay=λ₂` gives in PyTorch's optimisers. The sums run over
the weights; over the biases too only where the record says so (PyTorch decays whatever it is given).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq

from solver.expression.tree import Apply, Expr, Power, Symbol, number
from solver.graph.local import product, total
from solver.network.exact import exact_number
from solver.network.numbers import ZERO, Num, rational, sign
from solver.network.numbers import total as add
from solver.rules.matrix import Elementwise, MatrixExpr, MatrixSum, MatrixSymbol, ScalarMap, Scale

_W = Symbol("w")
_SIGN = ScalarMap(r"\operatorname{sgn}", _W, Apply("sign", (_W,)))


@dataclass(frozen=True)
class Penalty:
    """λ₁ and λ₂, and whether biases are penalised as weights are."""

    l1: Fraction
    l2: Fraction
    biases: bool = False

    def terms(self, parameters: Iterable[Symbol]) -> list[Expr]:
        """Its terms for the graph."""
        found: list[Expr] = []
        for w in parameters:
            if self.l1:
                found.append(product([number(self.l1, decimal=True), Apply("abs", (w,))]))
            if self.l2:
                found.append(product([number(self.l2 / 2, decimal=True), Power(w, number(2))]))
        return found

    def slope(self, w: Symbol) -> Expr:
        """λ₂ w + λ₁ sgn(w)"""
        return total(
            [
                product([number(self.l2, decimal=True), w]),
                product([number(self.l1, decimal=True), Apply("sign", (w,))]),
            ]
        )

    def matrix(self, gradient: MatrixExpr, parameter: MatrixSymbol) -> MatrixExpr:
        """The gradient with that of the penalty added: G + λ₂ W + λ₁ sgn(W)."""
        if self.l2:
            gradient = MatrixSum(gradient, Scale(self.l2, parameter))
        return MatrixSum(gradient, Scale(self.l1, Elementwise(_SIGN, parameter))) if self.l1 else gradient

    def value(self, numbers: Iterable[Num]) -> Num:
        """The penalty at numbers."""
        l1, l2 = rational(self.l1), rational(self.l2)
        return add([l1 * abs(w) + l2 * w * w / 2 for w in numbers])

    def slope_at(self, w: Num) -> Num:
        """Its gradient by one parameter; sgn(0) is 0."""
        flat = rational(self.l1) * fmpq(sign(w)) if self.l1 else ZERO
        return rational(self.l2) * w + flat


def read_penalty(written: Mapping[str, object]) -> Penalty | None:
    """`{"l1": "0.01", "l2": "0.1", "biases": true}`, each of them optional; ValueError says what is wrong."""
    unknown = [key for key in written if key not in ("l1", "l2", "biases")]
    if unknown:
        raise ValueError(f"the penalty has the fields l1, l2 and biases, found “{unknown[0]}”")
    rates = [exact_number(written.get(key, 0)) for key in ("l1", "l2")]
    if min(rates) < 0:
        raise ValueError(f"a penalty is not negative, found {min(rates)}")
    biases = written.get("biases", False)
    if not isinstance(biases, bool):
        raise ValueError("biases of the penalty is true or false")
    return Penalty(rates[0], rates[1], biases) if any(rates) else None
