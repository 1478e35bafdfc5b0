"""Text → written tree, through a grammar; nothing is ever evaluated.

`read_expression("0.25w^4 - 1.5w^3")` keeps the order and the decimals as typed. The notation is that of
mathematicians (2x, sin 2x, |x|, x², √x) and of the LaTeX of teaching sheets. What has two readings is
refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from solver.errors import ExpressionError
from solver.expression.builder import Builder, quotient
from solver.expression.functions import FUNCTIONS
from solver.expression.juxtapose import prepare
from solver.expression.limits import check_sizes
from solver.expression.tokens import Source, Token, scan
from solver.expression.tree import (
    Expr,
    Symbol,
)

if TYPE_CHECKING:
    from lark import Lark
    from lark import Token as LarkToken

_GRAMMAR = r"""
start: sum
?sum: signed
    | sum PLUS signed        -> added
    | sum MINUS signed       -> subtracted
?signed: term
    | MINUS signed           -> negative
    | PLUS signed            -> positive
?term: chain
    | term STAR factor       -> multiplied
    | term SLASH factor      -> divided
?factor: chain
    | MINUS factor           -> negative
    | PLUS factor            -> positive
?chain: power
    | chain TIMES power      -> multiplied
?power: postfix
    | postfix CARET exponent -> raised
?exponent: power
    | MINUS exponent         -> negative
    | PLUS exponent          -> positive
?postfix: atom
    | atom SUPERSCRIPT       -> superscript
?atom: NUMBER                -> number
    | NAME                   -> name
    | CONSTANT               -> constant
    | LPAR sum RPAR          -> group
    | LBRACE sum RBRACE      -> group
    | BAROPEN sum BARCLOSE   -> absolute
    | CALL LPAR arguments RPAR -> call
    | ROOT atom              -> root
    | FRAC braced braced     -> fraction
    | TEXROOT braced         -> texroot
    | TEXROOT LBRACKET sum RBRACKET braced -> texroot
    | PIECEWISE LPAR branches RPAR -> cases
    | CASES rows ENDCASES    -> cases
