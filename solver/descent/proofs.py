"""What proves the fate of a descent w ← g(w) = w − α f′(w): each proof is data that a reader can check by
hand.

`verify` checks a proof again, by Sturm's theorem or in balls: not by the computation that found it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq_poly

from solver.derivation.equality import Equality, Means
from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.objective import number_expr
from solver.descent.orbit import Point, derivative_along, update_map
from solver.descent.polynomial import (
    Polynomial,
    Root,
    has_no_root,
    rational,
    sign,
    stays_between,
    tight_enclosure,
)
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


@dataclass(frozen=True)
class Undecided(Proof):
    """Nothing was proved; `index` steps were run, and stayed within [low, high]."""

    low: Fraction
    high: Fraction


def deflated(poly: Polynomial, root: Root) -> Polynomial:
    """`poly` without the irreducible factor of `root`."""
    factor = fmpq_poly(root.factor)
    while poly.degree() >= factor.degree() and poly % factor == 0:
        poly = poly // factor
    return poly


def hull(point: Point, root: Root) -> tuple[Fraction, Fraction]:
    """A closed interval that contains the iterate and the root."""
    return min(point.low, root.low), max(point.high, root.high)


def is_monotone_towards(h: Polynomial, point: Point, root: Root) -> int:
    """−1 or 1, the side of the root where the iterate is, if h is increasing between them, without a fixed
    point in between, and moves towards the root; else 0. Decided by Sturm."""
    low, high = hull(point, root)
    side = 1 if point.low > root.high else (-1 if point.high < root.low else 0)
    if side == 0:
        return 0
    at = rational(point.low if side > 0 else point.high)
    slope = h.derivative()
    free = deflated(slope, root)
    if not slope(at) > 0 or not has_no_root(free, low, high):
        return 0
    moves = deflated(h - fmpq_poly([0, 1]), root)
    if not has_no_root(moves, low, high) or sign(h(at) - at) != -side:
        return 0
    return side


def verify(proof: Proof, scape: Landscape, rate: Fraction, points: tuple[Point, ...]) -> tuple[Equality, ...]:
    """The proof checked by a second road; `points` are the iterates up to `proof.index` at least."""
    slope = scape.objective.slope
    assert slope is not None
    g = update_map(slope, rate)
    name = f"{scape.objective.name}, α={rate}, {float(points[0].value)}"
    match proof:
        case Contraction(index, low, high, ratio, target):
            here = points[index]
            inside = low <= here.low and here.high <= high
            margin = ratio + (1 - ratio) / 1000
            steep = stays_between(g.derivative(), low, high, -margin, margin)
            own = stays_between(g, low, high, low - Fraction(1, 10**30), high + Fraction(1, 10**30))
            near = target.root.compare(low) > 0 > target.root.compare(high)
            return (
                Equality(rf"g([{low},{high}])", rf"\subset [{low},{high}], {name}", Means.STURM, own),
                Equality(
                    rf"|g'|_{{[{low},{high}]}}", rf"\le {ratio}, {name}", Means.STURM, steep and ratio < 1
                ),
                Equality(
                    rf"w^{{({index})}}, {name}", rf"\in [{low},{high}]", Means.INTERVAL, inside and near
                ),
                _simulated(g, points, target, index),
            )
        case Growth(index, radius, ratio, _, _, _):
            outside = abs(points[index].ball) >= arb(rational(radius))
            apart = all(
                (g - s * rational(ratio) * fmpq_poly([0, 1]))(rational(e * radius)) != 0
                and _no_root_beyond(g - s * rational(ratio) * fmpq_poly([0, 1]), radius)
                for s in (1, -1)
                for e in (1, -1)
            )
            edge = all(abs(g(rational(e * radius))) >= rational(ratio * radius) for e in (1, -1))
            return (
                Equality(r"|g(w)|", rf"\ge {ratio}|w|, |w|\ge {radius}, {name}", Means.STURM, apart and edge),
                Equality(rf"|w^{{({index})}}|, {name}", rf"\ge {radius}", Means.INTERVAL, bool(outside)),
                Equality(
                    rf"g(w) \text{{ signed as }} g_n w^n, {name}",
                    rf"|w| \ge {radius}",
                    Means.STURM,
                    _no_root_beyond(g, radius) and all(_like_lead(g, e * radius) for e in (1, -1)),
                ),
            )
        case Monotone(index, target, every, side):
            h = g if every == 1 else g(g)
            moved = _sampled_monotone(h, points[index], target.root, side)
            return (Equality(rf"w^{{(k)}}, {name}", rf"\to w_{target.index}", Means.SIMULATION, moved),)
        case Stationary(index, _):
            at = points[index]
            return (
                Equality(
                    rf"f'(w^{{({index})}}), {name}",
                    "0",
                    Means.EXACT,
                    at.exact and slope(rational(at.value)) == 0,
                ),
            )
        case ExactCycle(_, cycle):
            again = cycle[0]
            for _ in cycle:
                again = _python_step(g, again)
            return (
                Equality(
                    rf"w^{{(k+{len(cycle)})}}, {name}",
                    rf"w^{{(k)}}={cycle[0]}",
                    Means.EXACT,
                    again == cycle[0],
                ),
            )
        case Affine(_, factor, target):
            w = points[0].value + 1
            image = _python_step(g, w)
            fixed = target.root.approximation
            return (
                Equality(
                    rf"g(w)-w^*, {name}",
                    rf"{factor}(w-w^*)",
                    Means.EXACT,
                    image - fixed == factor * (w - fixed),
                ),
            )
        case Drift(_, step):
            return (
                Equality(
                    rf"g(w)-w, {name}", str(step), Means.EXACT, _python_step(g, Fraction(7)) - 7 == step
                ),
            )
        case Escape(index, direction):
            at = points[index]
            clear = all(p.root.compare(at.low) == -direction == p.root.compare(at.high) for p in scape.points)
            downhill = sign(g(rational(at.value)) - rational(at.value)) == direction
            return (
                Equality(rf"w^{{(k)}}, {name}", rf"\to {direction}\infty", Means.STURM, clear and downhill),
            )
        case AttractingCycle(index, cycle, radius, ratio):
            return (
                Equality(
                    rf"w^{{({len(cycle)}k)}}, {name}",
                    rf"\to {float(cycle[0])}",
                    Means.INTERVAL,
                    cycle_holds(g, points[index], cycle, radius, ratio),
                ),
            )
        case _:
            return ()


def cycle_holds(
    g: Polynomial, point: Point, cycle: tuple[Fraction, ...], radius: Fraction, ratio: Fraction
) -> bool:
    """Whether gᵖ contracts [c₀ − r, c₀ + r] into itself, the p images are disjoint, and the iterate is
    inside.
    """
    with ctx.workprec(400):
        centre = arb(rational(cycle[0]))
        ball = centre.union(centre + rational(radius)).union(centre - rational(radius))
        images, middles = [ball], [centre]
        for _ in range(len(cycle) - 1):
            images.append(tight_enclosure(g, images[-1]))
            middles.append(tight_enclosure(g, middles[-1]))
        product = derivative_along(g, images)
        back = tight_enclosure(g, middles[-1])
        contracts = abs(product) <= arb(rational(ratio)) and ratio < 1
        within = abs(back - centre) + arb(rational(ratio * radius)) <= arb(rational(radius))
        disjoint = not any(images[i].overlaps(images[j]) for i in range(len(images)) for j in range(i))
        inside = abs(point.ball - centre) <= arb(rational(radius))
        return bool(contracts and within and disjoint and inside)


def _python_step(g: Polynomial, w: Fraction) -> Fraction:
    """g(w) in Python's own fractions."""
    total = Fraction(0)
    for c in reversed(g.coeffs()):
        total = total * w + Fraction(int(c.p), int(c.q))
    return total


