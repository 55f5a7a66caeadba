"""What every wrapper of data keys keeps to, and the envelope on top of it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backends.keys import Refused
from backends.keys.envelope import KEPT_FOR, Envelope, is_sealed, rewrap
from backends.keys.local import LocalKeyWrapper
from tests.contract.doors import Door

over_one_door = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_data_key_comes_back_only_for_its_document_and_region(door: Door) -> None:
    here = door.keys("europe-west3")
    wrapped = here.wrap(b"d" * 32, "a")
    assert here.unwrap(wrapped, "a") == b"d" * 32
    assert b"d" * 32 not in wrapped
    with pytest.raises(Refused):
        here.unwrap(wrapped, "b")
    with pytest.raises(Refused):
        door.keys("us-east1").unwrap(wrapped, "a")


@over_one_door
@given(content=st.binary(max_size=2000), name=st.text(max_size=40))
def test_what_is_sealed_opens_as_it_was(door: Door, content: bytes, name: str) -> None:
    envelope = Envelope(door.keys("local"))
    wrapped = envelope.new_key("a")
    sealed = envelope.seal(content, document="a", name=name, wrapped=wrapped)
    assert is_sealed(sealed)
    assert envelope.open(sealed, document="a", name=name, wrapped=wrapped) == content
    assert envelope.seal(content, document="a", name=name, wrapped=wrapped) != sealed
    with pytest.raises(Refused):
        envelope.open(sealed, document="a", name=f"{name}x", wrapped=wrapped)


@over_one_door
@given(data=st.data())
def test_what_was_changed_does_not_open(door: Door, data: st.DataObject) -> None:
    envelope = Envelope(door.keys("local"))
    wrapped = envelope.new_key("a")
    sealed = envelope.seal(b"a clause", document="a", name="n", wrapped=wrapped)
    broken = data.draw(changed(sealed), "sealed")
    with pytest.raises(Refused):
        envelope.open(broken, document="a", name="n", wrapped=wrapped)
    with pytest.raises(Refused):
        envelope.open(sealed, document="a", name="n", wrapped=data.draw(changed(wrapped), "wrapped"))


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
    first, second, other = envelope.new_key("a"), envelope.new_key("a"), envelope.new_key("b")
    sealed = envelope.seal(b"a clause", document="a", name="n", wrapped=first)
    for document, wrapped in (("a", second), ("a", other), ("b", other), ("b", first)):
        with pytest.raises(Refused):
            envelope.open(sealed, document=document, name="n", wrapped=wrapped)


def test_what_is_sealed_moves_between_doors_by_a_new_wrapping_alone(door: Door) -> None:
    here, elsewhere = door.keys("local"), LocalKeyWrapper(b"e" * 32, region="elsewhere")
    wrapped = Envelope(here).new_key("a")
    sealed = Envelope(here).seal(b"a clause", document="a", name="n", wrapped=wrapped)
    moved = rewrap(wrapped, "a", before=here, after=elsewhere)
    assert Envelope(elsewhere).open(sealed, document="a", name="n", wrapped=moved) == b"a clause"
    back = rewrap(moved, "a", before=elsewhere, after=here)
    assert Envelope(here).open(sealed, document="a", name="n", wrapped=back) == b"a clause"
    with pytest.raises(Refused):
        rewrap(wrapped, "b", before=here, after=elsewhere)


class Counting:
    """A wrapper that counts what it is asked for."""

    def __init__(self) -> None:
        self._inner = LocalKeyWrapper(b"k" * 32, region="local")
        self.unwrapped = 0

    def wrap(self, data_key: bytes, document: str) -> bytes:
        return self._inner.wrap(data_key, document)

    def unwrap(self, wrapped: bytes, document: str) -> bytes:
        self.unwrapped += 1
        return self._inner.unwrap(wrapped, document)


def test_a_data_key_stays_in_memory_for_minutes_and_no_longer() -> None:
    time, wrapper = [0.0], Counting()
    envelope = Envelope(wrapper, clock=lambda: time[0])
    wrapped = envelope.new_key("a")
    for moment, asked in ((0.0, 1), (KEPT_FOR - 1, 1), (KEPT_FOR, 2), (KEPT_FOR + 1, 2)):
        time[0] = moment
        envelope.seal(b"", document="a", name="n", wrapped=wrapped)
        assert wrapper.unwrapped == asked
