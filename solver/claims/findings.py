"""What was found: about an equality, a line, a whole derivation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from solver.claims.named import RuleFinding
from solver.claims.script import Line, Link, Script
from solver.claims.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Shown:
    """A formula as it is printed."""

    plain: str
    latex: str


@dataclass(frozen=True, slots=True)
class LinkFinding:
    """The verdict on one equality. `remark` is a key of the wording, filled with `values`; `expected` is what
    the engine finds for a derivative that the author missed."""

    link: Link
    verdict: Verdict
    remark: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    expected: Shown | None = None
    derives: bool = False

    @property
    def judgement(self) -> Judgement:
        return self.verdict.judgement


@dataclass(frozen=True, slots=True)
class LineFinding:
    """What was found about a line: the verdict of its first link that is not equal, else equal."""

    line: Line
    links: tuple[LinkFinding, ...]
    rule: RuleFinding | None = None

    @property
    def worst(self) -> LinkFinding:
        """The link that the line's verdict comes from: the first different one, else the first undecided."""
        for judgement in (Judgement.DIFFERENT, Judgement.UNDECIDED):
            for link in self.links:
                if link.judgement is judgement:
                    return link
        return self.links[-1]

    @property
    def judgement(self) -> Judgement:
        return self.worst.judgement


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found about a derivation."""

    script: Script
    lines: tuple[LineFinding, ...]

    @property
    def first_wrong(self) -> LineFinding | None:
        """The first line that is different."""
        return next((n for n in self.lines if n.judgement is Judgement.DIFFERENT), None)

    @property
    def sound(self) -> bool:
        """Whether every line is equal and no rule is wrongly named."""
        named = all(n.rule is None or n.rule.verdict != "wrong" for n in self.lines)
        return named and all(n.judgement is Judgement.EQUAL for n in self.lines)
