"""Audit rows as the Storage Write API takes them: protocol buffers of a message made from the columns of the table.

How each BigQuery type is written: the API's documentation, "Data type conversions".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

from google.cloud.bigquery_storage_v1.types import ProtoSchema
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from schemas.audit import AuditRow
from schemas.bigquery import table_schema

_Field = descriptor_pb2.FieldDescriptorProto
_WIRE: Final = {
    "STRING": _Field.TYPE_STRING,
    "JSON": _Field.TYPE_STRING,
    "INTEGER": _Field.TYPE_INT64,
    "FLOAT": _Field.TYPE_DOUBLE,
    "BOOLEAN": _Field.TYPE_BOOL,
    "TIMESTAMP": _Field.TYPE_INT64,
    "DATE": _Field.TYPE_INT32,
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS: Final = {column["name"]: column["type"] for column in table_schema(AuditRow)}


def writer_schema() -> ProtoSchema:
    """What the bytes of `encoded` are to be read with."""
    described = descriptor_pb2.DescriptorProto()
    _message_class().DESCRIPTOR.CopyToProto(described)
    return ProtoSchema(proto_descriptor=described)


def encoded(facts: Mapping[str, Any]) -> bytes:
    """A row in JSON types, as the chain has it, in bytes; what is missing is null."""
    fields = {name: _wire(_COLUMNS[name], value) for name, value in facts.items() if value is not None}
    row: bytes = _message_class()(**fields).SerializeToString()
    return row


def _wire(kind: str, value: Any) -> Any:
    if kind == "JSON":
        return json.dumps(value, ensure_ascii=False)
    if kind == "TIMESTAMP":
        return (datetime.fromisoformat(value) - _EPOCH) // timedelta(microseconds=1)
    if kind == "DATE":
        return (date.fromisoformat(value) - _EPOCH.date()).days
    return value


@cache
def _message_class() -> type[Message]:
    file = descriptor_pb2.FileDescriptorProto(name="redline/audit_row.proto", package="redline", syntax="proto2")
    message = file.message_type.add(name="AuditRow")
    for number, (name, kind) in enumerate(_COLUMNS.items(), start=1):
        message.field.add(name=name, number=number, type=_WIRE[kind], label=_Field.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made: type[Message] = message_factory.GetMessageClass(pool.FindMessageTypeByName("redline.AuditRow"))
    return made