braced: LBRACE sum RBRACE
arguments: sum ((COMMA | SEMICOLON) sum)*
branches: branch (COMMA branch)*
branch: LPAR sum COMMA condition RPAR
condition: sum RELATION sum | OTHERWISE
rows: row (ROW row)* ROW?
row: sum COMMA? AMP COMMA? condition COMMA?
%declare PLUS MINUS STAR SLASH TIMES CARET SUPERSCRIPT NUMBER NAME CONSTANT LPAR RPAR LBRACE RBRACE BAROPEN
%declare BARCLOSE
%declare CALL ROOT FRAC TEXROOT LBRACKET RBRACKET PIECEWISE CASES ENDCASES COMMA SEMICOLON RELATION
%declare OTHERWISE ROW AMP
"""


def read_expression(text: str, *, decimal_comma: bool = False, functions: Iterable[str] = ()) -> Expr:
    """The tree of `text`, in the order written.

    `functions` are names declared by the caller, called as f(x) (and f'(x), which reads `Apply("f'", …)`).
    With `decimal_comma`, 0,25 is a number and the arguments of a call are separated by `;`.
    Raises ExpressionError with its place in `text`.
    """
    declared = frozenset(functions)
    source = Source(text)
    tokens = scan(text, decimal_comma=decimal_comma, functions=declared)
    for token in _relations(tokens):
        raise source.fault(
            f"an expression is expected, not a relation with “{token.text}”", token.start, token.end
        )
    return _parse(tokens, source)


def read_equation(
    text: str, *, decimal_comma: bool = False, functions: Iterable[str] = ()
) -> tuple[Expr, Expr]:
    """Both sides of `left = right`."""
    source = Source(text)
    tokens = scan(text, decimal_comma=decimal_comma, functions=frozenset(functions))
    left, right = _sides(tokens, source)
    return _parse(left, source), _parse(right, source)


def read_definition(
    text: str, *, decimal_comma: bool = False, functions: Iterable[str] = ()
) -> tuple[str, tuple[Symbol, ...], Expr]:
    """`f(w) = w^2` gives ("f", (w,), w²); `alpha = 0.05` gives ("alpha", (), 0.05)."""
    source = Source(text)
    declared = frozenset(functions)
    tokens = scan(text, decimal_comma=decimal_comma, functions=declared)
    left, right = _sides(tokens, source)
    if not left:
        raise source.fault("a name is expected before “=”", 0)
    head, *rest = left
    if head.kind == "FUNCTION" and rest:
        name = head.text.strip().lstrip("\\")
        called = head.value[0] if isinstance(head.value, tuple) else name
        if called in FUNCTIONS and called != "sigmoid":
            raise source.fault(f"“{name}” already names a function", head.start, head.end)
        name = called if called not in FUNCTIONS else "sigma"
    elif head.kind == "NAME":
        name = str(head.value)
    elif head.kind == "CONSTANT":
        raise source.fault(f"“{head.text}” already names a constant", head.start, head.end)
    else:
        raise source.fault("a name is expected before “=”", head.start, head.end)
    parameters = _parameters(rest, source)
    return name, parameters, _parse(right, source)


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
        depth += token.kind in ("LPAR", "CASES", "LBRACE")
        depth -= token.kind in ("RPAR", "ENDCASES", "RBRACE")
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


def _parse(tokens: list[Token], source: Source) -> Expr:
    from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

    if not tokens:
        raise source.fault("an expression is expected, found nothing", max(0, len(source.text) - 1))
    _refuse_commas(tokens, source)
    _refuse_misplaced(tokens, source)
    check_sizes(tokens, source)
    prepared = prepare(tokens, source)
    builder = Builder(source)
    try:
        tree = _parser().parse(cast(str, (prepared, builder)))
    except UnexpectedToken as error:
        raise _unexpected(error, prepared, source) from None
    except VisitError as error:
        if isinstance(error.orig_exc, ExpressionError):
            raise error.orig_exc from None
        raise
    except UnexpectedInput:
        raise source.fault("the expression cannot be read", 0) from None
    return builder.build(tree)


@cache
def _parser() -> Lark:
    """The LALR parser, constructed at first use."""
    from solver.expression.lalr import parser_of

    return parser_of(_GRAMMAR)


def _refuse_commas(tokens: list[Token], source: Source) -> None:
    """A comma between digits outside a call is a decimal comma, which is written as a point."""
    calls: list[bool] = []
    tight: list[list[Token]] = []
    loose: list[bool] = []
    for i, token in enumerate(tokens):
        if token.kind in ("LPAR", "LBRACE", "LBRACKET"):
            before = tokens[i - 1].kind if i else ""
            inside_piecewise = before in ("PIECEWISE", "LPAR", "COMMA") and "PIECEWISE" in {
                t.kind for t in tokens[:i]
            }
            call = (
                before in ("FUNCTION", "PIECEWISE", "SUPERSCRIPT") or inside_piecewise or _powered(tokens, i)
            )
            calls.append(call)
            tight.append([])
            loose.append(False)
        elif token.kind in ("RPAR", "RBRACE", "RBRACKET") and calls:
            calls.pop()
            commas, spaced = tight.pop(), loose.pop()
            if commas and spaced:
                raise source.fault(
                    "ambiguous: a decimal comma or two arguments?", commas[0].start, commas[0].end,
                    "Write decimals with a point, and a space after the comma between arguments.",
                )  # fmt: skip
        elif token.kind == "COMMA":
            between = (
                source.text[max(0, token.start - 1) : token.start].isdigit()
                and source.text[token.end : token.end + 1].isdigit()
            )
            if between and not (calls and calls[-1]):
                raise source.fault(
                    "a comma between digits: decimals are written with a point", token.start, token.end,
                    "Write 0.25 for 0,25.",
                )  # fmt: skip
            if calls:
                if between:
                    tight[-1].append(token)
                else:
                    loose[-1] = True


def _powered(tokens: list[Token], i: int) -> bool:
    """Whether the parenthesis at `i` opens the arguments of a function with a power: sin^2(x)."""
    return i >= 3 and tokens[i - 2].kind == "CARET" and tokens[i - 3].kind == "FUNCTION"


def _refuse_misplaced(tokens: list[Token], source: Source) -> None:
    for i, token in enumerate(tokens):
        if token.kind in ("FUNCTION",):
            after = tokens[i + 1].kind if i + 1 < len(tokens) else None
            if after in (None, "RPAR", "RBRACE", "PLUS", "STAR", "SLASH", "COMMA", "MINUS", "BARCLOSE"):
                name = token.text.strip().lstrip("\\")
                hint = f"Write {name}(x)." if after != "MINUS" else f"Write {name}(-x)."
                raise source.fault(f"“{name}” needs an argument", token.start, token.end, hint)


_DESCRIPTIONS = {
    "RPAR": "“)”", "RBRACE": "“}”", "BARCLOSE": "“|”", "COMMA": "“,”", "$END": "the end",
    "RELATION": "a relation",
    "OTHERWISE": "True", "AMP": "“&”", "LPAR": "“(”", "LBRACE": "“{”",
}  # fmt: skip


def _unexpected(error: Any, tokens: list[Token], source: Source) -> ExpressionError:
    found: LarkToken = error.token
    expected = set(error.accepts or error.expected)
    if "NUMBER" in expected:
        wanted = "a number, a name or “(” is expected"
    else:
        names = [_DESCRIPTIONS[k] for k in sorted(expected) if k in _DESCRIPTIONS and k != "$END"]
        wanted = f"an operator or {names[0]} is expected" if names else "an operator is expected"
    if found.type == "$END":
        end = max(len(source.text.rstrip()), 1)
        last = tokens[-1]
        return (
            source.fault(f"the expression ends where {wanted}", end - 1 if end else 0, None, None)
            if (last.end >= end)
            else source.fault(f"“{last.text}” stands where {wanted}", last.start, last.end)
        )
    token = cast(Token, found.value)
    shown = token.text or source.text[token.start : token.start + 1]
    return source.fault(f"“{shown}” stands where {wanted}", token.start, max(token.end, token.start + 1))


__all__ = ["quotient", "read_definition", "read_equation", "read_expression"]
