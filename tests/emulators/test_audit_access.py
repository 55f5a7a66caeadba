"""The view audit.access: the buckets' Cloud Audit Logs beside the trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from google.cloud import bigquery as api

from backends.audit.google import GoogleAuditLog, connect
from backends.audit.google_admin import migrate
from backends.audit.google_sql import ACCESS_LOG
from backends.guard import Guard
from tests.contract.rows import START, row
from tests.emulators.bigquery import DATASET, BigQuery

ACCESS = "home_access"
GENERATION = round(START.timestamp() * 1_000_000)
LEASE, DEED = "1" * 32, "2" * 32


def field(name: str, kind: str, *inner: api.SchemaField) -> api.SchemaField:
    return api.SchemaField(name, kind, fields=inner)


EXPORTED = (  # as Cloud Logging exports audit logs to BigQuery, as far as the view reads them
    field("insertId", "STRING"),
    field("timestamp", "TIMESTAMP"),
    field("resource", "RECORD", field("labels", "RECORD", field("bucket_name", "STRING"))),
    field(
        "protopayload_auditlog",
        "RECORD",
        field("methodName", "STRING"),
        field("resourceName", "STRING"),
        field("authenticationInfo", "RECORD", field("principalEmail", "STRING")),
        field("requestMetadata", "RECORD", field("callerIp", "STRING")),
        field("status", "RECORD", field("code", "INTEGER")),
    ),
)


def entry(number: int, who: str, method: str, bucket: str, name: str, seconds: float, code: int | None = None) -> Any:
    return {
        "insertId": str(number),
        "timestamp": (START + timedelta(seconds=seconds)).isoformat(),
        "resource": {"labels": {"bucket_name": bucket}},
        "protopayload_auditlog": {
            "methodName": f"storage.objects.{method}",
            "resourceName": f"projects/_/buckets/{bucket}/objects/{name}",
            "authenticationInfo": {"principalEmail": who},
            "requestMetadata": {"callerIp": "203.0.113.7"},
            "status": {"code": code} if code else None,
        },
    }


@pytest.fixture
def trail(bigquery: BigQuery) -> GoogleAuditLog:
    """A trail of two uploads, and who is known to have touched what."""
    project = bigquery.new_project()
    client = connect(project, emulator=bigquery.url)
    client.create_dataset(ACCESS)
    table = client.create_table(api.Table(f"{project}.{ACCESS}.{ACCESS_LOG}", schema=EXPORTED))
    log = bigquery.trail(project)
    made = {"generation": GENERATION}
    log.append(
        [
            row("a", document_id=LEASE).model_copy(update=made),
            row("b", document_id=DEED).model_copy(update={"generation": GENERATION + 60_000_000}),
        ]
    )
    entries = [
        entry(1, "ann@firm.example", "create", "uploads", "leases/a.docx", 0.2),
        entry(2, "bob@firm.example", "get", "uploads", "leases/a.docx", 900),
        entry(3, "eve@other.example", "get", "uploads", "leases/a.docx", 901, code=7),
        entry(4, "bob@firm.example", "get", "redlines", f"default/{DEED}/1-2/1/redline.docx", 902),
        entry(5, "ann@firm.example", "create", "uploads", "notes.txt", 500),
    ]
    assert client.insert_rows_json(table, [*entries, entries[0]]) == [], "an entry may be exported twice"
    made_now = migrate(client, DATASET, guard=Guard("bigquery"), access=ACCESS)
    assert made_now == [f"made the view {DATASET}.access"]
    return log


def answers(log: GoogleAuditLog, sql: str) -> list[tuple[object, ...]]:
    with log.query(sql, {}) as answer:
        return [tuple(each) for each in answer.rows]


def test_who_uploaded_read_and_was_refused_is_known_by_document(trail: GoogleAuditLog) -> None:
    found = answers(
        trail,
        "SELECT principal, method, document_id, generation, candidates, status_code "
        "FROM audit.access ORDER BY accessed_at",
    )
    assert found == [
        ("ann@firm.example", "storage.objects.create", LEASE, GENERATION, 1, 0),
        ("ann@firm.example", "storage.objects.create", None, None, None, 0),
        ("bob@firm.example", "storage.objects.get", LEASE, None, None, 0),
        ("eve@other.example", "storage.objects.get", LEASE, None, None, 7),
        ("bob@firm.example", "storage.objects.get", DEED, None, None, 0),
    ]


def test_access_is_joined_with_what_happened(trail: GoogleAuditLog) -> None:
    sql = """
        SELECT events.event_id, access.principal
        FROM audit.events AS events
        INNER JOIN audit.access AS access ON access.document_id = events.document_id AND access.candidates = 1
    """
    assert answers(trail, sql) == [("a", "ann@firm.example")]


def test_before_anything_was_logged_it_is_said_that_there_is_no_view(bigquery: BigQuery) -> None:
    client = connect(bigquery.new_project(), emulator=bigquery.url)
    [said] = migrate(client, DATASET, guard=Guard("bigquery"), access=ACCESS)
    assert said.startswith(f"no view {DATASET}.access yet")
