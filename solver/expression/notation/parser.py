"""The LALR parser of expressions, from a grammar whose tokens are there already."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from lark import Lark, Token
from lark import __version__ as lark_version
from lark.lexer import Lexer

from solver.resources import cache_folder


class Prepared(Lexer):
    """Hands over the tokens that it is given, as `(tokens, anything)`."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Token]:
        for token in lexer_state[0]:
            yield Token(token.kind, token)


def parser_of(grammar: str) -> Lark:
    """The parser of a grammar; its tables are kept between runs, as Python keeps compiled modules."""
    return Lark(grammar, parser="lalr", lexer=Prepared, maybe_placeholders=False, cache=_kept(grammar))


def _kept(grammar: str) -> Any:
    """The file of the tables, or False where none can be kept."""
    folder = cache_folder()
    if folder is None:
        return False
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(folder / f"grammar-{sha256((grammar + lark_version).encode()).hexdigest()[:16]}")
    return False
