"""Packages (Open Packaging Conventions, ECMA-376-2): read guarded, written with unchanged members copied raw."""
