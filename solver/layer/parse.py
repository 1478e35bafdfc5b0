"""The right-hand side of an equation: text → matrix expression, with a caret for what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn

from solver.errors import ExpressionError, Span, nearest
from solver.expression.functions import FUNCTIONS, function_named
from solver.layer.build import (
    SUMS,
    call,
    cases,
    constant,
    matrix_product,
    negated,
    read_number,
    shape_hint,
    summed,
)
from solver.layer.hoist import HOISTED, hoisted
from solver.layer.shapes import ONE, SCALAR, Dim, shape_text
from solver.layer.tokens import Token, as_typed, tokens
from solver.layer.tree import (
    ColumnSums,
    Correlation,
    Equation,
    Matrix,
    Name,
    Number,
    Power,
    Product,
    Quotient,
    RowSums,
    Size,
    Sum,
    Transpose,
    substitute,
)

_DEPTH = 60
_OWN = (*SUMS, *HOISTED, "where", "correlate")


@dataclass(frozen=True)
class Scope:
    """The names of matrices and letters of sizes that an expression may use; `target` is what it defines."""

    names: Mapping[str, Name]
    sizes: frozenset[str]
    target: str = ""


@dataclass(frozen=True)
class _Ones:
    """𝟏, or 𝟏ᵀ: a factor of a matrix product whose length is that of its neighbour."""

    turned: bool
    token: Token


def parse(line: str, start: int, scope: Scope) -> Matrix:
    """The expression that stands in `line` from `start` on. Raises ExpressionError with the place."""
    found, first = parse_equation(line, start, scope)
    values: dict[str, Matrix] = {}
    for equation in first:
        values[equation.target.name] = substitute(equation.expression, values)
    return substitute(found, values)


def parse_equation(line: str, start: int, scope: Scope) -> tuple[Matrix, tuple[Equation, ...]]:
    """The same with the equations of functions that have their own (softmax) apart, those first."""
    parser = _Parser(list(tokens(line, start)), scope, len(line.rstrip()) + 1)
    found = parser.sum(0)
    if parser.now is not None:
        parser.fail(f"“{parser.now.text}” is not expected here")
    return found, tuple(parser.hoisted)


class _Parser:
    """Recursive descent: sum > term (* and /) > chain (side by side) > power > atom."""

    def __init__(self, tokens: list[Token], scope: Scope, end: int) -> None:
        self._tokens, self._scope, self._end, self._at = tokens, scope, end, 0
        self.hoisted: list[Equation] = []

    @property
    def now(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def fail(self, message: str, hint: str | None = None, token: Token | None = None) -> NoReturn:
        found = token or self.now
        span = Span(1, found.column, len(found.text)) if found else Span(1, self._end)
        raise ExpressionError(message, span=span, hint=hint)

    def _sign(self, *texts: str) -> str | None:
        """The next sign if it is one of these; it is passed."""
        if self.now is not None and self.now.kind in ("sign", "relation") and self.now.text in texts:
            self._at += 1
            return self._tokens[self._at - 1].text
        return None

    def _expect(self, text: str) -> None:
        if self._sign(text) is None:
            found = f", found “{self.now.text}”" if self.now else ""
            self.fail(f"“{text}” is expected{found}")

    def _shaped(self, node: Matrix, token: Token | None) -> Matrix:
        """The node, its shapes being checked here so that an error has a place."""
        try:
            _ = node.shape
        except ExpressionError as fault:
            self.fail(fault.message, fault.hint or shape_hint(node), token)
        return node

    def sum(self, depth: int) -> Matrix:
        if depth > _DEPTH:
            self.fail("the expression is nested too deeply")
        negative = self._sign("-")
        terms = [negated(self._term(depth)) if negative else self._term(depth)]
        while True:
            token = self.now
            sign = self._sign("+", "-")
            if sign is None:
                return terms[0] if len(terms) == 1 else Sum(tuple(terms))
            found = self._term(depth)
            terms.append(negated(found) if sign == "-" else found)
            self._shaped(Sum(tuple(terms)), token)

    def _term(self, depth: int) -> Matrix:
        start = self._at
        left = self._chain(depth)
        while True:
            token = self.now
            sign = self._sign("*", "/", "@")
            if sign is None:
                return left
            right = self._chain(depth, start if sign == "/" else None)
            if sign == "/":
                left = self._shaped(Quotient(left, right), token)
            elif sign == "@":
                left = self._shaped(matrix_product(left, right), token)
            else:
                own = left.factors if isinstance(left, Product) else (left,)
                left = self._shaped(Product((*own, right)), token)

    def _chain(self, depth: int, above: int | None = None) -> Matrix:
        """Factors side by side: ones at the ends sum or repeat, the rest is a matrix product.

        `above` is where the numerator begins, if this stands below one.
        """
        first, start = self.now, self._at
        items = [self._power(depth)]
        places = [first]
        second = self._at
        while self.now is not None and (self.now.kind in ("number", "name") or self.now.text in ("(", "[")):
            places.append(self.now)
            items.append(self._power(depth))
        if len(items) == 1:
            return (
                Number(Fraction(1))
                if isinstance(items[0], _Ones) and not items[0].turned
                else self._lone(items[0])
            )
        matrices = [item for item in items if isinstance(item, Matrix)]
        if above is not None and items[0] in matrices and (len(matrices) > 1 or matrices[0].shape == SCALAR):
            self._two_readings(above, start, second)
        return self._joined(items, places)

    def _two_readings(self, above: int, start: int, second: int) -> NoReturn:
        """`1/2 sum(A)`, `1/N X^T A`: a factor after what stands below the bar. Ones may follow a matrix."""
        top, number, rest = (
            as_typed(self._tokens[low:high])
            for low, high in ((above, start - 1), (start, second), (second, self._at))
        )
        self.fail(
            f"ambiguous: ({top}/{number}) {rest} or {top}/({number} {rest})?",
            "Write the one that is meant.",
            self._tokens[above],
        )

    def _lone(self, item: Matrix | _Ones) -> Matrix:
        if isinstance(item, _Ones):
            self.fail("1^T stands alone; it sums the columns of what follows", "Write 1^T A.", item.token)
        return item

    def _joined(self, items: list[Matrix | _Ones], places: list[Token | None]) -> Matrix:
        whole = [i for i, item in enumerate(items) if not isinstance(item, _Ones)]
        if not whole:
            self.fail("ones beside ones: a matrix is expected", token=places[0])
        low, high = whole[0], whole[-1]
        core: Matrix | None = None
        for i in range(low, high + 1):
            item = items[i]
            if isinstance(item, _Ones):
                self.fail("ones stand between two matrices", "Use parentheses: (A 1) (1^T B).", item.token)
            core = item if core is None else self._shaped(matrix_product(core, item), places[i])
        assert core is not None
        for item in reversed(items[:low]):
            assert isinstance(item, _Ones)
            core = ColumnSums(core) if item.turned else self._repeated(core, 0, item)
        for item in items[high + 1 :]:
            assert isinstance(item, _Ones)
            core = self._repeated(core, 1, item) if item.turned else RowSums(core)
        return core

    def _repeated(self, node: Matrix, axis: int, ones: _Ones) -> Matrix:
        if node.shape[axis] != ONE:
            kind, example = (("row", "1 b"), ("column", "c 1^T"))[axis]
            self.fail(
                f"“{example}” repeats a {kind}; here stands a matrix {shape_text(node.shape)}",
                f"A sum over {'columns is A 1' if axis else 'rows is 1^T A'}.",
                ones.token,
            )
        return node

    def _power(self, depth: int) -> Matrix | _Ones:
        base = self._atom(depth)
        while self.now is not None:
            if self.now.kind == "transpose":
                self._at += 1
                base = _Ones(not base.turned, base.token) if isinstance(base, _Ones) else Transpose(base)
            elif self.now.kind == "square":
                self._at += 1
                base = Power(self._plain(base), Fraction(2))
            elif self._sign("^") is not None:
                base = Power(self._plain(base), self._exponent(depth))
            else:
                break
        return base

    def _plain(self, base: Matrix | _Ones) -> Matrix:
        return Number(Fraction(1)) if isinstance(base, _Ones) else base

    def _exponent(self, depth: int) -> Fraction:
        token = self.now
        negative = self._sign("-") is not None
        found = self._plain(self._atom(depth))
        value = constant(found)
        if value is None or value.denominator > 64 or abs(value) > 64:
            self.fail("an exponent is a number such as 2, -1 or (1/2); ^T is the transpose", token=token)
        return -value if negative else value

    def _atom(self, depth: int) -> Matrix | _Ones:
        token = self.now
        if token is None:
            self.fail("the line ends where a matrix or a number is expected")
        self._at += 1
        if token.kind == "number":
            value = read_number(token.text)
            if value is None:
                self.fail("this number is too long", token=token)
            return _Ones(False, token) if token.text == "1" else Number(value)
        if token.kind == "name":
            return self._named(token, depth)
        if token.text == "(":
            inner = self.sum(depth + 1)
            self._expect(")")
            return inner
        if token.text == "[":
            found = self._condition(depth)
            self._expect("]")
            return cases(found, Number(Fraction(1)), Number(Fraction(0)))
        if token.text == "|":
            inner = self.sum(depth + 1)
            self._expect("|")
            return call("abs", (inner,))
        if token.text in ("-", "+"):
            self.fail(f"two signs follow each other before “{token.text}”", "Use parentheses.", token)
        return self.fail(f"a matrix or a number is expected, found “{token.text}”", token=token)

    def _condition(self, depth: int) -> tuple[Matrix, str, Matrix]:
        left = self.sum(depth + 1)
        token = self.now
        relation = self._sign("<", ">", "<=", ">=", "=", "!=")
        if relation is None:
            self.fail("a comparison is expected: <, <=, >, >=, == or !=")
        right = self.sum(depth + 1)
        self._shaped(Sum((left, right)), token)
        return left, relation, right

    def _named(self, token: Token, depth: int) -> Matrix:
        name = token.text
        if name in self._scope.names:
            return self._scope.names[name]
        called = self.now is not None and self.now.text == "("
        if called and (name in _OWN or function_named(name)):
            self._at += 1
            found = (
                self._where(token, depth) if name == "where" else self._called(token, self._arguments(depth))
            )
            self._expect(")")
            return self._shaped(found, token)
        if name in self._scope.sizes:
            return Size(Dim(((name, 1),)))
        known = (*self._scope.names, *self._scope.sizes, *((*_OWN, *FUNCTIONS) if called else ()))
        what = "function" if called else "matrix"
        return self.fail(
            f"unknown {what} “{name}”", nearest(name, known) or f"Give its shape first: {name}: N x D.", token
        )

    def _arguments(self, depth: int) -> list[Matrix]:
        found = [self.sum(depth + 1)]
        while self._sign(",") is not None:
            found.append(self.sum(depth + 1))
        return found

    def _where(self, token: Token, depth: int) -> Matrix:
        condition = self._condition(depth)
        self._expect(",")
        first = self.sum(depth + 1)
        self._expect(",")
        return cases(condition, first, self.sum(depth + 1))

    def _called(self, token: Token, arguments: list[Matrix]) -> Matrix:
        name = token.text
        if name in HOISTED and len(arguments) == 1:
            suffix = f"{self._scope.target}{len(self.hoisted) or ''}"
            self.hoisted += hoisted(name, arguments[0], suffix)
            return self.hoisted[-1].target
        if name in _OWN:
            wanted = 2 if name == "correlate" else 1
            if len(arguments) != wanted:
                self.fail(
                    f"{name} takes {wanted} argument{'s' * (wanted > 1)}, found {len(arguments)}", token=token
                )
            return Correlation(arguments[0], arguments[1]) if wanted == 2 else summed(name, arguments[0])
        function = function_named(name)
        if function == "log" and len(arguments) == 1:
            function = "ln"
        assert function is not None
        least, most = FUNCTIONS[function].arity
        if not least <= len(arguments) <= most:
            self.fail(f"{name} takes {least} to {most} arguments, found {len(arguments)}", token=token)
        return call(function, tuple(arguments))
