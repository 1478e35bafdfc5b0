"""Functions of real variables: the written tree, its reader, its LaTeX, its bridge to SymPy."""
