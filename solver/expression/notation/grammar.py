"""The operator grammar: what is left to read once brackets, calls and products are explicit."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark

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
condition: sum RELATION sum (RELATION sum)? | OTHERWISE
rows: row (ROW row)* ROW?
row: sum COMMA? AMP COMMA? condition COMMA?
%declare PLUS MINUS STAR SLASH TIMES CARET SUPERSCRIPT NUMBER NAME CONSTANT
%declare LPAR RPAR LBRACE RBRACE BAROPEN BARCLOSE
%declare CALL ROOT FRAC TEXROOT LBRACKET RBRACKET PIECEWISE CASES ENDCASES COMMA SEMICOLON RELATION
%declare OTHERWISE ROW AMP
"""


@cache
def parser() -> Lark:
    """The LALR parser, constructed at first use."""
    from solver.expression.notation.parser import parser_of

    return parser_of(_GRAMMAR)
