"""Gradient descent: update rules, exact iterates, exact analysis, verdicts."""
