"""Between scanning and parsing: products without a sign, functions without parentheses, paired bars.

What is ambiguous on paper is refused here with both readings; what is left is a plain operator grammar.
"""

from __future__ import annotations

from dataclasses import replace

from solver.errors import nearest
from solver.expression.functions import FUNCTIONS
from solver.expression.names import GREEK_NAMES
from solver.expression.tokens import Source, Token

MAX_DEPTH = 200

_OPENS = {
    "LPAR": "RPAR",
    "LBRACE": "RBRACE",
    "BAROPEN": "BARCLOSE",
    "LBRACKET": "RBRACKET",
    "CASES": "ENDCASES",
}
_CLOSES = {close: opening for opening, close in _OPENS.items()}
_OPERAND_ENDS = {"NUMBER", "NAME", "CONSTANT", "RPAR", "RBRACE", "BARCLOSE", "SUPERSCRIPT"}
_OPERAND_STARTS = {
    "NUMBER", "NAME", "CONSTANT", "LPAR", "BAROPEN", "FUNCTION", "CALL", "ROOT", "TEXROOT", "FRAC",
    "PIECEWISE", "CASES",
    "LBRACE",
}  # fmt: skip
_GROUPED = {"FRAC", "TEXROOT", "CARET"}


def prepare(tokens: list[Token], source: Source) -> list[Token]:
    """Tokens of the operator grammar: brackets paired, calls explicit, implicit products written `TIMES`."""
    tokens = _paired(tokens, source)
    _refuse_labels(tokens, source)
    tokens = _calls(tokens, source)
    tokens = _products(tokens, source)
    tokens = _spaced_fractions(tokens, source)
    _refuse_ambiguous_quotients(tokens, source)
    return tokens


def _refuse_labels(tokens: list[Token], source: Source) -> None:
    """x^{(2)} is an index in a sheet and a power on paper."""
    for i in range(len(tokens) - 5):
        kinds = [t.kind for t in tokens[i : i + 6]]
        if kinds == ["NAME", "CARET", "LBRACE", "LPAR", "NUMBER", "RPAR"]:
            name, index = tokens[i].text, tokens[i + 4].text
            raise source.fault(
                f"ambiguous: the power {name}^{index} or the index {name}_{index}?",
                tokens[i].start, tokens[i + 5].end,
                "Write the one that is meant.",
            )  # fmt: skip


def _paired(tokens: list[Token], source: Source) -> list[Token]:
    """Bars made opening or closing, brackets checked, depth limited."""
    found: list[Token] = []
    stack: list[Token] = []
    for token in tokens:
        if token.kind == "BAR":
            before = found[-1].kind if found else None
            closes = before in _OPERAND_ENDS and bool(stack) and stack[-1].kind == "BAROPEN"
            token = replace(token, kind="BARCLOSE" if closes else "BAROPEN")
        if token.kind in _OPENS:
            stack.append(token)
            if len(stack) > MAX_DEPTH:
                raise source.fault(f"the expression is nested more than {MAX_DEPTH} levels deep", token.start)
        elif token.kind in _CLOSES:
            if not stack:
                raise source.fault(f"“{token.text}” closes nothing", token.start, token.end)
            opening = stack.pop()
            if _OPENS[opening.kind] != token.kind:
                raise source.fault(f"“{token.text}” does not close “{opening.text}”", token.start, token.end)
        found.append(token)
    if stack:
        raise source.fault(f"“{stack[-1].text}” is never closed", stack[-1].start, stack[-1].end)
    return found


