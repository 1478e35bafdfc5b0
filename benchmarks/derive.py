"""Derivation with all steps, checks and LaTeX, against `sympy.simplify(sympy.diff(f, x))`: ratios.

Both run in turn in one process; SymPy's caches are cleared before each. The expressions are those of
`derivatives.txt`, one a line, `expression` or `expression<TAB>variable`.

    python benchmarks/derive.py [--runs 3] [--quiet] [--slowest 10]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import sympy as sp
from sympy.core.cache import clear_cache

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from solver.derivation.engine import derive  # noqa: E402  (the checkout, also where it is not installed)
from solver.expression.bridge import to_sympy  # noqa: E402
from solver.expression.latex import latex  # noqa: E402
from solver.expression.reader import read_expression  # noqa: E402
from solver.expression.tree import Expr, Symbol, symbols  # noqa: E402

BOUND = 0.3
LINES = Path(__file__).with_name("derivatives.txt")


def expressions() -> list[tuple[str, Expr, Symbol]]:
    """The text, the tree and the variable of each line."""
    found = []
    for line in LINES.read_text(encoding="utf-8").splitlines():
        text, _, name = line.partition("\t")
        tree = read_expression(text)
        found.append((text, tree, Symbol(name or (symbols(tree) or (Symbol("x"),))[0].name)))
    return found


def ours(tree: Expr, variable: Symbol) -> None:
    """All that a corrigé shows of a derivative: every step, its LaTeX, and the checks."""
    derivation = derive(tree, variable)
    assert derivation.verified, latex(derivation.start)
    for _, step in derivation.walk():
        latex(step.before)
        latex(step.after)


def seconds(action: Callable[[], object]) -> float:
    """The time of one run after SymPy's caches are cleared."""
    clear_cache()
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> int:
    """Prints a line an expression and the median ratio; 1 where it is above the bound."""
    parser = argparse.ArgumentParser(description="Derivation against SymPy's diff and simplify.")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--quiet", action="store_true", help="the summary alone")
    parser.add_argument("--slowest", type=int, default=0, help="show our slowest expressions")
    options = parser.parse_args()
    rows = []
    for text, tree, variable in expressions():
        function, x = to_sympy(tree), to_sympy(variable)
        own = median(seconds(lambda t=tree, v=variable: ours(t, v)) for _ in range(options.runs))
        theirs = median(
            seconds(lambda f=function, s=x: sp.simplify(sp.diff(f, s))) for _ in range(options.runs)
        )
        rows.append((own / theirs, own, theirs, text))
        if not options.quiet:
            print(f"{own * 1000:8.2f} ms {theirs * 1000:9.2f} ms {own / theirs:7.3f}  {text}")
    for ratio, own, _, text in sorted(rows, key=lambda r: -r[1])[: options.slowest]:
        print(f"slow: {own * 1000:8.2f} ms {ratio:7.3f}  {text}")
    middle = median(r[0] for r in rows)
    own, theirs = (median(row[k] for row in rows) * 1000 for k in (1, 2))
    print(f"{len(rows)} expressions, {own:.2f} ms each, SymPy {theirs:.2f} ms (medians)")
    print(f"median ratio {middle:.3f}, at most {BOUND}")
    return 0 if middle <= BOUND else 1


if __name__ == "__main__":
    raise SystemExit(main())
