"""Names of constants and Greek letters: what is typed, and how it is printed."""

from __future__ import annotations

CONSTANTS = ("e", "pi")

GREEK_CHARACTERS = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η":
    "eta",
    "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu",
    "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi", "χ": "chi",
    "ψ": "psi",
    "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
"""Greek letters that are read, by character."""

GREEK_NAMES = frozenset(GREEK_CHARACTERS.values()) | {"varepsilon", "varphi", "vartheta"}
"""Words that name a Greek letter."""

GREEK_MACROS = {name: "\\" + name for name in GREEK_NAMES} | {"epsilon": r"\varepsilon", "phi": r"\varphi"}
"""How a Greek letter is printed in LaTeX (French usage: ε and φ in their open forms)."""
