r"""Numbers and names in LaTeX: `\frac{3}{4}`, `w_{1}`, `\hat{y}`."""

from __future__ import annotations

import re
from fractions import Fraction

from solver.expression.names import GREEK_MACROS
from solver.expression.tree import Symbol

_MAX_DECIMALS = 40


def number_latex(value: Fraction, decimal: bool = False) -> str:
    r"""`-\frac{3}{4}`, `2`; with `decimal`, `-0.75` where the decimal ends."""
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size.denominator == 1:
        return f"{sign}{size.numerator}"
    if decimal and (text := decimal_text(size)) is not None:
        return sign + text
    return rf"{sign}\frac{{{size.numerator}}}{{{size.denominator}}}"


def decimal_text(value: Fraction) -> str | None:
    """The exact decimal writing of a non-negative number that has one of a readable length."""
    places, rest = 0, value.denominator
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1 or places > _MAX_DECIMALS:
        return None
    digits = str(value.numerator * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def primes(order: int) -> str:
    """What stands after the name of a function for its derivative: one to three primes, then ^{(4)}."""
    return "'" * order if order <= 3 else f"^{{({order})}}"


def symbol_latex(symbol: Symbol) -> str:
    r"""`w_1` → `w_{1}`, `alpha` → `\alpha`, `y_hat` → `\hat{y}`, `W1_2` → `W_{1,2}`; `latex` of the symbol
    goes first."""
    if symbol.latex is not None:
        return symbol.latex
    head, *indices = symbol.name.split("_")
    hat = bool(indices) and indices[0] == "hat"
    if hat:
        indices = indices[1:]
    match = re.fullmatch(r"([A-Za-z]+)(\d*)", head)
    if match is None:
        return rf"\text{{{head}}}"
    letters, digits = match.groups()
    if digits:
        indices = [digits, *indices]
    base = _letters(letters)
    if hat:
        base = rf"\hat{{{base}}}"
    if not indices:
        return base
    return f"{base}_{{{','.join(_letters(i) if i.isalpha() else i for i in indices if i)}}}"


def _letters(word: str) -> str:
    if word in GREEK_MACROS:
        return GREEK_MACROS[word]
    return word if len(word) == 1 else rf"\mathrm{{{word}}}"
