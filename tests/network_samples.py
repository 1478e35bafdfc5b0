"""Random records of networks, for several tests."""

from __future__ import annotations

import random
from itertools import pairwise


def draw(seed: int, layers: list[int], activations: list[str], loss: str, count: int | None = None) -> dict:
    """A record with random decimals; targets that the loss can take."""
    chance = random.Random(seed)

    def number() -> str:
        return f"{chance.randint(-150, 150) / 100:.2f}"

    def target() -> list[str]:
        if loss == "hinge":
            return [str(chance.choice((-1, 1))) for _ in range(layers[-1])]
        if loss in ("cross_entropy", "cross_entropy_logits", "nll"):
            hot = chance.randrange(layers[-1])
            return ["1" if i == hot else "0" for i in range(layers[-1])]
        return [f"{chance.randint(5, 95) / 100:.2f}" for _ in range(layers[-1])]

    weights = [[[number() for _ in range(m)] for _ in range(n)] for m, n in pairwise(layers)]
    record = {
        "layers": layers, "activations": activations, "loss": loss, "weights": weights,
        "biases": [[number() for _ in range(n)] for n in layers[1:]],
        "x": [number() for _ in range(layers[0])], "y": target(),
    }  # fmt: skip
    if count is not None:
        record["x"] = [[number() for _ in range(layers[0])] for _ in range(count)]
        record["y"] = [target() for _ in range(count)]
    return record
