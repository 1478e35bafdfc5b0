"""Plain text → LaTeX text: specials escaped, control characters dropped, characters that pdflatex lacks
made visible."""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "^": r"\textasciicircum{}",
    "_": r"\_", "~": r"\textasciitilde{}", "%": r"\%", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}", "'": "’", "`": r"\textasciigrave{}", "\u00a0": "~", "\u202f": r"\,", "\u2009":
    r"\,",
    "«": r"\guillemotleft{}", "»": r"\guillemotright{}", "’": "’", "‘": "‘", "“": "“", "”": "”", "–": "--",
    "—": "---",
    "…": r"\dots{}", "−": r"\ensuremath{-}", "•": r"\textbullet{}", "\u00ad": r"\-", "\u200b": "",
    "\ufeff": "",
    "€": r"\texteuro{}", "°": r"\textdegree{}", "\t": " ", "\n": " ", "\r": " ", "№": "No",
    "′": r"\ensuremath{'}",
    "‰": r"\textperthousand{}", "§": r"\S{}", "©": r"\textcopyright{}", "\u2011": "-", "[": "{[}", "]": "{]}",
}  # fmt: skip
_MATHS = {
    "→": r"\to", "←": r"\leftarrow", "↔": r"\leftrightarrow", "⇒": r"\Rightarrow", "⇔": r"\Leftrightarrow",
    "≤": r"\leq",
    "≥": r"\geq", "≠": r"\neq", "≈": r"\approx", "×": r"\times", "÷": r"\div", "±": r"\pm", "∞": r"\infty",
    "∂": r"\partial",
    "∈": r"\in", "⊙": r"\odot", "√": r"\surd", "∑": r"\sum", "∏": r"\prod", "∇": r"\nabla", "·": r"\cdot",
    "⋅": r"\cdot",
    "½": r"\tfrac{1}{2}", "¼": r"\tfrac{1}{4}", "¾": r"\tfrac{3}{4}", "²": "^2", "³": "^3", "¹": "^1",
    "⁰": "^0", "ᵀ": r"^{\top}",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "η": r"\eta",
    "θ": r"\theta",
    "λ": r"\lambda", "μ": r"\mu", "µ": r"\mu", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau",
    "φ": r"\varphi",
    "ω": r"\omega", "Δ": r"\Delta", "Σ": r"\Sigma", "Ω": r"\Omega", "ŷ": r"\hat{y}", "✓": r"\checkmark",
    "✗": r"\times",
    "⟶": r"\longrightarrow", "↦": r"\mapsto", "∗": "*", "∘": r"\circ", "ℝ": r"\mathbb{R}", "⊤": r"\top",
    "′": "'",
    "₀": "_0", "₁": "_1", "₂": "_2", "₃": "_3", "₄": "_4",
}  # fmt: skip
_NOT_IN_T1 = frozenset("ĦħĸĿŀŉŦŧſ")
_LIGATURES = re.compile(r"(?<=[-,'`<>!?])(?=[-,'`<>!?])")
_UNSAFE = re.compile(f"[{re.escape(''.join(_SPECIAL))}]|[^ -~\u00a1-\u00ac\u00ae-\u0125]")
_PLAIN = re.compile(r"[A-Za-z0-9 .;:()=+*/@]+")


def escape_latex_code(text: str) -> str:
    """LaTeX that shows code: straight quotes stay straight."""
    return r"\textquotesingle{}".join(map(escape_latex, text.split("'")))


def escape_latex(text: str) -> str:
    """LaTeX that shows `text` and nothing else."""
    if _PLAIN.fullmatch(text):
        return text
    # Two dashes, commas or quotes side by side would become one glyph in TeX.
    parted = _LIGATURES.sub("\x00", unicodedata.normalize("NFC", text.replace("\x00", "")))
    return _UNSAFE.sub(lambda found: "{}" if found.group() == "\x00" else _escaped(found.group()), parted)


def _escaped(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    if char in _MATHS:
        return rf"\ensuremath{{{_MATHS[char]}}}"
    if " " <= char <= "~" or ("\u00a1" <= char <= "\u017f" and char not in _NOT_IN_T1):
        return char
    if unicodedata.category(char).startswith("C") or unicodedata.combining(char):
        return ""
    return rf"{{[}}U+{ord(char):04X}{{]}}"


def escape_url(target: str) -> str:
    """A link's target or a file's path for LaTeX: everything but plain address characters in percent form."""
    kept = []
    for byte in target.encode("utf-8", "ignore"):
        char = chr(byte)
        kept.append(
            char if char.isascii() and (char.isalnum() or char in "-._~:/?=&+@,;!()*'#%") else f"%{byte:02X}"
        )
    return (
        "".join(kept)
        .replace("%", r"\%")
        .replace("#", r"\#")
        .replace("&", r"\&")
        .replace("_", r"\_")
        .replace("~", r"\~{}")
    )
