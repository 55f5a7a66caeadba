"""Writes what is derived from the shapes into schemas/generated/, or checks that it is current.

    python -m schemas.generate [--check]

A JSON Schema for the data of each event type, the AsyncAPI 3.0 document of the whole chain, the BigQuery schema of the
audit table, the topics and queues that Terraform makes, and the Elasticsearch template of the search index. This is a
tool of the workshop: no module imports it, so it alone may look up at events/ and at files.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from events.envelope import SCHEMA_BASE
from events.notifications import NOTIFICATION_TYPES
from events.registry import PAYLOADS
from events.routing import FUNCTIONS, ON_PUBSUB, SUBSCRIPTIONS, TOPICS
from schemas.asyncapi import document
from schemas.audit import AuditRow
from schemas.base import Payload
from schemas.bigquery import table_schema
from schemas.clock import ClockTicked
from schemas.elasticsearch import index_template
from schemas.messaging import TYPE

CONTRACT_VERSION: Final = "1.1.0"
"""Of the events: the minor number grows when a field or a type is added; anything else is a new `.v2` type."""
GENERATED: Final = Path(__file__).parent / "generated"

Json = dict[str, Any]


def event_schema(model: type[Payload]) -> Json:
    """JSON Schema of what a reader of this event type must accept."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{SCHEMA_BASE}{model.event_type}.json",
        **model.model_json_schema(mode="validation", by_alias=True),
    }


def _asyncapi() -> Json:
    return document(tuple(PAYLOADS.values()), SUBSCRIPTIONS, version=CONTRACT_VERSION)


def messaging() -> Json:
    """Topics, queues and functions, as Terraform makes them. Durations as Google's APIs write them."""
    wanted = {name for each in SUBSCRIPTIONS for name in each.event_types}
    return {
        "topics": TOPICS,
        "functions": FUNCTIONS,
        "tick": {TYPE: ClockTicked.event_type},
        "notifications": [kind for kind, model in NOTIFICATION_TYPES.items() if model.event_type in wanted],
        "subscriptions": [
            {
                "name": each.name,
                "topic": each.topic,
                "function": each.function,
                "filter": each.filter,
                "ack_deadline_seconds": each.whole_lease,
                "minimum_backoff": f"{each.retry_min:g}s",
                "maximum_backoff": f"{each.retry_max:g}s",
                "max_delivery_attempts": each.delivery_attempts,
            }
            for each in ON_PUBSUB
        ],
    }


def generated() -> dict[str, str]:
    """Every generated file: its content by its name below generated/."""
    schemas: dict[str, object] = {f"events/{name}.json": event_schema(model) for name, model in PAYLOADS.items()}
    files = {
        **schemas,
        "asyncapi.json": _asyncapi(),
        "bigquery/audit.json": table_schema(AuditRow),
        "messaging.json": messaging(),
        "search/index-template.json": index_template(),
    }
    return {name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in files.items()}


def drift(wanted: Mapping[str, str], folder: Path) -> list[str]:
    """Names of files that are missing, stale, or no longer generated."""
    there = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.json")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(wanted: Mapping[str, str], folder: Path) -> None:
    """Make the folder hold these files and no other."""
    for name in drift(wanted, folder):
        path = folder / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name])
        else:
            path.unlink()


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 1 when --check finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not current")
    options = parser.parse_args(arguments)
    wanted = generated()
    if not options.check:
        write(wanted, GENERATED)
        return 0
    stale = drift(wanted, GENERATED)
    for name in stale:
        print(f"schemas/generated/{name} is not current; run: python -m schemas.generate", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
