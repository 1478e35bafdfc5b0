"""Text → written tree, through a grammar; nothing is ever evaluated.

`read_expression("0.25w^4 - 1.5w^3")` keeps the order and the decimals as typed. The notation is that of
mathematicians (2x, sin 2x, |x|, x², √x) and of the LaTeX of teaching sheets. What has two readings is
refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from solver.expression.functions import FUNCTIONS
from solver.expression.notation.bars import directed
from solver.expression.notation.brackets import check_brackets
from solver.expression.notation.builder import Builder, quotient
from solver.expression.notation.calls import called
from solver.expression.notation.commas import settled
from solver.expression.notation.faults import refuse_lonely_functions, unexpected
from solver.expression.notation.grammar import parser
from solver.expression.notation.limits import check_sizes
from solver.expression.notation.powers import refuse_double_powers
from solver.expression.notation.products import multiplied
from solver.expression.notation.quotients import divided
from solver.expression.notation.scanner import scan
from solver.expression.notation.source import CLOSES, OPENS, Function, Source, Token
from solver.expression.tree import Expr, Symbol


def read_expression(text: str, *, decimal_comma: bool = False, functions: Iterable[str] = ()) -> Expr:
    """The tree of `text`, in the order written.

    `functions` are names declared by the caller, called as f(x) (and f'(x), which reads `Apply("f'", …)`).
    With `decimal_comma` (French sheets), 0,25 is a number where it has no other reading; the arguments of a
    call are best separated by `;`.
    Raises ExpressionError with its place in `text`.
    """
    declared = frozenset(functions)
    source = Source(text)
    tokens = scan(text, functions=declared)
    for token in _relations(tokens):
        raise source.fault(
            f"an expression is expected, not a relation with “{token.text}”", token.start, token.end
        )
    return _parse(tokens, source, decimal_comma=decimal_comma)


def read_equation(
    text: str, *, decimal_comma: bool = False, functions: Iterable[str] = ()
) -> tuple[Expr, Expr]:
    """Both sides of `left = right`."""
    source = Source(text)
    tokens = scan(text, functions=frozenset(functions))
    left, right = _sides(tokens, source)
    return (
        _parse(left, source, decimal_comma=decimal_comma),
        _parse(right, source, decimal_comma=decimal_comma),
    )


def read_definition(
    text: str, *, decimal_comma: bool = False, functions: Iterable[str] = ()
) -> tuple[str, tuple[Symbol, ...], Expr]:
    """`f(w) = w^2` gives ("f", (w,), w²); `alpha = 0.05` gives ("alpha", (), 0.05)."""
    source = Source(text)
    declared = frozenset(functions)
    tokens = scan(text, functions=declared)
    left, right = _sides(tokens, source)
    if not left:
        raise source.fault("a name is expected before “=”", 0)
    head, *rest = left
    if head.kind == "FUNCTION" and rest:
        name = head.text.strip().lstrip("\\")
        called_name = head.value.name if isinstance(head.value, Function) else name
        if called_name in FUNCTIONS and called_name != "sigmoid":
            raise source.fault(f"“{name}” already names a function", head.start, head.end)
        name = called_name if called_name not in FUNCTIONS else "sigma"
    elif head.kind == "NAME":
        name = str(head.value)
    elif head.kind == "CONSTANT":
        raise source.fault(f"“{head.text}” already names a constant", head.start, head.end)
    else:
        raise source.fault("a name is expected before “=”", head.start, head.end)
    parameters = _parameters(rest, source)
    return name, parameters, _parse(right, source, decimal_comma=decimal_comma)


def _parameters(tokens: list[Token], source: Source) -> tuple[Symbol, ...]:
    if not tokens:
        return ()
    inner = tokens[1:-1]
    shape = [t.kind for t in inner]
    fits = tokens[0].kind == "LPAR" and tokens[-1].kind == "RPAR" and len(shape) % 2 == 1
    if not fits or any(k != ("NAME", "COMMA")[i % 2] for i, k in enumerate(shape)):
        raise source.fault(
            "before “=” a name is expected, or a function and its variables: f(x), f(x, y)",
            tokens[0].start, tokens[-1].end,
        )  # fmt: skip
    found = tuple(Symbol(str(t.value)) for t in inner[::2])
    if len({s.name for s in found}) < len(found):
        raise source.fault("a variable is listed twice", tokens[0].start, tokens[-1].end)
    return found


def _relations(tokens: list[Token]) -> Iterator[Token]:
    """Relations that stand outside brackets."""
    depth = 0
    for token in tokens:
        depth += (token.kind in OPENS) - (token.kind in CLOSES)
        if token.kind == "RELATION" and depth == 0:
            yield token


def _sides(tokens: list[Token], source: Source) -> tuple[list[Token], list[Token]]:
    relations = list(_relations(tokens))
    if not relations:
        raise source.fault("an equality “left = right” is expected", 0, len(source.text))
    if len(relations) > 1 or relations[0].value != "=":
        wrong = relations[-1]
        raise source.fault("one “=” is expected", wrong.start, wrong.end)
    at = tokens.index(relations[0])
    return tokens[:at], tokens[at + 1 :]


def _parse(tokens: list[Token], source: Source, *, decimal_comma: bool) -> Expr:
    from lark.exceptions import UnexpectedInput, UnexpectedToken

    if not tokens:
        raise source.fault("an expression is expected, found nothing", max(0, len(source.text) - 1))
    check_sizes(tokens, source)
    prepared = _prepared(tokens, source, decimal_comma=decimal_comma)
    builder = Builder(source)
    try:
        tree = parser().parse(cast(str, (prepared, builder)))
    except UnexpectedToken as error:
        raise unexpected(error, prepared, source) from None
    except UnexpectedInput:
        raise source.fault("the expression cannot be read", 0) from None
    return builder.build(tree)


def _prepared(tokens: list[Token], source: Source, *, decimal_comma: bool) -> list[Token]:
    """Tokens of the operator grammar: brackets paired, calls explicit, implicit products written `TIMES`."""
    tokens = settled(tokens, source, decimal_comma=decimal_comma)
    refuse_lonely_functions(tokens, source)
    tokens = directed(tokens, source)
    check_brackets(tokens, source)
    refuse_double_powers(tokens, source)
    tokens = called(tokens, source)
    tokens = multiplied(tokens, source)
    return divided(tokens, source)


__all__ = ["quotient", "read_definition", "read_equation", "read_expression"]
