from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from events.delivery import to_event
from events.envelope import from_headers, to_headers
from events.registry import parse
from schemas.deadletters import MessageUndeliverable
from schemas.messaging import DELIVERY_COUNT, REASON, SOURCE_SUBSCRIPTION, Message

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ATTRIBUTES = st.dictionaries(
    st.one_of(TEXT, st.sampled_from(["ce-id", "ce-type", "ce-source", "ce-time", "eventType", "bucketId"])), TEXT
)


def dead(message: Message, subscription: str = "redline-pairs-redline", count: str = "5") -> Message:
    added = {SOURCE_SUBSCRIPTION: subscription, DELIVERY_COUNT: count, REASON: "HTTP 500"}
    return Message(message.data, {**message.attributes, **added})


@given(ATTRIBUTES, st.binary(max_size=300))
def test_whatever_died_is_kept_to_the_byte(attributes: dict[str, str], data: bytes) -> None:
    event = to_event(dead(Message(data, attributes)))
    letter = parse(from_headers(to_headers(event), event.data))
    assert isinstance(letter, MessageUndeliverable)
    kept = {name: value for name, value in attributes.items() if name != REASON}
    assert (letter.attributes, letter.data) == (kept, data)
    assert (letter.subscription, letter.deliveries, letter.reason) == ("redline-pairs-redline", 5, "HTTP 500")


@given(st.lists(st.tuples(ATTRIBUTES, st.binary(max_size=20)), min_size=2, max_size=2))
def test_one_letter_has_one_id(letters: list[tuple[dict[str, str], bytes]]) -> None:
    one, other = (to_event(dead(Message(data, attributes))) for attributes, data in letters)
    assert one.id == to_event(dead(Message(letters[0][1], letters[0][0]), count="6")).id
    assert (one.subject == other.subject) == (one.id == other.id)


def test_a_full_subscription_name_is_shortened_and_a_strange_count_is_zero() -> None:
    event = to_event(dead(Message(b"x"), "projects/p/subscriptions/documents-plan", "many"))
    letter = parse(event)
    assert isinstance(letter, MessageUndeliverable)
    assert (letter.subscription, letter.deliveries) == ("documents-plan", 0)
