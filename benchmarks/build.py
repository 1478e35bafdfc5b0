"""Times of the main job as ratios, so that they mean the same on every machine.

    python benchmarks/build.py [--runs 5] [--sheet sheets/retropropagation.md]

Each round runs every command once, one after the other, so that a slow moment of the machine touches them
all; what is printed is the median of each command's times and the median of the ratios taken round by round.
"Cold" means a new process, no figure drawn, no PDF set; compiled modules and templates are kept, as an
installed package has them after its first run. A rebuild finds the figures and the PDF of the build before.
Exit code 1 where a ratio is above its bound.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Job:
    """A command and what its time is compared with; a `cold` one finds no figure and no PDF kept."""

    name: str
    command: tuple[str, ...]
    reference: str | None = None
    bound: float | None = None
    cold: bool = False


def jobs(sheet: Path, output: Path) -> tuple[Job, ...]:
    """The measured commands, in the order in which a round runs them."""
    python = sys.executable
    build = (python, "-m", "solver.cli", "build", str(sheet), "-o", str(output), "--quiet")
    return (
        Job("import sympy", (python, "-c", "import sympy")),
        Job("build without figures", (*build, "--no-figures"), "import sympy", 4.0, cold=True),
        Job("build with figures", build, "import sympy", 8.0, cold=True),
        Job("rebuild", build, "import sympy", 4.0),
        Job("import click", (python, "-c", "import click")),
        Job("corrige --help", (python, "-m", "solver.cli", "--help"), "import click", 2.0),
    )


def seconds(job: Job, cache: Path, compiled: Path) -> float:
    """The wall-clock time of one run; CalledProcessError where the command fails."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"CORRIGE_CACHE": str(cache), "PYTHONPATH": path}
    # Compiled modules are kept, as an installed package has them, whatever this shell says about it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(compiled)
    start = time.perf_counter()
    subprocess.run(job.command, check=True, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(sheet: Path, runs: int) -> dict[str, list[float]]:
    """The times of every job, round by round, after one round that is not kept (it compiles the modules)."""
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        cache = base / "cache"
        for turn in range(runs + 1):
            for job in jobs(sheet, base / "output"):
                if job.cold:
                    for kept in ("figures", "pdf"):
                        shutil.rmtree(cache / kept, ignore_errors=True)
                taken = seconds(job, cache, base / "compiled")
                if turn:
                    times.setdefault(job.name, []).append(taken)
    return times


def report(times: dict[str, list[float]], table: Sequence[Job]) -> bool:
    """Prints a line a job; whether every ratio is within its bound."""
    within = True
    for job in table:
        line = f"{job.name:<24}{median(times[job.name]) * 1000:9.0f} ms"
        if job.reference is not None and job.bound is not None:
            pairs = zip(times[job.name], times[job.reference], strict=True)
            ratio = median(own / other for own, other in pairs)
            good = ratio <= job.bound
            within = within and good
            line += f"   {ratio:5.2f} × {job.reference:<14} at most {job.bound:g}   {'' if good else 'ABOVE'}"
        print(line.rstrip())
    return within


def main() -> int:
    """Measures, prints, and says by the exit code whether the bounds hold."""
    parser = argparse.ArgumentParser(description="Times of the main job, as ratios.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sheet", type=Path, default=ROOT / "sheets" / "retropropagation.md")
    options = parser.parse_args()
    sheet = options.sheet.resolve()
    table = jobs(sheet, Path())
    return 0 if report(measure(sheet, max(1, options.runs)), table) else 1


if __name__ == "__main__":
    raise SystemExit(main())
