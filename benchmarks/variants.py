"""What one more variant costs, and what a second job is worth, as ratios.

    python benchmarks/variants.py [--copies 12] [--rounds 3]

A variant is a statement and a corrigé as PDF. Its extra cost is the time of a batch beyond that of a batch
of two, per copy; it is compared with `latexmk` on the equivalent .tex files of one variant, run in the same
round.
Exit code 1 where a ratio is above (or a gain below) its bound.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
SHEET = """---
title: Descente de gradient
lang: fr
---

```{draw}
a in 1..4
b in -6..6 except 0
w0 in 2..9
```

```{given}
f(w) = a w^2 + b w + 1
alpha = 0.05
```

# Exercice 1 — Descente

On étudie $f(w) = {{ f }}$, depuis $w^{(0)} = {{ w0 }}$ avec $\\alpha = {{ alpha }}$.

```{figure} curve
:of: f
:range: -8, 8
```

## Question 1 — Itérés

1. Dériver $f$.

   ```{solve} derivative
   :of: f
   ```

2. Itérer trois fois, et conclure.

   ```{solve} descent
   :of: f
   :start: w0
   :rate: alpha
   ```

## Question 2 — Points critiques

```{solve} critical-points
:of: f
```
"""


def run(*command: object, cwd: Path | None = None) -> float:
    """The wall-clock seconds of a command; CalledProcessError where it fails."""
    start = time.perf_counter()
    subprocess.run(
        list(map(str, command)), check=True, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - start


def batch(folder: Path, sheet: Path, copies: int, jobs: int) -> float:
    """The time of a batch made from nothing."""
    output = folder / "out"
    shutil.rmtree(output, ignore_errors=True)
    command = (sys.executable, "-m", "solver.cli", "build", sheet, "--copies", copies, "--jobs", jobs)
    return run(*command, "-o", output, "-q")


def typeset(folder: Path, sheet: Path) -> float:
    """The time of latexmk on the .tex of one variant, its statement and its corrigé."""
    output = folder / "tex"
    shutil.rmtree(output, ignore_errors=True)
    for view in ("statement", "solution"):
        run(sys.executable, "-m", "solver.cli", "build", sheet, "--to", "latex", "--view", view, "-o", output)
    options = ("-norc", "-pdf", "-interaction=nonstopmode")
    return sum(run("latexmk", *options, path.name, cwd=path.parent) for path in sorted(output.rglob("*.tex")))


def report(name: str, value: float, bound: str, good: bool) -> bool:
    print(f"{name:<46}{value:7.2f}   {bound:<14}{'' if good else 'MISSED'}".rstrip())
    return good


def main() -> int:
    """Measures, prints, and says by the exit code whether the bounds hold."""
    parser = argparse.ArgumentParser(description="The cost of variants, as ratios.")
    parser.add_argument("--copies", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    costs: list[float] = []
    gains: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CORRIGE_CACHE"] = str(folder / "cache")
        sheet = folder / "td.md"
        sheet.write_text(SHEET, "utf-8")
        batch(folder, sheet, 2, 1)
        for _ in range(options.rounds):
            few = batch(folder, sheet, 2, 1)
            shutil.rmtree(folder / "cache" / "figures", ignore_errors=True)
            one = batch(folder, sheet, options.copies, 1)
            shutil.rmtree(folder / "cache" / "figures", ignore_errors=True)
            two = batch(folder, sheet, options.copies, 2)
            extra = (one - few) / (options.copies - 2)
            costs.append(extra / typeset(folder, sheet))
            gains.append(one / two)
    good = report("one more variant / latexmk on it", median(costs), "at most 0.25", median(costs) <= 0.25)
    good &= report("one job / two jobs", median(gains), "at least 1.6", median(gains) >= 1.6)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
