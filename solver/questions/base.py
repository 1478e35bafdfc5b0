"""What every kind of question shares: a request model, its scope, its facts, and the table of kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from importlib import import_module
from typing import Any, ClassVar, dataclass_transform, get_args, get_type_hints

from solver.derivation.equality import Equality
from solver.document.figure import FigureSpec
from solver.errors import CorrigeError, SheetError, Span, nearest
from solver.sheet.model import Directive, Given, NetworkGiven, OptionText


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

    `label` is the request's own full label (`q1.run`), the prefix of its figures' names. With `decimal_comma`
    (a sheet that says `lang: fr`), 0,25 is a number where it cannot be read otherwise.
    """

    givens: Mapping[str, Given] = field(default_factory=dict)
    networks: Mapping[str, NetworkGiven] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)
    lang: str = "fr"
    label: str = "q"
    decimal_comma: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How the text of an option becomes its value: the second half of `Annotated[T, Reading(read, …)]`.

    `what` says in a few words what is read (“a number”), `choices` the only words it takes, if they are few.
    """

    read: Callable[[str, Scope], object]
    what: str
    choices: tuple[str, ...] = ()


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Question:
    """A request of one kind: its fields are the options of `{solve}`; types come from `questions.options`.

    Subclasses set `kind` and implement `solve`; they become frozen dataclasses with named arguments. The
    docstring's first line says what is answered, a docstring below each field what that option is: the guide
    is made of them (`guide.describe`). An option whose type names no reading is its own text.
    """

    kind: ClassVar[str]
    body: ClassVar[str] = ""
    """The option that the lines of the fence are, where the kind takes any."""

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, kw_only=True)(cls)

    def solve(self, scope: Scope) -> Facts:
        """The facts that answer this request. Raises SheetError where it cannot be answered."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a kind as a sheet writes it: `local-rate` is the field `local_rate`; `from`, a word of
    Python, is the field `from_`."""

    name: str
    field: str
    required: bool
    reading: Reading | None


def options_of(kind: type[Any]) -> Mapping[str, Option]:
    """The options of a kind by name, in the order in which it lists them."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        name: Option(
            name,
            made.name,
            made.default is MISSING and made.default_factory is MISSING,
            _reading_of(hints[made.name]),
        )
        for made in fields(kind)
        for name in (made.name.rstrip("_").replace("_", "-"),)
    }


def _reading_of(hint: object) -> Reading | None:
    """The reading in `Annotated[T, reading]` or in `Annotated[T, reading] | None`."""
    own = (extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Reading))
    inner = (_reading_of(part) for part in get_args(hint))
    return next(own, None) or next((found for found in inner if found is not None), None)


# Modules are imported when a sheet asks for their kind: starting stays quick.
KINDS: dict[str, str] = {
    "derivative": "solver.questions.derivative:Derivative",
    "gradient": "solver.questions.gradient:Gradient",
    "critical-points": "solver.questions.critical_points:CriticalPoints",
    "descent": "solver.questions.descent:Descent",
    "optimiser": "solver.questions.optimiser:Optimiser",
    "comparison": "solver.questions.comparison:Comparison",
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
    "layer": "solver.questions.layer:LayerQuestion",
    "softmax-cross-entropy": "solver.questions.softmax_cross_entropy:SoftmaxCrossEntropy",
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
    """Checks the options of a `{solve}` against the kind's model; each fault points at its option."""
    model = question_class(kind, span, kinds)
    known = options_of(model)
    given = {name.replace("_", "-"): option for name, option in options.items()}
    for name, text in given.items():
        if name not in known:
            raise SheetError(
                f"“{kind}” has no option “{name}”; its options: {', '.join(sorted(known))}",
                span=text.name_span or text.span,
                hint=nearest(name, known),
            )
    values: dict[str, object] = {}
    for name, option in known.items():
        if name in given:
            values[option.field] = _value(kind, option, given[name], scope)
        elif option.required:
            raise SheetError(f"“{kind}” needs the option “:{name}:”", span=span)
    return model(**values)


def body_as_option(directive: Directive) -> Mapping[str, OptionText]:
    """The options of a `{solve}`, with the lines of its body as the one that its kind takes them for."""
    if not directive.body.strip():
        return directive.options
    name = question_class(directive.argument, directive.span).body
    lines = directive.body.split("\n")
    blank = next(i for i, line in enumerate(lines) if line.strip())
    place = directive.body_span
    if not name:
        raise SheetError(
            f"“solve” holds lines “:option: value” only, found “{lines[blank][:60]}”", span=place
        )
    if name in directive.options:
        raise SheetError(f"the option “{name}” is given twice: its line and the body", span=place)
    text = "\n".join(lines[blank:])
    return {**directive.options, name: OptionText(text, Span(place.line + blank, place.column))}


def _value(kind: str, option: Option, given: OptionText, scope: Scope) -> object:
    if option.reading is None:
        return given.text
    try:
        return option.reading.read(given.text.strip(), scope)
    except CorrigeError as fault:
        place = given.span
        if place is not None and fault.span is not None:
            place = fault.span.shifted(place.line, place.column)
        message = f"option “{option.name}” of “{kind}”: {fault.message}"
        raise SheetError(message, span=place, hint=fault.hint) from None
