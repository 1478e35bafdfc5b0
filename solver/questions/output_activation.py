"""`output-activation`: what the last activation is for: its image, what it means, the loss that goes with
the task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, ClassVar

from solver.derivation.equality import Equality, Means
from solver.network.activations import Activation, read_activation
from solver.network.backward import Analysis, analyse
from solver.network.forms import checks_of
from solver.network.losses import Loss
from solver.network.record import Record, record_of
from solver.network.symbols import Names
from solver.questions.base import Facts, Question, Scope
from solver.questions.collapsed import regression
from solver.questions.forward import without_numbers
from solver.questions.options import NetworkOption, some_of
from solver.sheet.model import Formula

if TYPE_CHECKING:
    from solver.analysis.model import Study
    from solver.analysis.variation import Image

ASKS = ("purpose", "conclusion")

USUAL = (
    ("regression", "identity", "half_squared", 1),
    ("positive", "softplus", "half_squared", 1),
    ("binary", "sigmoid", "bce", 1),
    ("classes", "softmax", "cross_entropy", 2),
    ("labels", "sigmoid", "bce", 2),
)
"""(task, last activation, loss, outputs): the usual choices."""


@dataclass(frozen=True)
class Usual:
    """A row of the table of usual choices; `gradient` is ∂L/∂z of the last layer, worked out for the pair."""

    task: str
    activation: str
    image: str
    loss: str
    gradient: str


@dataclass(frozen=True)
class Comparison:
    """∂L/∂z with the network's own loss and with the loss that matches its last activation."""

    own: str
    own_loss: str
    matched: str
    matched_loss: str


@dataclass(frozen=True)
class OutputFacts(Facts):
    """`sort` is what the image allows: probability, distribution, constant, real, positive, bounded or other.

    `increasing` says whether the activation is strictly increasing everywhere; `half` is its value at 0 in
    LaTeX.
    """

    ask: tuple[str, ...]
    record: Record
    activation: Activation
    text: str
    image: str | None
    sort: str
    increasing: bool
    half: str | None
    low_attained: bool
    high_attained: bool
    z: str
    output: str
    loss: str
    comparison: Comparison | None
    table: tuple[Usual, ...]
    hidden: tuple[str, ...]
    hidden_is_linear: bool
    hidden_mixes: bool
    collapsed: int
    identities: bool
    unreachable: tuple[Fraction, ...] = ()
    """The targets of the sheet that no parameters reach or approach: they are outside the image."""

    @property
    def model(self) -> str:
        """The usual name of one affine layer with this last activation: linear, logistic or other."""
        return regression(self.record)[0]

    @property
    def usual_loss(self) -> bool:
        """Whether the loss is the one of that regression."""
        return regression(self.record)[1]

    @property
    def logits(self) -> str | None:
        """`labels` or `classes` where the outputs are logits: the loss itself applies σ or the softmax."""
        known = {"bce_logits": "labels", "cross_entropy_logits": "classes"}
        return known.get(self.loss) if self.activation.name == "identity" else None

    def public(self) -> Mapping[str, object]:
        image = None if self.image is None else Formula(self.image)
        return {"image": image, "activation": self.activation.name, "sort": self.sort}


class OutputActivation(Question):
    """What the last activation is for."""

    kind: ClassVar[str] = "output-activation"
    network: NetworkOption
    """The network, by the name of its block."""
    ask: Annotated[tuple[str, ...], some_of(ASKS)] = ("purpose",)
    """The parts of the answer to print."""

    def solve(self, scope: Scope) -> OutputFacts:
        """Its image (proved and checked), its meaning, the usual choices."""
        given = record_of(self.network)
        record = without_numbers(given)
        names = Names(record)
        last = record.activations[-1]
        checks: list[Equality] = []
        image: str | None = None
        increasing, half = False, None
        low_attained = high_attained = False
        unreachable: tuple[Fraction, ...] = ()
        if last.is_vector:
            sort = _vector_sort(last, record.layers[-1])
        else:
            from solver.analysis.review import image_latex

            found = study_of(last)
            checks += found.checks
            image = image_latex(found) if found.image is not None else None
            sort = _sort(found)
            variation = found.variation
            increasing = variation is not None and len(variation) > 0 and all(d == 1 for _, _, d in variation)
            half = found.at_zero.latex if found.at_zero is not None else None
            if found.image is not None:
                low_attained, high_attained = found.image.low.attained, found.image.high.attained
                unreachable = _outside(found.image, given)
        comparison, more = _comparison(record)
        checks += more
        table: tuple[Usual, ...] = ()
        if "purpose" in self.ask:
            table, more = usual_choices()
            checks += more
        hidden = record.activations[:-1]
        outer, inner = record.layers[-1], record.layers[0]
        return OutputFacts(
            tuple(checks), self.ask, record, last, last.text, image, sort, increasing, half, low_attained,
            high_attained, names.vector("z", record.depth).latex(), names.vector("a", record.depth).latex(),
            record.loss.name, comparison, table, tuple(dict.fromkeys(a.text for a in hidden)),
            bool(hidden) and all(a.name == "identity" for a in hidden), any(a.is_vector for a in hidden),
            outer * inner + (outer if any(record.biased) else 0), any(a.name == "identity" for a in hidden),
            unreachable,
        )  # fmt: skip


@lru_cache(maxsize=32)
def study_of(activation: Activation) -> Study:
    """The study of the values of an activation: limits, variations, image, each checked."""
    from solver.analysis.study import study_of_values
    from solver.questions.subjects import read_subject

    name = activation.name
    if activation.parameters:
        name += "(" + ", ".join(str(p) for p in activation.parameters) + ")"
    return study_of_values(read_subject(name, Scope()))


