"""Accepts or rejects tracked changes."""
