"""A contract stub of Elasticsearch 9: the requests that our door makes, answered as its documentation says they are.

No server of Elasticsearch can be had where the tests run. So this keeps to what is documented of external versions, of
tombstones, of searches that see what was refreshed and nothing else, of bulk answers item by item, of aliases and of
deletions by query; and it refuses every request, parameter, query and field that it does not know. A pass shows that
the door means what it says, not that Elasticsearch does.
"""

from __future__ import annotations

import fnmatch
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.emulators.elasticsearch_query import Document, Json, Mapping, Refused, only, scoring, take

MOST_HITS = 10_000
"""index.max_result_window"""
API_KEY = "c3R1YjpzZWNyZXQ="


class Index:
    """Documents by id, and those of them that a search sees. `tombstones`: versions of what was deleted."""

    def __init__(self, template: Json, meta: Json) -> None:
        self.mapping = Mapping(template)
        self.meta = meta
        self.keeps_tombstones = template["settings"].get("gc_deletes") != "0s"
        self.documents: dict[str, Document] = {}
        self.seen: dict[str, Document] = {}
        self.tombstones: dict[str, int] = {}

    def refresh(self) -> None:
        self.seen = dict(self.documents)

    def vocabulary(self) -> set[str]:
        return {word for document in self.seen.values() for word in document.places}

    def index(self, name: str, routing: str, version: int, source: Json) -> str:
        """Raises Refused."""
        there = self.documents[name].version if name in self.documents else self.tombstones.get(name)
        if there is not None and version <= there:
            reason = f"current version [{there}] is higher or equal to the one provided [{version}]"
            raise Refused(409, "version_conflict_engine_exception", reason)
        self.mapping.check(source)
        result = "updated" if name in self.documents else "created"
        self.documents[name] = Document(source, version, routing, self.mapping)
        return result

    def found(self, query: Json, routing: str | None = None) -> list[tuple[str, Document, float]]:
        score = scoring(query, self.mapping, self.vocabulary)
        scored = ((name, document, score(document)) for name, document in self.seen.items())
        return [
            (name, document, value)
            for name, document, value in scored
            if value is not None and routing in (None, document.routing)
        ]

    def delete(self, query: Json) -> tuple[int, int]:
        """How many were deleted, and how many had changed since the refresh."""
        found = self.found(query)
        if any(document.version == 0 for _, document, _ in found):
            raise Refused(400, "illegal_argument_exception", "internal versioning does not support 0")
        gone = [name for name, document, _ in found if self.documents.get(name) is document]
        for name in gone:
            version = self.documents.pop(name).version
            if self.keeps_tombstones:
                self.tombstones[name] = version + 1
        return len(gone), len(found) - len(gone)