def _outside(image: Image, record: Record) -> tuple[Fraction, ...]:
    """The targets below or above all values of an image."""
    low, high = image.low.value, image.high.value
    targets = sorted({y for row in record.y or () for y in row})
    return tuple(
        y for y in targets if (not low.infinite and y < low.low) or (not high.infinite and y > high.high)
    )


def _vector_sort(activation: Activation, size: int) -> str:
    if activation.name != "softmax":
        return "log-distribution"
    return "constant" if size == 1 else "distribution"


def _sort(found: Study) -> str:
    """What the image allows the output to be."""
    if found.image is None:
        return "other"
    low, high = found.image.low.value, found.image.high.value
    if low.infinite and high.infinite:
        return "real"
    if not low.infinite and not high.infinite:
        ends = (_exact(low), _exact(high))
        return "probability" if ends == (Fraction(0), Fraction(1)) else "bounded"
    if not low.infinite and _exact(low) == 0:
        return "positive"
    return "other"


def _exact(value: object) -> Fraction | None:
    low, high = getattr(value, "low", None), getattr(value, "high", None)
    return low if isinstance(low, Fraction) and low == high else None


_MATCHED = {"sigmoid": "bce", "softmax": "cross_entropy"}


def _comparison(record: Record) -> tuple[Comparison | None, list[Equality]]:
    """∂L/∂z with the network's loss, and with the one that matches, where they differ."""
    last = record.activations[-1].name
    matched = _MATCHED.get(last)
    if (
        matched is None
        or matched == record.loss.name
        or record.loss.name not in ("half_squared", "squared", "mse")
    ):
        return None, []
    size = record.layers[-1]
    if last == "softmax":
        return None, []
    first, checks = _delta(last, record.loss.name, size)
    second, more = _delta(last, matched, size)
    return Comparison(first, record.loss.name, second, matched), [*checks, *more]


@lru_cache(maxsize=16)
def _alone(activation: str, loss: str, size: int) -> Analysis:
    """The passes of the last layer alone, its pre-activation written z."""
    return analyse(
        Record((1, size), (read_activation(activation),), Loss(loss), (True,), notation=(("z1", "z"),))
    )


def _delta(activation: str, loss: str, size: int) -> tuple[str, list[Equality]]:
    """∂L/∂z of a layer alone, in ŷ and y, with its checks."""
    analysis = _alone(activation, loss, size)
    node = analysis.names.vector("z", 1)
    if analysis.fused is not None:
        text = analysis.fused.latex()
    elif size == 1:
        from solver.expression.latex import latex

        text = latex(analysis.closed[analysis.names.pre(1, 1).name])
    else:
        text = analysis.adjoints[node.name].expression.latex()
        if analysis.seed is not None:
            from solver.rules.matrix import Elementwise, Hadamard

            slope = Elementwise(analysis.maps[analysis.record.activations[0]].prime(), node)
            text = Hadamard(analysis.seed, slope).latex()
    name = analysis.adjoints[node.name].symbol.latex()
    return text, [c for c in checks_of(analysis.record) if c.left == name]


def _one_hot_delta(activation: str, loss: str, size: int) -> tuple[str, Equality]:
    """∂L/∂z where the components of the target sum to 1: ŷ − y, checked on every one-hot target."""
    from solver.expression.evaluate import exact_value
    from solver.rules.matrix import Difference, entry

    analysis = _alone(activation, loss, size)
    assert analysis.fused is not None
    output, target = analysis.names.vector("a", 1), analysis.names.target_vector
    short = Difference(output, target)
    holds = True
    outputs, targets = analysis.names.activations(1), analysis.names.targets
    for hot in range(size):
        point = {s.name: Fraction(2 * k + 1, size**2) for k, s in enumerate(outputs)}
        point |= {s.name: Fraction(int(k == hot)) for k, s in enumerate(targets)}
        for i in range(size):
            left, right = (exact_value(entry(form, i, 0), point) for form in (analysis.fused, short))
            holds = holds and left == right
    return short.latex(), Equality(analysis.fused.latex(), short.latex(), Means.EXACT, holds)


def _mean_delta(activation: str, loss: str) -> tuple[str, list[Equality]]:
    """∂L/∂z of m labels, the loss being their mean: (1/m) times the gradient of a sum, for m = 2, 3."""
    from solver.rules.matrix import Scale

    inner: str | None = None
    checks: list[Equality] = []
    for m in (2, 3):
        fused = _alone(activation, loss, m).fused
        assert isinstance(fused, Scale)
        own = fused.operand.latex()
        inner = inner or own
        _, more = _delta(activation, loss, m)
        holds = fused.factor == Fraction(1, m) and own == inner
        checks += [*more, Equality(fused.latex(), rf"\frac{{1}}{{{m}}} ({own})", Means.EXACT, holds)]
    return rf"\frac{{1}}{{m}} \left({inner}\right)", checks


@lru_cache(maxsize=1)
def usual_choices() -> tuple[tuple[Usual, ...], list[Equality]]:
    """The table of usual choices, every image and gradient worked out and checked."""
    from solver.analysis.review import image_latex

    rows: list[Usual] = []
    checks: list[Equality] = []
    for task, name, loss, size in USUAL:
        activation = read_activation(name)
        image = ""
        if not activation.is_vector:
            found = study_of(activation)
            checks += found.checks
            image = image_latex(found) if found.image is not None else ""
        gradient, more = _mean_delta(name, loss) if task == "labels" else _delta(name, loss, size)
        checks += more
        if task == "classes":
            gradient, check = _one_hot_delta(name, loss, size)
            checks.append(check)
        rows.append(Usual(task, activation.text, image, loss, gradient))
    return tuple(rows), checks
