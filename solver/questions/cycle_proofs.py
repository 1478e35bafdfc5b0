"""The argument that proves attracting cycles is printed once a sheet: later answers refer to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from solver.descent.proofs import AttractingCycle, Verdict
from solver.questions.base import Facts, Scope


class Judged(Protocol):
    """A rate with the verdict on its run."""

    @property
    def verdict(self) -> Verdict: ...


@dataclass(frozen=True)
class CycleFacts(Facts):
    """Facts whose wording prints proofs of cycles of a function."""

    @property
    def name(self) -> str:
        """The function descended."""
        raise NotImplementedError

    @property
    def proved_cycles(self) -> Iterable[Judged]:
        """The runs among which the wording looks for cycles to prove."""
        raise NotImplementedError

    @property
    def argues(self) -> bool:
        """Whether the argument for attracting cycles stands in this answer."""
        return any(isinstance(r.verdict.proof, AttractingCycle) for r in self.proved_cycles)


def argued_before(scope: Scope, name: str) -> bool:
    """Whether an earlier answer of the sheet holds the argument, for the same function."""
    return any(isinstance(f, CycleFacts) and f.name == name and f.argues for f in scope.facts.values())
