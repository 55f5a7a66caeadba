"""The search index on Elasticsearch 9.

    NAME            an alias of the index that is in use; all reading and writing goes through it
    NAME-000001     an index
    NAME-000002     another one, while it is being built: its mapping says when somebody last worked on it

There is no lock among writers: an external version decides for each document which state of a record stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from elasticsearch import BadRequestError, Elasticsearch

from backends.errors import BackendUnavailable
from backends.guard import Guard
from backends.search import IndexWriter, Page, Query, RebuildRunning
from backends.search.elasticsearch_index import ElasticsearchIndex, NoIndex, reaching
from schemas.base import Generation
from schemas.elasticsearch import TEMPLATE, index_template
from schemas.search import SearchRecord

_TRY_WITHIN: Final = 30.0
_RETRIES: Final = 1
_RENEW_AFTER: Final = timedelta(minutes=1)
_ABANDONED_AFTER: Final = timedelta(minutes=15)
"""So long nobody has worked on an index that is being built: whoever did was killed. Clocks may differ by minutes."""
_RENEWED: Final = "renewed"
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def connect(url: str, *, api_key: str = "", ca_file: Path | None = None) -> Elasticsearch:
    """A client for `https://` and `http://` URLs; `ca_file` names who may sign the server's certificate, if not all."""
    secured: dict[str, Any] = {"ca_certs": str(ca_file)} if ca_file else {}
    return Elasticsearch(
        url,
        api_key=api_key or None,
        request_timeout=_TRY_WITHIN,
        max_retries=_RETRIES,
        retry_on_timeout=True,
        retry_on_status=(429, 502, 503, 504),
        **secured,
    )


