"""The list of changes, read from a tracked document."""
