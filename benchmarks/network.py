"""Times of `corrige network` as ratios, so that they mean the same on every machine.

    python benchmarks/network.py [--runs 7] [--differentiated 6]

Both sides of a ratio run in turn in one process, after both have run once; what is printed is the median of
the ratios taken round by round. Caches of the passes are emptied before each run.

1. All gradients of a 2-3-3-3-3-3-1 sigmoid network, and the same with every step, check and LaTeX, against
   `sympy.diff` of the expanded loss. SymPy derives by a few parameters spread over the layers; the time of
   all of them is that time multiplied by the share of parameters left out.
2. 100 hidden layers against 50.
3. Both passes of a 784-128-10 network on 32 examples against the same lines written in NumPy.

Exit code 1 where a ratio is outside its bound.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # so that two sides do not fight for the processor

import numpy as np
import sympy

from solver.expression.bridge import to_sympy
from solver.graph import local
from solver.graph.reverse import Reverse, reverse
from solver.network import backward, forms
from solver.network.build import Component, component_form
from solver.network.floats import float_pass, float_verified, numbers_of
from solver.network.record import Record, read_record
from solver.network.report import network_report
from solver.network.symbols import Names


def deep(hidden: int) -> str:
    """The record of a 2-3-…-3-1 sigmoid network."""
    layers = [2, *[3] * hidden, 1]
    return json.dumps({"layers": layers, "activations": ["sigmoid"] * (hidden + 1), "loss": "half_squared"})


def component(hidden: int) -> Component:
    record = read_record(deep(hidden))
    return component_form(record, Names(record))


def gradients(hidden: int) -> Reverse:
    """∂L/∂θ for every parameter, written with names."""
    graph = component(hidden).graph
    return reverse(graph, [s for s in graph.inputs if not s.name.startswith("y_")])


def whole(hidden: int) -> str:
    """Both passes in matrices and components, every rule named, all checked, in LaTeX."""
    return network_report(deep(hidden), to="latex")


def expanded(hidden: int) -> tuple[sympy.Expr, list[sympy.Symbol]]:
    """The loss in the inputs and parameters alone, for SymPy, and the parameters."""
    graph = component(hidden).graph
    known: dict[sympy.Symbol, sympy.Expr] = {}
    for equation in graph.equations:
        target = sympy.Symbol(equation.target.name, real=True)
        known[target] = to_sympy(equation.expression).xreplace(known)
    parameters = [sympy.Symbol(s.name, real=True) for s in graph.inputs if s.name[0] in "Wb"]
    return known[sympy.Symbol("L", real=True)], parameters


def emptied() -> None:
    """Forgets what the passes keep from one run to the next."""
    backward.analyse.cache_clear()
    forms.checks_of.cache_clear()
    local._derivative.cache_clear()


def timed(job: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of the processor (NumPy's threads: of the wall), the collector having been run before."""
    emptied()
    gc.collect()
    start = clock()
    job()
    return clock() - start


Job = Callable[[], object]


def show(name: str, ours: float, other: str, theirs: float, told: str) -> None:
    print(f"{name:<26} {ours * 1e3:9.2f} ms   {other} {theirs * 1e3:9.2f} ms   {told}")


def median_ratio(left: Callable[[], float], right: Callable[[], float], runs: int) -> tuple[float, ...]:
    """Median times of both sides, and of left / right round by round; the first round is not counted."""
    rounds = [(left(), right()) for _ in range(runs + 1)][1:]
    return median(a for a, _ in rounds), median(b for _, b in rounds), median(a / b for a, b in rounds)


SYMBOLIC: tuple[tuple[str, Callable[[int], object], int], ...] = (
    ("all gradients", gradients, 1000),
    ("with steps, checks, LaTeX", whole, 100),
)


