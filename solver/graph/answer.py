"""The graph of an expression, the chain rule along it and the numbers at a point, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from solver.derivation.equality import Equality, Means, tally
from solver.derivation.points import candidates
from solver.errors import UnsupportedExpression
from solver.expression.latex import latex
from solver.expression.tree import Expr, Symbol
from solver.graph.backward import Backward, backward_values
from solver.graph.build import expand
from solver.graph.chain import Chain, Gradient
from solver.graph.cost import expanded, nesting, operations, tangent_equations
from solver.graph.dual import run_duals
from solver.graph.forward import Value, known_values, value_of, value_text
from solver.graph.kinks import Kink
from solver.graph.model import Equation, Graph
from solver.graph.partial import DEEP, WRITTEN, Partial, PartialKink, partial_adjoints
from solver.graph.reading import Point, read_graph, read_point, read_variables
from solver.graph.tangents import tangent_values
from solver.graph.verify import chain_rule, compare, everything, slopes_at

FORWARD = 400
"""Past this many nodes times inputs, forward mode (one pass an input) is left out."""


def analyse(expression: str, *, wrt: str | None, at: str | None) -> Report:
    """Reads the three texts and runs the chain rule."""
    given = read_graph(expression)
    chain = chain_rule(given.expression, given.graph)
    asked = given.graph.inputs if wrt is None else read_variables(wrt, given.graph)
    point = Point({}, {}) if at is None else read_point(at, given.graph)
    return Report(chain.only(asked), point)


@dataclass(frozen=True)
class Report:
    """The chain rule, by the variables asked for, and the numbers at a point (or none)."""

    chain: Chain
    point: Point

    @property
    def complete(self) -> bool:
        """Whether every input has a value, so that everything is a number."""
        return all(symbol.name in self.point.values for symbol in self.chain.graph.inputs)

    @cached_property
    def numbers(self) -> Backward:
        """The values that follow from the point: of nodes by name, of adjoints by their own names."""
        if not self.point.values:
            return Backward({}, ())
        return backward_values(self.chain.backward, known_values(self.chain.graph, self.point.values))

    @cached_property
    def partial(self) -> Partial | None:
        """The adjoints in the inputs that have no value, where some have one."""
        if self.complete or not self.point.values:
            return None
        return partial_adjoints(self.chain.backward, self.point.expressions, self.numbers.values)

    @property
    def kinks(self) -> tuple[Kink, ...] | tuple[PartialKink, ...]:
        """The edges without a derivative at the point."""
        return self.numbers.kinks if self.partial is None else self.partial.kinks

    # ---- forward mode -----------------------------------------------------------------------------

    @property
    def seeds(self) -> tuple[Symbol, ...]:
        """The inputs by which forward mode is shown: those asked for, none where that would be long."""
        asked = tuple(gradient.variable for gradient in self.chain.gradients)
        return asked if len(asked) * len(self.chain.graph.nodes) <= FORWARD else ()

    @cached_property
    def tangents(self) -> Mapping[str, tuple[Equation, ...]]:
        """v̇ = Σ ∂v/∂u · u̇ for each seed, by its name."""
        return {seed.name: tangent_equations(self.chain.graph, seed) for seed in self.seeds}

    @cached_property
    def tangent_numbers(self) -> Mapping[str, Mapping[str, Value]]:
        """The same in numbers, where every input has a value: seed → node → tangent."""
        if not self.complete or not self.point.values:
            return {}
        chain = self.chain
        return {
            seed.name: tangent_values(chain.graph, chain.locals, self.numbers, seed) for seed in self.seeds
        }

    # ---- formulas ---------------------------------------------------------------------------------

    def formula(self, gradient: Gradient) -> Expr:
        """The derivative in the inputs alone; with adjoints and nodes where that would be enormous."""
        return self.formulas(gradient)[-1]

    def formulas(self, gradient: Gradient) -> tuple[Expr, ...]:
        """What the chain rule gives in the inputs alone, then the engine's own form where that is shorter."""
        first, direct = self._expanded(gradient), gradient.direct
        shorter = direct is not None and operations(direct).total < operations(first).total
        return (first, direct) if direct is not None and shorter else (first,)

    def _expanded(self, gradient: Gradient) -> Expr:
        if gradient.result is not None:
            return gradient.result
        name = gradient.symbol.name
        sizes, heights = self._sizes
        if sizes[name] > WRITTEN or heights[name] > DEEP:
            return gradient.adjoint.expression
        return expand(self.chain.backward.as_graph(), gradient.symbol)

    @cached_property
    def _sizes(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        whole = self.chain.backward.as_graph()
        return {name: found.total for name, found in expanded(whole).items()}, nesting(whole)

    # ---- checks -----------------------------------------------------------------------------------

    @cached_property
    def checks(self) -> tuple[Equality, ...]:
        """Every equality shown, those in numbers too, each confirmed by dual numbers or by values."""
        found = list(self.chain.checks)
        if self.partial is not None:
            found += self._partial_checks(self.partial)
        elif self.point.values:
            found += self._number_checks()
        return tuple(found)

    def _number_checks(self) -> list[Equality]:
        whole, backward = self.chain.graph, self.chain.backward
        needed = [e for e in whole.equations if backward.adjoint_or_none(e.target) is not None]
        graph = Graph(whole.inputs, tuple(needed), whole.output)  # what else there is may have no derivative
        known, taken = self.numbers.values, self.numbers.taken
        found: list[Equality] = []
        slopes = slopes_at(replace(backward, graph=graph), known, taken)
        for adjoint in backward.adjoints:
            value, slope = known[adjoint.symbol.name], slopes[adjoint.node.name]
            holds = None if slope is None else compare(value, slope)
            found.append(Equality(adjoint.symbol.name + " (at)", value_text(value), Means.DUAL, holds))
        inputs = {symbol.name: known[symbol.name] for symbol in graph.inputs}
        for seed in self.seeds:
            moving = run_duals(graph, inputs, seed, taken)
            for name, value in self.tangent_numbers[seed.name].items():
                left = f"d{name}_d{seed.name} (forward)"
                holds = compare(value, moving[name].slope)
                found.append(Equality(left, value_text(value), Means.DUAL, holds))
        return found

    def _partial_checks(self, partial: Partial) -> list[Equality]:
        """The formulas in the inputs that are left, at points that give these random values."""
        graph = self.chain.graph
        left = [symbol for symbol in graph.inputs if symbol.name not in self.point.values]
        answers: dict[str, list[bool | None]] = {name: [] for name in partial.adjoints}
        equations = [equation.expression for equation in graph.equations]
        for point in islice(candidates(equations, [s.name for s in left], seed="partial"), 60):
            if all(len(found) >= 3 for found in answers.values()):
                break
            try:
                known = known_values(graph, {**point, **self.point.values})
                numbers = backward_values(self.chain.backward, known)
                slopes = slopes_at(self.chain.backward, numbers.values, numbers.taken)
                formulas = {name: value_of(partial.adjoints[name], known) for name in answers}
            except (UnsupportedExpression, ZeroDivisionError):
                continue
            for name, found in answers.items():
                slope = slopes[name]
                if slope is not None:
                    found.append(compare(formulas[name], slope))
        return [
            Equality(f"{name} (at)", latex(partial.adjoints[name]), Means.DUAL, everything(a))
            for name, a in answers.items()
        ]

    @property
    def count(self) -> int:
        """How many different equalities were checked."""
        return tally(self.checks).total

    @cached_property
    def verified(self) -> bool:
        """Whether every equality holds, those in numbers too."""
        return all(check.holds is True for check in self.checks)
