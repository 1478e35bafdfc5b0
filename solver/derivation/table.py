"""The tables of rules: named, ordered, each filled by a module of `solver.rules` when first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType

from solver.expression.tree import Expr, Symbol


@dataclass(frozen=True, slots=True)
class Applied:
    """What a rule makes of an expression, and what the wording may name."""

    after: Expr
    why: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


DerivativeRule = Callable[[Expr, Symbol], "Applied | None"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of differentiation: `function(operand, variable)` rewrites d(operand)/d(variable), or gives
    None."""

    name: str
    function: DerivativeRule

    @property
    def formula(self) -> str:
        """The rule's formula: the first line of its docstring."""
        return (self.function.__doc__ or "").strip().splitlines()[0]


class RuleTable:
    """Rules in the order in which they are tried; two rules of one name are refused."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._rules: dict[str, Rule] = {}

    def rule(self, name: str) -> Callable[[DerivativeRule], DerivativeRule]:
        """Registers the decorated function under `name`, after the rules that are there."""

        def register(function: DerivativeRule) -> DerivativeRule:
            if name in self._rules:
                raise ValueError(f"two rules are named {name}")
            self._rules[name] = Rule(name, function)
            return function

        return register

    def __iter__(self) -> Iterator[Rule]:
        if not self._rules:
            import_module(self._module)
        return iter(self._rules.values())

    def __getitem__(self, name: str) -> Rule:
        return {rule.name: rule for rule in self}[name]


CALCULUS = RuleTable("solver.rules.calculus")
"""Rules of differentiation."""
