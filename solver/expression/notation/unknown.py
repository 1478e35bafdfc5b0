"""Words that are called but name no function: what is meant instead, where that can be told."""

from __future__ import annotations

from collections.abc import Iterable

from solver.errors import nearest
from solver.expression.functions import ALIASES, FUNCTIONS

_STEPS = (
    "It jumps, and its slope is 0 between the jumps; pieces are written Piecewise((0, x < 1), (1, True))."
)
_VECTOR = "It takes a vector; one component is written out: e^x/(e^x + e^y)."
_OUT = "Write the terms out."
_DERIVES = "Write the expression alone; the command derives it."
_INSTEAD = {
    **dict.fromkeys(("floor", "ceil", "ceiling", "round", "trunc", "int", "frac", "mod", "fmod"), _STEPS),
    **dict.fromkeys(("heaviside", "step", "unitstep"), "Write Piecewise((0, x < 0), (1, x > 0))."),
    **dict.fromkeys(("softmax", "softmin", "logsumexp", "argmax", "argmin"), _VECTOR),
    **dict.fromkeys(("sum", "prod", "product", "mean", "dot"), _OUT),
    **dict.fromkeys(("diff", "derivative", "d", "grad", "integrate", "int", "limit", "lim"), _DERIVES),
    "factorial": "Write the product out: 3*2*1.",
    "erfc": "Write 1 - erf(x).",
    "atan2": "Write atan(y/x), which is the same where x > 0.",
    "arctan2": "Write atan(y/x), which is the same where x > 0.",
    "exp2": "Write 2^x.",
    "log1p": "Write ln(1 + x).",
    "expm1": "Write e^x - 1.",
    "lb": "Write log2(x).",
    "square": "Write x^2.",
    "cube": "Write x^3.",
    "sinc": "Write sin(x)/x.",
    "hypot": "Write sqrt(x^2 + y^2).",
    "norm": "Write sqrt(x^2 + y^2).",
    "piecewise": "Write Piecewise((0, x < 0), (x, True)).",
    "cases": "Write Piecewise((0, x < 0), (x, True)).",
    "rational": "Write the fraction: 1/2.",
}


def unknown_function(word: str, declared: Iterable[str] = ()) -> tuple[str, str]:
    """The message and the hint for `word(` where the word names no function.

    The hint is the way to write what is meant, the nearest function where one is near enough to be meant,
    or else how a product is written: never a far-fetched guess.
    """
    instead = _INSTEAD.get(word.lower())
    if instead is not None and word.lower() not in FUNCTIONS:
        return f"the function “{word}” is not supported", instead
    message = f"“{word}” is not a known function"
    for length in (1, 2):
        if word[length:] in FUNCTIONS and len(word) - length > 1:
            return message, f"Write {'*'.join(word[:length])}*{word[length:]}(…) for a product."
    near = nearest(word, (*declared, *FUNCTIONS, *ALIASES), 0.65)
    product = f"Write {'*'.join(word)}*(…) for a product of letters."
    letters = word.isalpha() and len(word) <= 2
    if near is not None:
        return message, f"{near} {product}" if letters else near
    if letters:
        return message, product
    return message, f"Write {word}*(…) for a product; f, g and h are functions without a definition."
