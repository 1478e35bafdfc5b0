"""The drawing process: specifications by standard input, drawings by standard output, a JSON line each."""

from __future__ import annotations

import base64
import gc
import json
import os
import sys
from typing import Any


def main() -> None:
    """Loads what drawing needs at once, then answers every line until the input ends."""
    # What a library prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii", newline="\n")
    os.dup2(2, 1)
    # Loading a library makes no garbage, and drawing makes little: it is looked for rarely.
    gc.set_threshold(200_000, 50, 100)
    from solver.figures.warm import warm

    settings = json.loads(sys.stdin.readline() or "{}")
    warm()
    gc.freeze()
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line), settings)) + "\n")
        answers.flush()


def _answer(request: dict[str, Any], settings: dict[str, Any]) -> dict[str, str]:
    from solver.figures.codec import decode
    from solver.figures.draw import draw

    name = str(request["name"])
    try:
        drawing = draw(decode(request["spec"]), terms=settings["terms"], lang=settings["lang"])
    except Exception as error:  # reported where it can be acted on
        return {"name": name, "error": f"{type(error).__name__}: {error}"}
    return {"name": name} | {k: base64.b64encode(v).decode("ascii") for k, v in drawing.items()}


if __name__ == "__main__":
    main()
