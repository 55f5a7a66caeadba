"""What every wrapper of data keys keeps to, and the envelope on top of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backends.keys import KeyAbsent, Refused, Wrapped
from backends.keys.envelope import KEPT_FOR, Envelope, is_sealed, rewrap
from backends.keys.local import LocalKeyWrapper
from tests.contract.doors import Door


def stored(document: str, wrapped: Wrapped) -> Wrapped:
    """Nobody else stored a key for the document before."""
    return wrapped


over_one_door = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_data_key_comes_back_only_for_its_document_and_region(door: Door) -> None:
    here = door.keys("europe-west3")
    wrapped = here.wrap(b"d" * 32, "a")
    assert here.unwrap(wrapped, "a") == b"d" * 32
    assert b"d" * 32 not in wrapped.ciphertext
    with pytest.raises(Refused):
        here.unwrap(wrapped, "b")
    with pytest.raises(Refused):
        door.keys("us-east1").unwrap(wrapped, "a")


@over_one_door
@given(content=st.binary(max_size=2000), name=st.text(max_size=40))
def test_what_is_sealed_opens_as_it_was(door: Door, content: bytes, name: str) -> None:
    envelope = Envelope(door.keys("local"))
    wrapped = envelope.new_key("a", stored)
    sealed = envelope.seal(content, document="a", name=name, wrapped=wrapped)
    assert is_sealed(sealed)
    assert envelope.open(sealed, document="a", name=name, wrapped=lambda: wrapped) == content
    assert envelope.seal(content, document="a", name=name, wrapped=wrapped) != sealed
    with pytest.raises(Refused):
        envelope.open(sealed, document="a", name=f"{name}x", wrapped=lambda: wrapped)


@over_one_door
@given(data=st.data())
def test_what_was_changed_does_not_open(door: Door, data: st.DataObject) -> None:
    envelope = Envelope(door.keys("local"))
    wrapped = envelope.new_key("a", stored)
    sealed = envelope.seal(b"a clause", document="a", name="n", wrapped=wrapped)
    broken = data.draw(changed(sealed), "sealed")
    with pytest.raises(Refused):
        envelope.open(broken, document="a", name="n", wrapped=lambda: wrapped)
    spoilt = Wrapped(wrapped.key, data.draw(changed(wrapped.ciphertext), "wrapped"))
    with pytest.raises(Refused):
        Envelope(door.keys("local")).open(sealed, document="a", name="n", wrapped=lambda: spoilt)


def changed(content: bytes) -> st.SearchStrategy[bytes]:
    """The content with one bit turned, or cut short."""

    def turned(place: int) -> bytes:
        turned = bytearray(content)
        turned[place // 8] ^= 1 << place % 8
        return bytes(turned)

    turns = st.integers(0, 8 * len(content) - 1).map(turned)
    return turns | st.integers(0, len(content) - 1).map(lambda length: content[:length])


def test_the_wrapped_key_of_another_object_or_document_does_not_open(door: Door) -> None:
    envelope = Envelope(door.keys("local"))
    first, second, other = (envelope.new_key(document, stored) for document in "aab")
    sealed = envelope.seal(b"a clause", document="a", name="n", wrapped=first)
    cases: list[tuple[str, Wrapped]] = [("a", second), ("a", other), ("b", other), ("b", first)]
    for document, wrapped in cases:
        with pytest.raises(Refused):
            Envelope(door.keys("local")).open(sealed, document=document, name="n", wrapped=partial(same, wrapped))


def same(wrapped: Wrapped) -> Wrapped:
    return wrapped


def test_what_another_key_wraps_is_not_damaged_but_waits_for_that_key(door: Door) -> None:
    wrapped = replace(door.keys("local").wrap(b"d" * 32, "a"), key="another")
    with pytest.raises(KeyAbsent, match="another"):
        door.keys("local").unwrap(wrapped, "a")


def test_what_is_sealed_moves_between_doors_by_a_new_wrapping_alone(door: Door) -> None:
    here, elsewhere = door.keys("local"), LocalKeyWrapper(b"e" * 32, region="elsewhere")
    wrapped = Envelope(here).new_key("a", stored)
    sealed = Envelope(here).seal(b"a clause", document="a", name="n", wrapped=wrapped)
    moved = rewrap(wrapped, "a", before=here, after=elsewhere)
    assert Envelope(elsewhere).open(sealed, document="a", name="n", wrapped=lambda: moved) == b"a clause"
    back = rewrap(moved, "a", before=elsewhere, after=here)
    assert Envelope(here).open(sealed, document="a", name="n", wrapped=lambda: back) == b"a clause"
    with pytest.raises(Refused):
        rewrap(wrapped, "b", before=here, after=elsewhere)


class Counting:
    """A wrapper that counts what it is asked for."""

    def __init__(self) -> None:
        self._inner = LocalKeyWrapper(b"k" * 32, region="local")
        self.unwrapped = 0

    def wrap(self, data_key: bytes, document: str) -> Wrapped:
        return self._inner.wrap(data_key, document)

    def unwrap(self, wrapped: Wrapped, document: str) -> bytes:
        self.unwrapped += 1
        return self._inner.unwrap(wrapped, document)


def test_a_data_key_stays_in_memory_for_minutes_and_no_longer() -> None:
    time, wrapper = [0.0], Counting()
    envelope = Envelope(wrapper, clock=lambda: time[0])
    wrapped = Envelope(wrapper).new_key("a", stored)
    for moment, asked in ((0.0, 1), (KEPT_FOR - 1, 1), (KEPT_FOR, 2), (KEPT_FOR + 1, 2)):
        time[0] = moment
        envelope.seal(b"", document="a", name="n", wrapped=wrapped)
        assert wrapper.unwrapped == asked


def test_of_many_data_keys_the_newest_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.keys.envelope.KEPT_AT_MOST", 3)
    wrapper = Counting()
    envelope = Envelope(wrapper)
    wrapped = {document: envelope.new_key(document, stored) for document in "abcd"}
    for document, asked in (("d", 0), ("c", 0), ("b", 0), ("a", 1)):
        envelope.seal(b"", document=document, name="n", wrapped=wrapped[document])
        assert wrapper.unwrapped == asked


def test_for_what_is_in_memory_no_record_is_read() -> None:
    envelope = Envelope(LocalKeyWrapper(b"k" * 32, region="local"))
    sealed = envelope.seal(b"a clause", document="a", name="n", wrapped=envelope.new_key("a", stored))
    assert envelope.open(sealed, document="a", name="n", wrapped=lambda: pytest.fail("not needed")) == b"a clause"


def test_no_key_is_shown_by_what_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is logged, or shown by a traceback with its variables, is the repr of something."""
    monkeypatch.setattr("backends.keys.envelope.secrets.token_bytes", lambda size: b"d" * size)
    wrapper = LocalKeyWrapper(b"k" * 32, region="local")
    envelope = Envelope(wrapper)
    envelope.new_key("a", stored)
    shown = repr([envelope, vars(envelope), wrapper, vars(wrapper)])
    assert "AESGCM" in shown
    assert "d" * 32 not in shown
    assert "k" * 32 not in shown
