"""How a request for redlines is rejected: one fact that names everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from events.envelope import Event
from events.ids import batch_id, request_digest
from schemas.batches import FaultyItem, RequestRejected

_MOST_ITEMS: Final = 100
_LONGEST_REQUEST_ID: Final = 256


def id_of_request(event: Event, named: str | None) -> str:
    """The idempotency key of a request: the one it names, or else the id of its event."""
    return (named or event.id)[:_LONGEST_REQUEST_ID]


def reject(
    event: Event, named: str | None, items: Sequence[FaultyItem], *, tenant: str, region: str
) -> RequestRejected:
    """The rejection of the request that `event` carries, which names itself `named` if at all."""
    request_id = id_of_request(event, named)
    return RequestRejected(
        tenant=tenant,
        region=region,
        batch_id=batch_id(tenant, request_id),
        request_id=request_id,
        code=items[0].code,
        message=_sentence(items),
        items=tuple(items[:_MOST_ITEMS]),
        request_sha256=request_digest(event.source, event.id, event.data),
    )


def _sentence(items: Sequence[FaultyItem]) -> str:
    if len(items) > 1:
        return f"{len(items)} things are wrong with the request, so nothing of it was begun; the items name each."
    where = "" if items[0].index is None else f"pairs[{items[0].index}]: "
    return f"{where}{items[0].message}"
