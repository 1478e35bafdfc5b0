"""Softmax and cross-entropy of n logits, component by component: Jacobian, gradient, log-sum-exp, shift.

Everything follows from p_i = e^{z_i} / S, S = e^{z_1} + … + e^{z_n}, by the engine's derivatives; each line
is compared with a second road (values, dual numbers) in the logits alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from solver.derivation.check import check_derivative, same
from solver.derivation.engine import derive
from solver.derivation.equality import Equality
from solver.errors import UnsupportedExpression
from solver.expression.tree import (
    ONE,
    Apply,
    Expr,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
    rebuild,
    substitute,
)
from solver.rules.expansion import expanded
from solver.rules.monomials import Monomial, collected, kernel, sum_of

TOTAL = Symbol("S")
SHIFT = Symbol("c")
MEAN = Symbol("m")


def logarithm(expr: Expr) -> Expr:
    """ln(expr)"""
    return Apply("ln", (expr,))


def exponential(expr: Expr) -> Expr:
    """e^expr"""
    return Apply("exp", (expr,))


def added(terms: Sequence[Expr]) -> Expr:
    """t₁ + t₂ + …, the term itself where it is alone."""
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def multiplied_out(expr: Expr) -> Expr:
    """The expression as a sum of monomials."""
    terms = expanded(collected(expr))
    if terms is None:
        raise UnsupportedExpression("too many terms to multiply out")
    return sum_of(terms)


def gathered(expr: Expr, symbol: Symbol) -> tuple[Expr, list[Monomial]]:
    """(a, rest) with expr = a · symbol + rest: terms that hold the symbol, divided by it, and the others."""
    terms = expanded(collected(expr)) or []
    name = next(iter(kernel(symbol).factors))
    inverse = kernel(symbol, number(-1).value)
    holding = [term.times(inverse) for term in terms if name in term.factors]
    return sum_of(holding), [term for term in terms if name not in term.factors]


@dataclass(frozen=True)
class Entry:
    """∂p_i/∂z_j, i and j from 1: the quotient rule with S, its terms in p, the form with p_i in front."""

    row: int
    column: int
    quotient: Expr
    spread: Expr
    form: Expr


@dataclass(frozen=True)
class Component:
    """∂L/∂z_j: the products of the chain rule, their sum multiplied out, the terms in p_j gathered, and the
    form where the targets sum to 1."""

    index: int
    products: tuple[Expr, ...]
    spread: Expr
    gathered: Expr
    form: Expr


@dataclass(frozen=True)
class Softmax:
    """The derivation for n logits."""

    n: int

    @cached_property
    def logits(self) -> tuple[Symbol, ...]:
        """z_1, …, z_n"""
        return self._names("z")

    @cached_property
    def outputs(self) -> tuple[Symbol, ...]:
        """p_1, …, p_n"""
        return self._names("p")

    @cached_property
    def targets(self) -> tuple[Symbol, ...]:
        """y_1, …, y_n"""
        return self._names("y")

    def _names(self, letter: str) -> tuple[Symbol, ...]:
        return tuple(Symbol(f"{letter}_{i}") for i in range(1, self.n + 1))

    @cached_property
    def exponentials(self) -> tuple[Expr, ...]:
        """e^{z_i}"""
        return tuple(exponential(z) for z in self.logits)

    @cached_property
    def total(self) -> Expr:
        """S in the logits."""
        return added(self.exponentials)

    @cached_property
    def definitions(self) -> dict[str, Expr]:
        """p_i and S in the logits, by name."""
        found: dict[str, Expr] = {TOTAL.name: self.total}
        for p, power in zip(self.outputs, self.exponentials, strict=True):
            found[p.name] = Quotient(power, self.total)
        return found

    def in_logits(self, expr: Expr) -> Expr:
        """The expression with p and S replaced by what they are."""
        return substitute(expr, self.definitions)

    # ---- the Jacobian ----

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """∂p_i/∂z_j, row by row."""
        return tuple(self._entry(i, j) for i in range(self.n) for j in range(self.n))

    def entry(self, row: int, column: int) -> Entry:
        """∂p_i/∂z_j with i and j from 1."""
        return self.entries[(row - 1) * self.n + column - 1]

    def _entry(self, i: int, j: int) -> Entry:
        top, z = self.exponentials[i], self.logits[j]
        own, whole = derive(top, z).result, derive(self.total, z).result
        above = Sum((Product((TOTAL, own)), Negative(Product((top, whole)))))
        quotient = Quotient(above, Power(TOTAL, number(2)))
        spread = multiplied_out(self._in_outputs(quotient))
        factor, rest = gathered(spread, self.outputs[i])
        assert not rest
        form = Product((self.outputs[i], factor)) if i == j else spread
        return Entry(i + 1, j + 1, quotient, spread, form)

    def _in_outputs(self, expr: Expr) -> Expr:
        """e^{z_i} written p_i S."""
        if isinstance(expr, Apply) and expr in self.exponentials:
            return Product((self.outputs[self.exponentials.index(expr)], TOTAL))
        return rebuild(expr, self._in_outputs)

    # ---- the gradient ----

    @cached_property
    def loss(self) -> Expr:
        """L = −(y_1 ln p_1 + … + y_n ln p_n)"""
        terms = [Product((y, logarithm(p))) for y, p in zip(self.targets, self.outputs, strict=True)]
        return Negative(added(terms))

    @cached_property
    def slopes(self) -> tuple[Expr, ...]:
        """∂L/∂p_i"""
        return tuple(derive(self.loss, p).result for p in self.outputs)

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """∂L/∂z_j for every j."""
        return tuple(self._component(j) for j in range(self.n))

    def _component(self, j: int) -> Component:
        forms = [self.entry(i + 1, j + 1).form for i in range(self.n)]
        products = tuple(Product((slope, form)) for slope, form in zip(self.slopes, forms, strict=True))
        spread = multiplied_out(added(products))
        factor, rest = gathered(spread, self.outputs[j])
        whole = Sum((Product((factor, self.outputs[j])), sum_of(rest)))
        return Component(j + 1, products, spread, whole, Sum((self.outputs[j], Negative(self.targets[j]))))

    def summing_to_one(self, expr: Expr) -> Expr:
        """The expression with y_n = 1 − y_1 − … − y_{n−1}."""
        last = Sum((ONE, *(Negative(y) for y in self.targets[:-1])))
        return substitute(expr, {self.targets[-1].name: last})

    # ---- log-sum-exp ----

    @cached_property
    def log_output(self) -> Expr:
        """ln p_1 = z_1 − ln S"""
        return Sum((self.logits[0], Negative(logarithm(TOTAL))))

    @cached_property
    def expanded_loss(self) -> Expr:
        """(y_1 + … + y_n) ln S − (y_1 z_1 + … + y_n z_n)"""
        pairs = [Product((y, z)) for y, z in zip(self.targets, self.logits, strict=True)]
        return Sum((Product((added(self.targets), logarithm(TOTAL))), Negative(added(pairs))))

    @cached_property
    def direct(self) -> Expr:
        """∂L/∂z_1 of the loss without p, as the engine leaves it."""
        return derive(self.in_logits(self.expanded_loss), self.logits[0]).result

    def shifted(self, expr: Expr) -> Expr:
        """The expression with c taken away from every logit."""
        return substitute(expr, {z.name: Sum((z, Negative(SHIFT))) for z in self.logits})

    # ---- convexity ----

    @cached_property
    def direction(self) -> tuple[Symbol, ...]:
        """v_1, …, v_n"""
        return self._names("v")

    @cached_property
    def quadratic(self) -> Expr:
        """Σ v_i v_j ∂p_i/∂z_j"""
        v = self.direction
        return added([Product((v[e.row - 1], v[e.column - 1], e.form)) for e in self.entries])

    @cached_property
    def mean(self) -> Expr:
        """Σ p_k v_k"""
        return added([Product((p, v)) for p, v in zip(self.outputs, self.direction, strict=True)])

    @cached_property
    def variance(self) -> Expr:
        """Σ p_i (v_i − m)^2 with m = Σ p_k v_k, named `m`."""
        gaps = [Sum((v, Negative(MEAN))) for v in self.direction]
        return added([Product((p, Power(gap, number(2)))) for p, gap in zip(self.outputs, gaps, strict=True)])

    @cached_property
    def convexity_checks(self) -> tuple[Equality, ...]:
        """The quadratic form is that variance."""
        variance = substitute(self.variance, {MEAN.name: self.mean})
        return (same(self.in_logits(self.quadratic), self.in_logits(variance)),)

    # ---- the second road ----

    @cached_property
    def jacobian_checks(self) -> tuple[Equality, ...]:
        """Every entry: its lines by values, the last by dual numbers in the logits."""
        found: list[Equality] = []
        for entry in self.entries:
            p, z = self.definitions[self.outputs[entry.row - 1].name], self.logits[entry.column - 1]
            found.append(same(self.in_logits(entry.quotient), self.in_logits(entry.form)))
            if entry.form != entry.spread:
                found.append(same(entry.spread, entry.form))
            found.append(check_derivative(p, z, self.in_logits(entry.form)))
        return tuple(found)

    @cached_property
    def gradient_checks(self) -> tuple[Equality, ...]:
        """Every component: its lines by values, the general form by dual numbers in the logits."""
        whole = self.in_logits(self.loss)
        found = [
            check_derivative(self.loss, p, slope) for p, slope in zip(self.outputs, self.slopes, strict=True)
        ]
        for part in self.components:
            z = self.logits[part.index - 1]
            found.append(same(added(part.products), part.spread))
            found.append(same(part.spread, part.gathered))
            found.append(check_derivative(whole, z, self.in_logits(part.gathered)))
            found.append(same(self.summing_to_one(part.gathered), self.summing_to_one(part.form)))
        return tuple(found)

    @cached_property
    def stability_checks(self) -> tuple[Equality, ...]:
        """ln p_1, the loss without p, and what the shift leaves unchanged."""
        p = self.definitions[self.outputs[0].name]
        log_total = logarithm(self.total)
        return (
            same(logarithm(p), self.in_logits(self.log_output)),
            same(self.in_logits(self.loss), self.in_logits(self.expanded_loss)),
            *(same(self.shifted(self.definitions[q.name]), self.definitions[q.name]) for q in self.outputs),
            same(Sum((SHIFT, self.shifted(log_total))), log_total),
            same(self.direct, self.in_logits(self.components[0].gathered)),
        )
