"""`softmax-cross-entropy`: from logits to the gradient p − y, the stable form, two classes, a batch."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, ClassVar

from solver.derivation.check import same
from solver.derivation.engine import derive
from solver.derivation.equality import Equality
from solver.derivation.step import Derivation
from solver.errors import SheetError
from solver.expression.tree import ONE, Apply, Expr, Negative, Product, Quotient, Sum, Symbol
from solver.layer.catalogue import named_layer
from solver.layer.lines import Lines
from solver.questions.base import Facts, Question, Reading, Scope
from solver.questions.layer import LayerFacts, derived
from solver.questions.options import CountOption, ExactsOption, read_exacts, some_of
from solver.questions.softmax_algebra import Softmax, exponential, logarithm
from solver.questions.softmax_numbers import Numbers, one_hot

PARTS = ("jacobian", "gradient", "stability", "numbers", "binary", "batch")
LEAST, MOST = 2, 6
WIDEST = 1000


@dataclass(frozen=True)
class Binary:
    """Two classes: p_1 step by step until it is σ(z_1 − z_2), and the loss as a function of u = z_1 − z_2."""

    lines: tuple[Expr, ...]
    loss: Expr
    derivation: Derivation
    checks: tuple[Equality, ...]


@dataclass(frozen=True)
class SoftmaxFacts(Facts):
    """The derivation for n classes; `numbers` where logits are given, `binary` and `batch` where asked."""

    ask: tuple[str, ...]
    algebra: Softmax
    numbers: Numbers | None
    binary: Binary | None
    batch: LayerFacts | None

    @property
    def n(self) -> int:
        """The number of classes."""
        return self.algebra.n

    @property
    def overflow(self) -> tuple[int, int]:
        """The least whole numbers whose exponential is no finite float of 64 and of 32 bits."""
        single = (2 - Fraction(1, 2**23)) * 2**127
        return math.ceil(math.log(sys.float_info.max)), math.ceil(math.log(single))

    def batch_lines(self, lang: str) -> Lines:
        """The loss of a batch in matrix form."""
        assert self.batch is not None
        return self.batch.lines(lang)

    def public(self) -> Mapping[str, object]:
        """The gradient as expressions; probabilities, loss and gradient of the example."""
        found: dict[str, object] = {"classes": self.n, "gradient": [c.form for c in self.algebra.components]}
        if self.numbers is not None:
            rows = self.numbers.rows
            found |= {
                "probabilities": [row.probability for row in rows],
                "loss": self.numbers.loss,
                "slopes": [row.gradient for row in rows],
                "predicted": self.numbers.predicted[0],
            }
        return found


def _target(text: str, scope: Scope) -> tuple[Fraction, ...]:
    return read_exacts(text, scope)


class SoftmaxCrossEntropy(Question):
    """Softmax and cross-entropy: Jacobian, gradient p − y, log-sum-exp, two classes, an example, a batch."""

    kind: ClassVar[str] = "softmax-cross-entropy"
    classes: CountOption | None = None
    """How many classes are written out, from 2 to 6; that of the logits, or 3, by default."""
    logits: ExactsOption = ()
    """The logits of an example: `2, 1, 0.1`."""
    target: Annotated[tuple[Fraction, ...], Reading(_target, "a class from 1, or a list of numbers")] = ()
    """The example's target: the number of its class, from 1 (the default), or one number a class."""
    ask: Annotated[tuple[str, ...], some_of(PARTS)] = ()
    """The parts of the answer to print; all by default, `numbers` where logits are given."""

    def solve(self, scope: Scope) -> SoftmaxFacts:
        """Derives and checks what is asked. Raises SheetError where the options do not fit together."""
        n = self._count()
        ask = self.ask or tuple(part for part in PARTS if part != "numbers" or self.logits)
        if not self.logits and ("numbers" in ask or self.target):
            option = "target" if self.target else "ask"
            what = "target" if self.target else "numbers"
            raise SheetError(f"“{what}” needs the option “:logits:”").about(option)
        if self.logits and max(self.logits) - min(self.logits) > WIDEST:
            raise SheetError(f"logits that differ by at most {WIDEST} are expected").about("logits")
        algebra = Softmax(n)
        numbers = Numbers(algebra, self.logits, self._targets(n)) if self.logits else None
        binary = _binary() if "binary" in ask else None
        batch = derived(named_layer("loss:cross_entropy_logits")) if "batch" in ask else None
        checks: list[Equality] = []
        if "jacobian" in ask or "gradient" in ask:
            checks += algebra.jacobian_checks
        if "gradient" in ask:
            checks += (*algebra.gradient_checks, *algebra.convexity_checks)
        if "stability" in ask:
            checks += algebra.stability_checks
        checks += numbers.checks if numbers else ()
        checks += binary.checks if binary else ()
        checks += batch.checks if batch else ()
        return SoftmaxFacts(tuple(checks), ask, algebra, numbers, binary, batch)

    def _count(self) -> int:
        n = self.classes or len(self.logits) or 3
        if self.logits and self.classes is not None and self.classes != len(self.logits):
            raise SheetError(f"{self.classes} classes are said and {len(self.logits)} logits given").about(
                "logits"
            )
        if not LEAST <= n <= MOST:
            raise SheetError(f"from {LEAST} to {MOST} classes are written out, found {n}").about(
                "logits" if self.logits else "classes"
            )
        return n

    def _targets(self, n: int) -> tuple[Fraction, ...]:
        if not self.target:
            return one_hot(1, n)
        if len(self.target) == n:
            return self.target
        (index, *others) = self.target
        if others or index.denominator != 1 or not 1 <= index <= n:
            raise SheetError(
                f"the target is a class from 1 to {n}, or {n} numbers separated by commas"
            ).about("target")
        return one_hot(int(index), n)


def _binary() -> Binary:
    algebra = Softmax(2)
    first, second = algebra.logits
    gap = Sum((first, Negative(second)))
    p = algebra.definitions[algebra.outputs[0].name]
    divided = Quotient(ONE, Sum((ONE, Quotient(exponential(second), exponential(first)))))
    joined = Quotient(ONE, Sum((ONE, exponential(Negative(gap)))))
    lines = (p, divided, joined, Apply("sigmoid", (gap,)))
    u, y = Symbol("u"), Symbol("y")
    value = Apply("sigmoid", (u,))
    loss = Sum(
        (
            Negative(Product((y, logarithm(value)))),
            Negative(Product((Sum((ONE, Negative(y))), logarithm(Sum((ONE, Negative(value))))))),
        )
    )
    derivation = derive(loss, u)
    checks = [same(a, b) for a, b in pairwise(lines)]
    other = algebra.definitions[algebra.outputs[1].name]
    checks.append(same(other, Sum((ONE, Negative(lines[-1])))))
    return Binary(lines, loss, derivation, (*checks, *derivation.checks))
