"""The answer for people: text of a terminal, Markdown, a LaTeX fragment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from solver.layer.lines import Line, Lines, Words
from solver.layer.model import Backward
from solver.layer.styles import LATEX, TEXT


def _text(found: Backward, words: Words) -> str:
    lines = Lines(found, words, TEXT, lambda text: text)
    title = words.title(found.layer.name)
    parts = [[title, "=" * len(title)]]
    parts.append([words.heading("shapes"), *_columns([(f"  {n}", s) for n, s in lines.shapes()])])
    parts.append(lines.conventions())
    parts.append([words.heading("forward"), *_equations(lines.forward())])
    where = lines.where()
    if where:
        parts.append([words.heading("where"), *_equations(where)])
    groups = [group for group in lines.backward() if group]
    parts.append([words.heading("backward"), *_equations([line for group in groups for line in group])])
    if rules := lines.rules():
        parts.append([words.heading("rules_used"), *_columns([(f"  {n}", f) for n, f in rules])])
    parts.append([words.heading("results"), *_equations(lines.results())])
    if found.assumed:
        parts.append([lines.assumption(), *_equations(lines.assumed())])
    parts.append([words.heading("numpy"), *(f"  {line}".rstrip() for line in lines.numpy())])
    parts.append([*lines.notes(), lines.closing()])
    return "\n\n".join("\n".join(part) for part in parts)


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    width = max((_width(left) for left, _ in rows), default=0)
    return [f"{left}{' ' * (width - _width(left))}  {right}" for left, right in rows]


def _width(text: str) -> int:
    """Columns on a terminal: a hat takes none."""
    return sum(character != "\u0302" for character in text)


NOTE_COLUMN = 62


def _equations(lines: list[Line]) -> list[str]:
    left = max((_width(line.left) for line in lines), default=0)
    rows = [f"  {' ' * (left - _width(line.left))}{line.left} = {line.right}" for line in lines]
    noted = [_width(row) for row, line in zip(rows, lines, strict=True) if line.note]
    column = min(max(noted, default=0), NOTE_COLUMN)
    shown: list[str] = []
    for row, line in zip(rows, lines, strict=True):
        if not line.note:
            shown.append(row)
        elif _width(row) <= column:
            shown.append(f"{row}{' ' * (column - _width(row))}   {line.note}")
        else:
            shown += [row, f"{' ' * (left + 5)}{line.note}"]
    return shown


def _markdown(found: Backward, words: Words) -> str:
    lines = Lines(found, words, LATEX, lambda text: f"${text}$")
    say = words.sentences
    parts = [f"# {words.title(found.layer.name)}", f"## {say['shapes']}"]
    parts.append("\n".join(f"- ${name}${say['colon']} {shape}" for name, shape in lines.shapes()))
    parts += [" ".join(lines.conventions()), f"## {say['forward']}", _display(lines.forward())]
    if where := lines.where():
        parts += [say["where"], _display(where)]
    parts.append(f"## {say['backward']}")
    for group in lines.backward():
        if group:
            parts.append("- " + "\\\n  ".join(_noted(line) for line in group))
    if lines.rules():
        parts += [f"## {say['rules_used']}", _named(lines, say["colon"])]
    parts += [f"## {say['results']}", _display(lines.results())]
    if found.assumed:
        parts += [lines.assumption(), _display(lines.assumed())]
    parts += [f"## {say['numpy']}", "```python\n" + "\n".join(lines.numpy()) + "\n```"]
    return "\n\n".join([*parts, *lines.notes(), lines.closing()])


def _named(lines: Lines, colon: str) -> str:
    return "\n".join(f"- {name}{colon} ${formula}$" for name, formula in lines.rules())


def _display(lines: list[Line]) -> str:
    return f"$$\n{_aligned(lines)}\n$$"


def _aligned(lines: list[Line]) -> str:
    rows = [f"{line.left} &= {line.right}" for line in lines]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _latex(found: Backward, words: Words) -> str:
    lines = Lines(found, words, LATEX, lambda text: f"${text}$")
    say = words.sentences
    shapes = "; ".join(f"${name}$, {shape}" for name, shape in lines.shapes())
    parts = [
        words.title(found.layer.name).replace("_", r"\_") + ".",
        f"{words.heading('shapes')} {shapes}.",
        " ".join(lines.conventions()),
    ]
    parts += [words.heading("forward"), _framed(lines.forward())]
    if where := lines.where():
        parts += [say["where"], _framed(where)]
    items = [f"\\item {_inline(group)}" for group in lines.backward() if group]
    parts += [words.heading("backward"), "\n".join(["\\begin{itemize}", *items, "\\end{itemize}"])]
    items = [f"\\item {name}{say['colon']} ${formula}$" for name, formula in lines.rules()]
    if items:
        parts += [words.heading("rules_used"), "\n".join(["\\begin{itemize}", *items, "\\end{itemize}"])]
    parts += [words.heading("results"), _framed(lines.results())]
    if found.assumed:
        parts += [lines.assumption(), _framed(lines.assumed())]
    return "\n\n".join([*parts, *lines.notes()])


def _inline(group: list[Line]) -> str:
    """The lines of a gradient, each with what is said of it."""
    return " \\\\\n  ".join(_noted(line, r"\displaystyle ") for line in group)


def _noted(line: Line, before: str = "") -> str:
    """The line as a formula, and what is said of it in parentheses."""
    text = f"{line.left} = {line.right}" if line.left else f"= {line.right}"
    return f"${before}{text}$" + (f" ({line.note})" if line.note else "")


def _framed(lines: list[Line]) -> str:
    return f"\\[\n{_aligned(lines)}\n\\]"


WRITERS: Mapping[str, Callable[[Backward, Words], str]] = {
    "text": _text,
    "markdown": _markdown,
    "latex": _latex,
}
"""The writers by format."""
