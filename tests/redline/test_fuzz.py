"""Nothing but a redline or a `DocumentError` comes out of the comparer, whatever goes in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redline.comparer.compare import compare
from redline.errors import CODES, DocumentError
from redline.resolver.resolve import accept

from .builders import everything
from .mutate import KINDS, mutate
from .mutate.damage import DAMAGES, spoil

MANY = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def assert_only_typed_errors(act: Callable[[], object]) -> None:
    refusal = None
    try:
        act()
    except DocumentError as error:
        refusal = error
    assert refusal is None or (refusal.code in CODES and refusal.message.endswith("."))


@MANY
@given(seed=st.integers(0, 1 << 32), first=st.booleans())
def test_a_spoilt_document_gives_a_typed_error(seed: int, first: bool) -> None:
    whole = everything()
    spoilt, _ = spoil(whole, seed)
    before, after = (spoilt, whole) if first else (whole, spoilt)
    assert_only_typed_errors(lambda: compare(before, after))


@MANY
@given(data=st.binary(max_size=400), prefix=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"]))
def test_any_bytes_give_a_typed_error(data: bytes, prefix: bytes) -> None:
    assert_only_typed_errors(lambda: compare(everything(), prefix + data))


@MANY
@given(seed=st.integers(0, 1 << 32))
def test_a_spoilt_document_resolves_or_is_refused(seed: int) -> None:
    spoilt, _ = spoil(everything(), seed)
    assert_only_typed_errors(lambda: accept(spoilt))


def test_the_mutator_repeats_itself() -> None:
    assert mutate(everything(), 7, 10) == mutate(everything(), 7, 10)


def test_the_damage_repeats_itself() -> None:
    assert spoil(everything(), 7) == spoil(everything(), 7)


@pytest.mark.parametrize(
    "kind", ["word-replaced", "row-deleted", "footnote-added", "paragraph-moved", "image-replaced"]
)
def test_the_mutator_edits(kind: str) -> None:
    document, done = mutate(everything(), 3, 1, [kind])
    assert len(done) == 1
    assert document != everything()


def test_there_are_enough_kinds() -> None:
    assert len(KINDS) > 120
    assert len(DAMAGES) > 15
