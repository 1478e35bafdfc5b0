"""Quadratic functions whose variables are joined: in a basis of eigenvectors of H the components move apart.

The Hessian H is symmetric, so the error has orthonormal components, each with an eigenvalue λ in the place
of f″. Plain descent multiplies a component by 1 − αλ; with momentum and Nesterov's method it is made of the
powers of the roots of `inertia`. All factors are below 1 in size where 0 < αλ < c, with c = 2, 2(1 + β) or
2(1 + β)/(1 + 2β): then the run converges from any start.
"""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq_mat

from solver.descent import told
from solver.descent.inertia import LETTERS, roots_told
from solver.descent.linear import read_quadratic, signature
from solver.descent.outcome import Outcome, Run
from solver.descent.polynomial import fraction, rational

MOST_VARIABLES = 12
CONDITIONS = {"gd": "2", "momentum": r"2(1 + \beta)", "nesterov": r"\frac{2(1 + \beta)}{1 + 2\beta}"}
"""c of the condition 0 < αλ < c, with letters."""


def condition(method: str, beta: Fraction) -> Fraction:
    """c of the condition 0 < αλ < c."""
    if method == "gd":
        return Fraction(2)
    return 2 * (1 + beta) / (1 if method == "momentum" else 1 + 2 * beta)


def spectral(run: Run) -> Outcome | None:
    """Convergence where all eigenvalues of the Hessian meet the condition, decided exactly; else None."""
    name, size = run.method.name, run.size
    if name not in CONDITIONS or not 1 < size <= MOST_VARIABLES or run.rate <= 0:
        return None
    beta = run.values.get("beta", Fraction(0))
    read = read_quadratic(run.problem.expression, tuple(v.name for v in run.problem.variables))
    if read is None or not 0 <= beta < 1:
        return None
    hessian, offset = read
    bound = condition(name, beta) / run.rate
    unit = fmpq_mat([[rational(bound) if i == j else 0 for j in range(size)] for i in range(size)])
    if signature(hessian) != (size, 0) or signature(unit - hessian) != (size, 0):
        return None
    lowest = hessian.solve(fmpq_mat([[-rational(c)] for c in offset])).entries()
    arguments = {
        "eigenvalues": ", ".join(roots_told(hessian.charpoly())),
        "condition": CONDITIONS[name],
        "bound": told.short(bound),
    }
    if name in LETTERS:
        arguments["letters"] = LETTERS[name][0]
    key = "spectral" if name == "gd" else "spectral_inertia"
    return Outcome("converges", tuple(map(fraction, lowest)), None, "minimum", key, arguments)
