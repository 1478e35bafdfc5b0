"""An outline as text for a terminal, as Markdown, as a LaTeX fragment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.expression.atoms import decimal_text
from solver.expression.latex import latex
from solver.expression.plain import plain
from solver.expression.scientific import mantissa_and_power
from solver.expression.tree import Expr, Number, Symbol, rebuild
from solver.network.matrix_plain import matrix_plain
from solver.network.numbers import Value
from solver.network.outline import (
    DIGITS,
    Grid,
    Line,
    Outline,
    Section,
    Shown,
    Space,
    Table,
    exact_fraction,
    is_short,
)
from solver.rules.matrix import MatrixExpr

_WIDEST = 76
"""Past this many characters, the rule of a line stands below it."""

_CHAIN = 92
"""Past this many characters (as plain text), each part of a chain has a line of its own in LaTeX."""


def text(outline: Outline) -> str:
    """For a terminal: names as in the JSON, `dz1_2` for ∂L/∂z1_2."""
    lines = [outline.title, outline.legend]
    for section in outline.sections:
        lines += ["", section.title]
        lines += ["  " + row for row in _text_rows(section)]
    lines += ["", *outline.closing] if outline.closing else []
    return "\n".join(lines) + "\n"


def markdown(outline: Outline) -> str:
    """A page: headings, display formulas, pipe tables."""
    parts = [f"# {outline.title}"]
    for section in outline.sections:
        parts += [f"## {section.title}", *_marked(section, _MARKDOWN)]
    parts += outline.closing
    return "\n\n".join(parts) + "\n"


def latex_fragment(outline: Outline) -> str:
    """A fragment: `\\paragraph`, `align*`, `tabular`."""
    parts = []
    for section in outline.sections:
        parts.append(rf"\paragraph{{{_escaped(section.title)}}}")
        parts += _marked(section, _LATEX)
    parts += [_escaped(line) for line in outline.closing]
    return "\n\n".join(parts) + "\n"


# ---- numbers ----------------------------------------------------------------------------------


def _scientific(value: Value) -> tuple[str, int]:
    """(figures, power of ten) of a number to DIGITS significant digits, zeros at the end dropped."""
    exact = exact_fraction(value)
    mantissa, power = mantissa_and_power(abs(exact), DIGITS - 1)
    figures = str(mantissa).rstrip("0")
    return ("-" if exact < 0 else "") + figures[0] + ("." + figures[1:] if figures[1:] else ""), power


def _number(value: Value, times: str) -> str:
    """Exact where that is short, else DIGITS significant digits; `times` joins figures and power of ten."""
    if isinstance(value, Fraction) and is_short(value):
        shown = decimal_text(abs(value))
        if shown is not None and len(shown) <= 10:
            return ("-" if value < 0 else "") + shown
        return str(value) if times == "e" else latex(value)
    figures, power = _scientific(value)
    if -4 <= power < DIGITS:
        exact = Fraction(figures) * Fraction(10) ** power
        return ("-" if exact < 0 else "") + str(decimal_text(abs(exact)))
    return f"{figures}e{power}" if times == "e" else rf"{figures} \times 10^{{{power}}}"


def _cut(expr: Expr) -> Expr:
    """Numbers too long to read (SELU's constants) as their first digits."""
    if isinstance(expr, Number):
        shown = decimal_text(abs(expr.value)) if expr.decimal else None
        if len(shown or str(expr.value)) > 16:
            head = f"{float(expr.value):.10f}"[:-2]
            return Symbol(head + "…", head + r"\ldots")
        return expr
    return rebuild(expr, _cut)


# ---- text -------------------------------------------------------------------------------------


def _shown_text(value: Shown) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Space):
        if value.columns > 1:
            return f"R^({value.rows}×{value.columns})"
        return f"R^{value.rows}" if value.rows > 1 else "R"
    if isinstance(value, tuple):
        return ", ".join(map(_shown_text, value))
    if isinstance(value, Expr):
        return plain(_cut(value))
    return matrix_plain(value) if isinstance(value, MatrixExpr) else _number(value, "e")


def _text_rows(section: Section) -> Iterable[str]:
    lines = [block for block in section.blocks if isinstance(block, Line)]
    written = {id(line): _text_line(line) for line in lines}
    fitting = [
        len(t) for line, t in zip(lines, written.values(), strict=True) if line.why and len(t) <= _WIDEST
    ]
    width = max(fitting, default=0)
    for block in section.blocks:
        if isinstance(block, str):
            yield block
        elif isinstance(block, Line):
            whole = written[id(block)]
            if block.why and len(whole) > width:
                yield whole
                yield f"    [{block.why}]"
            else:
                yield f"{whole:<{width}}   [{block.why}]" if block.why else whole
        else:
            yield from _text_grid(block)


