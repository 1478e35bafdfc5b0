"""Facts + language → Markdown → blocks of the document. Templates loop and choose; they compute nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import jinja2.bccache
from jinja2.sandbox import SandboxedEnvironment

from solver.derivation.equality import Tally
from solver.derivation.wording import rule_wording
from solver.document.figure import FigureSpec
from solver.document.nodes import (
    Block,
    Box,
    Figure,
    FigureNumber,
    Inline,
    Paragraph,
    Part,
)
from solver.document.walk import map_block, walk_blocks
from solver.errors import CorrigeError
from solver.expression.scientific import scientific as scientific_latex
from solver.expression.scientific import scientific_bound
from solver.questions.base import Facts, Question
from solver.resources import cache_folder, languages, template_folder, terms
from solver.version import VERSION

if TYPE_CHECKING:
    from solver.differentiation.answer import Answer, Value
    from solver.expression.tree import Symbol

DETAILS = ("result", "steps", "full")
"""How much of an answer is printed: its result, with its justification, with what goes beyond."""

_HIDDEN = {
    "result": {"justification", "example", "beyond"},
    "steps": {"beyond"},
    "full": set[str](),
}


# ---- filters ----------------------------------------------------------------------------------


def tex(value: object) -> str:
    """The LaTeX of anything mathematical: a tree, a SymPy expression, a fraction, an integer, our own
    objects that have a `latex` attribute or method."""
    from solver.expression.latex import latex

    own = getattr(value, "latex", None)
    if own is not None and not _is_expression(value):
        return str(own() if callable(own) else own)
    return latex(value)


def _is_expression(value: object) -> bool:
    from solver.expression.tree import Expr

    return isinstance(value, Expr)


def fraction(value: object) -> str:
    """An exact rational as LaTeX: `-\\frac{3}{4}`, `2`."""
    return tex(_plain(value))


def decimals(value: object, digits: int) -> str:
    """The value correctly rounded to `digits` decimals (decimal point)."""
    own = getattr(value, "decimal", None)
    if callable(own):
        return str(own(digits))
    from solver.expression.decimals import decimal as rounded

    return rounded(_plain(value), digits)


def decimal(value: object) -> str:
    """The exact decimal where it ends within 12 digits, else the fraction."""
    exact = _plain(value)
    if isinstance(exact, Fraction) and (text := terminating(exact)) is not None:
        return text
    return tex(exact)


def number(value: object) -> str:
    """Exact and short: a decimal that ends within 6 places, else a fraction."""
    exact = _plain(value)
    if isinstance(exact, Fraction):
        text = terminating(exact, places=6)
        if text is not None:
            return text
    return tex(exact)


def eq(value: object, digits: int) -> str:
    """`= 2.45` where `digits` decimals give the exact value, else `\\approx 3.0716`."""
    exact = _plain(value)
    if isinstance(exact, Fraction) and (text := terminating(exact, places=digits)) is not None:
        return f"= {text}"
    return rf"\approx {decimals(value, digits)}"


def scientific(value: object, digits: int = 2) -> str:
    """`1.23 \\times 10^{-4}` with `digits` decimals, correctly rounded; 0 stays 0."""
    exact = _plain(value)
    if not isinstance(exact, Fraction):
        exact = Fraction(decimals(value, 60))
    return scientific_latex(exact, digits)


def above(value: object, digits: int = 2) -> str:
    """A positive bound in scientific notation, rounded up, so that it stays one."""
    exact = _plain(value)
    if not isinstance(exact, Fraction):  # a hair more: the decimals themselves may have been rounded down
        exact = Fraction(decimals(value, 60)) + Fraction(1, 10**60)
    return scientific_bound(exact, digits)


def terminating(value: Fraction, places: int = 12) -> str | None:
    """The exact decimal writing of `value` where it has at most `places` decimals, else None."""
    scaled = value * 10**places
    if scaled.denominator != 1:
        return None
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(int(scaled)), 10**places)
    tail = f"{rest:0{places}d}".rstrip("0")
    return f"{sign}{whole}.{tail}" if tail else f"{sign}{whole}"


def _plain(value: object) -> Any:
    return Fraction(value) if isinstance(value, int) and not isinstance(value, bool) else value


# ---- what `corrige derive` says of a derivative --------------------------------------------------


def domain_of(answer: Answer, lang: str, variables: Sequence[Symbol] | None = None) -> str:
    """The sentence on the domain of a function that is derived by `variables`."""
    from solver.differentiation.report_markup import MARKS
    from solver.differentiation.report_words import domain_sentence

    return domain_sentence(answer, _derive_words(lang), MARKS, variables)


def remarks_on(answer: Answer, lang: str) -> list[str]:
    """Where the formula of a derivative holds, and the points without a derivative."""
    from solver.differentiation.report_markup import MARKS
    from solver.differentiation.report_words import remarks

    return list(remarks(replace(answer, point=None), _derive_words(lang), MARKS, domain=False))


def value_remark(told: Value, lang: str) -> str:
    """The value of a derivative at a point, or why there is none."""
    from solver.differentiation.report_markup import MARKS
    from solver.differentiation.report_words import value_sentence

    return value_sentence(told, _derive_words(lang), MARKS)


def _derive_words(lang: str) -> Mapping[str, str]:
    from solver.differentiation.report_words import sentences

    return sentences(lang)


FILTERS: dict[str, Callable[..., str]] = {
    "tex": tex,
    "fraction": fraction,
    "decimals": decimals,
    "decimal": decimal,
    "number": number,
    "eq": eq,
    "scientific": scientific,
    "above": above,
}


# ---- templates --------------------------------------------------------------------------------


class _CompiledTemplates(jinja2.FileSystemBytecodeCache):
    """Compiled templates kept between runs, as Python keeps its own; a folder that fails only costs time."""

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        with contextlib.suppress(OSError, ValueError, EOFError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled_templates() -> jinja2.BytecodeCache | None:
    folder = cache_folder()
    if folder is None:
        return None
    kept = folder / "templates"
    try:
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return _CompiledTemplates(str(kept), f"%s-{VERSION}")


@cache
def environment(lang: str, own: Path | None = None) -> jinja2.Environment:
    """The Jinja environment of a language; templates in the folder `own` come before ours.

    Data is only ever a value: no template comes from a sheet, a missing variable is an error. A teacher's own
    templates run in a sandbox.
    """
    folders = [*([own / lang] if own else []), template_folder() / lang]
    made = (SandboxedEnvironment if own else jinja2.Environment)(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,
        extensions=["jinja2.ext.do"],
        cache_size=-1,
        auto_reload=False,
        bytecode_cache=None if own else _compiled_templates(),
    )
    made.filters.update(FILTERS)
    made.globals["terms"] = terms(lang)
    made.globals["rules"] = lambda name: rule_wording(name, lang)
    made.globals["remarks"] = lambda answer: remarks_on(answer, lang)
    made.globals["domain"] = lambda answer, variables: domain_of(answer, lang, variables)
    made.globals["no_value"] = lambda told: value_remark(told, lang)
    return made


@dataclass(frozen=True)
class Wording:
    """The wordings of a language at a level of detail, with a teacher's own templates first; `figures` says
    whether they show drawings."""

    lang: str = "fr"
    detail: str = "steps"
    templates: Path | None = None
    figures: bool = True

    def markdown(self, template: str, **values: object) -> str:
        """The Markdown of a template below the language's folder, filled with `values`."""
        try:
            found = environment(self.lang, self.templates).get_template(template)
        except jinja2.TemplateNotFound as error:
            what = Path(str(error.name)).name.removesuffix(".md.j2")
            raise CorrigeError(
                f"“{what}” has no wording in the language “{self.lang}” yet",
                hint=f"Answers are worded in: {', '.join(languages())} (--lang, or lang: in the sheet).",
            ) from None
        except jinja2.TemplateSyntaxError as error:
            raise CorrigeError(f"the wording cannot be read: {error.message}", path=error.filename) from None
        try:
            return found.render(lang=self.lang, detail=self.detail, **values)
        except jinja2.TemplateError as error:
            if self.templates is None:
                raise
            raise CorrigeError(f"the wording {found.filename} cannot be used: {error}") from None

    def blocks(self, text: str) -> tuple[Block, ...]:
        """The blocks of a wording's Markdown, without the boxes that the detail leaves out."""
        from solver.document.markdown import read_wording

        hidden = _HIDDEN[self.detail]
        return tuple(
            b for b in read_wording(text, lang=self.lang) if not (isinstance(b, Box) and b.kind in hidden)
        )

    def answer(
        self, kind: str, facts: Facts, request: Question, label: str
    ) -> tuple[tuple[Block, ...], dict[str, FigureSpec]]:
        """The blocks of one answer and the figures they show, under names made unique by `label`."""
        text = self.markdown(f"kinds/{kind}.md.j2", facts=facts, request=request, label=label)
        blocks = self.blocks(text)
        return self._with_figures(blocks, facts, label) if self.figures else (_without_figures(blocks), {})

    def figure(self, kind: str, facts: Facts, label: str) -> tuple[tuple[Block, ...], dict[str, FigureSpec]]:
        """The blocks of a `{figure}` of the statement and its drawing."""
        text = self.markdown(f"figures/{kind}.md.j2", facts=facts, label=label)
        return self._with_figures(self.blocks(text), facts, label)

    def verification(self, tally: Tally) -> tuple[Block, ...]:
        """What stands at the end of a corrigé: how many equalities were checked, and by which means."""
        return self.blocks(self.markdown("verification.md.j2", tally=tally))

    def conventions(self, topics: frozenset[str]) -> tuple[Block, ...]:
        """The conventions of the topics that the sheet speaks of."""
        return self.blocks(self.markdown("conventions.md.j2", topics=topics))

    def _with_figures(
        self, blocks: tuple[Block, ...], facts: Facts, label: str
    ) -> tuple[tuple[Block, ...], dict[str, FigureSpec]]:
        shown: dict[str, FigureSpec] = {}
        specs = facts.figures() if any(isinstance(b, Figure) for b in walk_blocks(blocks)) else {}

        def rename(block: Block) -> Block:
            if isinstance(block, Paragraph) and _speaks_of_figures(block):
                return Paragraph(tuple(map(named, block.content)))
            if not isinstance(block, Figure):
                return block
            if block.name not in specs:
                raise CorrigeError(f"the wording of {label} shows an unknown figure “{block.name}”")
            name = figure_name(label, block.name)
            shown[name] = specs[block.name]
            return replace(block, name=name)

        def named(inline: Inline) -> Inline:
            if not isinstance(inline, FigureNumber):
                return inline
            return FigureNumber(figure_name(label, inline.name))

        return tuple(map_block(b, rename) for b in blocks), shown


def _without_figures(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks without the figures, the paragraphs that speak of them and the boxes that held no more."""
    kept = (
        replace(b, blocks=_without_figures(b.blocks)) if isinstance(b, (Box, Part)) else b
        for b in blocks
        if not isinstance(b, Figure) and not _speaks_of_figures(b)
    )
    return tuple(b for b in kept if not isinstance(b, Box) or b.blocks)


def _speaks_of_figures(block: Block) -> bool:
    return isinstance(block, Paragraph) and any(isinstance(i, FigureNumber) for i in block.content)


def figure_name(label: str, short: str) -> str:
    """The name of a figure in the whole document: `q1-run-curve` for `curve` of `q1.run`."""
    return label.replace(".", "-") + "-" + short
