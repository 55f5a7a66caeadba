from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.ids import document_id, event_id, pair_id, root_id
from schemas.base import ObjectRef, Payload
from schemas.documents import DocumentDeleted, DocumentRejected
from schemas.redlines import PairRequested, RedlineFailed

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLACE = {"tenant": "default", "region": "local", "document_id": "d0" * 16}
REF = ObjectRef(bucket="normalized", object="a", generation=1, sha256="0" * 64, size=1)
PAIR = {**PLACE, "pair_id": "aa" * 16, "before": REF, "after": REF, "before_generation": 1, "after_generation": 2}
OF_BATCH = {"batch_id": "ba" * 16, "batch_index": 0}


def rejected(code: str = "empty-file", generation: int = 7, message: str = "m") -> DocumentRejected:
    return DocumentRejected(**PLACE, generation=generation, code=code, message=message)


@given(st.tuples(TEXT, TEXT, st.integers(0), TEXT), st.tuples(TEXT, TEXT, st.integers(0), TEXT))
def test_root_ids_are_equal_exactly_when_their_parts_are(
    one: tuple[str, str, int, str], other: tuple[str, str, int, str]
) -> None:
    assert (root_id(*one) == root_id(*other)) == (one == other)


def test_parts_do_not_run_together() -> None:
    assert root_id("ab", "c", 1, "t") != root_id("a", "bc", 1, "t")
    assert document_id(b"k", "ab", "c") != document_id(b"k", "a", "bc")


@given(st.binary(min_size=1), TEXT, TEXT)
def test_a_document_id_is_opaque_and_needs_the_key(key: bytes, tenant: str, path: str) -> None:
    identity = document_id(key, tenant, path)
    assert len(identity) == 32
    assert int(identity, 16) >= 0
    assert identity != document_id(key + b"!", tenant, path)


def test_ids_are_part_of_the_contract_and_never_change() -> None:
    assert root_id("uploads", "a.docx", 1, "t") == "ad200d2eaa687b7314f08316f1998512"
    assert event_id(rejected()) == "f8028fcfd691f37fc4ff1bf29ae4cd8d"
    assert pair_id(("d", 1), ("d", 2)) == "4d6ed4972a03ca6bc09b68fe011913d6"
    assert document_id(b"k", "default", "a.docx") == "ad9ed144b7b1a8519b9b7974961bdab8"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (rejected(), rejected(), True),
        (rejected(), rejected(message="another sentence"), True),
        (rejected(), rejected(code="too-large"), False),
        (rejected(), rejected(generation=8), False),
        (rejected(), DocumentDeleted(**PLACE, generation=7), False),
        (PairRequested(**PAIR), PairRequested(**PAIR, attempt=2), False),
        (PairRequested(**PAIR), PairRequested(**PAIR, batch_id="ba" * 16, batch_index=0), False),
        (PairRequested(**PAIR, **OF_BATCH), PairRequested(**PAIR, **{**OF_BATCH, "batch_index": 1}), False),
        (RedlineFailed(**PAIR, code="a", message="m"), RedlineFailed(**PAIR, code="b", message="m"), False),
        (RedlineFailed(**PAIR, code="a", message="m"), RedlineFailed(**PAIR, code="a", message="m", attempt=2), False),
    ],
    ids=[
        "twice",
        "sentence",
        "code",
        "generation",
        "type",
        "attempt",
        "of a batch",
        "index",
        "failure code",
        "failure attempt",
    ],
)
def test_an_event_id_says_type_key_outcome_and_attempt(one: Payload, other: Payload, same: bool) -> None:
    assert (event_id(one) == event_id(other)) is same