def _calls(tokens: list[Token], source: Source) -> list[Token]:
    """Every application made a call with parentheses: `sin 2x` → `sin(2x)`, `sin^2(x)` → `sin(x)^2`.

    A FUNCTION token becomes a CALL followed by LPAR … RPAR; a power of the function stands in the CALL's
    value
    as (name, base, power).
    """
    partner = _partners(tokens)

    def application(at: int, out: list[Token], depth: int) -> int:
        """Writes the application that begins at `at`; returns where it ends."""
        token = tokens[at]
        if depth > 20:
            raise source.fault("too many functions applied without parentheses", token.start, token.end)
        name, base = token.value if isinstance(token.value, tuple) else (str(token.value), None)
        at += 1
        power: object = None
        if at < len(tokens) and tokens[at].kind == "SUPERSCRIPT":
            power, at = tokens[at].value, at + 1
        elif at < len(tokens) and tokens[at].kind == "CARET":
            power, at = _function_power(tokens, at, source)
        if power == -1:
            inverse = FUNCTIONS[name].inverse if name in FUNCTIONS else None
            if inverse is None:
                raise source.fault(
                    f"{name}^(-1) is not a function that is known", token.start, token.end,
                    f"Write 1/{name}(x) for the reciprocal.",
                )  # fmt: skip
            name, power = inverse, None
        out.append(Token("CALL", token.text, token.start, token.end, (name, base, power)))
        if at < len(tokens) and tokens[at].kind == "LPAR":
            close = partner[at]
            out.append(tokens[at])
            copy(at + 1, close, out, depth + 1)
            out.append(tokens[close])
            return close + 1
        if name in ("max", "min", "root", "pow") or (name == "log" and base is None):
            raise source.fault(f"{name} needs its arguments in parentheses", token.start, token.end)
        if name not in FUNCTIONS:
            raise source.fault(f"{name} needs its argument in parentheses", token.start, token.end)
        end = argument(at, token)
        out.append(Token("LPAR", "(", token.end, token.end))
        if at < len(tokens) and tokens[at].kind == "FUNCTION":
            end = application(at, out, depth + 1)
        else:
            copy(at, end, out, depth + 1)
        out.append(Token("RPAR", ")", token.end, token.end))
        return end

    def argument(at: int, function: Token) -> int:
        """Where the argument without parentheses that begins at `at` ends: numbers, names and their
        powers."""
        if at >= len(tokens) or tokens[at].kind not in _OPERAND_STARTS:
            hint = f"Write {function.text.strip()}(x)."
            raise source.fault(f"“{function.text}” needs an argument", function.start, function.end, hint)
        first = tokens[at]
        while at < len(tokens):
            token = tokens[at]
            if token.kind == "FUNCTION":
                return at
            if token.kind in ("LPAR", "LBRACE") and token is not first:
                if tokens[at - 1].kind != "NUMBER":
                    inside = source.text[first.start : tokens[at - 1].end]
                    rest = source.text[token.start : tokens[partner[at]].end]
                    name = function.text.strip()
                    raise source.fault(
                        f"ambiguous: {name}({inside}){rest} or {name}({inside}{rest})?",
                        function.start, token.end,
                        "Put the argument in parentheses.",
                    )  # fmt: skip
                return power_end(partner[at] + 1)
            if token.kind in ("NUMBER", "NAME", "CONSTANT"):
                at = power_end(at + 1)
                continue
            if token is first:
                if token.kind in ("LBRACE", "BAROPEN"):
                    return power_end(partner[at] + 1)
                if token.kind == "FRAC":
                    return power_end(partner[partner[at + 1] + 1] + 1)
                if token.kind == "TEXROOT":
                    inner = partner[at + 1] + 1 if tokens[at + 1].kind == "LBRACKET" else at + 1
                    return power_end(partner[inner] + 1)
                if token.kind == "ROOT" and at + 1 < len(tokens):
                    return partner[at + 1] + 1 if tokens[at + 1].kind in _OPENS else at + 2
            return at
        return at

    def power_end(at: int) -> int:
        """Past the exponent, if one stands at `at`."""
        while at < len(tokens) and tokens[at].kind in ("CARET", "SUPERSCRIPT"):
            if tokens[at].kind == "SUPERSCRIPT":
                at += 1
                continue
            at += 1
            while at < len(tokens) and tokens[at].kind in ("MINUS", "PLUS"):
                at += 1
            if at < len(tokens):
                at = partner[at] + 1 if tokens[at].kind in _OPENS else at + 1
        return at

    def copy(at: int, end: int, out: list[Token], depth: int) -> None:
        while at < end:
            if tokens[at].kind == "FUNCTION":
                at = application(at, out, depth if depth < 20 else 0)
            else:
                out.append(tokens[at])
                at += 1

    result: list[Token] = []
    copy(0, len(tokens), result, 0)
    return result