def against_sympy(runs: int, differentiated: int) -> list[str]:
    loss, parameters = expanded(5)
    chosen = parameters[:: max(1, len(parameters) // differentiated)][:differentiated]
    share = len(parameters) / len(chosen)

    def differentiate() -> float:
        sympy.core.cache.clear_cache()
        return share * timed(lambda: [sympy.diff(loss, p) for p in chosen])

    print(
        f"SymPy derives by {len(chosen)} of {len(parameters)} parameters; its time is scaled by {share:.1f}"
    )
    missed = []
    for name, job, bound in SYMBOLIC:
        theirs, ours, ratio = median_ratio(differentiate, lambda job=job: timed(lambda: job(5)), runs)
        show(name, ours, "sympy.diff", theirs, f"{ratio:.0f} times faster (at least {bound})")
        missed += [name] if ratio < bound else []
    return missed


def against_half_the_depth(runs: int) -> list[str]:
    missed = []
    for name, job, _ in SYMBOLIC:
        long, short, ratio = median_ratio(
            lambda job=job: timed(lambda: job(100)), lambda job=job: timed(lambda: job(50)), runs
        )
        show(name, long, "50 layers", short, f"{ratio:.2f} times the cost (below 2.2)")
        missed += [f"100 layers, {name}"] if ratio >= 2.2 else []
    return missed


def large_record() -> Record:
    """784-128-10, ReLU then softmax, 32 examples; six decimals a number."""
    chance, layers = random.Random(1), [784, 128, 10]

    def numbers(count: int, size: float) -> list[float]:
        return [round(chance.gauss(0, size), 6) for _ in range(count)]

    written = json.dumps(
        {
            "layers": layers, "activations": ["relu", "softmax"], "loss": "cross_entropy",
            "weights": [[numbers(m, 0.05) for _ in range(n)] for m, n in pairwise(layers)],
            "biases": [numbers(n, 0.1) for n in layers[1:]], "x": [numbers(784, 1.0) for _ in range(32)],
            "y": [[int(i == e % 10) for i in range(10)] for e in range(32)],
        }
    )  # fmt: skip
    start = time.perf_counter()
    record = read_record(written)
    print(f"reading {len(written) / 1e6:.1f} MB of JSON: {time.perf_counter() - start:.2f} s")
    return record


def against_numpy(runs: int) -> list[str]:
    record = large_record()
    numbers = numbers_of(record)
    (w1, w2), (b1, b2), x, y = numbers.weights, numbers.biases, numbers.x, numbers.y

    def plain() -> object:
        z1 = x @ w1.T + b1
        a1 = np.maximum(z1, 0)
        z2 = a1 @ w2.T + b2
        powers = np.exp(z2 - z2.max(axis=1, keepdims=True))
        a2 = powers / powers.sum(axis=1, keepdims=True)
        loss = -(y * np.log(a2)).sum() / len(x)
        dz2 = (a2 - y) / len(x)
        da1 = dz2 @ w2
        dz1 = da1 * (z1 > 0)
        return loss, dz2.T @ a1, dz2.sum(axis=0), dz1.T @ x, dz1.sum(axis=0), dz1 @ w1

    def checked() -> object:
        found = float_pass(record, numbers)
        assert float_verified(record, numbers, found)
        return found

    def wall(job: Job) -> Callable[[], float]:
        return lambda: timed(job, time.perf_counter)

    missed = []
    jobs: tuple[tuple[str, Job, float | None], ...] = (
        ("both passes", lambda: float_pass(record, numbers), 3.0),
        ("with the check", checked, None),
    )
    for name, job, bound in jobs:
        ours, theirs, ratio = median_ratio(wall(job), wall(plain), 20 * runs)
        show(
            name,
            ours,
            "NumPy",
            theirs,
            f"{ratio:.2f} times the cost" + (f" (at most {bound})" if bound else ""),
        )
        missed += [name] if bound and ratio > bound else []
    return missed


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--runs", type=int, default=7)
    reader.add_argument("--differentiated", type=int, default=6, help="parameters that SymPy derives by")
    given = reader.parse_args()
    print("2-3-3-3-3-3-1, symbols")
    missed = against_sympy(given.runs, given.differentiated)
    print("2-3-…-3-1, 100 hidden layers, symbols")
    missed += against_half_the_depth(given.runs)
    print("784-128-10, 32 examples, numbers")
    missed += against_numpy(given.runs)
    for name in missed:
        print(f"outside its bound: {name}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