class ElasticsearchSearch:
    """Search on a cluster; any number of processes and threads may use it at once."""

    def __init__(self, client: Elasticsearch, name: str, clock: Callable[[], datetime], *, guard: Guard) -> None:
        """`name` begins with that of the template. Nothing is made before something is written."""
        if not name.startswith(f"{TEMPLATE}-"):
            raise ValueError(f"The index {name} would not be made from the template {TEMPLATE}.")
        self._client = client
        self._alias = name
        self._clock = clock
        self._guard = guard
        self._in_use = ElasticsearchIndex(client, guard, name, is_alias=True)

    def put(self, records: Sequence[SearchRecord]) -> None:
        """As `Search` says. Raises BackendUnavailable, RecordRefused."""
        try:
            self._in_use.put(records)
        except NoIndex:
            self._make_if_missing()
            self._in_use.put(records)

    def versions(self, document_id: str) -> Mapping[str, int]:
        """As `Search` says. Raises BackendUnavailable."""
        try:
            return self._in_use.versions(document_id)
        except NoIndex:
            return {}

    def remove(self, document_id: str, through: Generation) -> None:
        """As `Search` says; Elasticsearch then begins to clean its files. Raises BackendUnavailable."""
        try:
            self._in_use.remove(document_id, through)
            self._in_use.expunge(wait=False)
        except NoIndex:
            return

    def find(self, query: Query, *, offset: int = 0, limit: int = 10) -> Page:
        """As `Search` says. Raises BackendUnavailable, TooManyWords."""
        try:
            return self._in_use.find(query, offset=offset, limit=limit)
        except NoIndex:
            return Page(0)

    def expunge(self) -> None:
        """As `Search` says. Raises BackendUnavailable."""
        try:
            self._in_use.expunge(wait=True)
        except NoIndex:
            return

    def rebuild(self, fill: Callable[[IndexWriter], None]) -> None:
        """As `Search` says: `fill` is called twice before the new index takes the place of the old one, and once after.

        Nobody waits meanwhile. What others put while `fill` runs for the second time may be found only when it has run
        for the third time. Raises RebuildRunning, BackendUnavailable, and what `fill` raises; before the third time the
        index in use is then as it was.
        """
        self._make_if_missing()
        name = self._begin()
        try:
            index = ElasticsearchIndex(self._client, self._guard, name, is_alias=False)
            renew = self._renewing(name)
            for _ in range(2):
                fill(_Building(index, renew))
            self._point_to(name)
            fill(_Building(self, renew))
        except NoIndex:
            raise BackendUnavailable("Somebody removed the search index while it was being built; try again.") from None
        finally:
            self._clean_up(name)

    def _make_if_missing(self) -> None:
        current, _ = self._indices()
        if current is None:
            self._make(self._numbered(1), aliases={self._alias: {}})

    def _make(self, name: str, **more: Any) -> bool:
        """Whether there was none of this name yet."""
        with reaching(self._guard):
            self._client.indices.put_index_template(name=TEMPLATE, **index_template())
            try:
                self._client.indices.create(index=name, **more)
            except BadRequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise
                return False
        return True

    def _begin(self) -> str:
        """Name of a new index that we alone build. Raises RebuildRunning."""
        current, renewed = self._indices()
        if any(self._clock() - time < _ABANDONED_AFTER for time in renewed.values()):
            raise RebuildRunning
        for name in renewed.keys() - {current}:
            self._delete(name)
        name = self._numbered(int((current or "0").rpartition("-")[2]) + 1)
        if not self._make(name, mappings={"_meta": {_RENEWED: self._clock().isoformat()}}):
            raise RebuildRunning
        return name

    def _renewing(self, name: str) -> Callable[[], None]:
        """What to call while an index is built, as often as one likes."""
        last = self._clock()

        def renew() -> None:
            nonlocal last
            if self._clock() - last < _RENEW_AFTER:
                return
            last = self._clock()
            self._note(name, {_RENEWED: last.isoformat()})

        return renew

    def _point_to(self, name: str) -> None:
        current, _ = self._indices()
        actions: list[dict[str, Any]] = [{"add": {"index": name, "alias": self._alias}}]
        if current is not None:
            actions.append({"remove": {"index": current, "alias": self._alias, "must_exist": False}})
        with reaching(self._guard):
            self._client.indices.update_aliases(actions=actions)

    def _clean_up(self, built: str) -> None:
        """Leave the index in use alone, and let others build."""
        current, names = self._indices()
        for name in names.keys() - {current}:
            self._delete(name)
        if current == built:
            self._note(built, {})

    def _note(self, name: str, note: dict[str, str]) -> None:
        with reaching(self._guard):
            self._client.indices.put_mapping(index=name, meta=note)

    def _delete(self, name: str) -> None:
        with reaching(self._guard):
            self._client.options(ignore_status=404).indices.delete(index=name)

    def _indices(self) -> tuple[str | None, dict[str, datetime]]:
        """The index that is in use, and for each index when somebody last said that it is being built."""
        with reaching(self._guard):
            found = self._client.indices.get(index=f"{self._alias}-*")
        ours = {name: about for name, about in found.items() if self._is_ours(name)}
        in_use = [name for name, about in ours.items() if self._alias in about["aliases"]]
        notes = {name: about["mappings"].get("_meta", {}).get(_RENEWED) for name, about in ours.items()}
        renewed = {name: datetime.fromisoformat(note) if note else _LONG_AGO for name, note in notes.items()}
        return in_use[0] if in_use else None, renewed

    def _is_ours(self, name: str) -> bool:
        """Whether it is one of our indices, and not of a pipeline whose name begins as ours."""
        return re.fullmatch(rf"{re.escape(self._alias)}-\d{{6,}}", name) is not None

    def _numbered(self, number: int) -> str:
        return f"{self._alias}-{number:06}"


class _Building:
    """An index that is being filled. Whoever fills it shows by each call to be still at it."""

    def __init__(self, index: IndexWriter, renew: Callable[[], None]) -> None:
        self._index = index
        self._renew = renew

    def put(self, records: Sequence[SearchRecord]) -> None:
        """As `IndexWriter` says."""
        self._renew()
        self._index.put(records)

    def versions(self, document_id: str) -> Mapping[str, int]:
        """As `IndexWriter` says."""
        self._renew()
        return self._index.versions(document_id)

    def remove(self, document_id: str, through: Generation) -> None:
        """As `IndexWriter` says."""
        self._renew()
        self._index.remove(document_id, through)
