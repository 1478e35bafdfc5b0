"""Rule tables: calculus, algebra, matrices. A rule is one function whose first line is its formula."""
