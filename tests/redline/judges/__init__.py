"""Judges from outside: programs that others wrote, asked what they think of our redlines."""
