r"""The allow-list of symbols and commands of canonical LaTeX: canonical name → character and kind.

A command that is in none of these tables is refused by the parser. A printer gets the Unicode character
from `CHARACTERS`, so a new symbol is one row here and one word a language in `writers/formula_speech.py`.
"""

from __future__ import annotations

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ",
    "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_ORDINARY = {
    **_GREEK,
    "infty": "∞", "partial": "∂", "nabla": "∇", "top": "⊤", "bot": "⊥", "ell": "ℓ", "emptyset": "∅",
    "forall": "∀", "exists": "∃", "neg": "¬", "dots": "…", "ldots": "…", "cdots": "⋯", "vdots": "⋮",
    "ddots": "⋱",
    "hbar": "ℏ", "Re": "ℜ", "Im": "ℑ", "degree": "°", "prime": "′", "checkmark": "✓", "square": "□",
    "imath": "ı", "jmath": "ȷ",
}  # fmt: skip
_BINARY = {
    "+": "+", "-": "−", "*": "∗", "pm": "±", "mp": "∓", "times": "×", "cdot": "⋅", "div": "÷", "odot": "⊙",
    "otimes": "⊗",
    "oplus": "⊕", "circ": "∘", "ast": "∗", "star": "⋆", "cup": "∪", "cap": "∩", "setminus": "∖",
    "wedge": "∧", "vee": "∨",
    "bullet": "•",
}  # fmt: skip
_RELATIONS = {
    "=": "=", "<": "<", ">": ">", ":": ":", "leq": "≤", "geq": "≥", "neq": "≠", "approx": "≈", "sim": "∼",
    "simeq": "≃",
    "equiv": "≡", "propto": "∝", "ll": "≪", "gg": "≫", "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂",
    "subseteq": "⊆",
    "mid": "∣", "perp": "⟂", "parallel": "∥", "to": "→", "leftarrow": "←", "leftrightarrow": "↔",
    "mapsto": "↦",
    "longrightarrow": "⟶", "longmapsto": "⟼", "Rightarrow": "⇒", "Leftarrow": "⇐", "Leftrightarrow": "⇔",
    "Longrightarrow": "⟹", "Longleftrightarrow": "⟺", "uparrow": "↑", "downarrow": "↓", "nearrow": "↗",
    "searrow": "↘",
    "updownarrow": "↕", "hookrightarrow": "↪", "lesssim": "≲", "gtrsim": "≳", "leqslant": "⩽",
    "geqslant": "⩾",
    "triangleq": "≜",
}  # fmt: skip
_LARGE = {"sum": "∑", "prod": "∏", "int": "∫", "bigcup": "⋃", "bigcap": "⋂", "bigoplus": "⨁", "bigodot": "⨀"}
_PUNCTUATION = {",": ",", ";": ";"}
_PLAIN_ORDINARY = {"/": "/", "!": "!", ".": ".", "%": "%", "?": "?", "#": "#", "$": "$", "&": "&", "_": "_"}


def _named(table: dict[str, str], kind: str) -> dict[str, tuple[str, str]]:
    return {("\\" + name if name.isalpha() else name): (char, kind) for name, char in table.items()}


SYMBOLS: dict[str, tuple[str, str]] = {
    **_named(_ORDINARY, "ordinary"),
    **_named(_BINARY, "binary"),
    **_named(_RELATIONS, "relation"),
    **_named(_LARGE, "large"),
    **_named(_PUNCTUATION, "punctuation"),
    **{
        "\\" + name if name in "%#$&_" else name: (char, "ordinary") for name, char in _PLAIN_ORDINARY.items()
    },
}
"""Canonical name → (character, kind)."""

