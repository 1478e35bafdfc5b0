"""Where a claim is tried: rational points in every sign region, at several sizes, and around every border.

A border is a kink, an edge of the domain, a pole, or the bound of an assumption. Points are drawn by a
generator whose seed is fixed: the same claim gives the same verdict.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice, pairwise, product

from solver.derivation.points import Point, edges, root_of, side, switches
from solver.expression.tree import Derivative, Expr, Negative, Power, Quotient, Sum, symbols, walk

_SIZES = tuple(
    (Fraction(low), Fraction(high))
    for low, high in (("1/4", "1"), ("1", "3"), ("1/50", "1/5"), ("2", "9"), ("8", "40"), ("100", "2000"))
)
_OFFSETS = tuple(map(Fraction, ("1/97", "1/7", "5/7", "19/7")))
_MAX_SIGNS = 16
_MAX_BORDERS = 30
_GRAIN = 10**6 + 3
_NICE = tuple(
    map(Fraction, ("2", "3", "1", "-1", "1/2", "-2", "5", "4", "-3", "1/3", "7", "10", "0", "-1/2", "1/10"))
)
_POWERS = tuple(map(Fraction, ("2", "1/2", "-1", "-2", "3", "-1/2")))
_GRID = tuple(Fraction(317, 100) * Fraction(10) ** k for k in range(-3, 10))
_MAX_CURVED = 5
_BISECTIONS = 14
_MAX_NICE = 220


def borders(expressions: Sequence[Expr], conditions: Iterable[Expr] = ()) -> list[Expr]:
    """Expressions that vanish where one of `expressions` may change its form or be undefined."""
    found: dict[Expr, None] = dict.fromkeys(conditions)
    found.update(dict.fromkeys(switches(expressions)))
    found.update(dict.fromkeys(edges(expressions)))
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Quotient):
                found.setdefault(node.denominator)
            elif isinstance(node, Power):
                found.setdefault(node.base)
    usable = (b for b in found if symbols(b) and not any(isinstance(n, Derivative) for n in walk(b)))
    return list(islice(usable, _MAX_BORDERS))


def samples(
    names: Sequence[str], around: Sequence[Expr], seed: str, *, powers: bool = False
) -> Iterator[Point]:
    """Points to try, those around the borders first; one point, empty, where there is no variable.

    With `powers` (a variable stands in an exponent), many of them are whole numbers and simple fractions: a
    negative number has whole powers only.
    """
    if not names:
        yield {}
        return
    source = random.Random(seed)
    yield from _near(names, around, source)
    signs = list(product((1, -1), repeat=min(len(names), 8)))
    for size in _SIZES * max(1, 8 // len(signs)):
        chosen = signs if len(signs) <= _MAX_SIGNS else source.sample(signs, _MAX_SIGNS)
        for pattern in chosen:
            yield {name: pattern[i % len(pattern)] * _between(*size, source) for i, name in enumerate(names)}
    if len(names) > 1:
        for _ in range(200 if powers else 12):
            yield {name: source.choice(_POWERS) for name in names}
        for _ in range(12):  # variables of different sizes
            yield {
                name: source.choice((1, -1)) * _between(*source.choice(_SIZES[:5]), source) for name in names
            }


def _between(low: Fraction, high: Fraction, source: random.Random) -> Fraction:
    return low + (high - low) * Fraction(source.randrange(1, _GRAIN), _GRAIN)


def _near(names: Sequence[str], around: Sequence[Expr], source: random.Random) -> Iterator[Point]:
    for sign in (1, -1):
        base = {name: sign * _between(*_SIZES[1], source) for name in names}
        for name, places in _roots(names, around, base).items():
            found = [(a + b) / 2 for a, b in pairwise(places)]
            found += [places[0] - offset for offset in _OFFSETS] + [places[-1] + o for o in _OFFSETS]
            for place in found:
                yield base | {name: place}


def _roots(names: Sequence[str], around: Sequence[Expr], base: Point) -> dict[str, list[Fraction]]:
    roots: dict[str, set[Fraction]] = {}
    curved = 0
    for border in around:
        for name in [s.name for s in symbols(border) if s.name in names][:3]:
            at = root_of(border, name, base)
            if at is not None:
                roots.setdefault(name, set()).add(at)
            elif curved < _MAX_CURVED:
                curved += 1
                roots.setdefault(name, set()).update(_sign_changes(border, name, base))
    return {name: sorted(found) for name, found in roots.items() if found}


def _sign_changes(border: Expr, name: str, base: Point) -> Iterator[Fraction]:
    """Both ends of short intervals in which a border that is not affine changes sign."""
    grid = [-at for at in reversed(_GRID)] + [Fraction(1, 317), *_GRID]
    signs = [side(border, base | {name: at}) for at in grid]
    for (low, below), (high, above) in pairwise(zip(grid, signs, strict=True)):
        if below * above >= 0:
            continue
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if side(border, base | {name: middle}) == below:
                low = middle
            else:
                high = middle
        yield low
        yield high


def nice_points(names: Sequence[str]) -> Iterator[Point]:
    """Small whole numbers and simple fractions, the simplest first: a counterexample that is easy to redo."""
    if not names:
        yield {}
        return
    spread = (2, 3, 5, 7, 11, 13, 17, 19)
    for shift in range(3):
        yield {name: Fraction(spread[(i + shift) % 8]) for i, name in enumerate(names)}
    for values in islice(product(_NICE[:6], repeat=min(len(names), 3)), _MAX_NICE):
        yield {name: values[i % len(values)] for i, name in enumerate(names)}
    source = random.Random("nice")
    for _ in range(_MAX_NICE):
        yield {name: source.choice(_NICE) for name in names}


def condition_border(left: Expr, right: Expr) -> Expr:
    """left − right, whose sign an assumption is about."""
    return Sum((left, Negative(right)))
