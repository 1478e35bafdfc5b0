"""`backward`: the chain rule through a layer, every factor named, in components and in matrix form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from solver.derivation.equality import Means
from solver.errors import SheetError, nearest
from solver.expression.latex import latex
from solver.network.backward import Analysis, analyse
from solver.network.batch import Batch, batch_of
from solver.network.example import Convention, Example, example_of
from solver.network.forms import checks_of
from solver.network.numbers import shown
from solver.network.record import Record, record_of
from solver.questions.backward_parts import LayerGradients, layer_gradients
from solver.questions.backward_proofs import (
    Compared,
    Mistakes,
    Recursion,
    SlopeProof,
    compared,
    loss_steps,
    parameter_shapes,
    proof_checks,
    recursion,
    slope_proof,
    usual_mistakes,
    weight_coefficient,
)
from solver.questions.backward_softmax import VectorStep, vector_step
from solver.questions.base import Facts, Question, Scope
from solver.questions.forward import Coefficient, ForwardFacts, given_numbers, in_rows, without_numbers
from solver.questions.options import FORMS, FormsOption, NamesOption, NetworkOption, YesOption

WIDE = 62
"""Characters of numeric gradients on one line."""

LETTERS = ("a", "z", "b", "W", "x")


@dataclass(frozen=True)
class BackwardFacts(Facts):
    """The gradients asked for. `is_last` says that this request ends the backward pass (∂L/∂W of layer 1)."""

    forms: tuple[str, ...]
    record: Record
    analysis: Analysis
    layers: tuple[LayerGradients, ...]
    proofs: tuple[SlopeProof, ...]
    loss_derivation: tuple[str, ...]
    example: Example | None
    is_last: bool
    recursion: Recursion | None
    shapes: tuple[tuple[str, str], ...]
    coefficient: Coefficient | None
    mistakes: Mistakes | None
    batch: Batch | None
    compared: Compared
    agree: bool
    fused: str | None
    vectors: Mapping[int, VectorStep]
    given_rows: tuple[tuple[tuple[str, str], ...], ...]
    in_result: bool = False
    """Whether the result ends with the numbers."""
    recalled_rows: tuple[tuple[tuple[str, str], ...], ...] = ()
    """The given numbers, before those of the result, where no earlier answer has shown them."""

    @property
    def target(self) -> str:
        return self.analysis.names.target_vector.latex()

    @property
    def number_rows(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The numbers of gradients, (name and sign, value), row by row.

        Where the backward pass ends, those by the z and a of all layers; before, those of a layer asked for
        whole.
        """
        if self.example is None:
            return ()
        if self.is_last:
            layers = [
                g
                for n in range(self.record.depth, 0, -1)
                for g in (layer_gradients(self.analysis, n, ("a", "z"), self.example),)
            ]
        else:
            layers = [g for g in self.layers if {"z", "W"} <= set(g.letters)]
        items = [item for g in layers for item in g.items if item.rows]
        return in_rows(tuple((f"{item.symbol} {item.relation}", item.shown) for item in items), WIDE)

    @property
    def result_rows(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The numbers of the gradients that are asked; none where they are no part of the result."""
        if self.example is None or not self.in_result:
            return ()
        items = [item for g in self.layers for item in g.items if item.rows]
        return in_rows(tuple((f"{item.symbol} {item.relation}", item.shown) for item in items), WIDE)

    @property
    def shows_example(self) -> bool:
        """Whether the answer has a box with the numbers of the example."""
        return self.example is not None and (self.is_last or bool(self.number_rows))

    @property
    def conventions(self) -> tuple[Convention, ...]:
        """The slopes taken by convention that enter a gradient of this answer."""
        last = self.layers[-1]
        own = bool({"z", "b", "W", "x"} & set(last.letters))
        found = () if self.example is None else self.example.conventions
        return tuple(
            c for c in found if c.matters and (c.layer > last.number or (own and c.layer == last.number))
        )

    @property
    def stopped(self) -> tuple[str, ...]:
        """The pre-activations that the descent step has put where their units learn no more."""
        step = None if self.example is None else self.example.step
        return tuple(latex(self.analysis.names.pre(*unit)) for unit in step.stopped) if step else ()

    @property
    def some_bias(self) -> bool:
        return any(self.record.biased)

    @property
    def has_columns(self) -> bool:
        """Whether some layer has several units, so that the order of matrices matters."""
        return max(self.record.layers) > 1

    @property
    def slope_matters(self) -> bool:
        """Whether the example shows what forgetting the slope does."""
        m = self.mistakes
        return (
            m is not None
            and m.with_slope is not None
            and m.without_slope is not None
            and (shown(m.with_slope, 4) != shown(m.without_slope, 4))
        )

    @property
    def one_hot(self) -> bool:
        """Whether the target is a vector of several components."""
        return self.record.layers[-1] > 1 and self.record.loss.name == "cross_entropy"

    @property
    def first_is_sigmoid(self) -> bool:
        return self.record.activations[0].name == "sigmoid"

    @property
    def output_slope(self) -> tuple[str, str, str]:
        """∂L/∂z and ∂L/∂ŷ of the last layer, and ∂L/∂z of its first unit."""
        depth, names = self.record.depth, self.analysis.names
        z, a = self.analysis.adjoints[f"z{depth}"], self.analysis.adjoints[f"a{depth}"]
        return z.symbol.latex(), a.symbol.latex(), latex(self.analysis.adjoint(names.pre(depth, 1)).symbol)

    @property
    def batch_rows(self) -> tuple[str, ...]:
        """The backward pass over a batch, layer by layer, two equations a row."""
        if self.batch is None:
            return ()
        rows: list[list[str]] = []
        for layer in range(self.record.depth, 0, -1):
            keys = [[f"A{layer}", f"Z{layer}"], [f"W{layer}", f"b{layer}"]]
            cells = [[self._batch_cell(key) for key in row if key in self.batch.adjoints] for row in keys]
            if layer == self.record.depth and self.batch.first:
                cells[0] = [self.batch.first, *cells[0][self.batch.skips + 1 :]]
            rows += [[cell for cell in row if cell] for row in cells]
        return tuple(", & ".join(row) for row in rows if row)

    def _batch_cell(self, key: str) -> str | None:
        """The equation of a gradient of the batch; None for the one that only names where the pass starts."""
        assert self.batch is not None
        found = self.batch.adjoints[key]
        same = found.symbol == found.expression
        return None if same else f"{found.symbol.latex()} &= {found.expression.latex()}"

    def public(self) -> Mapping[str, object]:
        found: dict[str, object] = {
            "gradients": {e.name: e.full or e.named for g in self.layers for i in g.items for e in i.entries}
        }
        if self.example is not None:
            found["values"] = {k: shown(v, 15) for k, v in self.example.gradients.items()}
        return found


class Backward(Question):
    """Chain rule with every factor named, in components and matrices."""

    kind: ClassVar[str] = "backward"
    network: NetworkOption
    """The network, by the name of its block."""
    at: str = "output"
    """The layer to go back through: `output`, `hidden` (all hidden ones) or a number."""
    wrt: NamesOption = ()
    """What the loss is derived by: `a` (or `yhat`), `z`, `b`, `W`, `x`; by default a, z, b and W."""
    form: FormsOption = FORMS
    """Unit by unit, in matrices, or both."""
    numbers: YesOption = False
    """Whether the statement gives the numbers, which then belong to the result (`yes`), or they stand in an
    example apart (`no`)."""

    def solve(self, scope: Scope) -> BackwardFacts:
        """The gradients of the layers asked for; SheetError for an unknown layer or object."""
        full = record_of(self.network)
        record = without_numbers(full)
        numbers = read_layers(self.at, record.depth)
        letters = read_letters(self.wrt)
        analysis = analyse(record)
        example = example_of(full)
        layers = tuple(layer_gradients(analysis, n, letters, example) for n in numbers)
        is_last = numbers[-1] == 1 and "W" in letters
        activations = dict.fromkeys(g.activation for g in layers if "z" in g.letters)
        proofs = tuple(slope_proof(a) for a in activations if not a.is_vector and a.name != "identity")
        checks = list(checks_of(analysis.record))
        checks += [c for p in proofs for c in proof_checks(p.activation)]
        vectors = {
            g.number: vector_step(analysis, g.number)
            for g in layers
            if g.activation.is_vector and "z" in g.letters
        }
        checks += [check for step in vectors.values() for check in step.checks]
        if example is not None:
            checks += example.checks
        coefficient, more = weight_coefficient(analysis) if is_last else (None, ())
        checks += more
        batch = batch_of(record) if is_last and record.parameters <= 2000 else None
        if batch is not None:
            checks += batch.checks
        given: tuple[tuple[tuple[str, str], ...], ...] = ()
        if example is not None and not listed(example, scope):
            given = in_rows(given_numbers(analysis, example))
        return BackwardFacts(
            tuple(checks), self.form, record, analysis, layers, proofs, loss_steps(analysis), example,
            is_last,
            recursion(analysis) if is_last else None,
            parameter_shapes(analysis) if is_last else (),
            coefficient,
            usual_mistakes(analysis, example) if is_last else None,
            batch,
            compared(analysis),
            all(c.holds for c in checks if c.means is Means.ENTRYWISE),
            analysis.fused.latex() if analysis.fused is not None else None,
            vectors,
            () if self.numbers else given,
            self.numbers,
            given if self.numbers else (),
        )  # fmt: skip


def listed(example: Example, scope: Scope) -> bool:
    """Whether the statement or an earlier answer has written the numbers of this example down."""
    for facts in scope.facts.values():
        if isinstance(facts, ForwardFacts):
            told = facts.in_result or "components" in facts.forms
        elif isinstance(facts, BackwardFacts):
            told = facts.in_result or (facts.shows_example and bool(facts.given_rows))
        else:
            continue
        if told and facts.example is not None and facts.example.record == example.record:
            return True
    return False


def read_layers(at: str, depth: int) -> tuple[int, ...]:
    """`output`, `hidden` (all hidden layers, last first), or a number from 1 to the depth."""
    word = at.strip()
    if word == "output":
        return (depth,)
    if word == "hidden":
        if depth == 1:
            raise SheetError("this network has no hidden layer")
        return tuple(range(depth - 1, 0, -1))
    if word.isdigit() and 1 <= int(word) <= depth:
        return (int(word),)
    raise SheetError(
        f"a layer is “output”, “hidden” or a number from 1 to {depth}, found “{word}”",
        hint=nearest(word, ("output", "hidden")),
    ).about("at")


_WORDS = {"yhat": "a", "ŷ": "a", "y_hat": "a", "w": "W", "activation": "a", "weights": "W", "biases": "b"}


def read_letters(words: tuple[str, ...]) -> tuple[str, ...]:
    """`yhat, z, b', W2` → a, z, b, W, in the order in which they are computed; default: a, z, b and W."""
    found = set()
    for word in words:
        key = word.strip().rstrip("'0123456789")
        key = _WORDS.get(key, key)
        if key not in LETTERS:
            known = [*LETTERS, *_WORDS]
            raise SheetError(
                f"a gradient is by one of {', '.join(LETTERS)} or yhat, found “{word}”",
                hint=nearest(word, known),
            ).about("wrt")
        found.add(key)
    return tuple(letter for letter in LETTERS if letter in (found or set("azbW")))
