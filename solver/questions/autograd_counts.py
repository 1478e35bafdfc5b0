"""Counts of operations on a network and on deeper ones, for the question on automatic differentiation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING

from solver.graph.ways import Costs, costs
from solver.sheet.model import NetworkGiven

if TYPE_CHECKING:
    from solver.network.record import Record

DEPTHS = (1, 2, 3, 4)
"""The numbers of hidden layers of the table of growth."""


@dataclass(frozen=True)
class Growth:
    """What a network with `hidden` hidden layers costs."""

    hidden: int
    costs: Costs


@dataclass(frozen=True)
class NetworkCosts:
    """The same counts on a network, and on deeper ones with the same hidden layer repeated."""

    name: str
    layers: tuple[int, ...]
    costs: Costs
    growth: tuple[Growth, ...]

    @property
    def worst_ratio(self) -> Fraction:
        """The largest ratio (values and gradient) / (values alone) of the table."""
        return max(row.costs.ratio for row in self.growth)

    @property
    def formula_factor(self) -> Fraction:
        """By how much the formulas grow at least from one line of the table to the next."""
        totals = [row.costs.formulas.total for row in self.growth]
        return min(Fraction(after, before) for before, after in pairwise(totals))

    @property
    def layer_cost(self) -> tuple[int, int] | None:
        """Operations that one more hidden layer takes, forwards and in all; None unless all do alike."""
        found = {
            (b.costs.values.total - a.costs.values.total, b.costs.reverse.total - a.costs.reverse.total)
            for a, b in pairwise(self.growth)
            if b.hidden == a.hidden + 1
        }
        return found.pop() if len(found) == 1 else None

    @property
    def limit_ratio(self) -> Fraction | None:
        """What the ratio (values and gradient) / (values alone) tends to as layers are added."""
        return Fraction(self.layer_cost[1], self.layer_cost[0]) if self.layer_cost else None

    @property
    def worst_ratio_up(self) -> Fraction:
        """`worst_ratio` to one decimal, rounded up, so that “never more than” stays true."""
        return Fraction(ceil(self.worst_ratio * 10), 10)

    @property
    def formula_factor_down(self) -> Fraction:
        """`formula_factor` to one decimal, rounded down, so that “at least” stays true."""
        return Fraction(floor(self.formula_factor * 10), 10)


def network_costs(given: NetworkGiven) -> NetworkCosts:
    """The counts on a network, and on networks with 1, 2, 3, … copies of its first hidden layer."""
    from solver.network.record import record_of

    record = record_of(given)
    growth: list[Growth] = []
    if record.depth > 1:
        for hidden in DEPTHS:
            growth.append(Growth(hidden, _network_costs(_deepened(record, hidden))))
    return NetworkCosts(given.name, record.layers, _network_costs(record), tuple(growth))


def _network_costs(record: Record) -> Costs:
    from solver.network.build import component_form
    from solver.network.symbols import Names

    names = Names(record)
    graph = component_form(record, names).graph
    given = {symbol.name for symbol in (*names.inputs, *names.targets)}
    return costs(graph, [symbol for symbol in graph.inputs if symbol.name not in given])


def _deepened(record: Record, hidden: int) -> Record:
    """The network with `hidden` hidden layers, each like the first one, without numbers."""
    first, last = record.layers[0], record.layers[-1]
    return replace(
        record,
        layers=(first, *(record.layers[1],) * hidden, last),
        activations=(*(record.activations[0],) * hidden, record.activations[-1]),
        biased=(*(record.biased[0],) * hidden, record.biased[-1]),
        weights=None,
        biases=None,
        x=None,
        y=None,
        notation=(),
    )
