r"""The update rules as a lecturer writes them, once: with letters they are the rule, with numbers its steps.

A formula is LaTeX with places: `{beta}` is put in as it is, `{g:f}` as a factor (in parentheses where it is
negative), `{g:b}` as the base of a power. Names of states: w (the point), g (the gradient, or for Newton's
method d = H⁻¹g), v (velocity or second moment), s (sum of squares), m (first moment), mh and vh (moments
without their bias), u (the point after weight decay). `v` is the state before the step, `v1` after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.descent.polynomial import dyadic
from solver.descent.updates import Real, Vector
from solver.expression.decimals import significant
from solver.expression.scientific import scientific

DIGITS = 10
"""Significant digits of a rounded number."""
_LONGEST = 13
COMMA = r",\ "


@dataclass(frozen=True)
class Formula:
    """`target` = `text`, of each component."""

    target: str
    text: str


_VELOCITY = Formula("v1", r"{beta} \cdot {v:f} + {g:f}")
_SQUARES = r"\frac{{{rate}}}{{\sqrt{{{s1}}} + {epsilon}}} \cdot {g:f}"
_MOMENTS = (
    Formula("m1", r"{beta1} \cdot {m:f} + (1 - {beta1}) \cdot {g:f}"),
    Formula("v1", r"{beta2} \cdot {v:f} + (1 - {beta2}) \cdot {g:b}^2"),
    Formula("mh", r"\frac{{{m1}}}{{1 - {beta1:b}^{{{n}}}}}"),
    Formula("vh", r"\frac{{{v1}}}{{1 - {beta2:b}^{{{n}}}}}"),
)
_ADAM = r" - {rate} \cdot \frac{{{mh}}}{{\sqrt{{{vh}}} + {epsilon}}}"
FORMULAS: Mapping[str, tuple[Formula, ...]] = {
    "gd": (Formula("w1", r"{w} - {rate} \cdot {g:f}"),),
    "momentum": (_VELOCITY, Formula("w1", r"{w} - {rate} \cdot {v1:f}")),
    "nesterov": (_VELOCITY, Formula("w1", r"{w} - {rate} \cdot \left({g} + {beta} \cdot {v1:f}\right)")),
    "adagrad": (Formula("s1", r"{s} + {g:b}^2"), Formula("w1", "{w} - " + _SQUARES)),
    "rmsprop": (
        Formula("s1", r"{beta2} \cdot {s:f} + (1 - {beta2}) \cdot {g:b}^2"),
        Formula("w1", "{w} - " + _SQUARES),
    ),
    "adam": (*_MOMENTS, Formula("w1", "{w}" + _ADAM)),
    "adamw": (
        Formula("u", r"(1 - {rate} \cdot {weight_decay}) \cdot {w:f}"),
        *_MOMENTS,
        Formula("w1", "{u}" + _ADAM),
    ),
    "newton": (Formula("w1", r"{w} - {rate} \cdot {g:f}"),),
}
GREEK = {
    "rate": r"\alpha", "beta": r"\beta", "beta1": r"\beta_1", "beta2": r"\beta_2",
    "epsilon": r"\varepsilon", "weight_decay": r"\lambda",
}  # fmt: skip
_HEADS = {"mh": r"\hat{m}", "vh": r"\hat{v}"}


@dataclass(frozen=True)
class Put:
    """What stands at a place of a formula; `exact` says whether it is the number itself, not rounded."""

    text: str
    exact: bool = True

    def __format__(self, place: str) -> str:
        fraction = self.text.startswith((r"\frac", r"-\frac"))
        bare = not self.text.startswith("-") and not (
            place == "b" and (fraction or r"\times" in self.text or "^" in self.text)
        )
        return self.text if not place or bare else rf"\left({self.text}\right)"


def relation(exact: bool) -> str:
    """`=`, or `\\approx` before a rounded number."""
    return "=" if exact else r"\approx"


def put(x: Real) -> Put:
    """A number: an exact decimal or fraction where one is short, else ten significant digits."""
    if isinstance(x, Fraction):
        exact = _short(x)
        if exact is not None:
            return Put(exact)
    elif x.is_zero():
        return Put("0")
    return Put(rounded(x if isinstance(x, Fraction) else dyadic(x)), False)


def told(x: Real) -> str:
    """A number with its relation: `= 0.1`, `\\approx 0.316227766`."""
    made = put(x)
    return f"{relation(made.exact)} {made.text}"


def point_text(point: Vector) -> str:
    """A point as LaTeX: (1, 0.5), or the number alone."""
    texts = [put(x).text for x in point]
    return texts[0] if len(texts) == 1 else rf"\left({COMMA.join(texts)}\right)"


def rounded(x: Fraction) -> str:
    """Ten significant digits, with a power of ten where the number is very small or very large."""
    if x == 0 or Fraction(1, 10**4) <= abs(x) < 10**8:
        return significant(x, DIGITS)
    mantissa, times, power = scientific(x, DIGITS - 1).partition(r" \times ")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + times + power


def _short(x: Fraction) -> str | None:
    top, bottom = x.numerator, x.denominator
    places = len(str(bottom)) - 1
    if bottom == 10**places and places >= 5 and abs(top) < 10:
        times = "" if abs(top) == 1 else rf"{abs(top)} \times "
        return f"{'-' if top < 0 else ''}{times}10^{{-{places}}}"
    for places in range(13):
        if 10**places % bottom == 0:
            whole = str(abs(top) * (10**places // bottom)).rjust(places + 1, "0")
            text = whole if places == 0 else f"{whole[:-places]}.{whole[-places:]}"
            return None if len(text) > 14 else ("-" if top < 0 else "") + text
    if len(str(x)) > _LONGEST:
        return None
    return rf"{'-' if top < 0 else ''}\frac{{{abs(top)}}}{{{bottom}}}"


def name_of(state: str, coordinate: str, below: str, k: str, after: str) -> str:
    r"""The symbol of a state: `w` is x^{(k)}, `v1` is v_x^{(k+1)}; `coordinate` is x, `below` its index."""
    if state == "g":
        return rf"g{below}^{{({k})}}"
    if state in ("w", "w1"):
        return rf"{coordinate}^{{({k if state == 'w' else after})}}"
    if state == "u":
        return rf"\tilde{{{coordinate}}}^{{({k})}}"
    if state in _HEADS:
        return rf"{_HEADS[state]}{below}^{{({after})}}"
    return rf"{state[0]}{below}^{{({after if state.endswith('1') else k})}}"


def rule_lines(method: str, coordinate: str, below: str = "", scheduled: bool = False) -> tuple[str, ...]:
    """The rule with letters, a line each, from iterate k to k + 1; the states are named as in `FORMULAS`."""
    states = ("w", "w1", "g", "v", "v1", "s", "s1", "m", "m1", "mh", "vh", "u")
    places = {state: Put(name_of(state, coordinate, below, "k", "k+1")) for state in states}
    places |= {name: Put(letter) for name, letter in GREEK.items()} | {"n": Put("k+1")}
    if scheduled:
        places["rate"] = Put(r"\alpha_k")
    if method == "newton":
        places["g"] = Put(rf"d{below}^{{(k)}}")
    return tuple(f"{places[f.target]} &= " + _tidy(f.text.format_map(places)) for f in FORMULAS[method])


def _tidy(text: str) -> str:
    """βv rather than β · v where letters stand side by side; the dots are for numbers."""
    return text.replace(r" \cdot \frac", r"\,\frac").replace(r" \cdot ", r"\,")


def filled(formula: Formula, places: Mapping[str, Put]) -> Put:
    """The formula with numbers; rounded where one of the numbers that it uses is."""
    used: list[Put] = []

    class _Seen(dict[str, Put]):
        def __missing__(self, name: str) -> Put:
            used.append(places[name])
            return places[name]

    return Put(formula.text.format_map(_Seen()).replace(r"\cdot", r"\times"), all(p.exact for p in used))
