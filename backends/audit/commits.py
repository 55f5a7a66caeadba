"""Group commit: what is appended while a commit is under way goes with the next one, all of it together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True)
class _Ticket(Generic[Item]):
    items: Sequence[Item]
    done: bool = False
    error: BaseException | None = None


class GroupCommit(Generic[Item]):
    """Threads that add at the same time share one call of `commit`, and each learns what came of it."""

    def __init__(self, commit: Callable[[list[Item]], None]) -> None:
        """`commit` makes the items durable, all or none; it is called by one thread at a time."""
        self._commit = commit
        self._gate = threading.Lock()
        self._waiting: list[_Ticket[Item]] = []
        self._turn = threading.Lock()

    def add(self, items: Sequence[Item]) -> None:
        """Return when the items are committed. Raises what `commit` raised."""
        ticket = _Ticket(items)
        with self._gate:
            self._waiting.append(ticket)
        with self._turn:  # while one thread commits the others queue up here: the next one finds them all waiting
            if not ticket.done:
                self._commit_waiting()
        if ticket.error is not None:
            raise ticket.error

    def _commit_waiting(self) -> None:
        with self._gate:
            tickets, self._waiting = self._waiting, []
        error: BaseException | None = None
        try:
            self._commit([item for ticket in tickets for item in ticket.items])
        except BaseException as failure:  # each thread raises it itself
            error = failure
        for ticket in tickets:
            ticket.done, ticket.error = True, error
