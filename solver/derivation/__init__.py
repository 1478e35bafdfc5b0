"""Derivations: steps that follow one another, the engine that writes them, the second road that checks
them."""
