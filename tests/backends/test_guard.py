from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.errors import BackendUnavailable
from backends.guard import Guard
from tests.polling import eventually


def fail(guard: Guard) -> None:
    with pytest.raises(BackendUnavailable, match="away"), guard.call():
        raise BackendUnavailable("away")


def test_opens_after_so_many_failures_in_a_row() -> None:
    guard = Guard("storage", failures=3, pause=60)
    fail(guard)
    fail(guard)
    with guard.call():
        pass  # a success forgets the failures before it
    for _ in range(2):
        fail(guard)
    assert guard.state == "closed"
    fail(guard)
    assert guard.state == "open"


def test_each_change_is_told_as_it_is() -> None:
    told: list[str] = []
    guard = Guard("storage", failures=1, pause=0.0, changed=lambda _, state: told.append(state))
    fail(guard)
    with guard.call():
        pass
    assert told == ["closed", "open", "half-open", "closed"]


def test_an_open_breaker_calls_nobody() -> None:
    guard = Guard("storage", failures=1, pause=60)
    fail(guard)
    with pytest.raises(BackendUnavailable, match="storage"), guard.call():
        pytest.fail("the service was called")


def test_what_the_service_answers_is_not_held_against_it() -> None:
    guard = Guard("storage", failures=1)
    for _ in range(5):
        with pytest.raises(LookupError), guard.call():
            raise LookupError
    assert guard.state == "closed"


def test_after_the_pause_one_call_is_let_through_and_closes_it_when_it_succeeds() -> None:
    guard = Guard("storage", failures=1, pause=0.05)
    fail(guard)
    in_trial, end = threading.Event(), threading.Event()

    def trial() -> bool:
        try:
            with guard.call():
                in_trial.set()
                return end.wait(10)
        except BackendUnavailable:
            return False

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(lambda: eventually(trial, "a trial"))
        assert in_trial.wait(10)
        assert guard.state == "half-open"
        with pytest.raises(BackendUnavailable, match="tried"), guard.call():
            pytest.fail("two calls at a time")
        end.set()
        assert ended.result()
    assert guard.state == "closed"


def test_a_failed_trial_opens_it_again() -> None:
    guard = Guard("storage", failures=5, pause=0.05)
    for _ in range(5):
        fail(guard)
    calls = []

    def tried() -> bool:
        try:
            with guard.call():
                calls.append(1)
                raise BackendUnavailable("still away")
        except BackendUnavailable:
            return bool(calls)

    eventually(tried, "a trial")
    assert (len(calls), guard.state) == (1, "open")


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 4))
def test_it_is_open_exactly_after_that_many_failures_in_a_row(calls: list[bool], failures: int) -> None:
    guard = Guard("storage", failures=failures, pause=3600)
    in_a_row = 0
    for works in calls:
        if in_a_row == failures:
            break
        if works:
            with guard.call():
                in_a_row = 0
        else:
            fail(guard)
            in_a_row += 1
        assert guard.state == ("open" if in_a_row == failures else "closed")


def test_no_more_calls_are_under_way_than_there_are_places() -> None:
    guard = Guard("storage", at_once=3)
    lock, under_way, most = threading.Lock(), 0, 0
    full = threading.Barrier(3)

    def call(_: int) -> None:
        nonlocal under_way, most
        with guard.call():
            with lock:
                under_way += 1
                most = max(most, under_way)
            full.wait(10)
            with lock:
                under_way -= 1

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(call, range(9)))
    assert most == 3


def test_who_finds_no_place_is_told_so() -> None:
    guard = Guard("storage", at_once=1, place_within=0.01)
    with guard.call(), pytest.raises(BackendUnavailable, match="Too many"), guard.call():
        pytest.fail("there was no place")
    with guard.call():
        pass
