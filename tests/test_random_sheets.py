"""Forty whole sheets drawn at random: the claims of each corrigé are read and one tries to contradict them.

Nothing here uses the solver to judge: descents are run in 60-digit decimals, gradients are finite
differences of a forward pass written again, images are sampled, underflow is a real 32-bit float.
"""

from __future__ import annotations

import json
import math
import random
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, getcontext
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from solver.assembly import Options
from solver.pipeline import build

SHEET = """---
title: Feuille tirée au hasard
lang: fr
detail: full
---

```{{given}}
f(w) = {polynomial}
alpha = {rate}
```

```{{network}} net
:layers: {layers}
:activations: {activations}
:loss: half_squared
:weights: {weights}
:biases: {biases}
:x: {x}
:y: {y}
```

# Exercice 1 — Descente

## Question 1 — Descendre {{#q1}}

1. Dériver.

   ```{{solve}} derivative
   :of: f
   ```

2. Descendre.

   ```{{solve}} descent
   :label: run
   :of: f
   :start: {start}
   :rate: alpha
   :steps: 3
   ```

3. D'ailleurs.

   ```{{solve}} starts
   :of: f
   :starts: {start}
   ```

# Exercice 2 — Réseau

## Question 2 — Passes {{#q2}}

1. Passe avant.

   ```{{solve}} forward
   :label: avant
   :network: net
   ```

2. Compter.

   ```{{solve}} parameters
   :label: compte
   :network: net
   ```

3. Passe arrière.

   ```{{solve}} backward
   :label: sortie
   :network: net
   :at: output
   ```

   ```{{solve}} backward
   :label: cachee
   :network: net
   :at: 1
   ```

4. Sans activation, et la dernière.

   ```{{solve}} linear-collapse
   :network: net
   ```

   ```{{solve}} output-activation
   :network: net
   ```

# Exercice 3 — Activations

## Question 3 — Étudier {{#q3}}

```{{solve}} activations
:label: etude
:functions: {functions}
```

```{{solve}} vanishing
:label: evanouissement
:function: sigmoid
:depth: {depth}
:local: {local}
```

```{{solve}} kinks
:function: {kink}
```

# Exercice 4 — Graphe

## Question 4 — Différentier {{#q4}}

```{{solve}} graph
:label: graphe
:of: {expression}
```

```{{solve}} autograd
:label: auto
:from: q4.graphe
:network: net
```
"""

SLOPES: dict[str, Callable[[float], float]] = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(0.0, z),
    "softplus": lambda z: math.log1p(math.exp(z)),
    "identity": lambda z: z,
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "softsign": lambda z: z / (1 + abs(z)),
}
EXPRESSIONS: dict[str, Callable[..., float]] = {
    "(w_1 x + w_2 y)^2": lambda w_1, x, w_2, y: (w_1 * x + w_2 * y) ** 2,
    "exp(w_1 x) (w_2 + b)^2": lambda w_1, x, w_2, b: math.exp(w_1 * x) * (w_2 + b) ** 2,
    "x*x*x + sigmoid(x)": lambda x: x**3 + 1 / (1 + math.exp(-x)),
    "ln(1 + u^2) v": lambda u, v: math.log(1 + u * u) * v,
    "(a - b) (a + b)": lambda a, b: (a - b) * (a + b),
    "tanh(w x + b)^2": lambda w, x, b: math.tanh(w * x + b) ** 2,
    "sqrt(1 + p^2) / (1 + q^2)": lambda p, q: math.sqrt(1 + p * p) / (1 + q * q),
}


def rational(rng: random.Random, low: int, high: int, denominator: int) -> Fraction:
    return Fraction(rng.randint(low * denominator, high * denominator), denominator)


