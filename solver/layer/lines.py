"""The lines of every part of an answer and what is said beside them (`templates/*/layer.toml`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.layer.definitions import ABSOLUTE, definitions, kinks, ties
from solver.layer.model import Adjoint, Backward
from solver.layer.normal import EXAMPLES
from solver.layer.numpy_text import NumpyWriter
from solver.layer.printer import Style, show
from solver.layer.reverse import Contribution, gradient_name
from solver.layer.rule_formulas import rule_formula, rule_letters
from solver.layer.shapes import ONE, SCALAR
from solver.layer.steps import received
from solver.layer.tree import (
    Convolution,
    Correlation,
    Entrywise,
    Matrix,
    Name,
    Number,
    RowSums,
    Spread,
    names_in,
    walk,
)
from solver.resources import language_table


@dataclass(frozen=True)
class Words:
    """Sentences by key, names of rules and layers."""

    sentences: Mapping[str, str]
    rules: Mapping[str, str]
    layers: Mapping[str, str]
    losses: Mapping[str, str]

    def title(self, name: str) -> str:
        """The heading of an answer, with the name of its layer in the words of the language."""
        kind, _, rest = name.partition(":")
        known = self.losses[rest] if kind == "loss" else self.layers.get(kind, name).format(name=rest)
        return self.sentences["title"].format(name=known[:1].upper() + known[1:])

    def heading(self, key: str) -> str:
        return self.sentences[key] + self.sentences["colon"]


def words(lang: str) -> Words:
    """The words of a language."""
    read = language_table(lang, "layer")
    sentences = {key: value for key, value in read.items() if isinstance(value, str)}
    return Words(sentences, read["rules"], read["layers"], read["losses"])


@dataclass(frozen=True)
class Line:
    """`left` = `right`, and what is said beside it."""

    left: str
    right: str
    note: str = ""


class Lines:
    """The lines of every part of an answer, in one style."""

    def __init__(self, found: Backward, words: Words, style: Style, math: Callable[[str], str]) -> None:
        self._found, self._words, self._style, self._math = found, words, style, math

    def show(self, node: Matrix) -> str:
        return show(node, self._style)

    def shapes(self) -> Iterator[tuple[str, str]]:
        layer, say = self._found.layer, self._words.sentences
        for name in layer.inputs:
            given = f", {say['given']}" if name.name in layer.given else ""
            yield self.show(name), self.shape(name) + given
        for name in received(layer):
            yield self.show(name), f"{self.shape(name)}, {say['received']}"

    def shape(self, name: Name) -> str:
        if name.of == SCALAR:
            return self._words.sentences["number"]
        dims = (f"({dim})" if len(dim.terms) > 1 else str(dim) for dim in name.of)
        return self._math(self._style.times.join(dims))

    def forward(self) -> list[Line]:
        return [Line(self.show(e.target), self.show(e.expression)) for e in self._found.layer.equations]

    def backward(self) -> Iterator[list[Line]]:
        """For every gradient: what the rules give, then its tidy form."""
        for adjoint in self._found.adjoints:
            yield list(self._adjoint(adjoint))

    def _adjoint(self, adjoint: Adjoint) -> Iterator[Line]:
        say, name = self._words.sentences, self.show(gradient_name(adjoint.node))
        uses = [part for part in adjoint.contributions if part.consumer is not None]
        if not uses:
            note = say["loss_step" if adjoint.node.of == SCALAR else "received_step"]
            if adjoint.node.of == SCALAR:
                yield Line(name, self.show(adjoint.tidy), note)
            return
        yield Line(name, self.show(adjoint.raw), say["then"].join(self._uses(uses)))
        if _is_zero(adjoint.tidy):
            note = say["nothing"].format(name=self._math(self.show(adjoint.node)))
            yield Line("", "0", ", ".join(filter(None, (note, self._tidied(adjoint)))))
        elif self.show(adjoint.tidy) != self.show(adjoint.raw):
            yield Line("", self.show(adjoint.tidy), self._tidied(adjoint) or say["tidied"])

    def _uses(self, parts: Sequence[Contribution]) -> Iterator[str]:
        """`through Y: denominator, repeated column`, once for each equation."""
        say, rules = self._words.sentences, self._words.rules
        used: dict[Name, dict[str, None]] = {}
        for part in parts:
            if part.consumer is not None:
                used.setdefault(part.consumer, {}).update(dict.fromkeys(part.rules or ("name",)))
        for consumer, names in used.items():
            named = [rules[name] for name in names if name != "sum"] or [rules[name] for name in names]
            yield say["through"].format(name=self._math(self.show(consumer)), rules=", ".join(named))

    def _tidied(self, adjoint: Adjoint) -> str:
        """What the tidy form uses: gradients above, definitions folded in, sums that are known."""
        say, found = self._words.sentences, self._found
        before, after = names_in(adjoint.raw), names_in(adjoint.tidy)
        gradients = [g for a in found.adjoints if (g := gradient_name(a.node)).name in before - after]
        parts: list[str] = []
        if gradients:
            parts.append(say["above"].format(names=", ".join(self._math(self.show(g)) for g in gradients)))
        equations = [e for e in found.layer.equations if e.target.name in self._new_names(adjoint)]
        parts += [self._math(f"{self.show(e.target)} = {self.show(e.expression)}") for e in equations]
        told = [say["with_parts"].format(parts=", ".join(parts))] if parts else []
        told += [self._because(adjoint)] if adjoint.facts else []
        return ", ".join(told)

    def _new_names(self, adjoint: Adjoint) -> frozenset[str]:
        """Names in the tidy form that neither the raw form nor the gradients put into it hold."""
        seen = set(names_in(adjoint.raw))
        for other in self._found.adjoints:
            if gradient_name(other.node).name in names_in(adjoint.raw):
                seen |= names_in(other.tidy)
        return names_in(adjoint.tidy) - seen

    def _because(self, adjoint: Adjoint) -> str:
        facts = [
            self._math(f"{self.show(left)} = {self._value(left, right)}") for left, right in adjoint.facts
        ]
        return self._words.sentences["because"].format(facts=", ".join(facts))

    def _value(self, left: Matrix, right: Matrix) -> str:
        """A known sum as the row or column that it is: 𝟏 for ones."""
        if right == Number(Fraction(1)):
            return self._style.ones if left.shape[1] == ONE else self._style.turned_ones
        return self.show(right)

    def results(self) -> list[Line]:
        found = [*self._found.kept, *self._found.results]
        return [Line(self.show(gradient_name(a.node)), self.show(a.tidy), self.shape(a.node)) for a in found]

    def assumed(self) -> list[Line]:
        return [Line(self.show(gradient_name(node)), self.show(g)) for node, g in self._found.assumed]

    def numpy(self) -> list[str]:
        found = self._found
        writer = NumpyWriter(found.layer)
        forward = [f"{e.target.name} = {writer.expression(e.expression)}" for e in found.layer.equations]
        gradients = [*found.kept, *found.results]
        back = [f"d{a.node.name} = {writer.expression(a.tidy)}" for a in gradients]
        return [*forward, "", *back]

    def rules(self) -> list[tuple[str, str]]:
        """The rules that are used, each with its formula."""
        parts = [part for adjoint in self._found.adjoints for part in adjoint.contributions]
        used = dict.fromkeys(name for part in parts for name in part.rules if name != "sum")
        taken = self._found.layer.letters
        return [(self._words.rules[name], rule_formula(name, self._style, taken)) for name in used]

    def rule_result(self) -> str:
        """The letter that stands for the result of an operation in the rules."""
        return rule_letters(self._found.layer.letters)["T"]

    def where(self) -> list[Line]:
        return [Line(left, right) for left, right in definitions(self._found, self._style)]

    def notes(self) -> list[str]:
        say = self._words.sentences
        told = [
            say["kink_zero" if f in ABSOLUTE else "kink"].format(function=self._math(f), places=self._math(p))
            for f, p in kinks(self._found, self._style)
        ]
        told += [say["tie"].format(function=self._math(f)) for f in ties(self._found, self._style)]
        return told

    def assumption(self) -> str:
        names = self._found.layer.rows_sum_to_one
        facts = (f"{self.show(RowSums(name))} = {self._style.ones}" for name in names)
        return self._words.sentences["assumed"].format(
            name=", ".join(self._math(self.show(name)) for name in names),
            fact=", ".join(map(self._math, facts)),
        )

    def conventions(self) -> list[str]:
        """What the signs mean; only what this answer uses is told."""
        say, style, layer = self._words.sentences, self._style, self._found.layer
        lone = layer.outputs[0] if len(layer.outputs) == 1 and layer.outputs[0].of == SCALAR else None
        value = self.show(lone) if lone else "L"
        signs = {"dA": style.name("dA"), "A": "A", "L": value, "N": "N"}
        signs |= {"slope": style.slope.format(value), "one": style.ones, "odot": style.hadamard.strip()}
        shown = {key: self._math(sign) for key, sign in signs.items()}
        kind = "rows_loss" if layer.name.startswith("loss:") else "rows_number" if lone else "rows"
        examples = [say["examples"]] if EXAMPLES in {name.of[0] for name in layer.inputs} else []
        signs_used = [
            " ".join([*examples, say[kind].format(**shown)]),
            say["entrywise"].format(**shown),
        ]
        nodes = [inner for node in self._formulas() for inner in walk(node)]
        if any(isinstance(n, Entrywise) and self.show(n).startswith("[") for n in nodes):
            signs_used.append(say["brackets"].format(bracket=self._math("[A > B]")))
        if any(isinstance(n, Correlation | Convolution) for n in nodes):
            star, full = (self._math(sign.strip()) for sign in style.signs)
            signs_used.append(say["correlation"].format(star=star, full=full))
        return signs_used

    def _formulas(self) -> list[Matrix]:
        found = self._found
        return [*(e.expression for e in found.layer.equations), *(a.tidy for a in found.adjoints)]

    def closing(self) -> str:
        say, checks = self._words.sentences, self._found.checks
        if not self._found.verified:
            return say["unverified"]
        one = "_one" if len(checks) == 1 else ""
        return say[f"verified{one}"].format(formulas=len(checks), entries=sum(c.entries for c in checks))


def _is_zero(node: Matrix) -> bool:
    while isinstance(node, Spread):
        node = node.operand
    return isinstance(node, Number) and node.value == 0
