"""The guide's generated parts: tables of kinds, directives and keys, in Markdown and for a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence

from solver.errors import CorrigeError
from solver.guide.describe import Described, DescribedKind, describe
from solver.guide.facts import facts_of
from solver.questions.base import KINDS
from solver.questions.sheet_figures import FIGURES
from solver.sheet.directives import FORMS, NETWORK_OPTIONS, STATED
from solver.sheet.front_matter import KEYS
from solver.sheet.reader import HIDDEN
from solver.sheet.structure import IN_QUESTION

_WIDTH = 96
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.S)


# ---- Markdown -----------------------------------------------------------------------------------


def filled(text: str) -> str:
    """A guide with each part between `<!-- generated: NAME -->` and `<!-- end -->` made again."""

    def part(match: re.Match[str]) -> str:
        if match[2] not in PARTS:
            raise CorrigeError(f"there is no generated part “{match[2]}”; there are {', '.join(PARTS)}")
        return f"{match[1]}\n{PARTS[match[2]]()}\n\n{match[3]}"

    return _PART.sub(part, text)


def keys_table() -> str:
    """The keys of the front matter."""
    return _table(("key", "what it says"), [(f"`{key}`", says) for key, says in KEYS.items()])


def network_table() -> str:
    """The options of a `{network}` block."""
    return _table(("option", "what it says"), [(f"`{name}`", says) for name, says in NETWORK_OPTIONS.items()])


def directives_table() -> str:
    """The directives: argument, body, where each may stand, which views show it."""
    rows = []
    for name, form in FORMS.items():
        argument = form.takes if form.argument else "a title, or nothing" if form.argument is None else ""
        body = ("your own text" if form.takes == "a text" else form.takes) if form.body else "only options"
        body = "only options, or lines where a kind takes them" if form.body is None else body
        where = "in a question" if name in IN_QUESTION else "anywhere"
        shown = "prints nothing" if name in STATED else "hidden" if name in HIDDEN else "shown"
        rows.append((f"`{name}`", form.does, argument, body, where, shown))
    return _table(("directive", "what it is", "argument", "body", "where", "in the statement"), rows)


def questions_part() -> str:
    """Every kind of question: a table of all, then one section each."""
    return _kinds(KINDS)


def figures_part() -> str:
    """Every kind of figure."""
    return _kinds(FIGURES)


PARTS: Mapping[str, Callable[[], str]] = {
    "keys": keys_table,
    "network": network_table,
    "directives": directives_table,
    "questions": questions_part,
    "figures": figures_part,
}


def _kinds(names: Mapping[str, str]) -> str:
    kinds = [describe(name) for name in names]
    index = _table(
        ("kind", "what it answers" if names is KINDS else "what it draws"),
        [(f"[`{kind.name}`](#{kind.name})", kind.meaning) for kind in kinds],
    )
    return "\n\n".join([index, *map(kind_section, kinds)])


def kind_section(kind: DescribedKind) -> str:
    """A heading, the options, an example and the picture of its answer."""
    rows = [
        (f"`{o.name}`", _taken(o), "required" if o.required else _code(o.default), o.meaning)
        for o in kind.options
    ]
    facts = ", ".join(_code(path) for path, _ in facts_of(kind.name))
    return "\n\n".join(
        [
            f"### {kind.name}",
            kind.meaning,
            _table(("option", "takes", "default", "what it says"), rows),
            *([f"The lines of its body, if it has any, are its option `{kind.body}`."] if kind.body else []),
            *([f"Facts for braces: {facts}."] if facts else []),
            f"````markdown\n{kind.request}\n````",
            f"![What it gives](kinds/{kind.name}.png)",
        ]
    )


def _taken(option: Described) -> str:
    return ", ".join(map(_code, option.choices)) or option.takes


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


# ---- a terminal ---------------------------------------------------------------------------------


def kinds_text() -> str:
    """Every kind with one line each."""
    parts = []
    for title, names in (("Questions, ```{solve} KIND", KINDS), ("Figures, ```{figure} KIND", FIGURES)):
        width = max(map(len, names)) + 2
        rows = [f"  {name:<{width}}{describe(name).meaning}" for name in names]
        parts.append("\n".join([title, *rows]))
    return "\n\n".join([*parts, "corrige kinds KIND tells its options and shows an example."]) + "\n"


def kind_text(kind: DescribedKind) -> str:
    """One kind: its what its options take, their default and meaning; its facts; a sheet that builds."""
    lines = [f"{kind.name}: {kind.meaning}", ""]
    width = max(len(option.name) for option in kind.options) + 2
    for option in kind.options:
        takes = " | ".join(option.choices) or option.takes
        usual = f"default {option.default}" if option.default else "optional"
        usual = "required" if option.required else usual
        lines.append(f"  {option.name:<{width}}{takes} ({usual})")
        lines += textwrap.wrap(
            option.meaning, _WIDTH, initial_indent=" " * (width + 2), subsequent_indent=" " * (width + 2)
        )
    if kind.body:
        lines += ["", f"The lines of its body, if it has any, are its option {kind.body}."]
    if facts := facts_of(kind.name):
        width = max(len(path) for path, _ in facts) + 2
        lines += ["", f"Facts of the sheet below, for {{{{ q1.{kind.name}.… }}}} in an answer:", ""]
        lines += [f"  {path:<{width}}{textwrap.shorten(value, 60, placeholder='…')}" for path, value in facts]
    return "\n".join([*lines, "", "A sheet that builds:", "", kind.example])
