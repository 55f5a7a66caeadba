"""Writes the differences as tracked changes onto the after document."""
