"""`layer`: a layer or a loss in batch matrix form: forward pass, gradients, shapes, NumPy lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from solver.derivation.equality import Equality, Means
from solver.errors import CorrigeError, SheetError, Span
from solver.layer.derive import backward
from solver.layer.lines import Lines, words
from solver.layer.model import Backward, Layer
from solver.layer.printer import show
from solver.layer.report import layer_json
from solver.layer.reverse import gradient_name
from solver.layer.shapes import SCALAR
from solver.layer.steps import received
from solver.layer.styles import LATEX
from solver.layer.tree import Name
from solver.questions.base import Facts, Question, Reading, Scope
from solver.questions.layer_case import Case, small_case
from solver.questions.layer_components import Components, components
from solver.questions.layer_mistakes import Mistake, mistakes
from solver.questions.options import CountOption, FormsOption, some_of
from solver.sheet.model import Formula

PARTS = ("forward", "backward", "shapes", "code")


@dataclass(frozen=True)
class Sized:
    """A matrix and its shape as LaTeX; `role` is input, given, intermediate, output or received."""

    name: str
    shape: str
    role: str


@dataclass(frozen=True)
class LayerFacts(Facts):
    """The layer as it was derived; `case` is a small one in numbers, None where it would not fit;
    `components` are there where that form is asked."""

    found: Backward
    ask: tuple[str, ...]
    form: tuple[str, ...]
    case: Case | None
    components: Components | None
    earlier: tuple[Backward, ...] = ()
    """The layers of the sheet's answers so far that have told their conventions."""

    @property
    def tells_conventions(self) -> bool:
        """Whether the answer says what its signs mean."""
        return not {"forward", "backward", "code"}.isdisjoint(self.ask)

    def conventions(self, lang: str) -> tuple[str, ...]:
        """What the signs mean, without the sentences that an earlier answer holds."""
        told = " ".join(text for found in self.earlier for text in _lines(found, lang).conventions())
        return tuple(text for text in self.lines(lang).conventions() if text.removesuffix(".") not in told)

    def lines(self, lang: str) -> Lines:
        """The lines of the answer with their notes, in a language."""
        return _lines(self.found, lang)

    @property
    def is_loss(self) -> bool:
        """Whether the value is one number, so that nothing is received."""
        return not received(self.found.layer)

    @property
    def sizes(self) -> tuple[Sized, ...]:
        """Every matrix in the order of the forward pass, then what is received."""
        layer = self.found.layer
        rows = [_sized(n, "given" if n.name in layer.given else "input") for n in layer.inputs]
        rows += [
            _sized(e.target, "output" if e.target in layer.outputs else "intermediate")
            for e in layer.equations
        ]
        return (*rows, *(_sized(name, "received") for name in received(layer)))

    @property
    def received(self) -> tuple[str, ...]:
        """What comes from the next layer, as LaTeX."""
        return tuple(show(name, LATEX) for name in received(self.found.layer))

    @property
    def pairings(self) -> tuple[tuple[str, str], ...]:
        """Each output with what it receives."""
        outputs = (output for output in self.found.layer.outputs if output.of != SCALAR)
        return tuple((show(output, LATEX), show(gradient_name(output), LATEX)) for output in outputs)

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What usually goes wrong with this layer."""
        return mistakes(self.found)

    def public(self) -> Mapping[str, object]:
        """The gradients as LaTeX and as NumPy, the shapes, the number of entries that were compared."""
        written = layer_json(self.found)
        entries = written["backward"]
        assert isinstance(entries, list)
        return {
            "gradients": {entry["name"]: Formula(entry["latex"]) for entry in entries},
            "numpy": {entry["name"]: entry["numpy"] for entry in entries},
            "shapes": {name: "×".join(map(str, name_of.of)) for name, name_of in self._names().items()},
            "entries": written["entries"],
        }

    def _names(self) -> Mapping[str, Name]:
        layer = self.found.layer
        return {n.name: n for n in (*layer.inputs, *(e.target for e in layer.equations))}


def _lines(found: Backward, lang: str) -> Lines:
    return Lines(found, words(lang), LATEX, lambda text: f"${text}$")


def _sized(name: Name, role: str) -> Sized:
    return Sized(show(name, LATEX), LATEX.times.join(map(str, name.of)), role)


def _name(text: str, scope: Scope) -> str:
    from solver.layer.catalogue import ALIASES, named_layer

    name = ALIASES.get(text, text)
    named_layer(name)
    return name


def _equations(text: str, scope: Scope) -> Layer:
    """Lines, or several on one line between `;`. Faults keep their place."""
    from solver.layer.notation import read_layer

    try:
        return read_layer(text.replace(";", "\n"), "layer")
    except CorrigeError as fault:
        if fault.span is not None:
            before = "".join(text.replace(";", "\n").splitlines(True)[: fault.span.line - 1])
            line = text[: len(before)].count("\n") + 1
            start = text.rfind("\n", 0, len(before)) + 1
            fault.span = Span(line, len(before) - start + fault.span.column, fault.span.length)
        raise


class LayerQuestion(Question):
    """A layer or a loss in batch matrix form: its gradients step by step, their shapes, the NumPy lines."""

    kind: ClassVar[str] = "layer"
    body: ClassVar[str] = "equations"
    name: Annotated[str, Reading(_name, "a layer's name")] | None = None
    """A layer that `corrige layer` knows: `linear`, `batch_norm`, `activation:tanh`, `loss:mse`."""
    equations: Annotated[Layer, Reading(_equations, "shapes and equations")] | None = None
    """Your own layer, `X: N x D; W: K x D; Y = X W^T`; or one line each in the body of the fence."""
    steps: CountOption | None = None
    """How many steps an `rnn` is unrolled over; 3 by default."""
    form: FormsOption = ("matrix",)
    """Formulas in matrices, or entry by entry with sums over indices, or both."""
    ask: Annotated[tuple[str, ...], some_of(PARTS)] = ("forward", "backward", "shapes")
    """The parts of the answer to print."""

    def solve(self, scope: Scope) -> LayerFacts:
        """Derives and checks the layer. Raises SheetError where none, or two, are asked."""
        before = (facts for facts in scope.facts.values() if isinstance(facts, LayerFacts))
        earlier = tuple(facts.found for facts in before if facts.tells_conventions)
        return replace(derived(self._layer(), self.ask, self.form), earlier=earlier)

    def _layer(self) -> Layer:
        from solver.layer.catalogue import named_layer

        if self.name is not None and self.equations is not None:
            raise SheetError("“layer” takes the option “:name:” or equations, not both")
        if self.steps is not None and self.name != "rnn":
            raise SheetError("“steps” is for the layer “rnn” alone").about("steps")
        if self.equations is not None:
            return self.equations
        if self.name is None:
            raise SheetError(
                "“layer” needs the option “:name:” or equations",
                hint="Write :name: linear, or lines X: N x D, Y = tanh(X) in the body.",
            )
        return named_layer(self.name, 3 if self.steps is None else self.steps)


def derived(layer: Layer, ask: tuple[str, ...] = PARTS, form: tuple[str, ...] = ("matrix",)) -> LayerFacts:
    """The layer derived and checked."""
    found = backward(layer)
    case = small_case(found)
    entries = components(found) if "components" in form else None
    checks = [*_equalities(found), *(case.checks if case else ()), *(entries.checks if entries else ())]
    return LayerFacts(tuple(checks), found, ask, form, case, entries)


def _equalities(found: Backward) -> tuple[Equality, ...]:
    """Every formula that was compared with forward mode, by what it says it is."""
    return tuple(
        Equality(
            f"{check.what} ({show(gradient_name(check.node), LATEX)})",
            show(check.formula, LATEX),
            Means.DUAL,
            check.holds,
        )
        for check in found.checks
        if check.formula is not None
    )
