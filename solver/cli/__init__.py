"""The command line: the only package that prints or exits. A verb is one command in one module, named here;
everything heavy is imported when a verb runs."""

from __future__ import annotations

import click

from solver.cli.check import check
from solver.cli.derive import derive
from solver.cli.descend import descend
from solver.cli.graph import graph
from solver.cli.kinds import kinds
from solver.cli.layer import layer
from solver.cli.network import network
from solver.cli.new import new
from solver.cli.shared import CONTEXT, Group
from solver.cli.sheets import build, pin, verify
from solver.cli.templates import templates
from solver.version import VERSION


@click.group(cls=Group, context_settings=CONTEXT)
@click.version_option(VERSION, "-V", "--version", prog_name="corrige")
def main() -> None:
    """Worked solutions for the mathematics of deep learning, proved before they are printed.

    \b
    corrige build sheets/retropropagation.md    the answer key of a sheet: PDF, LaTeX, Markdown
    corrige derive '3x(x+1)'                     a derivative, step by step
    corrige descend 'w^2 - 4w' --start 5 --rate 0.25 --steps 3
    """


for verb in (build, check, derive, descend, graph, kinds, layer, network, new, pin, templates, verify):
    main.add_command(verb)