def draw(seed: int) -> dict[str, Any]:
    """The choices of one sheet; every fourth descent is a quadratic, some exactly at the stability bound."""
    rng = random.Random(seed)
    degree = 2 if seed % 4 == 0 else rng.choice([2, 3, 4, 4])
    coefficients = [rational(rng, -3, 3, 2) for _ in range(degree)] + [rational(rng, 1, 2, 2) or Fraction(1)]
    rate = Fraction(rng.choice([1, 2, 5, 10, 20, 40, 60]), 100)
    if seed % 8 == 0:
        rate = 2 / (2 * coefficients[2])  # 2 / f'': the iterates jump between two points for ever
    start = rational(rng, -3, 3, 2)
    if seed % 8 == 4:
        start = -coefficients[1] / (2 * coefficients[2])  # on the critical point
    layers = [rng.randint(1, 3) for _ in range(rng.randint(2, 4))] + [rng.randint(1, 2)]
    activations = [rng.choice(["sigmoid", "tanh", "relu", "softplus", "identity"]) for _ in layers[1:]]
    shapes = list(pairwise(layers))
    weights = [[[rational(rng, -1, 1, 10) for _ in range(m)] for _ in range(n)] for m, n in shapes]
    biases = [[rational(rng, -1, 1, 10) for _ in range(n)] for n in layers[1:]]
    return {
        "coefficients": coefficients,
        "rate": rate,
        "start": start,
        "layers": layers,
        "activations": activations,
        "weights": weights,
        "biases": biases,
        "x": [rational(rng, -2, 2, 2) for _ in range(layers[0])],
        "y": [rational(rng, -1, 1, 2) for _ in range(layers[-1])],
        "functions": rng.sample(["sigmoid", "tanh", "relu", "softplus", "leaky_relu", "softsign"], 2),
        "depth": rng.choice(["K", str(rng.randint(2, 30))]),
        "local": rng.choice(["10^-2", "10^-3", "1/5", "0.02"]),
        "kink": rng.choice(["relu", "leaky_relu", "sigmoid", "hard_sigmoid"]),
        "expression": rng.choice(sorted(EXPRESSIONS)),
    }


