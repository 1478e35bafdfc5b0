"""For tests in your own repository: exact derivatives asserted, sheets collected by pytest.

from solver.testing import assert_derivative

def test_cubic() -> None:
    assert_derivative("w^4/4", "w", "w^3")
"""

from __future__ import annotations

__all__ = ["assert_derivative"]


def assert_derivative(expression: str, variable: str, expected: str, *, order: int = 1) -> None:
    """Asserts that the derivative of `expression` by `variable` is `expected`, exactly and for every value.

    The expected expression is compared by dual numbers at many rational points, by means that share nothing
    with the rules. AssertionError where it differs (with a point where it does) or where the comparison
    cannot decide; ExpressionError for a text that cannot be read.
    """
    __tracebackhide__ = True
    from solver.derivation.check import check_derivative, counterexample
    from solver.derivation.engine import derive
    from solver.expression.plain import plain
    from solver.expression.reader import read_expression
    from solver.expression.tree import Symbol

    function, claimed, symbol = (read_expression(text) for text in (expression, expected, variable))
    if not isinstance(symbol, Symbol):
        raise ValueError(f"the name of a variable is expected, found {variable!r}")
    outcome = check_derivative(function, symbol, claimed, order)
    if outcome.holds is True:
        return
    left = f"the derivative of {expression} by {variable}" + (f", order {order}," if order > 1 else "")
    if outcome.holds is None:
        raise AssertionError(f"{left} is not known to be {expected}: undecided")
    result = derive(function, symbol, order).result
    different = counterexample(result, claimed)
    where = ""
    if different is not None:
        point = ", ".join(f"{name} = {value}" for name, value in different["at"].items())
        where = f" (at {point}: {different['left']}, not {different['right']})"
    raise AssertionError(f"{left} is {plain(result)}, not {expected}{where}")
