"""Checks a document against the rules of tracked changes and of packages."""
