from __future__ import annotations

import pytest

from schemas.messaging import Message, Subscription

DONE, FAILED = "dev.redline.redline.completed.v1", "dev.redline.redline.failed.v1"
BOTH = frozenset({DONE, FAILED})


@pytest.mark.parametrize(
    ("subscription", "name", "said"),
    [
        pytest.param(Subscription("t", "f"), "t-f", "", id="everything"),
        pytest.param(
            Subscription("t", "f", BOTH),
            "t-f",
            f'attributes.ce-type = "{DONE}" OR attributes.ce-type = "{FAILED}"',
            id="types",
        ),
        pytest.param(
            Subscription("t", "f", priority="bulk"), "t-f-bulk", 'attributes.ce-priority = "bulk"', id="a priority"
        ),
        pytest.param(
            Subscription("t", "f", BOTH, priority="interactive"),
            "t-f",
            'NOT attributes.ce-priority = "bulk" AND '
            f'(attributes.ce-type = "{DONE}" OR attributes.ce-type = "{FAILED}")',
            id="both",
        ),
        pytest.param(
            Subscription("t", "f", frozenset(f"dev.redline.redline.fact-{number}.v1" for number in range(5))),
            "t-f",
            "",
            id="more types than a filter holds",
        ),
        pytest.param(
            Subscription("t", "f", frozenset({"google.cloud.storage.object.v1.finalized"})),
            "t-f",
            "",
            id="storage notifications have no such attribute",
        ),
    ],
)
def test_a_filter_in_the_language_of_pubsub(subscription: Subscription, name: str, said: str) -> None:
    assert (subscription.name, subscription.filter) == (name, said)
    assert len(said) <= 256


@pytest.mark.parametrize(
    ("attribute", "priority"),
    [({}, "interactive"), ({"ce-priority": "bulk"}, "bulk"), ({"ce-priority": "soon"}, "interactive")],
    ids=["none", "bulk", "unheard of"],
)
def test_a_message_is_taken_by_the_subscription_of_its_priority(attribute: dict[str, str], priority: str) -> None:
    message = Message(b"", attribute)
    takers = [
        each
        for each in ("interactive", "bulk", None)
        if Subscription("t", "f", priority=each).takes(message, DONE)  # type: ignore[arg-type]
    ]
    assert takers == [priority, None]


def test_a_message_of_another_type_is_not_taken() -> None:
    assert not Subscription("t", "f", frozenset({DONE})).takes(Message(b""), FAILED)
