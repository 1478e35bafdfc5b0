"""How names print: Xhat is X̂, Xc is X with index c, dX is ∂L/∂X."""

from __future__ import annotations

import re

from solver.expression.names import GREEK_CHARACTERS, GREEK_MACROS

_GREEK = {word: letter for letter, word in reversed(GREEK_CHARACTERS.items())}
_SPOKEN = {"eps": "epsilon"}


def name_latex(name: str) -> str:
    r"""`Xhat` → `\hat{X}`, `dXhat` → `\mathrm{d}\hat{X}`, `t_l` → `t_{l}`, `W1` → `W_{1}`."""
    gradient, letter, hat, indices = _parts(name)
    letter = _SPOKEN.get(letter, letter)
    text = GREEK_MACROS.get(letter, letter if len(letter) == 1 else rf"\mathrm{{{letter}}}")
    if hat:
        text = rf"\hat{{{text}}}"
    if indices:
        text += f"_{{{','.join(GREEK_MACROS.get(i, i) for i in indices)}}}"
    return rf"\mathrm{{d}}{text}" if gradient else text


def name_text(name: str) -> str:
    """`Xhat` → `X̂`, `mu` → `μ`, `dgamma` → `dγ`; indices as typed."""
    gradient, letter, hat, indices = _parts(name)
    letter = _SPOKEN.get(letter, letter)
    text = _GREEK.get(letter, letter) + ("\u0302" if hat else "")
    return ("d" if gradient else "") + "_".join([text, *indices])


def _parts(name: str) -> tuple[bool, str, bool, tuple[str, ...]]:
    """Whether it is a gradient, then letter, hat and indices."""
    whole = _letters(name)
    if name[0] == "d" and len(name) > 1 and name not in _GREEK.values():
        inner = _letters(name[1:])
        if len(inner[0]) == 1 or inner[0] in GREEK_MACROS or inner[0] in _SPOKEN:
            return True, *inner
    return False, *whole


def _letters(name: str) -> tuple[str, bool, tuple[str, ...]]:
    head, *indices = [part for part in name.split("_") if part] or [name]
    hat = head.endswith("hat") and len(head) > 3
    if hat:
        head = head[:-3]
    known = head in GREEK_MACROS or head in _SPOKEN
    match = None if known else re.fullmatch(r"([A-Z])([a-z]|\d+)|([a-z]+)(\d+)", head)
    if match:
        letter = match[1] or match[3]
        return letter, hat, (match[2] or match[4], *indices)
    return head, hat, tuple(indices)
