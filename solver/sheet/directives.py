"""The directives of a sheet: what each takes, checked where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from solver.document.fences import Fence, FencedOption
from solver.errors import SheetError, nearest
from solver.sheet.model import Directive, OptionText
from solver.sheet.structure import LABEL

NETWORK_OPTIONS: Mapping[str, str] = {
    "layers": "units of each layer, inputs first: `2, 3, 1`",
    "activations": "one for each layer of weights: `relu, sigmoid`",
    "loss": "a loss by name: `half_squared`, `mse`, `bce`, `cross_entropy`…",
    "notation": "how objects are printed: `W2 = W', b2 = b'`",
    "weights": "numbers, `[layer][unit][input]`",
    "biases": "numbers, `[layer][unit]`, or `none` for a network without",
    "x": "an example, or a list of examples",
    "y": "its target, or a list of targets",
}
"""The options of a `{network}` block and what each says, for the guide."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a directive takes. `argument` and `body` are required (True), refused (False) or free (None);
    `options` are the allowed names, None where they depend on the kind and are checked when it is solved.
    `takes` is what it needs, `does` what it is for: the guide prints both."""

    argument: bool | None
    body: bool | None
    options: tuple[str, ...] | None
    takes: str
    does: str


FORMS: Mapping[str, Form] = {
    "given": Form(False, True, (), "lines “name = value”", "values and functions"),
    "draw": Form(False, True, (), "lines “name in {1, 2, 3}”", "values that each variant draws"),
    "network": Form(True, False, tuple(NETWORK_OPTIONS), "a name", "a network, described by options"),
    "solve": Form(True, None, None, "a kind of question", "an answer that is computed"),
    "figure": Form(True, False, None, "a kind of figure", "a drawing of what is given"),
    "answer": Form(None, True, ("label",), "a text", "your own answer, or a part of it"),
    "hint": Form(None, True, ("label",), "a text", "an indication for the students"),
    "remark": Form(None, True, ("label",), "a text", "a remark for the corrigé alone"),
    "marks": Form(False, True, ("label",), "lines “1/2: what earns it”", "the marking scheme of a part"),
    "check": Form(False, True, ("label",), "lines “left = right”", "claims of yours that must hold"),
}
STATED = ("given", "draw", "network")
"""Directives that give something rather than stand somewhere."""


def read_directive(fence: Fence) -> Directive:
    """The directive of a fence; its label is the text of `:label:` until the sheet's structure is known.

    Raises SheetError for an unknown name, a missing or unwanted argument, option or body.
    """
    if fence.name not in FORMS:
        raise SheetError(
            f"unknown directive “{fence.name}”; the directives are {', '.join(FORMS)}",
            span=fence.span,
            hint=nearest(fence.name, FORMS),
        )
    form = FORMS[fence.name]
    if form.argument is True and not fence.argument:
        raise SheetError(f"“{fence.name}” needs {form.takes} on its first line", span=fence.span)
    if form.argument is False and fence.argument:
        raise SheetError(
            f"“{fence.name}” takes nothing on its first line, found “{fence.argument}”",
            span=fence.argument_span,
        )
    if "{{" in fence.argument:
        raise SheetError(
            "no value “{{ }}” is put into the first line of a directive", span=fence.argument_span
        )
    options = _options(fence, form)
    if form.body is True and not fence.body.strip():
        raise SheetError(f"“{fence.name}” is empty, it holds {form.takes}", span=fence.span)
    if form.body is False and fence.body.strip():
        first = fence.body.split("\n")[0]
        raise SheetError(
            f"“{fence.name}” holds lines “:option: value” only, found “{first[:60]}”",
            span=fence.body_span,
        )
    label = options.pop("label", None) if fence.name not in STATED else None
    if label is not None and not re.fullmatch(LABEL, label.text, re.ASCII):
        raise SheetError(
            f"a label is one word (plain letters, digits, hyphens), found “{label.text}”", span=label.span
        )
    return Directive(
        fence.name,
        fence.argument,
        label.text if label else "",
        options,
        fence.body,
        fence.span,
        fence.body_span,
    )


def _options(fence: Fence, form: Form) -> dict[str, OptionText]:
    found: dict[str, OptionText] = {}
    for option in fence.options:
        if form.options is not None and option.name not in form.options:
            known = ", ".join(form.options)
            raise SheetError(
                f"“{fence.name}” has no option “{option.name}”"
                + (f"; its options: {known}" if known else "; it has none"),
                span=option.name_span,
                hint=nearest(option.name, form.options),
            )
        if option.name in found:
            raise SheetError(f"the option “{option.name}” is written twice", span=option.name_span)
        if not option.text:
            raise SheetError(f"the option “{option.name}” has no value", span=option.name_span)
        _refuse_values(option)
        found[option.name] = OptionText(option.text, option.span, option.name_span)
    return found


def _refuse_values(option: FencedOption) -> None:
    if "{{" in option.text:
        raise SheetError(
            "an option takes names as they are, without “{{ }}”",
            span=option.span,
            hint="Write the name alone: :rate: alpha",
        )
