"""Graphs of named equations (Wengert lists), reverse mode and forward mode."""
