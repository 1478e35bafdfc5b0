"""Grammar nodes → written tree: numbers folded where they are one number, sums kept as they were grouped."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

from solver.expression.functions import FUNCTIONS
from solver.expression.notation.limits import check_levels, check_power, constant_value
from solver.expression.notation.source import Source, Token
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Constant,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
)


class Builder:
    """Grammar nodes → tree nodes, without recursion; a method a production."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def build(self, root: Any) -> Expr:
        from lark import Tree

        done: dict[int, Any] = {}
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if not ready:
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(node.children) if isinstance(child, Tree))
                continue
            values = [
                done.pop(id(child)) if isinstance(child, Tree) else child.value for child in node.children
            ]
            done[id(node)] = getattr(self, "_" + str(node.data))(*values)
        found = _bare(cast(Expr, done[id(root)]))
        check_levels(found, self.source)
        return found

    def _start(self, value: Expr) -> Expr:
        return value

    def _added(self, left: Expr, _: Token, right: Expr) -> Expr:
        return Sum((*_terms(left), _bare(right)))

    def _subtracted(self, left: Expr, _: Token, right: Expr) -> Expr:
        return Sum((*_terms(left), Negative(_bare(right))))

    def _negative(self, _: Token, operand: Expr) -> Expr:
        return Negative(_bare(operand))

    def _positive(self, _: Token, operand: Expr) -> Expr:
        return operand

    def _multiplied(self, left: Expr, _: Token, right: Expr) -> Expr:
        return Product((*_factors(left), *_factors(right)))

    def _divided(self, left: Expr, sign: Token, right: Expr) -> Expr:
        return self._quotient(_bare(left), _bare(right), sign)

    def _quotient(self, top: Expr, bottom: Expr, place: Token) -> Expr:
        if isinstance(bottom, (Number, Negative, Sum, Product)) and constant_value(bottom) == 0:
            raise self.source.fault("division by zero", place.start, place.end)
        return quotient(top, bottom)

    def _raised(self, base: Expr, caret: Token, exponent: Expr) -> Expr:
        return self._power(base, exponent, caret)

    def _superscript(self, base: Expr, token: Token) -> Expr:
        return self._power(base, _integer(cast(int, token.value)), token)

    def _power(self, base: Expr, exponent: Expr, place: Token) -> Expr:
        base, exponent = _bare(base), _bare(exponent)
        check_power(base, exponent, place, self.source)
        if base == Constant("e"):
            return Apply("exp", (exponent,))
        return Power(base, exponent)

    def _number(self, token: Token) -> Expr:
        value, decimal = cast(tuple[Fraction, bool], token.value)
        return Number(value, decimal)

    def _name(self, token: Token) -> Expr:
        return Symbol(str(token.value))

    def _constant(self, token: Token) -> Expr:
        return Constant(str(token.value))

    def _group(self, _: Token, inner: Expr, __: Token) -> Expr:
        return Group(inner) if isinstance(inner, Sum) else _bare(inner)

    def _absolute(self, _: Token, inner: Expr, __: Token) -> Expr:
        return Apply("abs", (_bare(inner),))

    def _root(self, token: Token, inner: Expr) -> Expr:
        return Apply("sqrt" if token.value == 2 else "cbrt", (_bare(inner),))

    def _braced(self, _: Token, inner: Expr, __: Token) -> Expr:
        return _bare(inner)

    def _fraction(self, place: Token, top: Expr, bottom: Expr) -> Expr:
        return self._quotient(_bare(top), _bare(bottom), place)

    def _texroot(self, sign: Token, *parts: Any) -> Expr:
        inner = _bare(parts[-1])
        return Apply("sqrt", (inner,)) if len(parts) == 1 else self._rooted(inner, _bare(parts[1]), sign)

    def _rooted(self, inner: Expr, index: Expr, place: Token) -> Expr:
        value = constant_value(index)
        if value is None or value.denominator != 1 or value < 1:
            raise self.source.fault(
                "the index of a root is a positive whole number", place.start, place.end,
                "Write x^(1/n) for another exponent.",
            )  # fmt: skip
        known = {1: inner, 2: Apply("sqrt", (inner,)), 3: Apply("cbrt", (inner,))}
        return known.get(int(value), Apply("root", (inner, index)))

    def _arguments(self, *parts: Any) -> list[Expr]:
        return [_bare(p) for p in parts if not isinstance(p, Token)]

    def _call(self, token: Token, _: Token, arguments: list[Expr], __: Token) -> Expr:
        name, power = cast(tuple[str, Any], token.value)
        applied = self._applied(name, arguments, token)
        if power is None:
            return applied
        exponent = Symbol(str(power.value)) if isinstance(power, Token) else _integer(power)
        return self._power(applied, exponent, token)

    def _applied(self, name: str, arguments: list[Expr], token: Token) -> Expr:
        if name == "pow":
            self._check_arity(name, 2, 2, len(arguments), token)
            return self._power(arguments[0], arguments[1], token)
        if name == "log" and len(arguments) == 1:
            name = "ln"
        if name == "ln" and len(arguments) == 2:
            name = "log"
        if name not in FUNCTIONS:
            return Apply(name, tuple(arguments))
        least, most = FUNCTIONS[name].arity
        self._check_arity(name, least, most, len(arguments), token)
        if name == "root":
            return self._rooted(arguments[0], arguments[1], token)
        if name == "log":
            self._check_base(arguments[1], token)
        return Apply(name, tuple(arguments))

    def _check_base(self, base: Expr, token: Token) -> None:
        value = constant_value(base)
        if value is not None and (value <= 0 or value == 1):
            raise self.source.fault(
                "the base of a logarithm is positive and not 1", token.start, token.end,
                "The base comes second: log(x, 2).",
            )  # fmt: skip

    def _check_arity(self, name: str, least: int, most: int, given: int, token: Token) -> None:
        if not least <= given <= most:
            between = "or" if most == least + 1 else "to"
            many = f"{least}" if least == most else f"{least} {between} {most}"
            noun = "argument" if many == "1" else "arguments"
            raise self.source.fault(
                f"{name} takes {many} {noun}, {given} {'is' if given == 1 else 'are'} given",
                token.start,
                token.end,
            )

    def _condition(self, *parts: Any) -> Condition | None:
        if len(parts) == 1:
            return None
        if len(parts) == 5:
            return self._between(*parts)
        left, relation, right = parts
        return Condition(_bare(left), str(relation.value), _bare(right))

    def _between(self, low: Expr, first: Token, middle: Expr, second: Token, high: Expr) -> Condition:
        """a < u < b as |u − (a + b)/2| < (b − a)/2."""
        ends = [constant_value(_bare(low)), constant_value(_bare(high))]
        relation = str(first.value)
        if relation in (">", ">="):
            ends.reverse()
        least, most = ends
        if (
            relation != second.value
            or relation not in ("<", "<=", ">", ">=")
            or least is None
            or most is None
        ):
            raise self.source.fault(
                "a double condition has two numbers and one relation, as 0 < x < 1", first.start, second.end
            )
        if least >= most:
            raise self.source.fault("no number lies between these", first.start, second.end)
        centre, u = (least + most) / 2, _bare(middle)
        shift: Expr = Negative(Number(centre)) if centre > 0 else Number(-centre)
        distance = u if centre == 0 else Sum((*_terms(u), shift))
        return Condition(Apply("abs", (distance,)), "<" + relation[1:], Number((most - least) / 2))

    def _branch(self, opening: Token, value: Expr, _: Token, condition: Condition | None, __: Token) -> Any:
        return (_bare(value), condition), opening

    def _row(self, value: Expr, *rest: Any) -> Any:
        amp = next(p for p in rest if isinstance(p, Token) and p.kind == "AMP")
        condition = next((p for p in rest if isinstance(p, Condition)), None)
        return (_bare(value), condition), amp

    def _branches(self, *parts: Any) -> list[Any]:
        return [p for p in parts if not isinstance(p, Token)]

    _rows = _branches

    def _cases(self, *parts: Any) -> Expr:
        pairs = next(p for p in parts if isinstance(p, list))
        for (_, condition), place in pairs[:-1]:
            if condition is None:
                raise self.source.fault("“otherwise” (True) is the last case", place.start, place.end)
        return Cases(tuple(branch for branch, _ in pairs))


class Group(Sum):
    """A sum that stood in parentheses, so that a + (b + c) is not flattened; only the builder sees it."""

    __slots__ = ()

    def __init__(self, inner: Sum) -> None:
        super().__init__(inner.terms)


def _bare(expr: Expr) -> Expr:
    return Sum(expr.terms) if type(expr) is Group else expr


def _terms(left: Expr) -> tuple[Expr, ...]:
    return left.terms if type(left) is Sum else (_bare(left),)


def _factors(expr: Expr) -> tuple[Expr, ...]:
    return expr.factors if isinstance(expr, Product) else (_bare(expr),)


def _integer(value: int) -> Expr:
    return number(value) if value >= 0 else Negative(number(-value))


def quotient(top: Expr, bottom: Expr) -> Expr:
    """top / bottom; two whole numbers in lowest terms are one exact number."""
    if isinstance(top, Number) and isinstance(bottom, Number) and not (top.decimal or bottom.decimal):
        whole = top.value.denominator == bottom.value.denominator == 1
        if whole and bottom.value > 1:
            value = top.value / bottom.value
            if value.denominator == bottom.value:
                return Number(value)
    return Quotient(top, bottom)
