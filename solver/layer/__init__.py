"""Layers in batch matrix form: equations in, the backward pass out, derived and checked."""
