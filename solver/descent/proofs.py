"""What proves the fate of a descent w ← g(w) = w − α f′(w): each proof is data that a reader can check by
hand.

`verify` checks a proof again, by Sturm's theorem or in balls: not by the computation that found it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.derivation.equality import Equality
from solver.descent.critical import CriticalPoint
from solver.descent.objective import number_expr
from solver.descent.quantity import Quantity
from solver.expression.tree import Expr, Negative, Power, Product, Quotient, Sum, Symbol, number


@dataclass(frozen=True)
class Proof:
    """Any proof; `index` is the iterate from which it speaks."""

    index: int

    @property
    def kind(self) -> str:
        """The key that a wording chooses its sentence by."""
        return type(self).__name__.lower()


@dataclass(frozen=True)
class Stationary(Proof):
    """f′(w⁽ᵏ⁾) = 0 exactly: the sequence does not move any more."""

    target: CriticalPoint | None


@dataclass(frozen=True)
class ExactCycle(Proof):
    """w⁽ᵏ⁺ᵖ⁾ = w⁽ᵏ⁾ exactly: the sequence repeats these points for ever."""

    points: tuple[Fraction, ...]


@dataclass(frozen=True)
class Affine(Proof):
    """f is of degree 2: w⁽ᵏ⁺¹⁾ − w* = m (w⁽ᵏ⁾ − w*) with m = 1 − αf″."""

    factor: Fraction
    target: CriticalPoint


@dataclass(frozen=True)
class Drift(Proof):
    """f is of degree 1: each step adds the same number."""

    step: Fraction


@dataclass(frozen=True)
class Contraction(Proof):
    """g maps [low, high] into itself, |g′| ≤ ratio < 1 there, and w⁽ᵏ⁾ is in it: Banach's fixed point."""

    low: Fraction
    high: Fraction
    ratio: Fraction
    target: CriticalPoint


@dataclass(frozen=True)
class Monotone(Proof):
    """Between w⁽ᵏ⁾ and w*, h′ ≥ 0 and h has no other fixed point: the sequence is monotone and bounded by w*.

    h is g, or g∘g where `every` is 2: then one iterate out of two is monotone, and the others follow by
    continuity.
    """

    target: CriticalPoint
    every: int
    side: int


@dataclass(frozen=True)
class Growth(Proof):
    """|g(w)| ≥ ratio·|w| whenever |w| ≥ radius, with ratio > 1, and |w⁽ᵏ⁾| ≥ radius.

    `lead`, `middle`, `constant` are |gₙ|, (|gᵢ|)₀<ᵢ<ₙ by increasing i, |g₀|: the bound comes from the
    triangle inequality.
    """

    radius: Fraction
    ratio: Fraction
    lead: Fraction
    middle: tuple[Fraction, ...]
    constant: Fraction

    @property
    def bracket(self) -> Expr:
        """|gₙ|rⁿ⁻¹ − Σ|gᵢ|rⁱ⁻¹ − |g₀|/r, with r = |w|: what |g(w)|/|w| is at least."""
        r = Symbol("r")
        degree = len(self.middle) + 1
        terms: list[Expr] = []
        for power, size in (
            (degree - 1, self.lead),
            *((i - 1, self.middle[i - 1]) for i in range(degree - 1, 0, -1)),
        ):
            if size == 0:
                continue
            body: Expr = r if power == 1 else Power(r, number(power))
            shown = number_expr(size, True)
            term = shown if power == 0 else (body if size == 1 else Product((shown, body)))
            terms.append(Negative(term) if terms else term)
        if self.constant:
            terms.append(Negative(Quotient(number_expr(self.constant, True), r)))
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    @property
    def leading_power(self) -> int:
        """n − 1, the highest power of r in the bracket."""
        return len(self.middle)

    @property
    def cofactor(self) -> Expr:
        """The bracket divided by rⁿ⁻¹: |gₙ| − Σ|gᵢ|/rⁿ⁻ⁱ, which increases with r."""
        r, top = Symbol("r"), len(self.middle) + 1
        terms: list[Expr] = [number_expr(self.lead, True)]
        for power, size in zip(range(top - 1, -1, -1), (*reversed(self.middle), self.constant), strict=True):
            if size:
                below: Expr = r if top - power == 1 else Power(r, number(top - power))
                terms.append(Negative(Quotient(number_expr(size, True), below)))
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    @property
    def at_radius(self) -> Fraction:
        """The bracket at r = radius."""
        total = self.lead * self.radius ** len(self.middle) - self.constant / self.radius
        return total - sum((c * self.radius**i for i, c in enumerate(self.middle)), Fraction(0))


@dataclass(frozen=True)
class Escape(Proof):
    """No critical point lies ahead of w⁽ᵏ⁾: the sequence is monotone and has no possible limit."""

    direction: int


@dataclass(frozen=True)
class AttractingCycle(Proof):
    """gᵖ maps [p₀ − r, p₀ + r] into itself with |(gᵖ)′| ≤ ratio < 1, and w⁽ᵏ⁾ is in it; the p intervals are
    disjoint.
    """

    points: tuple[Fraction, ...]
    radius: Fraction
    ratio: Fraction

    @property
    def bound(self) -> Fraction:
        """`ratio` rounded up, so that what is printed is proved: the least short decimal, under 1."""
        for digits in range(3, 40):
            rounded = -((-self.ratio * 10**digits).__floor__())
            if rounded < 10**digits:
                return Fraction(rounded, 10**digits)
        return self.ratio

    @property
    def halvings(self) -> int:
        """e, where `radius` is 2⁻ᵉ."""
        return self.radius.denominator.bit_length() - 1


@dataclass(frozen=True)
class Undecided(Proof):
    """No limit, cycle or divergence was proved; `index` steps were run, and stayed within [low, high].

    `kept` is an interval that holds the start and that g maps into itself, where one was found: the sequence
    is bounded then.
    """

    low: Fraction
    high: Fraction
    kept: tuple[Fraction, Fraction] | None = None


@dataclass(frozen=True)
class Verdict:
    """What the infinite run does.

    `behaviour` is converges, oscillates, diverges or undecided; `limit` the limit where it converges
    (`target` the critical point it is); `period` and `cycle` where it oscillates; `direction` −1, 1 or 0
    (alternating) where it diverges; `factor` the asymptotic factor 1 − αf″(w*) where it converges.
    """

    behaviour: str
    proof: Proof
    target: CriticalPoint | None = None
    limit: Quantity | None = None
    period: int | None = None
    cycle: tuple[Fraction, ...] = ()
    direction: int = 0
    factor: Quantity | None = None
    checks: tuple[Equality, ...] = ()
    entry: Fraction | None = None
    """The iterate from which the proof speaks, to 60 digits."""
    multiplier: Fraction | None = None
    """(gᵖ)′ along the cycle, the product of g′ over its points, where it oscillates (to 60 digits)."""

    @property
    def nature(self) -> str | None:
        """minimum, maximum or saddle (an inflection), of the limit."""
        if self.target is None or self.behaviour != "converges":
            return None
        return "saddle" if self.target.nature == "inflection" else self.target.nature
