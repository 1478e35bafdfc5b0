"""Where equalities are tried: random rational points of the domain, and points on each side of every kink."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, islice, pairwise

from solver.errors import UnsupportedExpression
from solver.expression.evaluate import ball, exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import Apply, Cases, Derivative, Expr, Negative, Sum, symbols, walk

Point = dict[str, Fraction]

_RANGES = ((-3, 3), (0, 1), (1, 4), (-1, 1), (-8, 8), (0, Fraction(1, 4)), (2, 12), (-40, 40), (40, 2000))
_NEAR = Fraction(1, 7)
_MAX_SWITCHES = 40
_MAX_ROOTS = 6
_SCANNED = 6
_OFF = Fraction(1, 89)
"""Changes of sign are looked for from −6 to 6, at points where few expressions vanish."""


def candidates(expressions: Sequence[Expr], variables: Iterable[str], seed: str) -> Iterator[Point]:
    """Points to try, in order: around each kink first, then random ones over wider and wider ranges."""
    names = sorted(set(variables))
    source = random.Random(seed)
    if not names:
        yield {}
        return
    yield from _around_kinks(expressions, names, source)
    yield from scattered(names, seed)


def scattered(variables: Iterable[str], seed: str) -> Iterator[Point]:
    """Random points over wider and wider ranges."""
    names = sorted(set(variables))
    source = random.Random(seed)
    for round_number in range(6):
        for index in range(len(_RANGES)):
            for _ in range(3 if round_number == 0 and index == 0 else 1):
                yield _random(names, source, index)


def _around_kinks(
    expressions: Sequence[Expr], names: Sequence[str], source: random.Random
) -> Iterator[Point]:
    """On each side of every kink that can be located, and between neighbours however close they are."""
    roots: dict[str, set[Fraction]] = {}
    point = _random(names, source, 0)
    for switch in islice(switches(expressions), _MAX_SWITCHES):
        for name in [s.name for s in symbols(switch)][:2]:
            roots.setdefault(name, set()).update(roots_of(switch, name, point))
    for edge in islice(edges(expressions), _MAX_SWITCHES):
        for name in [s.name for s in symbols(edge)][:2]:
            at = root_of(edge, name, point)
            roots.setdefault(name, set()).update([] if at is None else [at])
    for name, found in roots.items():
        places = sorted(found)
        if not places:
            continue
        between = [(a + b) / 2 for a, b in pairwise(places)]
        outside = [places[0] - _NEAR, places[-1] + _NEAR, places[0] - 5 * _NEAR, places[-1] + 5 * _NEAR]
        for place in (*between, *outside):
            yield point | {name: place}
        for place in between[:3]:
            yield _random(names, source, 0) | {name: place + Fraction(1, 97) * (place - places[0])}


def edges(expressions: Sequence[Expr]) -> Iterator[Expr]:
    """What must be positive (under a root or a logarithm): its zero is an edge of the domain."""
    for expression in expressions:
        for node in walk(expression):
            if (
                isinstance(node, Apply)
                and node.function in ("ln", "sqrt", "log")
                and symbols(node.arguments[0])
            ):
                yield node.arguments[0]


def _random(names: Sequence[str], source: random.Random, index: int) -> Point:
    low, high = _RANGES[index]
    return {name: low + (high - low) * Fraction(source.randrange(1, 96), 97) for name in names}


def switches(expressions: Sequence[Expr]) -> list[Expr]:
    """Expressions whose sign changes where a function has a kink or a definition by pieces changes branch."""
    found: dict[Expr, None] = {}
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Apply) and node.function in ("max", "min"):
                for one, other in combinations(dict.fromkeys(node.arguments), 2):
                    found.setdefault(Sum((one, Negative(other))))
            elif isinstance(node, Apply) and node.function in FUNCTIONS and FUNCTIONS[node.function].kinks:
                for kink in _kinks(node.function):
                    found.setdefault(Sum((node.arguments[0], Negative(kink))))
            elif isinstance(node, Cases):
                for _, condition in node.branches:
                    if condition is not None:
                        found.setdefault(Sum((condition.left, Negative(condition.right))))
    return [s for s in found if symbols(s) and not any(isinstance(n, Derivative) for n in walk(s))]


@lru_cache(maxsize=128)
def _kinks(name: str) -> tuple[Expr, ...]:
    from solver.expression.reader import read_expression

    return tuple(read_expression(text) for text in FUNCTIONS[name].kinks)


def root_of(switch: Expr, name: str, point: Point) -> Fraction | None:
    """Where an expression that is affine in `name` vanishes, the other variables at `point`."""
    at = [exact_value(switch, point | {name: Fraction(k)}) for k in (0, 1, 2)]
    if at[0] is None or at[1] is None or at[2] is None:
        return None
    slope = at[1] - at[0]
    if slope == 0 or at[2] - at[1] != slope:
        return None
    return -at[0] / slope


def roots_of(switch: Expr, name: str, point: Point) -> list[Fraction]:
    """Where a switch vanishes: exactly where it is affine in `name`, else near its changes of sign."""
    exact = root_of(switch, name, point)
    if exact is not None:
        return [exact]
    if any(symbol.name not in point and symbol.name != name for symbol in symbols(switch)):
        return []
    found: list[Fraction] = []
    places = [Fraction(k, 2) + _OFF for k in range(-2 * _SCANNED, 2 * _SCANNED)]
    for (low, before), (high, after) in pairwise((at, side(switch, point | {name: at})) for at in places):
        if before * after < 0:
            found.append(_bisected(switch, name, point, low, high, before))
    return found[:_MAX_ROOTS]


def _bisected(switch: Expr, name: str, point: Point, low: Fraction, high: Fraction, before: int) -> Fraction:
    """The change of sign between `low` and `high`, to a thousandth."""
    for _ in range(9):
        middle = (low + high) / 2
        if side(switch, point | {name: middle}) == before:
            low = middle
        else:
            high = middle
    return high


def side(switch: Expr, point: Point) -> int:
    """The sign of a switch at a point; 0 where it vanishes or cannot be told."""
    try:
        value = ball(switch, point, bits=30)
    except UnsupportedExpression:  # a function without a definition
        return 0
    return 1 if value > 0 else -1 if value < 0 else 0