def _text_line(line: Line) -> str:
    return _shown_text(line.left) + "".join(f" {sign} {_shown_text(part)}" for sign, part in line.parts)


def _text_grid(block: Grid | Table) -> Iterable[str]:
    rows = [[_number(v, "e") for v in row] for row in block.rows]
    if isinstance(block, Table):
        heads = [_shown_text(h) for h in block.heads]
        rows = [[block.corner, *heads], *([str(k), *row] for k, row in enumerate(rows, 1))]
        yield from _columns(rows)
        return
    head = f"{_shown_text(block.left)} {block.relation} "
    for index, row in enumerate(_columns(rows)):
        yield f"{head if index == 0 else ' ' * len(head)}[{row}]"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:>{w}}" for cell, w in zip(row, widths, strict=True)) for row in rows]


# ---- Markdown and LaTeX -----------------------------------------------------------------------


def _shown_latex(value: Shown) -> str:
    if isinstance(value, str):
        return rf"\text{{{value}}}"
    if isinstance(value, Space):
        size = rf"{value.rows} \times {value.columns}" if value.columns > 1 else str(value.rows)
        return r"\mathbb{R}" if size == "1" else rf"\mathbb{{R}}^{{{size}}}"
    if isinstance(value, tuple):
        return ", ".join(map(_shown_latex, value))
    if isinstance(value, Expr):
        return latex(_cut(value))
    return value.latex() if isinstance(value, MatrixExpr) else _number(value, "x")


@dataclass(frozen=True)
class _Markup:
    """How a format writes a display, a table, a sentence, the name of a rule."""

    aligned: Callable[[Sequence[str]], str]
    table: Callable[[Table], str]
    prose: Callable[[str], str]
    rule: Callable[[str], str]


_SIGNS = {"≈": r"\approx", "∈": r"\in"}


def _latex_row(block: Line | Grid) -> str:
    if isinstance(block, Grid):
        rows = r" \\ ".join(" & ".join(_number(v, "x") for v in row) for row in block.rows)
        sign = "=" if block.relation == "=" else r"\approx"
        return rf"{_shown_latex(block.left)} &{sign} \begin{{pmatrix}} {rows} \end{{pmatrix}}"
    signs = [(_SIGNS.get(sign, sign), _shown_latex(part)) for sign, part in block.parts]
    gap = " \\\\\n" if len(_text_line(block)) > _CHAIN else " "
    body = gap.join(
        f"{'&' if index == 0 or gap != ' ' else ''}{sign} {part}" for index, (sign, part) in enumerate(signs)
    )
    return f"{_shown_latex(block.left)} {body}"


def _marked(section: Section, markup: _Markup) -> Iterable[str]:
    """The blocks of a section: a rule stands above the lines that it gives, which share one display."""
    rows: list[str] = []
    for block in section.blocks:
        starts = not isinstance(block, (Line, Grid)) or (isinstance(block, Line) and block.why)
        if starts and rows:
            yield markup.aligned(rows)
            rows = []
        if isinstance(block, Line) and block.why:
            yield markup.rule(block.why[0].upper() + block.why[1:])
        if isinstance(block, (Line, Grid)):
            rows.append(_latex_row(block))
        else:
            yield markup.table(block) if isinstance(block, Table) else markup.prose(block)
    if rows:
        yield markup.aligned(rows)


def _aligned_dollars(rows: Sequence[str]) -> str:
    return "$$\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}$$"


def _aligned_latex(rows: Sequence[str]) -> str:
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _pipe_table(table: Table) -> str:
    heads = [table.corner, *(f"${_shown_latex(h)}$" for h in table.heads)]
    lines = [heads, ["---:"] * len(heads)]
    lines += [[str(k), *(f"${_number(v, 'x')}$" for v in row)] for k, row in enumerate(table.rows, 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _tabular(table: Table) -> str:
    heads = [_escaped(table.corner), *(f"${_shown_latex(h)}$" for h in table.heads)]
    rows = [heads, *([str(k), *(f"${_number(v, 'x')}$" for v in row)] for k, row in enumerate(table.rows, 1))]
    body = " \\\\\n".join(" & ".join(row) for row in rows)
    return f"\\begin{{tabular}}{{{'r' * len(heads)}}}\n{body}\n\\end{{tabular}}"


def _escaped(prose: str) -> str:
    """Prose for LaTeX; signs that no font of text has become formulas."""
    return "".join("\\" + c if c in "_%&#" else _IN_PROSE.get(c, c) for c in prose)


_IN_PROSE = {"≈": r"$\approx$", "−": "$-$"}

_MARKDOWN = _Markup(_aligned_dollars, _pipe_table, lambda prose: prose, lambda name: f"*{name}*")
_LATEX = _Markup(_aligned_latex, _tabular, _escaped, lambda name: rf"\textit{{{_escaped(name)}}}")
