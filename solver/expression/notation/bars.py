"""Absolute values: which of the bars |x| opens and which closes. Two ways to pair them are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from solver.expression.notation.source import (
    CLOSES,
    OPENS,
    OPERAND_ENDS,
    OPERAND_STARTS,
    SIGNS,
    Source,
    Token,
    shortened,
)

_DEEP = 60
_BEFORE = (0, "BARCLOSE")
"""The state before the first bar and after the last: how many are open, the role of the last one."""


def directed(tokens: list[Token], source: Source) -> list[Token]:
    """The tokens with each bar made BAROPEN or BARCLOSE."""
    roles: dict[int, str] = {}
    for group in _groups(tokens):
        roles |= _paired(group, tokens, source)
    return [replace(t, kind=roles[i]) if i in roles else t for i, t in enumerate(tokens)]


def _groups(tokens: list[Token]) -> Iterator[list[int]]:
    """The places of the bars that stand between the same brackets."""
    stack: list[list[int]] = [[]]
    for i, token in enumerate(tokens):
        if token.kind in OPENS:
            stack.append([])
        elif token.kind in CLOSES and len(stack) > 1:
            yield stack.pop()
        elif token.kind == "BAR":
            stack[-1].append(i)
    yield from stack


def _paired(bars: list[int], tokens: list[Token], source: Source) -> dict[int, str]:
    """The role of each bar: closing as soon as it can, if no other pairing makes sense too."""
    if not bars:
        return {}
    moves = _Moves(bars, tokens, source)
    sound = _sound(moves, len(bars))
    if _BEFORE not in sound[0]:
        last = tokens[bars[-1]]
        hint = "Write abs(x) where it is not clear which bar closes which."
        raise source.fault("“|” is never closed", last.start, last.end, hint)
    roles, turn = _way(moves, sound)
    if turn is not None:
        others, _ = _way(moves, sound, turn)
        readings = [_reading(bars, way, tokens, source) for way in (roles, others)]
        raise source.fault(
            f"ambiguous: {readings[0]} or {readings[1]}?", tokens[bars[0]].start, tokens[bars[-1]].end,
            "Write abs(x) for the absolute values.",
        )  # fmt: skip
    return dict(zip(bars, roles, strict=True))


def _sound(moves: _Moves, count: int) -> list[set[tuple[int, str]]]:
    """For each bar, the states before it from which all bars can be paired."""
    reached = [{_BEFORE}]
    for k in range(count):
        reached.append({m for state in reached[k] for m in moves.of(k, *state) if m[0] <= _DEEP})
    sound = [*reached[:-1], reached[-1] & {_BEFORE}]
    for k in range(count - 1, -1, -1):
        sound[k] = {state for state in reached[k] if sound[k + 1] & set(moves.of(k, *state))}
    return sound


def _way(
    moves: _Moves, sound: list[set[tuple[int, str]]], turn: int | None = None
) -> tuple[list[str], int | None]:
    """The roles in order, each closing where it can (at the bar `turn`: opening), and the first bar with a
    choice."""
    roles: list[str] = []
    choice: int | None = None
    state = _BEFORE
    for k in range(len(sound) - 1):
        choices = [m for m in moves.of(k, *state) if m in sound[k + 1]]
        if len(choices) > 1 and choice is None:
            choice = k
        state = choices[-1 if k == turn else 0]
        roles.append(state[1])
    return roles, choice


class _Moves:
    """What a bar may be, from what stands beside it."""

    def __init__(self, bars: list[int], tokens: list[Token], source: Source) -> None:
        self.bars, self.tokens, self.text = bars, tokens, source.text

    def of(self, k: int, depth: int, before: str) -> list[tuple[int, str]]:
        """(depth, role) after bar `k`, that of the bar before it known; closing first."""
        i = self.bars[k]
        left = self.tokens[i - 1].kind if i else ""
        right = self.tokens[i + 1].kind if i + 1 < len(self.tokens) else ""
        operand = before == "BARCLOSE" if left == "BAR" else left in OPERAND_ENDS
        closes = operand and depth > 0
        opens = right in (*OPERAND_STARTS, "BAR") or (right in SIGNS and not operand)
        if closes and opens and right != "BAR":
            token = self.tokens[i]
            spaced = (self._space(token.start - 1), self._space(token.end))
            closes, opens = spaced != (True, False), spaced != (False, True)
        if left == "BAR" and before == "BAROPEN":
            closes = False
        if closes and right == "BAR":
            opens = False  # |x||y| is a product: nobody writes ||y|| for |y|
        found = [(depth - 1, "BARCLOSE")] if closes else []
        return [*found, (depth + 1, "BAROPEN")] if opens else found

    def _space(self, at: int) -> bool:
        return self.text[at : at + 1].isspace()


def _reading(bars: list[int], roles: list[str], tokens: list[Token], source: Source) -> str:
    """The text from the first bar to the last, with abs( … ) for the bars and a sign for each product."""
    written, role_of = "", dict(zip(bars, roles, strict=True))
    ended, at = False, tokens[bars[0]].start
    for i in range(bars[0], bars[-1] + 1):
        token, role = tokens[i], role_of.get(i)
        gap, at = source.text[at : token.start], token.end
        starts = role == "BAROPEN" or (role is None and token.kind in OPERAND_STARTS)
        beside_bar = role is not None or role_of.get(i - 1) is not None
        written += "*" if ended and starts and beside_bar else gap
        written += {"BAROPEN": "abs(", "BARCLOSE": ")", None: token.text}[role]
        ended = role == "BARCLOSE" or (role is None and token.kind in OPERAND_ENDS)
    return shortened(written)
