"""The AsyncAPI 3.0 document: every topic, what it carries, and who reads it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from schemas.base import Payload
from schemas.messaging import Subscription

Json = dict[str, Any]

_JSON_SCHEMA: Final = "application/schema+json;version=draft-2020-12"
_TEXT: Final[Json] = {"type": "string"}
_ALWAYS: Final = ("ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time")
_OPTIONAL: Final = (
    "ce-subject",
    "ce-dataschema",
    "ce-correlationid",
    "ce-causationid",
    "ce-partitionkey",
    "ce-traceparent",
    "ce-priority",
    "ce-recordedtime",
    "ce-causationtime",
)
_NOTIFICATION: Final = ("eventType", "bucketId", "objectId", "objectGeneration", "payloadFormat", "eventTime")
_STORAGE_PREFIX: Final = "google.cloud.storage."


def document(payloads: Iterable[type[Payload]], subscriptions: Sequence[Subscription], *, version: str) -> Json:
    """The document; payload schemas are referenced as files in events/ beside it."""
    messages = {model.event_type: _message(model) for model in payloads}
    by_topic: dict[str, list[str]] = {}
    for model in payloads:
        by_topic.setdefault(model.topic, []).append(model.event_type)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Redline",
            "version": version,
            "description": "Two versions of a document go in; a verified redline comes out: CloudEvents over Pub/Sub.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic: _channel(topic, types) for topic, types in by_topic.items()},
        "operations": {
            **{f"send-{topic}": _operation("send", topic, types) for topic, types in by_topic.items()},
            **{each.name: _receive(each, by_topic) for each in subscriptions},
        },
        "components": {
            "messages": messages,
            "schemas": {
                "cloudEventAttributes": _attributes(_ALWAYS, _OPTIONAL),
                "storageNotificationAttributes": _attributes(_NOTIFICATION),
            },
        },
    }


def _message(model: type[Payload]) -> Json:
    storage = model.event_type.startswith(_STORAGE_PREFIX)
    attributes = "storageNotificationAttributes" if storage else "cloudEventAttributes"
    message: Json = {
        "name": model.event_type,
        "title": model.__name__,
        "summary": (inspect.getdoc(model) or "").splitlines()[0],
        "contentType": "application/json",
        "headers": {"$ref": f"#/components/schemas/{attributes}"},
        "payload": {"schemaFormat": _JSON_SCHEMA, "schema": {"$ref": f"events/{model.event_type}.json"}},
    }
    if not storage:
        message["correlationId"] = {"location": "$message.header#/ce-correlationid"}
    return message


def _channel(topic: str, types: Iterable[str]) -> Json:
    return {
        "address": topic,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in types},
    }


def _operation(action: str, topic: str, types: Iterable[str]) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in types],
    }


def _receive(subscription: Subscription, by_topic: Mapping[str, list[str]]) -> Json:
    """What one function reads from one topic; no filter means everything the topic carries."""
    types = [name for name in by_topic[subscription.topic] if name in (subscription.event_types or (name,))]
    work = f"{subscription.priority} work of " if subscription.priority else ""
    summary = f"Function {subscription.function} reads {work}topic {subscription.topic}."
    return {**_operation("receive", subscription.topic, types), "summary": summary}


def _attributes(required: Sequence[str], optional: Sequence[str] = ()) -> Json:
    return {
        "type": "object",
        "required": list(required),
        "properties": dict.fromkeys((*required, *optional), _TEXT),
    }
