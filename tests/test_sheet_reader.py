"""The sheet's reader against what people and their tools write, and against what is meant to harm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import effort
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.document.nodes import (
    Block,
    BulletList,
    Inline,
    InlineMath,
    Metadata,
    OrderedList,
    Paragraph,
    Part,
    Quote,
    Text,
)
from solver.errors import CorrigeError, SheetError
from solver.expression.reader import read_expression
from solver.sheet.model import Directive, Formula, Sheet
from solver.sheet.reader import HIDDEN, iter_directives, read_sheet, statement_blocks
from solver.sheet.values import own_blocks, own_title

FRONT = "---\ntitle: Essai\n---\n"
SHEETS = sorted((Path(__file__).parent.parent / "sheets").glob("*.md"))


def fault(text: str) -> SheetError:
    with pytest.raises(CorrigeError) as caught:
        read_sheet(text, "sheet.md")
    found = caught.value
    assert found.path == "sheet.md"
    assert found.report().startswith("sheet.md")
    assert isinstance(found, SheetError)
    return found


# ---- front matter -------------------------------------------------------------------------------


def test_front_matter_is_text() -> None:
    text = "title: 'Réseaux : le cours'\nlang: en\ndate: 2025-10-01\ncourse: 010\n"
    text += "author: [no, Ada]\ndetail: full"
    sheet = read_sheet(f"---\n{text}\n---\n", "sheet.md")
    assert sheet.metadata == Metadata(
        "Réseaux : le cours", lang="en", date="2025-10-01", course="010", author="no, Ada"
    )
    assert sheet.settings == {"detail": "full"}


@pytest.mark.parametrize(
    ("yaml", "place", "message"),
    [
        ("title: a\ntitel: b", (3, 1), "unknown key “titel”"),
        ("title: a\ntitle: b", (3, 1), "written twice"),
        ("subtitle: a", (1, 1), "needs a title"),
        ("title:", (1, 1), "needs a title"),
        ("title: a: b", (2, 9), "not YAML"),
        ("title: [a", (2, 10), "not YAML"),
        ("title: a\n\tcourse: b", (3, 1), "not YAML"),
        ("title: &a b\ncourse: *a", (2, 8), "an anchor"),
        ("title: a\ncourse: *a", (3, 9), "an alias"),
        ("title: !!python/object:os.system a", (2, 8), "a tag"),
        ("title: a\n<<: {course: b}", (3, 1), "a merge key"),
        ("title: {a: b}", (2, 8), "is a text"),
        ("title: a\ndetail: fully", (3, 9), "one of result, steps, full"),
        ("title: a\nlang: français", (3, 7), "is one of en, fr"),
        ("title: a\nlang: de", (3, 7), "is one of en, fr, found “de”"),
        ("- title", (2, 1), "key: value"),
        ("title: " + "[" * 50, (2, 15), "nested too deeply"),
        ("title: a\n" + "# xxxxxx\n" * 8_000, (1, 1), "longer than"),
        ("? [a]\n: b", (2, 3), "a word"),
    ],
)
def test_front_matter_faults(yaml: str, place: tuple[int, int], message: str) -> None:
    found = fault(f"---\n{yaml}\n---\nTexte.\n")
    assert message in found.message
    assert found.span is not None
    assert (found.span.line, found.span.column) == place


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "begins with its front matter"),
        ("# Exercice 1\n", "begins with its front matter"),
        ("---\ntitle: a\n", "not closed"),
    ],
)
def test_front_matter_missing(text: str, message: str) -> None:
    assert message in fault(text).message


def test_billion_laughs() -> None:
    rows = ["a: &a [x, x]"] + [
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]" for i in range(20)
    ]
    text = "---\n" + "\n".join(rows) + "\n---\n"
    assert "an anchor" in fault(text).message
    assert effort(lambda: fault(text)) < 200_000


# ---- what tools write ---------------------------------------------------------------------------

PLAIN = (
    FRONT
    + "# Exercice 1\n\n## Question 1 {#q points=2}\n\n1. Un $x$.\n\n"
    + "   ```{solve} derivative\n   :of: f\n   ```\n"
)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        "\ufeff" + PLAIN,
        PLAIN.replace("   ", "\t"),
        PLAIN.replace("## ", "##\u00a0").replace("1. ", "1.\u00a0"),
        PLAIN.replace("   ", "\u00a0\u202f "),
        PLAIN.replace("---\n", "---  \n"),
        PLAIN.replace("# Exercice", "\x0c# Exercice"),
        PLAIN.replace("```{", "~~~{").replace("```", "~~~"),
        PLAIN.replace("```{solve} derivative", "``` {solve}   derivative  "),
        PLAIN + "\n\n",
        PLAIN.rstrip("\n"),
    ],
    ids=[
        "crlf",
        "cr",
        "bom",
        "tabs",
        "nbsp",
        "margin",
        "dashes",
        "formfeed",
        "tildes",
        "spaces",
        "end",
        "no end",
    ],
)
def test_other_ends_and_spaces_change_nothing(text: str) -> None:
    def seen(sheet: Sheet) -> tuple[Block, ...]:
        return tuple(without_places(sheet.blocks))

    assert seen(read_sheet(text, "sheet.md")) == seen(read_sheet(PLAIN, "sheet.md"))


def without_places(blocks: Iterable[Block]) -> Iterator[Block | tuple[object, ...]]:
    for block in blocks:
        if isinstance(block, Part):
            yield Part(block.index, tuple(without_places(block.blocks)), block.points)  # type: ignore[arg-type]
        elif isinstance(block, Directive):
            options = {k: v.text for k, v in block.options.items()}
            yield (block.name, block.argument, block.label, options, block.body)
        else:
            yield block


@pytest.mark.parametrize(
    ("text", "place"),
    [("a\n\x00b", (5, 1)), ("ab\x1bc", (4, 3)), ("\ud800", (4, 1)), ("x\ufdd0", (4, 2)), ("\x7f", (4, 1))],
)
def test_what_is_no_text(text: str, place: tuple[int, int]) -> None:
    found = fault(FRONT + text)
    assert "is no text" in found.message
    assert found.span is not None
    assert (found.span.line, found.span.column) == place


# ---- hostile ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "a" * 10_000_000,
        "a " * 9_000,
        "[" * 19_000,
        "![](" * 4_000,
        "*a " * 6_000,
        "`` ` " * 4_000,
        "`" * 19_000 + "<!--",
        "$" * 19_000,
        "{{" * 9_000,
        "{{ a }} " * 2_000,
        "<!-- a -->" * 1_900,
        ">" * 5_000,
        "- " * 5_000,
        "\n".join("  " * i + "- a" for i in range(200)),
        "a@" * 9_000,
        "a.a." * 4_900,
        "l'" * 9_000,
        "![](" * 200 + ")" * 200,
        "# a\n" * 5_000,
        "1. a\n" * 3_000,
        "|a" * 5_000 + "\n" + "|-" * 5_000,
        "~~~\n" * 3_000,
        "```{given}\n" + "a = " + "(" * 5_000 + "\n```",
        "```{given}\na = " + "9" * 9_000 + "\n```",
        "```{given}\na = 9^9^9^9^9\n```",
        "# E {#" + "a" * 9_000 + "}",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_large_and_deep_input_ends_quickly(body: str) -> None:
    reports = []

    def read() -> None:
        try:
            read_sheet(FRONT + body, "sheet.md")
        except CorrigeError as found:
            reports.append(found.report())

    assert effort(read) < 2_000_000
    assert all(len(report) < 1_000 for report in reports)


PIECES = (
    "```", "````", "~~~", "{solve}", "{answer}", "{given}", "{hint}", "{check}", " descent", "\n", "\n\n",
    "   ", "\t", "# ", "## ", "1. ", "3. ", "- ", "> ", "$", "$$", "|", "---", "{{ f }}", "{{", "}}",
    "{#q points=1}", "{-}", ":of: f", "f(x) = x^2", "a = 1", "[a](b)", "![a](b)", "<!--", "-->", "<b>", "*",
    "_", "`", "\\", "é", "'", " ? ", " : ", "«", "\r", "\u00a0", "\ufeff", "&amp;", "Question 1",
    "f'(x) = 2x", "&#0;", "\u2028",
)  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=40,
    )
)
def test_only_our_errors_from_pieces(pieces: list[str]) -> None:
    _reads(FRONT + "".join(pieces))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.booleans())
def test_only_our_errors_from_any_text(text: str, front: bool) -> None:
    _reads((FRONT if front else "---\n") + text + ("" if front else "\n---\n"))


def _reads(text: str) -> None:
    try:
        sheet = read_sheet(text, "sheet.md")
    except CorrigeError as found:
        found.report()
        return
    assert not [c for c in repr(sheet.blocks) if "\ufdd0" <= c <= "\ufdef"], "a mark was left"


@pytest.mark.parametrize("cut", range(0, 4000, 97))
def test_a_sheet_cut_anywhere(cut: int) -> None:
    text = SHEETS[0].read_text(encoding="utf-8")
    _reads(text[:cut] + text[cut + 31 :])


# ---- values in answers --------------------------------------------------------------------------

FACTS = {
    "q1": {
        "run": {
            "point": lambda k: [Fraction(2), Fraction(49, 20), Fraction(12345678, 4096000)][k],
            "values": [Fraction(1, 3), 2, "un"],
            "limit": read_expression("sqrt(2)"),
            "verdict": "*converges* $x$ ```{solve}",
            "count": 3,
            "latex": Formula(r"\frac{a_1}{b}"),
            "group": {"a": 1},
            "sure": True,
        }
    }
}


def answered(text: str, name: str = "answer") -> str:
    sheet = read_sheet(
        FRONT
        + "```{given}\nalpha = 1/20\n```\n## Question 1\n\n```{solve} descent\n:label: run\n```\n"
        + f"```{{{name}}}\n{text}\n```\n",
        "sheet.md",
    )
    (directive,) = (d for d in iter_directives(sheet) if d.name == name)
    (paragraph,) = own_blocks(directive, sheet, FACTS)
    assert isinstance(paragraph, Paragraph)
    return "".join(_typed(inline) for inline in paragraph.content)


def _typed(inline: Inline) -> str:
    if isinstance(inline, InlineMath):
        return f"${inline.latex}$"
    assert isinstance(inline, Text)
    return inline.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ q1.run.point(1) }}", r"$\frac{49}{20}$"),
        ("$w = {{ q1.run.point(1) | decimals(2) }}$", "$w = 2.45$"),
        ("{{ q1.run.point(2) | decimals(4) }}", "$3.0141$"),
        ("{{ q1.run.point(2) | scientific(1) }}", "$3$"),
        ("{{ alpha | scientific(1) }}", r"$5 \times 10^{-2}$"),
        ("{{ q1.run.limit | decimals(3) }}", "$1.414$"),
        ("{{ q1.run.values[0] | fraction }}", r"$\frac{1}{3}$"),
        ("{{ q1.run.values }}", r"$\frac{1}{3}, 2, \text{un}$"),
        ("{{ q1.run.count }} pas", "$3$ pas"),
        ("{{ q1.run.latex }} ou $x = {{ q1.run.latex }}$", r"$\frac{a_1}{b}$ ou $x = \frac{a_1}{b}$"),
        ("{{ q1.run.verdict }}", "*converges* $x$ ```{solve}"),
        ("$a = {{ q1.run.verdict }}$", r"$a = \text{*converges*  x  ``` solve }$"),
        ("{{q1.run.group.a}}{{alpha}}", r"$1$$\frac{1}{20}$"),
    ],
)
def test_an_answer_reaches_every_fact(text: str, shown: str) -> None:
    assert answered(text) == shown
    assert answered(text, "remark") == shown


def test_titles_are_read_too() -> None:
    text = "```{remark} Le pas $\\alpha$ : l'essentiel\nTexte.\n```\n"
    (directive,) = iter_directives(read_sheet(FRONT + text, "sheet.md"))
    assert own_title(directive, "fr") == (
        Text("Le pas "),
        InlineMath(r"\alpha"),
        Text("\u00a0: l’essentiel"),
    )


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("{{ q1.run.points(3) }}", 11, "has no “points”"),
        ("{{ q1.runn }}", 7, "has no “runn”"),
        ("{{ q2.run }}", 4, "not given"),
        ("{{ q1.run.point(9) }}", 18, "has no value at [9]"),
        ("{{ q1.run.point(-4) }}", 19, "has no value"),
        ("{{ q1.run.point(1, 2) }}", 21, "has no value"),
        ("{{ q1.run.point }}", 1, "cannot be shown"),
        ("{{ q1.run.group }}", 1, "cannot be shown"),
        ("{{ q1.run.sure }}", 1, "cannot be shown"),
        ("{{ q1.run.values[3] }}", 18, "items 0 to 2"),
        ("{{ q1.run.verdict | decimals(2) }}", 21, "needs a number"),
        ("{{ q1.run.point(1) | decimals(1000) }}", 22, "0 to 100 digits"),
        ("{{ q1.run.point(1) | decimals(1, 2) }}", 22, "at most one"),
        ("{{ q1.run.point(1) | fraction | fraction }}", 33, "one filter"),
        ("{{ q1.run.point.__globals__ }}", 17, "has no parts"),
        ("{{ q1.__class__ }}", 7, "has no “__class__”"),
        ("{{ q1.run.point(a) }}", 17, "a whole number"),
        ("{{ q1.run.point(1 }}", 1, "is expected"),
        ("{{ q1['run'] }}", 7, "cannot stand"),
        ("{{ 1 }}", 4, "a name is expected"),
    ],
)
def test_an_unknown_fact_is_shown_where_it_stands(text: str, column: int, message: str) -> None:
    with pytest.raises(SheetError) as caught:
        answered(text)
    assert message in caught.value.message
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.column) == (13, column)


# ---- the statement ------------------------------------------------------------------------------


def test_the_statement_holds_no_answer() -> None:
    sentinel = "SENTINELLE"
    asked = f"```{{answer}} {sentinel}\n{sentinel}\n```\n```{{remark}}\n{sentinel}\n```\n"
    asked += f"```{{check}}\n1 = 1 # {sentinel}\n```\n"
    asked += f"```{{solve}} derivative\n:of: {sentinel}\n```\n"
    nested = "".join(f"   {row}\n" for row in asked.split("\n"))
    sheet = read_sheet(
        FRONT
        + f"<!-- {sentinel} -->\n\n## Question 1\n\n{asked}\n1. Un.\n\n{nested}\n"
        + f"2. Deux :\n   - a\n\n{nested}\n"
        + f"- b\n\n{nested}\n```{{hint}}\nUn indice.\n```\n[a]: b '{sentinel}'\n",
        "sheet.md",
    )
    assert len([d for d in iter_directives(sheet) if d.name in HIDDEN]) == 16
    statement = statement_blocks(sheet)
    assert sentinel not in repr(statement)
    assert [d.name for d in _directives(statement)] == ["hint"]


def _directives(blocks: Iterable[Block]) -> Iterator[Directive]:
    for block in blocks:
        if isinstance(block, Directive):
            yield block
        elif isinstance(block, (Part, Quote)):
            yield from _directives(block.blocks)
        elif isinstance(block, (BulletList, OrderedList)):
            for item in block.items:
                yield from _directives(item)


@pytest.mark.parametrize("path", SHEETS, ids=lambda p: p.stem)
def test_our_own_sheets(path: Path) -> None:
    sheet = read_sheet(path.read_text(encoding="utf-8"), str(path))
    labels = [d.label for d in iter_directives(sheet)]
    assert len(labels) == len(set(labels))
    assert not {d.name for d in _directives(statement_blocks(sheet))} & set(HIDDEN)