class Elasticsearch:
    """A cluster without anything in it. `requests` are the paths it was asked for, `refusing` a status for all."""

    def __init__(self) -> None:
        self.templates: dict[str, Json] = {}
        self.indices: dict[str, Index] = {}
        self.aliases: dict[str, str] = {}
        self.requests: list[str] = []
        self.refusing: int | None = None
        self._lock = threading.RLock()

    def answer(self, method: str, path: str, parameters: dict[str, str], body: bytes) -> Json:
        """Raises Refused."""
        with self._lock:
            self.requests.append(f"{method} {path}")
            if self.refusing:
                raise Refused(self.refusing, "stub_exception", "as the test wants it")
            asked = json.loads(body) if body and not path.endswith("/_bulk") else {}
            match [method, *path.strip("/").split("/")]:
                case ["PUT", "_index_template", name]:
                    return self._put_template(name, asked)
                case ["POST", "_aliases"]:
                    return self._update_aliases(*take(asked, "actions"))
                case ["PUT" | "POST", "_bulk"]:
                    return self._bulk(parameters, body)
                case ["PUT", name] if not name.startswith("_"):
                    return self._create(name, asked)
                case ["DELETE", name] if not name.startswith("_"):
                    self._named(name, alias=False)
                    del self.indices[name]
                    return {"acknowledged": True}
                case ["GET", pattern] if pattern.endswith("*"):
                    return {name: self._about(name) for name in fnmatch.filter(self.indices, pattern)}
                case ["PUT", name, "_mapping"]:
                    self._named(name).meta = take(asked, "_meta")[0]
                    return {"acknowledged": True}
                case ["POST", name, verb] if verb.startswith("_"):
                    return self._on_index(self._named(name), verb, parameters, asked)
        raise Refused(400, "stub", f"no such request is known here: {method} {path}")

    def _on_index(self, index: Index, verb: str, parameters: dict[str, str], asked: Json) -> Json:
        match verb, parameters:
            case "_search", {**routing} if routing.keys() <= {"routing"}:
                return _search(index, asked, parameters.get("routing"))
            case "_delete_by_query", {"conflicts": "proceed", "refresh": "true", **none} if not none:
                deleted, conflicts = index.delete(*take(asked, "query"))
                index.refresh()
                return {"deleted": deleted, "version_conflicts": conflicts, "failures": []}
            case "_refresh", {**none} if not none:
                index.refresh()
            case "_mget", {**none} if not none:
                return {"docs": [_got(index, *take(each, "_id", "routing")) for each in take(asked, "docs")[0]]}
            case "_forcemerge", {"only_expunge_deletes": "true", "wait_for_completion": wait, **none} if not none:
                return {"task": "node:1"} if wait == "false" else {"_shards": {"failed": 0}}
            case _:
                raise Refused(400, "illegal_argument_exception", f"{verb} with {parameters} is not known here")
        return {"_shards": {"failed": 0}}

    def _named(self, name: str, *, alias: bool = True) -> Index:
        name = self.aliases.get(name, name) if alias else name
        if name not in self.indices:
            raise Refused(404, "index_not_found_exception", f"no such index [{name}]")
        return self.indices[name]

    def _put_template(self, name: str, body: Json) -> Json:
        patterns, automatic, template = take(body, "index_patterns", "allow_auto_create", "template")
        take(template, "settings", "mappings")
        if not patterns or automatic is not False:
            raise Refused(400, "stub", "a template has patterns, and makes no index by itself")
        self.templates[name] = body
        return {"acknowledged": True}

    def _create(self, name: str, body: Json) -> Json:
        aliases, mappings = take(body, "aliases", "mappings")
        if name in self.indices or name in self.aliases:
            raise Refused(400, "resource_already_exists_exception", f"index [{name}] already exists")
        (template,) = (
            each["template"]
            for each in self.templates.values()
            if any(fnmatch.fnmatch(name, pattern) for pattern in each["index_patterns"])
        )
        (meta,) = take(mappings or {}, "_meta")
        self.indices[name] = Index(template, meta)
        self.aliases |= dict.fromkeys(aliases or {}, name)
        return {"acknowledged": True, "index": name}

    def _about(self, name: str) -> Json:
        meta = self.indices[name].meta
        aliases = {alias: {} for alias, index in self.aliases.items() if index == name}
        return {"aliases": aliases, "mappings": {"_meta": meta} if meta else {}, "settings": {}}

    def _update_aliases(self, actions: list[Json]) -> Json:
        """All of them, or none; an alias has one index here."""
        aliases = dict(self.aliases)
        for verb, what in sorted(map(only, actions), reverse=True):  # removals first
            index, alias, must_exist = take(what, "index", "alias", "must_exist")
            self._named(index, alias=False)
            if verb == "remove" and must_exist is False and aliases.get(alias) == index:
                del aliases[alias]
            elif verb == "add" and must_exist is None and alias not in aliases:
                aliases[alias] = index
            elif verb != "remove" or must_exist is not False:
                raise Refused(400, "stub", f"{verb} of {alias} is not known here")
        self.aliases = aliases
        return {"acknowledged": True}

    def _bulk(self, parameters: dict[str, str], body: bytes) -> Json:
        refresh, require_alias = take(parameters, "refresh", "require_alias")
        if refresh not in (None, "wait_for"):
            raise Refused(400, "illegal_argument_exception", f"refresh={refresh}")
        lines = [json.loads(line) for line in body.splitlines()]
        items = [self._bulk_item(*only(action), source, require_alias) for action, source in batched(lines)]
        for action, _ in batched(lines) if refresh else ():
            if (name := action["index"]["_index"]) in (*self.aliases, *self.indices):
                self._named(name).refresh()
        return {"errors": any("error" in item["index"] for item in items), "items": items}

    def _bulk_item(self, verb: str, about: Json, source: Json, require_alias: str | None) -> Json:
        index, name, routing, version, kind = take(about, "_index", "_id", "routing", "version", "version_type")
        try:
            if verb != "index" or kind != "external":
                raise Refused(400, "stub", "only external versions are known here")
            if require_alias == "true" and index not in self.aliases:
                raise Refused(
                    404, "index_not_found_exception", f"no such index [{index}] and [require_alias] is [true]"
                )
            result = self._named(index).index(name, routing, version, source)
        except Refused as refused:
            error = {"type": refused.kind, "reason": refused.reason}
            return {"index": {"_index": index, "_id": name, "status": refused.status, "error": error}}
        return {
            "index": {"_index": index, "_id": name, "result": result, "status": 201 if result == "created" else 200}
        }


