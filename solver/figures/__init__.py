"""Drawings from figure specifications, made in a second process and kept by content."""
