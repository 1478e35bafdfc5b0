"""The kind `softmax-cross-entropy` against SymPy and mpmath; planted faults are seen; bad options refused."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest
import sympy
from conftest import ROOT
from test_cli import run

from solver.document.nodes import Box
from solver.document.walk import walk_blocks
from solver.errors import CorrigeError
from solver.expression.bridge import to_sympy
from solver.expression.decimals import decimal
from solver.expression.tree import Negative, Sum
from solver.questions.softmax_algebra import Component, Entry, Softmax
from solver.questions.softmax_cross_entropy import PARTS, SoftmaxFacts
from solver.questions.softmax_numbers import Numbers
from solver.sheet.reader import read_sheet
from solver.solving import Solved, read_variant, require_sound, solve
from solver.wording import Wording


def solved(lines: str) -> Solved:
    text = f"---\ntitle: T\nlang: en\n---\n\n## Q\n\n```{{solve}} softmax-cross-entropy\n{lines}\n```\n"
    return solve(read_sheet(text, "sheet.md"))


def facts_of(lines: str) -> SoftmaxFacts:
    (facts,) = solved(lines).facts.values()
    assert isinstance(facts, SoftmaxFacts)
    return facts


@pytest.mark.parametrize("n", [2, 3, 6])
def test_jacobian_and_gradient_are_what_sympy_finds(n: int) -> None:
    """Each form with p, S replaced, less SymPy's derivative, at rational points."""
    algebra = Softmax(n)
    z = [sympy.Symbol(f"z_{i}", real=True) for i in range(1, n + 1)]
    y = [sympy.Symbol(f"y_{i}", real=True) for i in range(1, n + 1)]
    point = {s: sympy.Rational(3 * i + 1, 7) for i, s in enumerate([*z, *y])}
    total = sum(sympy.exp(s) for s in z)
    p = [sympy.exp(s) / total for s in z]
    loss = -sum(a * sympy.log(b) for a, b in zip(y, p, strict=True))

    def close(ours: Any, theirs: Any) -> bool:
        named = {s.name: s for s in (*z, *y)}
        found = to_sympy(algebra.in_logits(ours))
        found = found.subs({s: named[s.name] for s in found.free_symbols})
        return bool(abs(sympy.N((found - theirs).subs(point), 30)) < 1e-25)

    for entry in algebra.entries:
        expected = sympy.diff(p[entry.row - 1], z[entry.column - 1])
        assert close(entry.quotient, expected)
        assert close(entry.form, expected)
    for part in algebra.components:
        assert close(part.gathered, sympy.diff(loss, z[part.index - 1]))
    assert close(algebra.direct, sympy.diff(loss, z[0]))


@pytest.mark.parametrize("n", range(2, 7))
def test_everything_is_checked(n: int) -> None:
    algebra = Softmax(n)
    checks = (*algebra.jacobian_checks, *algebra.gradient_checks, *algebra.stability_checks)
    assert all(check.holds for check in (*checks, *algebra.convexity_checks))
    assert len(algebra.jacobian_checks) == 2 * n * n + n


class Wrong(Softmax):
    """p_1 p_2 for −p_1 p_2, and y_1 − p_1 for p_1 − y_1."""

    @property
    def entries(self) -> tuple[Entry, ...]:  # type: ignore[override]  # a fault is planted
        first, second, *others = super().entries
        return (first, dataclasses.replace(second, form=Negative(second.form)), *others)

    @property
    def components(self) -> tuple[Component, ...]:  # type: ignore[override]  # a fault is planted
        first, *others = super().components
        turned = Sum((self.targets[0], Negative(self.outputs[0])))
        return (dataclasses.replace(first, form=turned), *others)


def test_planted_faults_are_seen() -> None:
    wrong = Wrong(3)
    assert [c.holds for c in wrong.jacobian_checks].count(False) == 3  # its lines, and twice the last
    assert False in [c.holds for c in wrong.gradient_checks]


EXAMPLES: list[tuple[list[str], list[str]]] = [
    (["2", "1", "0.1"], ["1", "0", "0"]),
    (["0", "0"], ["0", "1"]),
    (["1000", "-1000", "999.5"], ["0", "0", "1"]),
    (["1/3", "-2", "5", "0.25"], ["0.7", "0.1", "0.1", "0.1"]),
    (["1", "2", "3"], ["1", "1", "0"]),
    (["-1", "-1", "-1", "-1", "-1", "2"], ["0", "0", "0", "0", "0", "1"]),
]


