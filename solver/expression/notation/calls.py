"""Functions without parentheses made calls: sin 2x is sin(2x), sin^2(x) is sin(x)^2, sin^-1 the inverse."""

from __future__ import annotations

from fractions import Fraction

from solver.expression.functions import FUNCTIONS
from solver.expression.notation.source import OPENS, OPERAND_STARTS, SIGNS, Function, Source, Token, partners

_BARE = 20
_PARENTHESES = {"max", "min", "root", "pow"}
_WHOLE = "the power of a function is a whole number, as in sin^2(x)"


def called(tokens: list[Token], source: Source) -> list[Token]:
    """Every application a CALL with its parentheses; the CALL's value is (name, power or None)."""
    found: list[Token] = []
    _Calls(tokens, source).copy(0, len(tokens), found)
    return found


class _Calls:
    def __init__(self, tokens: list[Token], source: Source) -> None:
        self.tokens, self.source = tokens, source
        self.partner = partners(tokens)

    def copy(self, at: int, end: int, out: list[Token]) -> None:
        """The tokens from `at` to `end`, their applications made calls."""
        while at < end:
            if self.tokens[at].kind == "FUNCTION":
                at = self.application(at, out, 0)
            else:
                out.append(self.tokens[at])
                at += 1

    def application(self, at: int, out: list[Token], bare: int) -> int:
        """Writes the application that begins at `at`; returns where it ends. `bare` counts the functions
        that stand before it without parentheses."""
        token = self.tokens[at]
        function = token.value
        assert isinstance(function, Function)
        if bare > _BARE:
            raise self.fault("too many functions applied without parentheses", token)
        name, base = function.name, [function.base] if function.base else []
        at += 1
        if function.based:
            base, at = self.tokens[at + 1 : self.partner[at]], self.partner[at] + 1
        power, at = self.power(at)
        if power == -1:
            name, power = self.inverse(name, token), None
        end = Token("RPAR", ")", token.end, token.end)
        out.append(Token("CALL", token.text, token.start, token.end, (name, power)))
        if at < len(self.tokens) and self.tokens[at].kind == "LPAR":
            close = self.partner[at]
            if close == at + 1:
                raise self.lacking(name, token)
            out.append(self.tokens[at])
            self.copy(at + 1, close, out)
            end, stop = self.tokens[close], close + 1
        else:
            if name in _PARENTHESES or name not in FUNCTIONS:
                raise self.fault(f"{name} needs its arguments in parentheses", token, f"Write {name}(…).")
            stop = self.argument(at, token, name)
            out.append(Token("LPAR", "(", token.end, token.end))
            if self.tokens[at].kind == "FUNCTION":
                stop = self.application(at, out, bare + 1)
            else:
                self.copy(at, stop, out)
            end = Token("RPAR", ")", self.tokens[stop - 1].end, self.tokens[stop - 1].end)
        if base:
            out.append(Token("COMMA", ",", end.start, end.start))
            self.copy_all(base, out)
        out.append(end)
        return stop

    def copy_all(self, tokens: list[Token], out: list[Token]) -> None:
        """The base of a logarithm, with the calls in it."""
        _Calls(tokens, self.source).copy(0, len(tokens), out)

    def argument(self, at: int, function: Token, name: str) -> int:
        """Where the argument without parentheses that begins at `at` ends: numbers, names, their powers."""
        tokens = self.tokens
        if at >= len(tokens) or tokens[at].kind not in OPERAND_STARTS:
            raise self.lacking(name, function, at)
        first = tokens[at]
        while at < len(tokens):
            token = tokens[at]
            if token.kind in ("LPAR", "LBRACE") and token is not first:
                if tokens[at - 1].kind != "NUMBER":
                    inside = self.source.between(first, tokens[at - 1])
                    rest = self.source.between(token, tokens[self.partner[at]])
                    raise self.source.fault(
                        f"ambiguous: {name}({inside})*{rest} or {name}({inside}*{rest})?",
                        function.start, tokens[self.partner[at]].end,
                        "Put the argument in parentheses.",
                    )  # fmt: skip
                return self.power_end(self.partner[at] + 1)
            if token.kind in ("NUMBER", "NAME", "CONSTANT"):
                at = self.power_end(at + 1)
                continue
            return self.first_end(at) if token is first and token.kind != "FUNCTION" else at
        return at

    def first_end(self, at: int) -> int:
        """The end of an argument that is a group, an absolute value, a fraction or a root."""
        kind, partner = self.tokens[at].kind, self.partner
        if kind in ("LBRACE", "BAROPEN"):
            return self.power_end(partner[at] + 1)
        if kind == "FRAC":
            return self.power_end(partner[partner[at + 1] + 1] + 1)
        if kind == "TEXROOT":
            inner = partner[at + 1] + 1 if self.tokens[at + 1].kind == "LBRACKET" else at + 1
            return self.power_end(partner[inner] + 1)
        if kind == "ROOT" and at + 1 < len(self.tokens):
            return partner[at + 1] + 1 if self.tokens[at + 1].kind in OPENS else at + 2
        return at

    def power_end(self, at: int) -> int:
        """Past the exponents that stand at `at`."""
        tokens = self.tokens
        while at < len(tokens) and tokens[at].kind in ("CARET", "SUPERSCRIPT"):
            if tokens[at].kind == "SUPERSCRIPT":
                at += 1
                continue
            at += 1
            while at < len(tokens) and tokens[at].kind in SIGNS:
                at += 1
            if at < len(tokens):
                at = self.partner[at] + 1 if tokens[at].kind in OPENS else at + 1
        return at

    def power(self, at: int) -> tuple[object, int]:
        """The power written on a function's name, a whole number or a name's token, and where it ends."""
        tokens = self.tokens
        if at >= len(tokens) or tokens[at].kind not in ("CARET", "SUPERSCRIPT"):
            return None, at
        mark = tokens[at]
        if mark.kind == "SUPERSCRIPT":
            return mark.value, at + 1
        at += 1
        inside = tokens[at : at + 1]
        after = at + 1
        if inside and inside[0].kind in ("LBRACE", "LPAR"):
            inside, after = tokens[at + 1 : self.partner[at]], self.partner[at] + 1
        elif inside and inside[0].kind == "MINUS":
            inside, after = tokens[at : at + 2], at + 2
        sign = -1 if inside and inside[0].kind == "MINUS" else 1
        if sign < 0:
            inside = inside[1:]
        if (
            len(inside) != 1
            or inside[0].kind not in ("NUMBER", "NAME")
            or (sign < 0 and inside[0].kind == "NAME")
        ):
            raise self.fault(_WHOLE, mark, "Write the power after the call: sin(x)^(1/2).")
        if inside[0].kind == "NAME":
            return inside[0], after
        value = inside[0].value
        number = value[0] if isinstance(value, tuple) else Fraction(1, 2)
        if number.denominator != 1:
            raise self.fault(_WHOLE, inside[0], "Write the power after the call: sin(x)^(1/2).")
        return sign * int(number), after

    def inverse(self, name: str, token: Token) -> str:
        found = FUNCTIONS[name].inverse if name in FUNCTIONS else None
        if found is None:
            hint = f"Write 1/{name}(x) for the reciprocal."
            raise self.fault(f"{name}^(-1) is not a function that is known", token, hint)
        return found

    def lacking(self, name: str, token: Token, at: int | None = None) -> Exception:
        """`sin` alone, `sin + 1`, `exp -x`."""
        shown = token.text.strip().lstrip("\\")
        negative = at is not None and at < len(self.tokens) and self.tokens[at].kind == "MINUS"
        example = "(-x)" if negative else "(0, x)" if name in ("max", "min") else "(x)"
        return self.fault(f"“{shown}” needs an argument", token, f"Write {name}{example}.")

    def fault(self, message: str, token: Token, hint: str | None = None) -> Exception:
        return self.source.fault(message, token.start, token.end, hint)