def _function_power(tokens: list[Token], at: int, source: Source) -> tuple[object, int]:
    """The power written on a function's name, as in sin^2(x): a whole number or a name."""
    caret, at = tokens[at], at + 1
    braced = at < len(tokens) and tokens[at].kind in ("LBRACE", "LPAR")
    if braced:
        at += 1
    sign = 1
    if at < len(tokens) and tokens[at].kind == "MINUS":
        sign, at = -1, at + 1
    if at >= len(tokens) or tokens[at].kind not in ("NUMBER", "NAME"):
        raise source.fault(
            "the power of a function is a whole number, as in sin^2(x)", caret.start, caret.end
        )
    token = tokens[at]
    power: object
    if token.kind == "NUMBER":
        assert isinstance(token.value, tuple)
        if token.value[0].denominator != 1:
            raise source.fault("the power of a function is a whole number", token.start, token.end)
        power = sign * int(token.value[0])
    elif sign < 0:
        raise source.fault("the power of a function is a whole number", token.start, token.end)
    else:
        power = token
    at += 1
    if braced:
        if at >= len(tokens) or tokens[at].kind not in ("RBRACE", "RPAR"):
            raise source.fault(
                "the power of a function is a whole number, as in sin^2(x)", caret.start, caret.end
            )
        at += 1
    return power, at


def _partners(tokens: list[Token]) -> dict[int, int]:
    partner: dict[int, int] = {}
    stack: list[int] = []
    for i, token in enumerate(tokens):
        if token.kind in _OPENS:
            stack.append(i)
        elif token.kind in _CLOSES:
            partner[stack.pop()] = i
    return partner


def _products(tokens: list[Token], source: Source) -> list[Token]:
    """`TIMES` between operands that stand side by side."""
    found: list[Token] = []
    grouped = _argument_braces(tokens)
    for i, token in enumerate(tokens):
        before = tokens[i - 1] if i else None
        juxtaposed = (
            before is not None
            and before.kind in _OPERAND_ENDS
            and token.kind in _OPERAND_STARTS
            and i not in grouped
        )
        if juxtaposed:
            assert before is not None
            _refuse_side_by_side(tokens, i, source)
            found.append(Token("TIMES", "", token.start, token.start))
        found.append(token)
    return found


def _argument_braces(tokens: list[Token]) -> set[int]:
    """Places of the opening braces that hold an argument of \\frac, \\sqrt or an exponent."""
    partner = _partners(tokens)
    places: set[int] = set()
    for i, token in enumerate(tokens):
        if token.kind == "FRAC" and i + 1 in partner:
            places |= {i + 1, partner[i + 1] + 1}
        elif token.kind == "TEXROOT":
            places.add(i + 1)
            if i + 1 in partner and tokens[i + 1].kind == "LBRACKET":
                places.add(partner[i + 1] + 1)
        elif token.kind in ("CARET", "CALL"):
            places.add(i + 1)
    return places


def _refuse_side_by_side(tokens: list[Token], i: int, source: Source) -> None:
    before, token = tokens[i - 1], tokens[i]
    if token.kind == "NUMBER":
        if before.kind in ("NUMBER", "SUPERSCRIPT"):
            raise source.fault(
                f"two numbers side by side: “{source.text[before.start : token.end]}”",
                before.start, token.end,
                "Write * between them for a product.",
            )  # fmt: skip
        if before.kind in ("NAME", "CONSTANT", "RBRACE"):
            shown = source.text[before.start : before.end]
            raise source.fault(
                f"a number follows “{shown}”", token.start, token.end,
                f"Write {shown}*{token.text} for the product or {shown}^{token.text} for the power."
                if before.kind != "RBRACE" else "Write * for a product.",
            )  # fmt: skip
    if token.kind == "LPAR" and before.kind == "NAME":
        name = str(before.value)
        single = len(name) == 1 or "_" in name or name in GREEK_NAMES or name[1:].isdigit()
        if not single:
            spaced = "*".join(name) if name.isalpha() and len(name) <= 3 else name + "*"
            raise source.fault(
                f"“{name}” is not a known function", before.start, before.end,
                nearest(name, FUNCTIONS) or f"Write {spaced}(…) for a product.",
            )  # fmt: skip
    root_before = i >= 2 and tokens[i - 2].kind == "ROOT"
    if (
        root_before
        and token.kind in ("NAME", "NUMBER", "LPAR", "CONSTANT")
        and before.kind in ("NAME", "NUMBER", "CONSTANT")
    ):
        inside, rest = source.text[before.start : before.end], source.text[token.start : token.end]
        sign = tokens[i - 2].text
        raise source.fault(
            f"ambiguous: {sign}({inside})·{rest} or {sign}({inside}{rest})?", tokens[i - 2].start, token.end,
            "Put what is under the root in parentheses.",
        )  # fmt: skip


