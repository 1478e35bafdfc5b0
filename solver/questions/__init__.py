"""Kinds of question: one module a kind, from a request to its facts."""
