"""`python -m solver.cli`."""

from solver.cli import main

main(prog_name="corrige")
