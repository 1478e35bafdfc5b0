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
    None. An `inner` rule shortens what stands inside a larger expression; it is not used on a whole line."""

    name: str
    function: DerivativeRule
    inner: bool = False

    @property
    def formula(self) -> str:
        """The rule's formula: the first line of its docstring."""
        return (self.function.__doc__ or "").strip().splitlines()[0]


class RuleTable:
    """Rules in the order of their modules, and of their place in them; two rules of one name are refused."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._rules: dict[str, Rule] = {}
        self._ordered: tuple[Rule, ...] = ()

    def rule(self, name: str, *, inner: bool = False) -> Callable[[DerivativeRule], DerivativeRule]:
        """Registers the decorated function under `name`, after the rules of its module that are there."""

        def register(function: DerivativeRule) -> DerivativeRule:
            if name in self._rules:
                raise ValueError(f"two rules are named {name}")
            self._rules[name] = Rule(name, function, inner)
            return function

        return register

    def __iter__(self) -> Iterator[Rule]:
        if not self._ordered:
            for module in self._modules:
                import_module(module)
            place = self._modules.index
            self._ordered = tuple(sorted(self._rules.values(), key=lambda r: place(r.function.__module__)))
        return iter(self._ordered)

    def __getitem__(self, name: str) -> Rule:
        return {rule.name: rule for rule in self}[name]


CALCULUS = RuleTable(*(f"solver.rules.{name}" for name in ("linear", "powers", "products", "outer")))
"""Rules of differentiation."""
