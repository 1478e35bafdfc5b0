"""Written sides as LaTeX: ( )′ and σ′(z) as the author put them."""

from __future__ import annotations

from solver.claims.formulas import formula_latex
from solver.claims.script import Line, Written
from solver.claims.symbols import PRIME
from solver.expression.atoms import primes
from solver.expression.functions import FUNCTIONS
from solver.expression.latex import latex, parenthesised
from solver.expression.tree import Apply, Derivative, Expr, Symbol, rebuild


def claim_latex(line: Line) -> str:
    """The whole claim of a line."""
    written = side_latex(line.links[0].left.written)
    for link in line.links:
        sign = "=" if link.relation == "=" else r"\approx"
        written += f" {sign} {side_latex(link.right.written)}"
    return written


def side_latex(written: Written) -> str:
    """One side."""
    if isinstance(written, Expr):
        return latex(as_written(written))
    return formula_latex(written)


def as_written(expr: Expr) -> Expr:
    """The tree with primes as symbols that print as they were typed."""
    changed = rebuild(expr, as_written)
    if isinstance(changed, Derivative) and changed.variable.name == PRIME:
        inner = latex(changed.operand)
        return Symbol(PRIME, latex=parenthesised(inner) + PRIME)
    if isinstance(changed, Apply) and changed.function.endswith(PRIME):
        name = changed.function.rstrip(PRIME)
        if name in FUNCTIONS:
            marks = primes(len(changed.function) - len(name))
            inside = parenthesised(", ".join(latex(a) for a in changed.arguments))
            return Symbol(changed.function, latex=FUNCTIONS[name].macro + marks + inside)
    return changed
