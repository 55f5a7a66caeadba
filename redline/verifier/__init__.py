"""Checks a redline on its final bytes; imports nothing of what made it."""
