"""What every kind of question shares: a request model, its scope, its facts, and the table of kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from solver.derivation.equality import Equality
from solver.document.figure import FigureSpec
from solver.errors import CorrigeError, SheetError, Span, nearest
from solver.sheet.model import Given, NetworkGiven, OptionText


@dataclass(frozen=True)
class Facts:
    """What a question found: typed, exact, without a sentence.

    `checks` lists the equalities that were checked on the way. Subclasses are frozen dataclasses whose
    further fields the wording reads.
    """

    checks: tuple[Equality, ...]

    def figures(self) -> Mapping[str, FigureSpec]:
        """The drawings of this answer, by a short name (`curve`); the full name is `<label>-<short name>`."""
        return {}

    def public(self) -> Mapping[str, object]:
        """What `{answer}` prose and JSON may read: text, integers, exact `Fraction`s, expressions, lists and
        mappings of these, and functions of integers that return them."""
        return {}


@dataclass(frozen=True)
class Scope:
    """What a request may refer to: everything given in the sheet and every answer before it.

    `label` is the request's own full label (`q1.run`), the prefix of its figures' names.
    """

    givens: Mapping[str, Given] = field(default_factory=dict)
    networks: Mapping[str, NetworkGiven] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)
    lang: str = "fr"
    label: str = "q"


class Question(BaseModel):
    """A request of one kind: its fields are the options of `{solve}`; types come from `questions.options`.

    Subclasses set `kind` and implement `solve`. The docstring's first line says what is answered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    kind: ClassVar[str]

    def solve(self, scope: Scope) -> Facts:
        """The facts that answer this request. Raises SheetError where it cannot be answered."""
        raise NotImplementedError


# Modules are imported when a sheet asks for their kind: starting stays quick.
KINDS: dict[str, str] = {
    "derivative": "solver.questions.derivative:Derivative",
    "critical-points": "solver.questions.critical_points:CriticalPoints",
    "descent": "solver.questions.descent:Descent",
    "rates": "solver.questions.rates:Rates",
    "starts": "solver.questions.starts:Starts",
    "forward": "solver.questions.forward:Forward",
    "parameters": "solver.questions.parameters:Parameters",
    "backward": "solver.questions.backward:Backward",
    "linear-collapse": "solver.questions.linear_collapse:LinearCollapse",
    "output-activation": "solver.questions.output_activation:OutputActivation",
    "activations": "solver.questions.activations:Activations",
    "vanishing": "solver.questions.vanishing:Vanishing",
    "kinks": "solver.questions.kinks:Kinks",
    "graph": "solver.questions.graph:GraphQuestion",
    "autograd": "solver.questions.autograd:Autograd",
}


def question_class(
    kind: str, span: Span | None = None, kinds: Mapping[str, str] | None = None
) -> type[Question]:
    """The model of a kind; an unknown kind is an error that suggests the nearest."""
    kinds = KINDS if kinds is None else kinds
    if kind not in kinds:
        raise SheetError(
            f"unknown kind “{kind}”; known kinds: {', '.join(kinds)}",
            span=span,
            hint=nearest(kind, kinds),
        )
    module, _, name = kinds[kind].partition(":")
    found: type[Question] = getattr(import_module(module), name)
    return found


def read_request(
    kind: str,
    options: Mapping[str, OptionText],
    scope: Scope,
    span: Span | None = None,
    kinds: Mapping[str, str] | None = None,
) -> Question:
    """Checks the options of a `{solve}` against the kind's model; each fault points at its option.

    An option written `local-rate` is the field `local_rate`; `from`, a word of Python, is the field `from_`.
    """
    model = question_class(kind, span, kinds)
    fields = {name.rstrip("_").replace("_", "-"): name for name in model.model_fields}
    for name, option in options.items():
        if name.replace("_", "-") not in fields:
            raise SheetError(
                f"“{kind}” has no option “{name}”; its options: {', '.join(sorted(fields))}",
                span=option.name_span or option.span,
                hint=nearest(name, fields),
            )
    values = {fields[name.replace("_", "-")]: option.text for name, option in options.items()}
    spans = {fields[name.replace("_", "-")]: option.span for name, option in options.items()}
    try:
        return model.model_validate(values, context=scope)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        cause = first.get("ctx", {}).get("error")
        if first["type"] == "missing":
            message = f"“{kind}” needs the option “:{name.rstrip('_').replace('_', '-')}:”"
        elif isinstance(cause, OptionError):
            message = cause.fault.message
        else:
            message = first["msg"]
        place = spans.get(name, span)
        if isinstance(cause, OptionError) and place is not None and cause.fault.span is not None:
            place = cause.fault.span.shifted(place.line, place.column)
        hint = cause.fault.hint if isinstance(cause, OptionError) else None
        if name and first["type"] != "missing":
            message = f"option “{name.rstrip('_').replace('_', '-')}” of “{kind}”: {message}"
        raise SheetError(message, span=place, hint=hint) from None


class OptionError(ValueError):
    """Carries a CorrigeError through pydantic, which lets only ValueError pass."""

    def __init__(self, fault: CorrigeError) -> None:
        super().__init__(fault.message)
        self.fault = fault
