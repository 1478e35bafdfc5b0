"""What `corrige graph` prints on a terminal: the graph, its paths, both modes, the numbers at a point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from solver.expression.plain import plain
from solver.expression.tree import ONE, Expr, Negative, Number, Quotient, Sum, Symbol, substitute
from solver.graph.answer import Report
from solver.graph.chain import Gradient, LocalDerivative, Path
from solver.graph.forward import Value, rounded_text
from solver.graph.report_words import Words, closing, counts, remarks
from solver.graph.reverse import Adjoint

LISTED = 60
"""Past this many nodes, the passes are not listed with symbols: the graph and the derivatives remain."""

_SHORT = 16
"""Digits past which a value of a table is rounded."""


def text_report(found: Report, words: Words) -> str:
    """The whole answer as text."""
    chain, graph = found.chain, found.chain.graph
    output = graph.output.name
    head = output if chain.expression is None else f"{output} = {plain(chain.expression)}"
    short = len(graph.nodes) <= LISTED
    sections = [
        f"{head}\n{counts(found, words)}",
        _section(words["nodes"], words, [*_operations(found, words), *remarks(found, words, _name)]),
        _section(words["paths"], words, _paths(found, words)) if short else "",
        _section(words["backward"].format(output=output), words, _backward(found)) if short else "",
        _section(words["forward"], words, _forward(found)) if short else "",
        _section(words["gradients"], words, _derivatives(found)),
        _numbers(found, words),
        "\n".join(closing(found, words, _name)),
    ]
    return "\n\n".join(section for section in sections if section)


def _name(symbol: Symbol) -> str:
    return symbol.name


def _section(title: str, words: Words, lines: Sequence[str]) -> str:
    return "\n".join([title + words["colon"], *(f"  {line}" for line in lines)]) if lines else ""


def _aligned(rows: Sequence[tuple[str, str]]) -> list[str]:
    """`left = right` with the signs below one another."""
    width = max((len(left) for left, _ in rows), default=0)
    return [f"{left:<{width}} = {right}" for left, right in rows]


# ---- the graph ----------------------------------------------------------------------------------


def _operations(found: Report, words: Words) -> list[str]:
    """An operation a line, its local derivatives beside it."""
    entering: dict[str, list[str]] = {}
    for local in found.chain.locals:
        text = f"{_partial(local)} = {plain(local.expression)}"
        if local.rank is not None:
            text = words["occurrence"].format(local=text, rank=local.rank)
        entering.setdefault(local.edge.target.name, []).append(text)
    rows = [(f"{e.target.name} = {plain(e.expression)}", e.target.name) for e in found.chain.graph.equations]
    width = min(40, max(len(left) for left, _ in rows))
    return [f"{left:<{width}}    {', '.join(entering.get(name, ()))}".rstrip() for left, name in rows]


def _partial(local: LocalDerivative) -> str:
    return f"∂{local.edge.target.name}/∂{local.edge.source.name}"


# ---- the passes with symbols --------------------------------------------------------------------


def _factor(expr: Expr) -> str:
    text = plain(expr)
    wrapped = isinstance(expr, (Sum, Negative, Quotient)) or (isinstance(expr, Number) and text[0] == "-")
    return f"({text})" if wrapped else text


def _paths(found: Report, words: Words) -> list[str]:
    output = found.chain.graph.output.name
    lines: list[str] = []
    for gradient in found.chain.gradients:
        left = f"∂{output}/∂{gradient.variable.name}"
        paths = gradient.paths
        if paths is None:
            lines.append(f"{left}: {words['many']}")
        elif not paths:
            none = words["no_path"].format(node=gradient.variable.name, output=output)
            lines.append(f"{left} = 0: {none}")
        elif len(paths) == 1:
            lines += _one_path(left, paths[0], gradient, words)
        else:
            lines.append(f"{left}: {words['several'].format(count=len(paths))}")
            lines += [f"  {_way(path)}: {_worked(path)}" for path in paths]
            first, *others = (path.product for path in paths)
            total = " + ".join([plain(first), *(_term(product) for product in others)])
            lines.append("  " + " = ".join(_distinct([left, total, plain(gradient.named)])))
    return lines


def _one_path(left: str, path: Path, gradient: Gradient, words: Words) -> list[str]:
    partials = " · ".join(_partial(local) for local in path.locals)
    right = [*([partials] if len(path.locals) > 1 else []), _factors(path), plain(gradient.named)]
    way = words["one_path"].format(path=_way(path))
    return [f"{' = '.join(_distinct([left, *right]))}    ({way})"]


def _worked(path: Path) -> str:
    return " = ".join(_distinct([_factors(path), plain(path.product)]))


def _factors(path: Path) -> str:
    """The local derivatives along the path, as a product that is not worked out."""
    if len(path.locals) < 2:
        return plain(path.product)
    return " · ".join(_factor(local.expression) for local in path.locals)


def _term(expr: Expr) -> str:
    text = plain(expr)
    return f"({text})" if text.startswith("-") else text


def _way(path: Path) -> str:
    return " → ".join(node.name for node in path.nodes)


def _distinct(sides: Sequence[str]) -> list[str]:
    """The sides of an equality without those that repeat the one before."""
    return [side for index, side in enumerate(sides) if not index or side != sides[index - 1]]


def _backward(found: Report) -> list[str]:
    """∂L/∂v = Σ ∂L/∂consumer · ∂consumer/∂v, then the same in the names of nodes alone."""
    chain = found.chain
    output = chain.graph.output.name
    rows = []
    for adjoint in chain.backward.adjoints:
        left = f"∂{output}/∂{adjoint.node.name}"
        named = plain(_readable(chain.named[adjoint.node.name], chain.backward.adjoints, output))
        sent = _sent(adjoint, output)
        rows.append((left, " = ".join(_distinct([*([sent] if sent else []), named]))))
    return _aligned(rows)


def _sent(adjoint: Adjoint, output: str) -> str:
    terms: list[str] = []
    for c in adjoint.contributions:
        if c.consumer.name == output:  # ∂L/∂L, which is 1, is not written
            terms.append(_term(c.local) if terms else plain(c.local))
        else:
            terms.append(f"∂{output}/∂{c.consumer.name} · {_factor(c.local)}")
    return " + ".join(terms)


def _readable(expr: Expr, adjoints: Sequence[Adjoint], output: str) -> Expr:
    """Adjoints that stay in a formula, printed as (∂L/∂v)."""
    return substitute(expr, {a.symbol.name: Symbol(f"(∂{output}/∂{a.node.name})") for a in adjoints})


def _forward(found: Report) -> list[str]:
    """For each input, the tangents of the nodes that depend on it: ∂v/∂x = Σ ∂v/∂u · ∂u/∂x."""
    return [f"{seed.name}: " + ", ".join(_tangents(found, seed)) for seed in found.seeds]


def _tangents(found: Report, seed: Symbol) -> Iterator[str]:
    terms: dict[str, list[str]] = {}
    for local in found.chain.locals:
        source, target = local.edge.source.name, local.edge.target.name
        if source == seed.name:
            terms.setdefault(target, []).append(plain(local.expression))
        elif source in terms:
            moving = f"∂{source}/∂{seed.name}"
            one = local.expression == ONE
            terms.setdefault(target, []).append(moving if one else f"{_factor(local.expression)} · {moving}")
    for target, parts in terms.items():
        yield f"∂{target}/∂{seed.name} = " + " + ".join(parts)


def _derivatives(found: Report) -> list[str]:
    output = found.chain.graph.output.name
    forms = [(g, " = ".join(plain(form) for form in found.formulas(g))) for g in found.chain.gradients]
    return _aligned([(f"∂{output}/∂{gradient.variable.name}", text) for gradient, text in forms])


# ---- numbers ------------------------------------------------------------------------------------


def _numbers(found: Report, words: Words) -> str:
    if not found.point.values:
        return ""
    given = found.point.expressions
    point = ", ".join(
        f"{s.name} = {plain(given[s.name])}" for s in found.chain.graph.inputs if s.name in given
    )
    title = words["at" if found.complete else "partial"].format(point=point)
    rows = number_rows(found, words)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return _section(title, words, lines)


def number_rows(found: Report, words: Words) -> list[tuple[str, ...]]:
    """Node by node: its value, the adjoint, and in forward mode its tangents; a heading first."""
    chain, known, partial = found.chain, found.numbers.values, found.partial
    output = chain.graph.output.name
    seeds = tuple(found.tangent_numbers) if len(found.tangent_numbers) <= 6 else ()
    rows = [(words["node"], words["value"], f"∂{output}/∂·", *(f"∂·/∂{seed}" for seed in seeds))]
    for node in chain.graph.nodes:
        adjoint = chain.backward.adjoint_or_none(node)
        if adjoint is None:
            sent = "0"
        elif adjoint.symbol.name in known:
            sent = _short(known[adjoint.symbol.name])
        elif partial is not None and node.name in partial.adjoints:
            sent = plain(partial.adjoints[node.name])
        else:
            sent = ""
        value = _short(known[node.name]) if node.name in known else ""
        speeds = [found.tangent_numbers[seed].get(node.name) for seed in seeds]
        moving = tuple("" if speed is None else _short(speed) for speed in speeds)
        rows.append((node.name, value, sent, *moving))
    return rows


def _short(value: Value) -> str:
    """The exact value where it is short, else rounded to 12 significant digits."""
    if isinstance(value, Fraction) and value.numerator.bit_length() + value.denominator.bit_length() < 60:
        text = str(value)
        if len(text) <= _SHORT:
            return text
    return "≈ " + rounded_text(value, 12)
