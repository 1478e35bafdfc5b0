"""Drawings from figure specifications."""
