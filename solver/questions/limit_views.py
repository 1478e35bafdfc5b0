"""The limits, the variations and the zones of a study as the wordings show them."""

from __future__ import annotations

from dataclasses import dataclass

from solver.analysis.model import Limit, Study
from solver.analysis.review import interval_latex
from solver.analysis.saturation import Zone
from solver.analysis.tails import Tail
from solver.analysis.values import shortened
from solver.expression.latex import latex
from solver.expression.tree import Apply, Number
from solver.questions.activation_latex import gap_latex


@dataclass(frozen=True)
class LimitView:
    """A limit in LaTeX: the value; (left, right) of the equivalent of what remains; the asymptote; the
    equivalent of f; `from_where`, the point beyond which f is exactly its limit or its asymptote (None:
    everywhere)."""

    value: str
    finite: bool
    gap: tuple[str, str] | None
    line: str | None
    equivalent: str | None
    exact: bool
    from_where: str | None
    proof: TailView | None = None

    @property
    def gap_rest(self) -> str:
        """What is left beside the equivalent, a single term: left − right."""
        left, right = self.gap if self.gap is not None else ("", "")
        return f"{left} + {right[1:]}" if right.startswith("-") else f"{left} - {right}"


@dataclass(frozen=True)
class TailView:
    """Why the equivalent is one: `quotient` that the left side is (`alone`: only its denominator has several
    terms; `whole`: it has none), or |left − right| ≤ `bound` from |x| = `start` on."""

    quotient: str | None
    alone: bool
    whole: bool
    bound: str | None
    start: int


@dataclass(frozen=True)
class VariationView:
    """An interval and the direction of f on it."""

    interval: str
    direction: int


@dataclass(frozen=True)
class ZoneView:
    """A zone: the interval, the decimals of its irrational ends, whether f′ is 0 throughout."""

    interval: str
    decimals: tuple[tuple[str, str], ...]
    flat: bool
    bounded: bool


@dataclass(frozen=True)
class WaveView:
    """A sine wave: |f′| = `factor` · |`slope`| with |slope| ≤ 1 (no factor for 1), `function` its own call,
    `ratio` threshold/sup |f′| (None where |f′| is below the threshold everywhere), its period."""

    function: str
    slope: str
    factor: str
    ratio: str | None
    period: str


def wave_view(s: Study) -> WaveView | None:
    """The wave as the wording shows it."""
    w = s.wave
    if w is None:
        return None
    own, slope = (latex(Apply(name, (w.angle,))) for name in (w.function, w.slope))
    factor = "" if w.steepness == 1 else latex(w.steepness) + r" \, "
    ratio = None if w.steepness < s.threshold else latex(Number(s.threshold / w.steepness, decimal=True))
    return WaveView(own, slope, factor, ratio, latex(w.period))


def limit_view(s: Study, found: Limit, name: str, tail: Tail | None = None) -> LimitView:
    """The limit as the wording shows it."""
    parts = s.parts or ()
    cut = None
    if len(parts) > 1:
        cut = parts[0].high if found.direction < 0 else parts[-1].low
    exact = found.gap is None and (found.line is not None or not found.value.infinite)
    return LimitView(
        found.value.latex,
        not found.value.infinite,
        gap_latex(found, name, s.subject.variable),
        None if found.line is None else latex(shortened(found.line)),
        None if found.equivalent is None else latex(shortened(found.equivalent)),
        exact,
        None if cut is None else latex(cut),
        None if tail is None else _tail_view(tail),
    )


def _tail_view(tail: Tail) -> TailView:
    quotient = None if tail.quotient is None else latex(shortened(tail.quotient))
    bound = None
    if tail.bound is not None and tail.scale is not None:
        factor = "" if tail.bound == 1 else latex(Number(tail.bound, decimal=True)) + r" \, "
        scale = latex(shortened(tail.scale))
        bound = factor + (rf"\left({scale}\right)" if scale.startswith("-") and factor else scale)
    return TailView(quotient, tail.alone, tail.whole, bound, tail.start)


def zone_view(zone: Zone) -> ZoneView:
    """The zone as the wording shows it."""
    ends = [v for v in (zone.low, zone.high) if v is not None and v.rational is None and v.short]
    return ZoneView(
        interval_latex(zone.low, zone.high),
        tuple((v.latex, v.decimal(3)) for v in ends),
        zone.flat,
        zone.low is not None and zone.high is not None,
    )
