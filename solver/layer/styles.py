"""The two ways of writing: canonical LaTeX, and text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from solver.expression.atoms import decimal_text, number_latex
from solver.expression.latex import latex, parenthesised
from solver.expression.plain import plain
from solver.expression.scientific import scientific
from solver.layer.lettering import name_latex, name_text
from solver.layer.printer import ENTRYWISE, POWER, SCALED, SUM, Printed, Style

# ---- LaTeX ------------------------------------------------------------------------------------


SMALL = Fraction(1, 1000)


def _latex_number(value: Fraction) -> str:
    if 0 < abs(value) < SMALL and decimal_text(abs(value)):
        return scientific(value, 1)
    return number_latex(value, decimal=value.denominator >= 10)


def _latex_fraction(top: Printed, bottom: Printed) -> Printed:
    text = top[0]
    sign = "-" if text.startswith("-") and top[1] == SUM and " " not in text.split("\\")[0][1:] else ""
    return rf"{sign}\frac{{{text[len(sign) :]}}}{{{bottom[0]}}}", SUM if sign else SCALED


def _latex_power(base: str, exponent: Fraction, single: bool) -> str:
    return f"{base}^{{{'' if single else chr(92) + 'odot '}{number_latex(exponent)}}}"


def _latex_pieces(rows: Sequence[tuple[str, str]]) -> str:
    body = r" \\ ".join(f"{value} & {held}" for value, held in rows)
    return rf"\begin{{cases}} {body} \end{{cases}}"


LATEX = Style(
    name=name_latex,
    number=_latex_number,
    ones=r"\mathbf{1}",
    turned_ones=r"\mathbf{1}^{\top}",
    side=r" \, ",
    hadamard=r" \odot ",
    parentheses=parenthesised,
    fraction=_latex_fraction,
    root=lambda text: rf"\sqrt{{{text}}}",
    power=_latex_power,
    transpose=lambda text: rf"{text}^{{\top}}",
    constant=latex,
    function=lambda macro: macro,
    bars=lambda text: rf"\left|{text}\right|",
    pieces=_latex_pieces,
    signs=(r" \star ", r" \ast "),
    times=r" \times ",
    slope=r"\partial {} / \partial A",
    implies=r"\Rightarrow",
    relations={"<=": r"\leq", ">=": r"\geq", "!=": r"\neq"},
)
"""Canonical LaTeX."""


# ---- text -------------------------------------------------------------------------------------

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _text_fraction(top: Printed, bottom: Printed) -> Printed:
    upper = top[0] if top[1] >= SCALED else f"({top[0]})"
    lower = bottom[0] if bottom[1] >= POWER else f"({bottom[0]})"
    return f"{upper}/{lower}", ENTRYWISE


def _text_power(base: str, exponent: Fraction, single: bool) -> str:
    return base + str(exponent).translate(_RAISED) if exponent.denominator == 1 else f"{base}^({exponent})"


def _text_number(value: Fraction) -> str:
    if 0 < abs(value) < SMALL and decimal_text(abs(value)):
        return repr(float(value)).replace("e-0", "e-")
    shown = decimal_text(abs(value)) if value.denominator >= 10 else None
    return ("-" if value < 0 else "") + (shown or str(abs(value)))


def _text_function(macro: str) -> str:
    bare = macro.replace(r"\operatorname{", "").replace("}", "").lstrip("\\")
    return bare.replace("sigma", "σ").replace("varphi", "φ")


TEXT = Style(
    name=name_text,
    number=_text_number,
    ones="𝟏",
    turned_ones="𝟏ᵀ",
    side=" ",
    hadamard=" ⊙ ",
    parentheses=lambda text: f"({text})",
    fraction=_text_fraction,
    root=lambda text: f"√{text}" if len(text) == 1 else f"√({text})",
    power=_text_power,
    transpose=lambda text: f"{text}ᵀ",
    constant=lambda body: plain(body).replace("pi", "π"),
    function=_text_function,
    bars=lambda text: f"|{text}|",
    pieces=lambda rows: "{" + " ; ".join(f"{value} : {held}" for value, held in rows) + "}",
    signs=(" ⋆ ", " ∗ "),
    times="×",
    slope="∂{}/∂A",
    implies="⟹",
    relations={"<=": "≤", ">=": "≥", "!=": "≠"},
)
"""One line of text."""