def written(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return str(value)


def sheet_text(drawn: dict[str, Any]) -> str:
    terms = [
        f"({c})*w^{k}" if k else f"({c})" for k, c in reversed(list(enumerate(drawn["coefficients"]))) if c
    ]
    inner = {k: written(v) for k, v in drawn.items() if k != "coefficients"}
    for key in ("layers", "x", "y", "activations", "functions"):
        inner[key] = ", ".join(map(str, drawn[key]))
    return SHEET.format(polynomial=" + ".join(terms), **inner)


@dataclass(frozen=True)
class Corrige:
    """What was drawn, the facts as JSON, the Markdown."""

    drawn: dict[str, Any]
    answers: dict[str, Any]
    text: str


def built(drawn: dict[str, Any], folder: Path) -> Corrige:
    path = folder / "feuille.md"
    path.write_text(sheet_text(drawn), encoding="utf-8")
    made = build(path, folder, Options(("markdown", "json"), figures=False))
    assert made.tally is not None
    assert made.tally.failed == ()
    facts = json.loads((folder / "feuille" / "corrige.json").read_text(encoding="utf-8"))["facts"]
    return Corrige(drawn, facts, (folder / "feuille" / "corrige.md").read_text(encoding="utf-8"))


def section(text: str, number: int) -> str:
    return text.split(f"### Question {number} ")[1].split("\n## ")[0]


def long_run(drawn: dict[str, Any], steps: int = 3000) -> list[Decimal]:
    """The descent: exact while short (so that a landing is a landing), then 60-digit decimals."""
    getcontext().prec = 60
    slope = [k * c for k, c in enumerate(drawn["coefficients"])][1:]
    w, exact = drawn["start"], [drawn["start"]]
    for _ in range(8):
        w = w - drawn["rate"] * sum(c * w**k for k, c in enumerate(slope))
        exact.append(w)
        if w.denominator > 10**40:
            break
    if exact[-1] in exact[:-1]:
        run = [Decimal(v.numerator) / Decimal(v.denominator) for v in exact]
        return run + [run[-1] if exact[-1] == exact[-2] else run[-2 + i % 2] for i in range(20)]
    run = [Decimal(v.numerator) / Decimal(v.denominator) for v in exact]
    rate = Decimal(drawn["rate"].numerator) / Decimal(drawn["rate"].denominator)
    decimal_slope = [Decimal(c.numerator) / Decimal(c.denominator) for c in slope]
    for _ in range(steps):
        value = run[-1] - rate * sum((c * run[-1] ** k for k, c in enumerate(decimal_slope)), Decimal(0))
        run.append(value)
        if abs(value) > Decimal(10) ** 30:
            break
    return run


def the_verdict_is_what_a_long_run_does(corrige: Corrige) -> None:
    drawn = corrige.drawn
    answers = corrige.answers
    text = corrige.text
    said = answers["q1.run"]
    run = long_run(drawn)
    behaviour = said["behaviour"]
    escaped, moves = abs(run[-1]) > Decimal(10) ** 6, abs(run[-1] - run[-2])
    verdict = section(text, 1)
    if behaviour == "converges":
        assert not escaped
        assert moves < Decimal("1e-3"), drawn
        assert (
            "converge" in verdict or "s’arrête" in verdict or "ne bouge pas" in verdict or "reste" in verdict
        )
    elif behaviour == "diverges":
        assert escaped or abs(run[-1]) > abs(run[len(run) // 2]) + 1, drawn
        assert "diverge" in verdict
    elif behaviour == "oscillates":
        period = int(said["period"])
        assert not escaped
        assert moves > Decimal("1e-6"), drawn
        assert abs(run[-1] - run[-1 - period]) < Decimal("1e-2")
        assert "oscille" in verdict
    else:
        assert "oscille**" not in verdict
        assert "converge**" not in verdict
    assert [Fraction(p) for p in said["points"][:2]] == [
        drawn["start"],
        drawn["start"]
        - drawn["rate"]
        * sum(k * c * drawn["start"] ** (k - 1) for k, c in enumerate(drawn["coefficients"]) if k),
    ]


def loss(drawn: dict[str, Any], weights: list[Any], biases: list[Any]) -> tuple[float, bool]:
    """The loss, and whether a ReLU is so near its kink that a difference would step over it."""
    near = False
    a = [float(v) for v in drawn["x"]]
    for layer, name in enumerate(drawn["activations"]):
        z = [
            sum(float(w) * v for w, v in zip(row, a, strict=True)) + float(b)
            for row, b in zip(weights[layer], biases[layer], strict=True)
        ]
        near = near or (name == "relu" and min(map(abs, z)) < 1e-3)
        a = [SLOPES[name](v) for v in z]
    return sum((v - float(t)) ** 2 for v, t in zip(a, drawn["y"], strict=True)) / 2, near


def gradients_are_finite_differences(corrige: Corrige) -> None:
    drawn = corrige.drawn
    answers = corrige.answers
    values = answers["q2.cachee"]["values"]
    h = Fraction(1, 10**5)
    if loss(drawn, drawn["weights"], drawn["biases"])[1]:
        return
    for layer, rows in enumerate(drawn["weights"], start=1):
        for i, row in enumerate(rows, start=1):
            for j in range(1, len(row) + 1):
                sides = []
                for sign in (1, -1):
                    moved = [[list(r) for r in m] for m in drawn["weights"]]
                    moved[layer - 1][i - 1][j - 1] += sign * h
                    sides.append(loss(drawn, moved, drawn["biases"])[0])
                slope = (sides[0] - sides[1]) / (2 * float(h))
                said = float(Fraction(values[f"W{layer}_{i}_{j}"]))
                near_kink = "relu" in drawn["activations"]
                assert abs(said - slope) < (2e-2 if near_kink else 1e-6) * (1 + abs(slope)) or near_kink, (
                    drawn
                )


def the_count_is_the_count(corrige: Corrige) -> None:
    drawn = corrige.drawn
    answers = corrige.answers
    text = corrige.text
    layers = drawn["layers"]
    count = sum((m + 1) * n for m, n in pairwise(layers))
    assert answers["q2.compte"]["parameters"] == count
    assert re.search(rf"\*\*{count} paramètres?\*\*", text)


def bounds(image: str) -> tuple[float, float]:
    if image == r"\mathbb{R}":
        return -math.inf, math.inf
    found = re.fullmatch(r"(?:\\left)?([\[\]])(.+), (.+?)(?:\\right)?([\[\]])", image)
    assert found, image
    low, high = (s.replace(r"\infty", "inf").strip() for s in (found[2], found[3]))
    return float(low), float(high)


def images_hold_every_sample_and_are_reached(corrige: Corrige) -> None:
    drawn = corrige.drawn
    answers = corrige.answers
    for name in drawn["functions"]:
        low, high = bounds(answers["q3.etude"][name]["image"])
        far = (-(10.0**4), 10.0**4) if name in ("softsign", "relu") else ()
        samples = [SLOPES[name](x) for x in (*(x / 8 for x in range(-240, 241)), *far)]
        assert all(low - 1e-12 <= v <= high + 1e-12 for v in samples), name
        if math.isfinite(low):
            assert min(samples) < low + 1e-3
        if math.isfinite(high):
            assert max(samples) > high - 1e-3
        steepest = float(Fraction(answers["q3.etude"][name]["steepest"]))
        step = 1e-4
        slopes = [abs(SLOPES[name](x / 8 + step) - SLOPES[name](x / 8)) / step for x in range(-240, 241)]
        assert max(slopes) == pytest.approx(steepest, abs=2e-3)


def underflow_is_what_a_float32_does(corrige: Corrige) -> None:
    answers = corrige.answers
    said = answers["q3.evanouissement"]
    if said["underflow"] is None:
        return
    local, power, k = Fraction(said["local"]), Fraction(1), 0
    while struct.unpack("f", struct.pack("f", float(power)))[0] != 0.0:
        power, k = power * local, k + 1
    assert said["underflow"] == k


def adjoints_are_finite_differences(corrige: Corrige) -> None:
    drawn = corrige.drawn
    answers = corrige.answers
    said = answers["q4.auto"]
    function = EXPRESSIONS[drawn["expression"]]
    point = {name: float(Fraction(v)) for name, v in said["point"].items()}
    for name, h in ((n, 1e-5) for n in point):
        up = function(**{**point, name: point[name] + h})
        down = function(**{**point, name: point[name] - h})
        slope = (up - down) / (2 * h)
        assert float(Fraction(said["adjoints"][name])) == pytest.approx(slope, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(40))
def test_no_claim_of_a_random_sheet_can_be_contradicted(seed: int, tmp_path: Path) -> None:
    corrige = built(draw(seed), tmp_path)
    the_verdict_is_what_a_long_run_does(corrige)
    gradients_are_finite_differences(corrige)
    the_count_is_the_count(corrige)
    images_hold_every_sample_and_are_reached(corrige)
    underflow_is_what_a_float32_does(corrige)
    adjoints_are_finite_differences(corrige)


@pytest.mark.parametrize(
    ("judge", "label", "change"),
    [
        (the_verdict_is_what_a_long_run_does, "q1.run", {"behaviour": "converges"}),
        (the_verdict_is_what_a_long_run_does, "q1.run", {"behaviour": "diverges"}),
        (the_count_is_the_count, "q2.compte", {"parameters": 1}),
        (underflow_is_what_a_float32_does, "q3.evanouissement", {"underflow": 1}),
    ],
)
def test_a_lie_is_seen(judge: Callable[[Corrige], None], label: str, change: Any, tmp_path: Path) -> None:
    """Seed 8 is a two-cycle: the same judgements refuse another verdict, count or depth."""
    corrige = built(draw(8), tmp_path)
    assert corrige.answers["q1.run"]["behaviour"] == "oscillates"
    judge(corrige)
    corrige.answers[label].update(change)
    with pytest.raises(AssertionError):
        judge(corrige)