ALIASES = {
    r"\le": r"\leq", r"\ge": r"\geq", r"\ne": r"\neq", r"\rightarrow": r"\to", r"\gets": r"\leftarrow",
    r"\implies": r"\Longrightarrow", r"\iff": r"\Longleftrightarrow", r"\land": r"\wedge", r"\lor": r"\vee",
    r"\varnothing": r"\emptyset", r"\lt": "<", r"\gt": ">", r"\colon": ":", r"\dotsc": r"\ldots",
    r"\dotsb": r"\cdots",
    r"\longleftrightarrow": r"\leftrightarrow", r"\lnot": r"\neg", r"\vert": "|", r"\lbrace": r"\{",
    r"\rbrace": r"\}",
    r"\Vert": r"\|", r"\lbrack": "[", r"\rbrack": "]", r"\transp": r"\top", r"\intercal": r"\top",
}  # fmt: skip
"""Other spellings of an allowed command."""

UNICODE = {
    **{char: "\\" + name for name, char in _GREEK.items()},
    **{char: name for name, (char, kind) in SYMBOLS.items() if kind in ("relation", "binary", "large") and
    not char.isascii()},
    "∞": r"\infty", "∂": r"\partial", "∇": r"\nabla", "⊤": r"\top", "ℓ": r"\ell", "∅": r"\emptyset",
    "∀": r"\forall",
    "∃": r"\exists", "…": r"\ldots", "⋯": r"\cdots", "·": r"\cdot", "×": r"\times", "−": "-", "∘": r"\circ",
    "\u00a0": "~", "\u202f": r"\,", "∗": "*", "⊥": r"\bot",
}  # fmt: skip
"""Characters that may be typed for a command."""

_PLAIN_FUNCTIONS = (
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "coth",
    "exp", "ln", "log", "arg", "dim", "ker", "deg", "hom",
)  # fmt: skip
_LIMIT_FUNCTIONS = ("lim", "max", "min", "sup", "inf", "det", "gcd", "Pr", "limsup", "liminf")
FUNCTIONS = dict.fromkeys(_PLAIN_FUNCTIONS, False) | dict.fromkeys(_LIMIT_FUNCTIONS, True)
"""Named functions → whether an index goes below in display."""

ACCENTS = {
    "hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308",
    "overline": "", "underline": "", "widehat": "\u0302", "widetilde": "\u0303",
}  # fmt: skip
FONTS = ("mathbf", "boldsymbol", "mathbb", "mathrm", "mathcal", "mathit", "mathsf")
TEXTS = {
    "text": "roman",
    "textrm": "roman",
    "mbox": "roman",
    "textbf": "bold",
    "textit": "italic",
    "emph": "italic",
}
SPACES = {
    r"\,": "thin", r"\:": "medium", r"\>": "medium", r"\;": "thick", r"\quad": "quad", r"\qquad": "qquad",
    r"\!": "negative",
    "~": "thick", r"\ ": "thick", r"\thinspace": "thin", r"\medspace": "medium", r"\thickspace": "thick",
    r"\negthinspace": "negative", r"\enspace": "thick",
}  # fmt: skip
DELIMITERS = {
    "(": "(", ")": ")", "[": "[", "]": "]", r"\{": "{", r"\}": "}", "|": "|", r"\|": "‖", r"\lvert": "|",
    r"\rvert": "|",
    r"\lVert": "‖", r"\rVert": "‖", r"\langle": "⟨", r"\rangle": "⟩", r"\lfloor": "⌊", r"\rfloor": "⌋",
    r"\lceil": "⌈",
    r"\rceil": "⌉", ".": "", "/": "/", r"\uparrow": "↑", r"\downarrow": "↓",
}  # fmt: skip
"""Delimiters that may follow `\\left` and `\\right` → their character (none for `.`)."""
OPENERS = {"(": ")", r"\{": r"\}", r"\langle": r"\rangle", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil",
           r"\lvert": r"\rvert", r"\lVert": r"\rVert"}  # fmt: skip
"""Delimiters whose direction never changes → their closing partner."""
ENVIRONMENTS = (
    "aligned",
    "gathered",
    "cases",
    "array",
    "matrix",
    "pmatrix",
    "bmatrix",
    "vmatrix",
    "split",
    "smallmatrix",
)
CHARACTERS = {name: char for name, (char, _) in SYMBOLS.items()}