def _no_root_beyond(poly: Polynomial, radius: Fraction) -> bool:
    from solver.descent.polynomial import sturm_count

    return sturm_count(poly) == sturm_count(poly, -radius, radius)


def _like_lead(g: Polynomial, at: Fraction) -> bool:
    """Whether g has the sign of its leading term at a point."""
    expected = sign(g.leading_coefficient()) * sign(at) ** int(g.degree())
    return bool(sign(g(rational(at))) == expected)


def _simulated(g: Polynomial, points: tuple[Point, ...], target: CriticalPoint, index: int) -> Equality:
    """The process run on in balls: distances to w* do not increase from the entry on."""
    from solver.descent.polynomial import enclosure

    with ctx.workprec(400):
        goal, ball = target.root.ball(), points[index].ball
        before, holds = abs(ball - goal), True
        first = before
        for _ in range(20):
            ball = enclosure(g, ball.mid())
            after = abs(ball - goal)
            holds = holds and not after > before
            before = after
        holds = holds and (first < arb(10) ** -60 or bool(before < first))
    return Equality(
        rf"|w^{{({index}+j)}}-w_{target.index}|", f"{float(first):.3g}", Means.SIMULATION, bool(holds)
    )


def _sampled_monotone(h: Polynomial, point: Point, root: Root, side: int) -> bool:
    """Second road for `is_monotone_towards`: h(w) lies strictly between w and w* at 40 points between
    them.
    """
    with ctx.workprec(400):
        goal, start = root.ball(), point.ball
        for i in range(40):
            w = start + (goal - start) * i / 40
            image = tight_enclosure(h, w.mid())
            if not (w.mid() - image) * side > 0 or not (image - goal) * side >= -(arb(10) ** -50):
                return False
    return True