def batched(lines: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Actions, each with the source in the next line."""
    return zip(lines[::2], lines[1::2], strict=True)


def _got(index: Index, name: str, routing: str) -> Json:
    document = index.documents.get(name)
    if document is None or document.routing != routing:
        return {"_id": name, "found": False}
    return {"_id": name, "found": True, "_source": document.source}


def _search(index: Index, asked: Json, routing: str | None) -> Json:
    query, sort, start, size, after, aggregations, source, exact = take(
        asked, "query", "sort", "from", "size", "search_after", "aggs", "_source", "track_total_hits"
    )
    found = index.found(query, routing)
    if aggregations is not None:
        name, what = only(aggregations)
        return {"aggregations": {name: _composite(index, what, [document for _, document, _ in found])}}
    if exact is not True or source not in (None, False) or (after and start):
        raise Refused(400, "stub", "a search counts all its hits, and goes on after a hit or by a number")
    if (start or 0) + size > MOST_HITS:
        raise Refused(400, "illegal_argument_exception", f"Result window is too large, must be at most [{MOST_HITS}]")
    hits = [(_order(sort, document, score), name, document, score) for name, document, score in found]
    hits.sort(key=lambda hit: hit[0])
    if after:
        hits = [hit for hit in hits if list(hit[0]) > after]
    shown = [
        {"_id": name, "_score": score, "sort": list(order), **({} if source is False else {"_source": document.source})}
        for order, name, document, score in hits[start or 0 : (start or 0) + size]
    ]
    return {"hits": {"total": {"value": len(found), "relation": "eq"}, "hits": shown}}


def _order(sort: Sequence[Json], document: Document, score: float) -> tuple[Any, ...]:
    """By what a hit is sorted; times and scores, which are sorted downwards, as negative numbers."""
    values: list[Any] = []
    for field, direction in map(only, sort):
        match field, direction:
            case "_score", "desc":
                values.append(-score)
            case "time", "desc":
                values.append(-datetime.fromisoformat(document.source["time"]).timestamp())
            case "key" | "number", "asc":
                values.append(document.source[field])
            case _:
                raise Refused(400, "stub", f"sorting by {field} is not known here")
    return tuple(values)


def _composite(index: Index, what: Json, documents: Sequence[Document]) -> Json:
    composite, each = take(what, "composite", "aggs")
    size, [source], after = take(composite, "size", "sources", "after")
    name, terms = only(source)
    field = index.mapping.of(only(terms)[1]["field"], "keyword")
    buckets: dict[str, list[Document]] = {}
    for document in documents:
        buckets.setdefault(document.source[field], []).append(document)
    keys = [key for key in sorted(buckets) if after is None or key > after[name]][:size]
    answer = [
        {"key": {name: key}, "doc_count": len(buckets[key]), **_metrics(index, each, buckets[key])} for key in keys
    ]
    return {"buckets": answer, **({"after_key": {name: keys[-1]}} if keys else {})}


def _metrics(index: Index, wanted: Json, documents: Sequence[Document]) -> Json:
    answer: Json = {}
    for name, what in wanted.items():
        kind, of = only(what)
        if kind == "filter":
            met = scoring(of, index.mapping, index.vocabulary)
            answer[name] = {"doc_count": sum(met(document) is not None for document in documents)}
        else:
            values = [float(document.source[index.mapping.of(of["field"], "long")]) for document in documents]
            answer[name] = {"value": {"min": min, "max": max}[kind](values)}
    return answer


@contextmanager
def serving(cluster: Elasticsearch) -> Iterator[str]:
    """URL of a server that answers for the cluster, to whoever has the API key."""

    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, which nobody waits to acknowledge

        def _serve(self) -> None:
            if ended.is_set():  # also on connections that are still open
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = urlsplit(self.path)
            try:
                if self.headers["Authorization"] != f"ApiKey {API_KEY}":
                    raise Refused(401, "security_exception", "missing authentication credentials")
                if "compatible-with=9" not in self.headers["Accept"]:
                    raise Refused(400, "media_type_header_exception", self.headers["Accept"])
                status, answer = 200, cluster.answer(self.command, url.path, dict(parse_qsl(url.query)), body)
            except Refused as refused:
                error = {"type": refused.kind, "reason": refused.reason}
                status, answer = refused.status, {"error": error | {"root_cause": [error]}, "status": refused.status}
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/vnd.elasticsearch+json;compatible-with=9")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - names of the library

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests' output is theirs."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
