"""The sentences of `corrige graph` that every format shares; `show` prints a name in that format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from solver.derivation.equality import tally
from solver.expression.evaluate import exact_value
from solver.expression.sympy_text import sympy_text
from solver.expression.tree import Expr, Symbol, symbols
from solver.graph.answer import Report
from solver.graph.chain import LocalDerivative
from solver.graph.forward import value_text
from solver.graph.kinks import Kink
from solver.graph.partial import PartialKink

Words = Mapping[str, str]
Show = Callable[[Symbol], str]


def counts(found: Report, words: Words) -> str:
    """How many inputs, operations and edges there are."""
    graph = found.chain.graph

    def several(key: str, count: int) -> str:
        return words[key] if count == 1 else words[key + "s"].format(count=count)

    return words["counts"].format(
        inputs=several("input", len(graph.inputs)),
        names=", ".join(symbol.name for symbol in graph.inputs),
        operations=several("operation", len(graph.equations)),
        edges=several("edge", len(found.chain.locals)),
    )


def remarks(found: Report, words: Words, show: Show) -> list[str]:
    """Which nodes are shared, which stand several times in one operation."""
    targets: dict[str, dict[str, Symbol]] = {}
    ranks: dict[tuple[str, str], LocalDerivative] = {}
    for local in found.chain.locals:
        targets.setdefault(local.edge.source.name, {})[local.edge.target.name] = local.edge.target
        if local.rank is not None:
            ranks[local.edge.source.name, local.edge.target.name] = local
    lines = [
        words["shared"].format(node=show(node), targets=listed([show(t) for t in uses.values()], words))
        for node in found.chain.graph.nodes
        if len(uses := targets.get(node.name, {})) > 1
    ]
    return lines + [
        words["repeated"].format(
            node=show(local.edge.source), count=local.rank, target=show(local.edge.target)
        )
        for local in ranks.values()
    ]


def listed(items: Sequence[str], words: Words) -> str:
    """a, b and c."""
    return words["and"].join([*([", ".join(items[:-1])] if items[:-1] else []), *items[-1:]])


def taken_text(kink: Kink | PartialKink) -> str:
    """The slope that is taken, as a number or in the names of the inputs that are left."""
    return value_text(kink.taken) if isinstance(kink, Kink) else value_or_formula(kink.taken)


def value_or_formula(expr: Expr) -> str:
    """A rational number as a fraction, anything else as SymPy writes it."""
    value = None if symbols(expr) else exact_value(expr)
    return sympy_text(expr) if value is None else str(value)


def closing(found: Report, words: Words, show: Show) -> list[str]:
    """The kinks met, then how many equalities were checked."""
    lines = []
    for kink in found.kinks:
        slopes = listed([value_text(side) for side in kink.sides], words) if kink.sides else ""
        lines.append(
            words["kink"].format(
                target=show(kink.edge.target),
                source=show(kink.edge.source),
                taken=taken_text(kink),
                convention=words[f"kink_{kink.convention}"],
                sides=words["sides"].format(slopes=slopes) if len(kink.sides) > 1 else "",
            )
        )
    sums = tally(found.checks)
    key = "verified" if found.verified else "unverified"
    means = listed([words[f"by_{name}"].format(count=count) for name, count in sums.by_means], words)
    left = len(sums.undecided) + len(sums.failed)
    return [*lines, words[key].format(count=sums.total, means=means, left=left)]
