"""A whole derivation, of numbers or of matrices."""

from __future__ import annotations

from solver.claims.matrices import MatrixReader, in_matrices
from solver.claims.meaning import Context
from solver.claims.scalars import ScalarReader
from solver.claims.script import Script


def read_script(text: str, context: Context | None = None) -> Script:
    """Reads a derivation; one that declares shapes is of matrices.

    Raises CorrigeError, at its place, for a line that cannot be read.
    """
    rows = text.split("\n")
    if in_matrices(text):
        return MatrixReader(rows).read()
    return ScalarReader(rows, context or Context()).read()
