"""read → solve: a sheet, its variant, and the facts that answer its requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from solver.assembly import Solved, in_sheet
from solver.derivation.equality import Equality
from solver.errors import CheckFailed, CorrigeError, SheetError
from solver.plain_data import reachable
from solver.questions.base import Facts, Question, Scope, body_as_option, read_request
from solver.sheet.draws import never_met
from solver.sheet.model import Directive, Require, Sheet
from solver.sheet.reader import iter_directives, read_sheet, requests_of
from solver.sheet.requires import holds

Progress = Callable[[str, float], None]
"""Called with the name of each stage or question as it begins, and the share of the work before it."""

SOLVING = (0.05, 0.6)
"""The shares of the work between which a sheet is solved."""

_SOLVED_TRIES = 40
"""Variants solved before the conditions on facts are said to be unmet."""


def read(path: Path) -> Sheet:
    """The sheet in a file; a SheetError where it cannot be read."""
    return read_sheet(text_of(path), str(path))


def text_of(path: Path) -> str:
    """The text of a sheet's file; a SheetError where it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SheetError(f"cannot read {path}: {error.strerror or error}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SheetError(f"{path}:{line}: the file is not UTF-8 text") from None


def read_variant(text: str, path: str, seed: int = 1, lang: str | None = None) -> Sheet:
    """The variant `seed` of the sheet in `text`: drawn again until the conditions on facts hold too.

    Raises SheetError, with the draws tried, where they do not after many tries.
    """
    tried: list[str] = []
    first = 0
    while True:
        sheet = read_sheet(text, path, seed=seed, first=first, lang=lang)
        variant = sheet.variant
        if variant is None or not variant.requires:
            return sheet
        facts = reachable(solve(sheet, lang=lang).facts)
        unmet = next((r for r in variant.requires if not _held(sheet, r, facts)), None)
        if unmet is None:
            return sheet
        tried.append(variant.shown)
        first = variant.attempt + 1
        if len(tried) == _SOLVED_TRIES:
            fault = never_met(unmet, tried, len(tried))
            sheet.locate(fault)
            raise fault


def _held(sheet: Sheet, require: Require, facts: Mapping[str, object]) -> bool:
    """Whether a condition on facts holds; its faults are shown in the sheet."""
    assert sheet.variant is not None
    try:
        return holds(require, sheet.variant.values, facts)
    except CorrigeError as fault:
        sheet.locate(fault)
        raise


def solve(
    sheet: Sheet,
    *,
    lang: str | None = None,
    progress: Progress | None = None,
    found: Callable[[Solved, Directive], None] | None = None,
) -> Solved:
    """The facts of every `{solve}` and the claims of every `{check}`, in the order of the sheet.

    `found` is called as soon as a request is answered, with all that is solved so far.
    """
    lang = lang or sheet.metadata.lang
    facts: dict[str, Facts] = {}
    requests: dict[str, tuple[Directive, Question]] = {}
    claims: dict[str, tuple[Equality, ...]] = {}
    solved = Solved(sheet, lang, requests, facts, claims)
    wanted = len(requests_of(sheet))
    for directive in iter_directives(sheet):
        scope = Scope(sheet.givens, sheet.networks, facts, lang, directive.label, sheet.decimal_comma)
        with in_sheet(sheet, directive):
            if directive.name == "solve":
                if progress:
                    low, high = SOLVING
                    progress(directive.label, low + (high - low) * len(facts) / wanted)
                options = body_as_option(directive)
                request = read_request(directive.argument, options, scope, directive.span)
                requests[directive.label] = (directive, request)
                facts[directive.label] = request.solve(scope)
                if found:
                    found(solved, directive)
            elif directive.name == "check":
                from solver.questions.claims import check_claims

                claims[directive.label] = check_claims(directive, scope)
    return solved


def require_sound(solved: Solved, *, strict: bool = False) -> None:
    """CheckFailed where an equality does not hold (or, if strict, where one is undecided)."""
    found = solved.tally
    bad = found.failed or (found.undecided if strict else ())
    if bad:
        first = bad[0]
        word = "does not hold" if first.holds is False else "is undecided"
        raise CheckFailed(
            f"{len(bad)} check{'s' if len(bad) > 1 else ''} failed; the first: "
            f"{first.left} = {first.right} {word} ({first.means.value})",
            path=solved.sheet.path,
        )
