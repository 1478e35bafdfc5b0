"""Norms in which a matrix contracts: |x| = |M x|₂ with M from Lyapunov's equation, and proved bounds of
norms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import arb, arb_mat, fmpq_mat

from solver.descent.polynomial import rational


@dataclass(frozen=True)
class Metric:
    """|x| = |M x|₂, with M exact and `inverse` = M⁻¹; `reach[i]` bounds |xᵢ| where |x| ≤ 1."""

    rows: tuple[tuple[Fraction, ...], ...]

    @property
    def is_plain(self) -> bool:
        """Whether it is the Euclidean norm."""
        return all(x == int(i == j) for i, row in enumerate(self.rows) for j, x in enumerate(row))

    @cached_property
    def matrix(self) -> arb_mat:
        return arb_mat([[arb(rational(x)) for x in row] for row in self.rows])

    @cached_property
    def inverse(self) -> arb_mat:
        exact = fmpq_mat([[rational(x) for x in row] for row in self.rows]).inv()
        size = len(self.rows)
        return arb_mat([[arb(exact[i, j]) for j in range(size)] for i in range(size)])

    @cached_property
    def reach(self) -> list[arb]:
        inverse = self.inverse
        return [length([inverse[i, j] for j in range(inverse.ncols())]) for i in range(inverse.nrows())]


def length(values: Sequence[arb]) -> arb:
    """An upper bound of the Euclidean norm."""
    total = arb(0)
    for x in values:
        total += abs(x).upper() ** 2
    return total.sqrt().upper()


def frobenius(matrix: arb_mat) -> arb:
    """An upper bound of the Frobenius norm, so of the norm."""
    return length(matrix.entries())


def norm_bound(matrix: arb_mat, squarings: int) -> arb:
    """An upper bound of ‖A‖₂ = ‖(AᵀA)^(2^k)‖^(1/2^(k+1)), above it by a factor n^(1/2^(k+2)) at most."""
    if matrix.nrows() == 1:
        return abs(matrix[0, 0]).upper()
    power = matrix.transpose() * matrix
    for _ in range(squarings):
        power = power * power
    return frobenius(power).root(2 ** (squarings + 1)).upper()


def plain_metric(size: int) -> Metric:
    """The Euclidean norm."""
    return Metric(tuple(tuple(Fraction(int(i == j)) for j in range(size)) for i in range(size)))


def contracting_metric(matrix: arb_mat) -> Metric | None:
    """A norm in which a matrix of spectral radius < 1 contracts; None where the search fails (no proof
    needed: the bound is proved afterwards).

    With γ between ρ(A) and 1, P = Σ (Aᵏ/γᵏ)ᵀ(Aᵏ/γᵏ) gives ‖A‖_P < γ; M is its Cholesky factor, rounded.
    """
    size = matrix.nrows()
    middle = arb_mat([[matrix[i, j].mid() for j in range(size)] for i in range(size)])
    if all(abs(middle[i, j] - middle[j, i]) < 1e-20 for i in range(size) for j in range(i)):
        return plain_metric(size)
    radius = _spectral_radius(middle)
    if not radius < 1:
        return None
    power = _middle(middle * (1 / arb((1 + radius) / 2)))
    total = arb_mat([[arb(int(i == j)) for j in range(size)] for i in range(size)])
    for _ in range(40):
        total = _middle(total + power.transpose() * total * power)
        power = _middle(power * power)
        if frobenius(power) < 1e-12:
            break
    else:
        return None
    return _cholesky(total)


def _middle(matrix: arb_mat) -> arb_mat:
    return arb_mat([[matrix[i, j].mid() for j in range(matrix.ncols())] for i in range(matrix.nrows())])


def _spectral_radius(matrix: arb_mat) -> float:
    """‖A^(2^k)‖^(1/2^k), to look ahead."""
    power = matrix
    for _ in range(12):
        power = _middle(power * power)
    return float(frobenius(power).root(2**12))


def _cholesky(matrix: arb_mat) -> Metric | None:
    """The upper triangular M with MᵀM = P, scaled to a first entry near 1 and rounded to 4 digits."""
    size = matrix.nrows()
    lower = [[0.0] * size for _ in range(size)]
    scale = float(matrix[0, 0].mid())
    for i in range(size):
        for j in range(i + 1):
            rest = float(matrix[i, j].mid()) / scale - sum(lower[i][k] * lower[j][k] for k in range(j))
            if i == j:
                if not rest > 0:
                    return None
                lower[i][i] = rest**0.5
            else:
                lower[i][j] = rest / lower[j][j]
    # M is the transpose: M[i][j] = lower[j][i].
    rows = tuple(tuple(_short(lower[j][i]) for j in range(size)) for i in range(size))
    return None if any(rows[i][i] == 0 for i in range(size)) else Metric(rows)


def _short(x: float) -> Fraction:
    return Fraction(f"{x:.3e}")
