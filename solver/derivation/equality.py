"""What is counted at the end of a corrigé: equalities whose two sides differ as written, and how each was
checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Means(StrEnum):
    """The second road that an equality or claim was checked by; each shares no code with the rules."""

    EXACT = "exact"  # both sides computed exactly, their difference is 0
    DUAL = "dual"  # forward-mode dual numbers at random rational points
    VALUES = "values"  # both sides evaluated (exactly or to 50 digits) at random points
    INTERVAL = "interval"  # enclosure by interval (ball) arithmetic
    STURM = "sturm"  # root counting by Sturm sequences
    DIFFERENCES = "differences"  # finite differences
    ENTRYWISE = "entrywise"  # matrix form against component form, entry by entry
    SIMULATION = "simulation"  # the process itself run and compared


@dataclass(frozen=True, slots=True)
class Equality:
    """One checked statement: `left = right` (LaTeX, as written), by which means, and whether it holds.

    For a claim that is not an equation (an interval is a contraction, a point is a minimum), `left`
    is the claim's key and `right` what the check found. `holds` is None where the means could not decide.
    """

    left: str
    right: str
    means: Means
    holds: bool | None = True

    @property
    def counts(self) -> bool:
        """Whether it is worth counting: x = x says nothing."""
        return self.left != self.right


@dataclass(frozen=True, slots=True)
class Tally:
    """How many different equalities were checked, by which means, and those that do not hold."""

    by_means: tuple[tuple[Means, int], ...]
    failed: tuple[Equality, ...]
    undecided: tuple[Equality, ...]

    @property
    def total(self) -> int:
        return sum(n for _, n in self.by_means)


def tally(equalities: Iterable[Equality]) -> Tally:
    """Counts each pair of sides once, whatever the number of times it was checked."""
    seen: dict[tuple[str, str], Equality] = {}
    failed: list[Equality] = []
    undecided: list[Equality] = []
    for equality in equalities:
        if not equality.counts:
            continue
        if equality.holds is False:
            failed.append(equality)
        elif equality.holds is None:
            undecided.append(equality)
        else:
            seen.setdefault((equality.left, equality.right), equality)
    counts = Counter(equality.means for equality in seen.values())
    return Tally(
        tuple((means, counts[means]) for means in Means if counts[means]),
        tuple(failed),
        tuple(undecided),
    )
