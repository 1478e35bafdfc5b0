"""The notation that is typed: characters → tokens → brackets, calls and products made explicit → grammar →
tree. `solver.expression.reader` is its front; one module here for each thing that a reader has to decide."""
