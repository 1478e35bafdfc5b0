"""What is known of a function: one row of the table of `functions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module

from solver.expression.tree import Expr, substitute


@dataclass(frozen=True)
class FunctionFact:
    """What is known of a function.

    `parameters` are its arguments in order, `defaults` the values of those that may be left out. The
    *argument* is the parameter at `place`, the others are constants of the function. `definition_text` is
    None for a primitive. `derivative_text` is the derivative by the argument, None where the definition is to
    be derived. `domain` are the conditions on the argument under which the function has a value (none: all
    reals). `kinks` are the values of the argument where a derivative may be missing; `taken` are the
    values that PyTorch takes there, in their order. `sympy` is SymPy's own name, None where the
    definition is written out. `macro` is the LaTeX of the name.
    """

    name: str
    macro: str
    definition_text: str | None = None
    derivative_text: str | None = None
    domain: tuple[str, ...] = ()
    kinks: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ("x",)
    defaults: Mapping[str, str] = field(default_factory=dict)
    place: int = 0
    sympy: str | None = None
    inverse: str | None = None
    aliases: tuple[str, ...] = ()
    activation: bool = False
    variadic: bool = False

    @property
    def arity(self) -> tuple[int, int]:
        """The least and the greatest number of arguments."""
        most = 64 if self.variadic else len(self.parameters)
        return len(self.parameters) - len(self.defaults), most

    @cached_property
    def definition(self) -> Expr | None:
        """The definition as a tree in the names of `parameters`; None for a primitive."""
        return _read(self.definition_text)

    @cached_property
    def derivative(self) -> Expr | None:
        """The derivative by the argument, as a tree in the names of `parameters`."""
        return _read(self.derivative_text)

    def complete(self, arguments: Sequence[Expr]) -> tuple[Expr, ...]:
        """The arguments with the defaults of those left out."""
        missing = self.parameters[len(arguments) :]
        values = [_read(self.defaults[name]) for name in missing]
        return (*arguments, *(v for v in values if v is not None))

    def defined_at(self, arguments: Sequence[Expr]) -> Expr | None:
        """The definition with the arguments put in."""
        return self._filled(self.definition, arguments)

    def derivative_at(self, arguments: Sequence[Expr]) -> Expr | None:
        """The derivative by the argument, at these arguments."""
        return self._filled(self.derivative, arguments)

    def _filled(self, template: Expr | None, arguments: Sequence[Expr]) -> Expr | None:
        if template is None:
            return None
        values = zip(self.parameters, self.complete(arguments), strict=True)
        return substitute(template, dict(values))


def _read(text: str | None) -> Expr | None:
    if text is None:
        return None
    # the reader asks this table for names, so the table reaches the reader only when a row is first used
    found: Expr = import_module("solver.expression.reader").read_expression(text)
    return found