def _spaced_fractions(tokens: list[Token], source: Source) -> list[Token]:
    """`7/2 w` has one reading: a fraction of two numbers written tight, then a space, is a coefficient."""
    found = list(tokens)
    for i in range(len(tokens) - 3, 0, -1):
        if tokens[i].kind != "SLASH" or {tokens[i - 1].kind, tokens[i + 1].kind} != {"NUMBER"}:
            continue
        top, bottom, after = tokens[i - 1], tokens[i + 1], tokens[i + 2]
        written = source.text[top.start : bottom.end]
        before = tokens[i - 2].kind if i > 1 else "PLUS"
        if (
            after.kind == "TIMES"
            and not any(c.isspace() for c in written)
            and source.text[bottom.end : bottom.end + 1].isspace()
            and before not in ("TIMES", "SLASH", "CARET")
        ):
            opening = Token("LPAR", "(", top.start, top.start)
            closing = Token("RPAR", ")", bottom.end, bottom.end)
            found[i - 1 : i + 2] = [opening, top, tokens[i], bottom, closing]
    return found


def _refuse_ambiguous_quotients(tokens: list[Token], source: Source) -> None:
    """1/2x: half of x, or the inverse of 2x."""
    partner = _partners(tokens)
    for i, token in enumerate(tokens):
        if token.kind != "SLASH":
            continue
        at = i + 1
        while at < len(tokens) and tokens[at].kind in ("MINUS", "PLUS"):
            at += 1
        first = at
        while at < len(tokens) and tokens[at].kind not in (
            "TIMES", "STAR", "SLASH", "PLUS", "MINUS", "RPAR", "RBRACE", "BARCLOSE", "RBRACKET", "COMMA",
            "SEMICOLON",
            "RELATION", "AMP", "ROW", "ENDCASES",
        ):  # fmt: skip
            if tokens[at].kind in ("CARET",):
                at += 1
                while at < len(tokens) and tokens[at].kind in ("MINUS", "PLUS"):
                    at += 1
                if at < len(tokens) and tokens[at].kind not in _OPENS:
                    at += 1
                continue
            at = partner[at] + 1 if tokens[at].kind in _OPENS else at + 1
        if at < len(tokens) and tokens[at].kind == "TIMES":
            if source.text[token.start] == "\\":
                continue
            end = _unit_end(tokens, at + 1, partner)
            left = _left_operand(tokens, i, partner)
            a = source.text[tokens[left].start : token.start].strip()
            b = source.text[tokens[first].start : tokens[at - 1].end].strip()
            c = source.text[tokens[at].start : tokens[end - 1].end].strip()
            whole = source.text[tokens[left].start : tokens[end - 1].end]
            raise source.fault(
                f"ambiguous: “{whole}” is ({a}/{b})*{c} or {a}/({b}*{c})",
                tokens[left].start, tokens[end - 1].end,
                "Write the one that is meant.",
            )  # fmt: skip


def _unit_end(tokens: list[Token], at: int, partner: dict[int, int]) -> int:
    while at < len(tokens) and tokens[at].kind in ("CALL", "ROOT", "FRAC", "TEXROOT"):
        at += 1
    if at < len(tokens):
        at = partner[at] + 1 if at in partner else at + 1
    return min(at, len(tokens))


def _left_operand(tokens: list[Token], slash: int, partner: dict[int, int]) -> int:
    opening = {close: start for start, close in partner.items()}
    at = slash - 1
    if at in opening:
        at = opening[at]
        if at and tokens[at - 1].kind in ("CALL", "FRAC", "TEXROOT"):
            at -= 1
    return max(at, 0)