@pytest.mark.parametrize(("logits", "target"), EXAMPLES)
def test_numbers_are_what_mpmath_finds(logits: list[str], target: list[str]) -> None:
    z, y = ([Fraction(text) for text in texts] for texts in (logits, target))
    numbers = Numbers(Softmax(len(z)), tuple(z), tuple(y))
    assert all(check.holds for check in numbers.checks)
    with mpmath.workdps(900):
        powers = [mpmath.exp(mpmath.mpf(v.numerator) / v.denominator) for v in z]
        p = [power / sum(powers) for power in powers]
        exact = [mpmath.mpf(v.numerator) / v.denominator for v in y]
        expected = [v * sum(exact) - t for v, t in zip(p, exact, strict=True)]
        loss = -sum(t * mpmath.log(v) for v, t in zip(p, exact, strict=True) if t)
        assert abs(mpmath.mpf(decimal(numbers.loss, 20)) - loss) < 1e-20
        for row, v, slope in zip(numbers.rows, p, expected, strict=True):
            assert abs(mpmath.mpf(decimal(row.probability, 20)) - v) < 1e-20
            assert abs(mpmath.mpf(decimal(row.gradient, 20)) - slope) < 1e-20


def test_a_wrong_number_is_seen() -> None:
    numbers = Numbers(Softmax(2), (Fraction(1), Fraction(0)), (Fraction(1), Fraction(0)))
    first, second = numbers.rows
    numbers.__dict__["rows"] = (dataclasses.replace(first, gradient=first.probability), second)
    assert [check.holds for check in numbers.checks].count(False) == 1


OPTIONS = [
    "",
    ":classes: 2",
    ":classes: 6\n:ask: jacobian, gradient",
    ":logits: 2, 1, 0.1\n:target: 3",
    ":logits: 1, 1, -1, 0.5\n:target: 0.7, 0.1, 0.1, 0.1",
    ":logits: 1, 2\n:target: 1, 1\n:ask: numbers",
    ":ask: binary, batch, stability",
]


@pytest.mark.parametrize("lines", OPTIONS)
def test_every_part_is_worded(lines: str) -> None:
    made = solved(lines or ":classes: 3")
    require_sound(made, strict=True)
    ((_, request),) = made.requests.values()
    (facts,) = made.facts.values()
    assert isinstance(facts, SoftmaxFacts)
    for lang in ("en", "fr"):
        blocks, _ = Wording(lang, "full").answer("softmax-cross-entropy", facts, request, "q")
        boxes = [block.kind for block in walk_blocks(blocks) if isinstance(block, Box)]
        assert boxes.count("result") == boxes.count("justification") == len(facts.ask)


def test_the_parts_asked_by_default() -> None:
    assert facts_of(":logits: 0, 1").ask == PARTS
    assert "numbers" not in facts_of(":classes: 3").ask


def test_facts_for_prose() -> None:
    public = facts_of(":logits: 2, 1, 0.1").public()
    assert [decimal(p, 4) for p in public["probabilities"]] == ["0.6590", "0.2424", "0.0986"]  # type: ignore[attr-defined]
    assert (public["predicted"], public["classes"]) == (1, 3)


FAULTS = [
    (":classes: 7", "from 2 to 6 classes are written out, found 7"),
    (":logits: 1", "from 2 to 6 classes are written out, found 1"),
    (":classes: 3\n:logits: 1, 2", "3 classes are said and 2 logits given"),
    (":ask: numbers", "“numbers” needs the option “:logits:”"),
    (":logits: 1, 2, 3\n:target: 4", "a class from 1 to 3, or 3 numbers"),
    (":logits: 1, 2, 3\n:target: 1/2", "a class from 1 to 3, or 3 numbers"),
    (":logits: 1, 2, 3\n:target: 1, 0", "a class from 1 to 3, or 3 numbers"),
    (":target: 1", "“target” needs the option “:logits:”"),
    (":logits: 1, 2, 100000", "logits that differ by at most 1000"),
    (":logits: 1, x", "a number is expected"),
]


@pytest.mark.parametrize(("lines", "message"), FAULTS)
def test_faults(lines: str, message: str) -> None:
    with pytest.raises(CorrigeError) as caught:
        solved(lines)
    assert message in str(caught.value)
    assert caught.value.span is not None


@pytest.mark.parametrize("kind", ["layer", "softmax-cross-entropy"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_both_languages_are_written_in_every_format(kind: str, lang: str, tmp_path: Path) -> None:
    sheet = ROOT / "sheets" / "kinds" / f"{kind}.md"
    formats = "markdown,latex,html,exam,myst,json,pdf"
    code, _, err = run(
        "build", str(sheet), "-o", str(tmp_path), "--lang", lang, "--to", formats, "--detail", "full"
    )
    assert code == 0, err


@pytest.mark.parametrize("seed", [2, 7, 40])
def test_variants_of_the_shipped_sheet(seed: int) -> None:
    """Each draws logits of its own, all different, and every equality holds."""
    path = ROOT / "sheets" / "softmax.md"
    sheet = read_variant(path.read_text("utf-8"), str(path), seed)
    assert sheet.variant is not None
    drawn = [sheet.variant.values[name] for name in "abc"]
    assert len(set(drawn)) == 3
    made = solve(sheet)
    require_sound(made, strict=True)
    example = made.facts["q2.example"]
    assert isinstance(example, SoftmaxFacts)
    assert example.numbers is not None
    assert list(example.numbers.logits) == drawn
    assert example.public()["predicted"] == drawn.index(max(drawn)) + 1
