"""The contract that the demonstration redlines: two versions of a services agreement, made when asked for."""

from runtime.demo.contract import documents

__all__ = ["documents"]
