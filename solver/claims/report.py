"""What `corrige check` prints: each line with its verdict, as text, Markdown, LaTeX or JSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from solver.claims.findings import Findings, LineFinding, LinkFinding
from solver.claims.formulas import MatrixContext
from solver.claims.judge import judge
from solver.claims.meaning import Context
from solver.claims.reading import read_script
from solver.claims.regions import Conditions
from solver.claims.script import Link, Side
from solver.claims.shown import claim_latex
from solver.claims.verdict import Counterexample, Judgement
from solver.derivation.wording import rule_wording
from solver.errors import CorrigeError
from solver.expression.atoms import symbol_latex
from solver.expression.latex import condition_latex
from solver.expression.plain import plain
from solver.expression.tree import Symbol
from solver.resources import language_table


def check_report(
    text: str, *, to: str = "text", lang: str = "en", strict: bool = False, path: str | None = None
) -> tuple[str, bool]:
    """The report on a derivation, and whether it passes: no line is different (if strict, all are equal).

    Raises CorrigeError, at its place in the file, for a line that cannot be read.
    """
    try:
        found = judge(read_script(text, Context(decimal_comma=lang == "fr")))
    except CorrigeError as fault:
        fault.path = path
        raise
    writer = {"text": _text, "markdown": _markdown, "latex": _latex, "json": _json}[to]
    return writer(found, lang), found.sound if strict else found.first_wrong is None


@cache
def _words(lang: str) -> Mapping[str, str]:
    return {k: str(v) for k, v in language_table(lang, "check")["words"].items()}


# ---- JSON -------------------------------------------------------------------------------------


def _json(found: Findings, lang: str) -> str:
    wrong = found.first_wrong
    answer = {
        "lines": [_json_line(line, lang) for line in found.lines],
        "first_wrong": wrong.line.number if wrong else None,
        "definitions": [
            {"line": d.line, "name": d.name, "definition": d.text} for d in found.script.definitions
        ],
    }
    return json.dumps(answer, ensure_ascii=False, indent=1)


def _json_line(finding: LineFinding, lang: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"line": finding.line.number, "claim": finding.line.claim}
    if finding.rule is not None and finding.line.rule is not None:
        entry["rule"] = finding.line.rule
        entry["rule_verdict"] = finding.rule.verdict
        if note := _rule_note(finding, lang):
            entry["rule_note"] = note
    entry |= _json_link(finding.worst, lang)
    if finding.line.apart:
        entry["note"] = "; ".join([*filter(None, [entry.get("note")]), *_read_as(finding, lang)])
    if len(finding.links) > 1:
        entry["links"] = [{"claim": _claim(link.link)} | _json_link(link, lang) for link in finding.links]
    return entry


def _json_link(finding: LinkFinding, lang: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"verdict": finding.judgement.value}
    example = finding.verdict.counterexample
    if example is not None:
        entry["counterexample"] = {"at": dict(example.at), "left": example.left, "right": example.right}
        if example.gap:
            entry["counterexample"]["difference"] = example.gap
    if finding.verdict.assumption:
        entry["assumption"] = assumption_text(finding.verdict.assumption, _words("en")["and"])
    elif finding.judgement is Judgement.UNDECIDED and finding.remark:
        entry["assumption"] = _remark(finding, _words(lang))
    elif finding.remark:
        entry["note"] = _remark(finding, _words(lang))
    if finding.expected is not None:
        entry["expected"] = finding.expected.plain
    if finding.verdict.proved:
        entry["proof"] = "exact"
    if finding.verdict.points:
        entry["points"] = finding.verdict.points
    return entry


def assumption_text(conditions: Conditions, word: str) -> str:
    """`x > 0 and y > 0`, as typed."""
    return word.join(f"{plain(c.left)} {c.relation} {plain(c.right)}" for c in conditions)


def _claim(link: Link) -> str:
    return f"{link.left.text} {link.relation} {link.right.text}"


_OF_SHAPES = frozenset({"shapes", "transposed", "misfit"})
"""Remarks that name both shapes: no values need be told."""

# ---- sentences --------------------------------------------------------------------------------


def _remark(finding: LinkFinding, words: Mapping[str, str]) -> str:
    assert finding.remark is not None
    return words[finding.remark].format(**finding.values)


def _notes(finding: LineFinding, lang: str, *, tex: bool = False) -> list[str]:
    """What is said below a line."""
    words, notes = _words(lang), []
    link = finding.worst
    if (example := link.verdict.counterexample) and link.remark not in _OF_SHAPES:
        notes.append(example_text(example, words, tex=tex))
        if example.gap:
            notes.append(words["gap"].format(gap=_math(example.gap, tex)))
    if conditions := link.verdict.assumption:
        shown = (
            words["and"].join(f"${condition_latex(c)}$" for c in conditions)
            if tex
            else assumption_text(conditions, words["and"])
        )
        key = "except_at" if link.judgement is Judgement.EQUAL else "assumption"
        notes.append(words[key].format(assumption=shown))
    if link.remark:
        text = _remark(link, words)
        notes.append(words["assumption"].format(assumption=text) if link.remark == "undefined" else text)
    if link.expected is not None:
        shown = f"${link.expected.latex}$" if tex else link.expected.plain
        notes.append(words["expected"].format(expected=shown))
    if note := _rule_note(finding, lang):
        notes.append(note)
    return notes + _read_as(finding, lang)


def _read_as(finding: LineFinding, lang: str) -> list[str]:
    """How letters run together were read."""
    say = _words(lang)["read_as"]
    return [say.format(name=name, product="*".join(name)) for name in finding.line.apart]


def _rule_note(finding: LineFinding, lang: str) -> str | None:
    found, words = finding.rule, _words(lang)
    if found is None or found.verdict == "right":
        return None
    rule = finding.line.rule or ""
    applied = rule_wording(found.applied, lang).name.replace("$", "") if found.applied else ""
    values = example_text(found.formula, words) if found.formula else ""
    return words[f"rule_{found.why}"].format(rule=rule, applied=applied, values=values)


def example_text(example: Counterexample, words: Mapping[str, str], *, tex: bool = False) -> str:
    """`for x = 2: left side 4, right side 5`."""
    sides = {
        name: words["nothing"] if value is None else _math(value, tex)
        for name, value in (("left", example.left), ("right", example.right))
    }
    at = ", ".join(_value(name, value, tex) for name, value in example.at.items())
    key = "counterexample" if at else "counterexample_constant"
    return words[key].format(at=at, **sides)


def _value(name: str, value: str, tex: bool) -> str:
    """`w1 = 2`; in LaTeX `$w_{1} = 2$`."""
    if not tex:
        return f"{name} = {value}"
    written = symbol_latex(Symbol(name)) if re.fullmatch(r"[A-Za-z]\w*", name) else name
    return f"${written} = {value.replace('*', ' ')}$"


def _math(text: str, tex: bool) -> str:
    return f"${text.replace('*', ' ')}$" if tex else text


# ---- text, Markdown, LaTeX --------------------------------------------------------------------


def _text(found: Findings, lang: str) -> str:
    words = _words(lang)
    heads = [words["line"].format(number=n.line.number) for n in found.lines]
    claims = [n.line.text for n in found.lines]
    left = max(map(len, heads)) + 2
    width = min(max(map(len, claims)), 76) + 1
    rows: list[str] = []
    for head, claim, finding in zip(heads, claims, found.lines, strict=True):
        rows.append(f"{head:<{left}}{claim:<{width}}  {words[finding.judgement.value]}")
        rows += [" " * (left + 2) + note for note in _notes(finding, lang)]
    return "\n".join([*rows, "", *_pointed(found, words), _summary(found, words)])


def _pointed(found: Findings, words: Mapping[str, str]) -> list[str]:
    """The first wrong line with a caret below the side that is wrong."""
    wrong = found.first_wrong
    if wrong is None:
        return []
    side: Side = wrong.worst.link.right
    row = found.script.source.split("\n")[wrong.line.number - 1].replace("\t", " ")
    caret = " " * (side.column - 1) + "^" * max(1, len(side.text))
    return [words["first_wrong"].format(number=wrong.line.number), f"  {row}", f"  {caret}", ""]


def _summary(found: Findings, words: Mapping[str, str]) -> str:
    counts = Counter(n.judgement.value for n in found.lines)
    numbers = {j.value: counts[j.value] for j in Judgement}
    exact = sum(all(k.verdict.proved for k in n.links) for n in found.lines)
    matrices = any(isinstance(n.line.context, MatrixContext) for n in found.lines)
    return words["summary_matrices" if matrices else "summary"].format(
        total=len(found.lines), proved=exact, **numbers
    )


def _markdown(found: Findings, lang: str) -> str:
    words = _words(lang)
    columns = " | ".join(words[f"column_{c}"] for c in ("line", "claim", "verdict", "note"))
    rows = [f"| {columns} |", "|---:|---|---|---|"]
    for finding in found.lines:
        notes = "; ".join(_notes(finding, lang, tex=True)).replace("|", "\\|")
        claim = claim_latex(finding.line).replace("|", "\\vert ")
        verdict = words[finding.judgement.value]
        if finding.judgement is Judgement.DIFFERENT:
            verdict = f"**{verdict}**"
        rows.append(f"| {finding.line.number} | ${claim}$ | {verdict} | {notes} |")
    wrong = found.first_wrong
    first = words["first_wrong"].format(number=wrong.line.number) if wrong else words["none_wrong"]
    return "\n".join([*rows, "", first, "", _summary(found, words)])


def _latex(found: Findings, lang: str) -> str:
    words = _words(lang)
    rows: list[str] = []
    for finding in found.lines:
        rows.append(rf"& {claim_latex(finding.line)} && \text{{{words[finding.judgement.value]}}}")
        rows += [rf"& && \text{{{note}}}" for note in _notes(finding, lang, tex=True)]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
