"""What the emulator does not keep, or cannot show, of Cloud Storage: held at our own door, and tested there."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from backends.blobs import DamagedError, PreconditionFailed
from backends.blobs.google import SHA256, WRITE, GoogleBlobs, connect
from backends.errors import BackendUnavailable
from backends.guard import Guard
from tests.emulators.process import free_port
from tests.emulators.storage import Storage, make_bucket, storage_emulator

BUCKET = "drawer"
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
KEY = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/k"


@pytest.fixture
def blobs(storage_client: storage.Client) -> GoogleBlobs:
    make_bucket(storage_client, BUCKET)
    return GoogleBlobs(storage_client, lambda: NOW, guard=Guard("storage"), kms_key=KEY, storage_class="NEARLINE")


def test_a_wrong_precondition_deletes_nothing_though_the_emulator_would(
    blobs: GoogleBlobs, storage_client: storage.Client
) -> None:
    written = blobs.put(BUCKET, "a", b"one")
    with pytest.raises(PreconditionFailed):
        blobs.delete(BUCKET, "a", if_generation_match=written.generation + 1)
    assert blobs.get(BUCKET, "a") == b"one"
    storage_client.bucket(BUCKET).delete_blob("a", if_generation_match=1)  # or this test has outlived its reason
    assert not storage_client.bucket(BUCKET).blob("a").exists()


@pytest.mark.parametrize("name", [".", "..", "line\nbreak", "line\rbreak", ".well-known/acme-challenge/x"])
def test_refuses_names_that_cloud_storage_refuses(blobs: GoogleBlobs, name: str) -> None:
    for attempt in (lambda: blobs.put(BUCKET, name, b""), lambda: blobs.stat(BUCKET, name)):
        with pytest.raises(ValueError, match="object name"):
            attempt()


def test_content_that_is_not_what_was_written_is_never_given_out(
    blobs: GoogleBlobs, storage_client: storage.Client, tmp_path: Path
) -> None:
    forged = storage_client.bucket(BUCKET).blob("a")
    forged.metadata = {SHA256: "0" * 64}
    forged.upload_from_string(b"forged")
    with pytest.raises(DamagedError):
        blobs.get(BUCKET, "a")
    with pytest.raises(DamagedError):
        blobs.download(BUCKET, "a", tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_what_others_upload_has_no_hash_and_can_be_read(blobs: GoogleBlobs, storage_client: storage.Client) -> None:
    storage_client.bucket(BUCKET).blob("a").upload_from_string(b"theirs", content_type="text/plain")
    assert (blobs.stat(BUCKET, "a").sha256, blobs.get(BUCKET, "a")) == ("", b"theirs")


def test_objects_carry_what_lifecycle_rules_need(blobs: GoogleBlobs, storage_client: storage.Client) -> None:
    blobs.put(BUCKET, "a", b"one", metadata={"k": "v"})
    kept = storage_client.bucket(BUCKET).get_blob("a")
    assert (kept.storage_class, kept.custom_time) == ("NEARLINE", NOW)
    assert set(kept.metadata) == {"k", SHA256, WRITE}


def test_a_large_file_is_sent_in_parts_and_comes_back(blobs: GoogleBlobs, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"0123456789abcdef" * (20 << 16))
    written = blobs.put(BUCKET, "a", source)
    assert written.size == 20 << 20
    blobs.download(BUCKET, "a", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == source.read_bytes()


class Relay:
    """Hands requests on to the emulator, keeps them, and can answer in its place, or lose an answer."""

    def __init__(self, target: str) -> None:
        self.seen: list[tuple[str, str, bytes]] = []
        self.answers: list[int] = []
        """Status codes to answer with in turn, without asking the emulator."""
        self.lose_answers = 0
        """How many answers to POST to lose; the client asks for the bucket too, in a thread of its own."""
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                relay.seen.append((self.command, self.path, body))
                if relay.answers:
                    self._answer(relay.answers.pop(0), b"{}", {"Content-Type": "application/json"})
                    return
                headers = {name: value for name, value in self.headers.items() if name != "Host"}
                real = requests.request(self.command, target + self.path, data=body, headers=headers, timeout=10)
                if relay.lose_answers and self.command == "POST":
                    relay.lose_answers -= 1
                    self.connection.close()
                    return
                self._answer(real.status_code, real.content, real.headers)

            def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
                self.send_response(status)
                for name in ("Content-Type", "Location"):
                    if name in headers:
                        self.send_header(name, headers[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - named as the standard library wants it

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def relay(storage_server: Storage) -> Iterator[Relay]:
    made = Relay(storage_server.url)
    yield made
    made.server.shutdown()


@pytest.fixture
def relayed(relay: Relay, blobs: GoogleBlobs) -> GoogleBlobs:
    client = storage.Client("p", credentials=AnonymousCredentials(), client_options={"api_endpoint": relay.url})
    return GoogleBlobs(client, lambda: NOW, guard=Guard("storage", failures=100), kms_key=KEY)


def test_every_write_names_the_generation_it_replaces_and_the_key(relay: Relay, relayed: GoogleBlobs) -> None:
    first = relayed.put(BUCKET, "a", b"one")
    relayed.put(BUCKET, "a", b"two")
    relayed.put(BUCKET, "b", b"x" * (9 << 20))
    begun = [path for method, path, _ in relay.seen if method == "POST"]
    assert [path.partition("ifGenerationMatch=")[2].partition("&")[0] for path in begun] == [
        "0",
        str(first.generation),
        "0",
    ]
    assert all(f"kmsKeyName={KEY.replace('/', '%2F')}" in path for path in begun)


def test_a_write_whose_answer_was_lost_is_known_as_ours(relay: Relay, relayed: GoogleBlobs) -> None:
    relay.lose_answers = 1
    written = relayed.put(BUCKET, "a", b"one", if_generation_match=0)
    assert len([method for method, _, _ in relay.seen if method == "POST"]) == 2
    assert relayed.stat(BUCKET, "a") == written
    with pytest.raises(PreconditionFailed):
        relayed.put(BUCKET, "a", b"one", if_generation_match=0)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_trouble_is_tried_again(relay: Relay, relayed: GoogleBlobs, status: int) -> None:
    relay.answers = [status, status]
    assert relayed.put(BUCKET, "a", b"one", if_generation_match=0).size == 3
    assert relayed.get(BUCKET, "a") == b"one"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_not_the_fault_of_the_message(relay: Relay, relayed: GoogleBlobs, status: int) -> None:
    for call in (
        lambda: relayed.put(BUCKET, "a", b"", if_generation_match=0),
        lambda: relayed.get(BUCKET, "a"),
        lambda: list(relayed.list(BUCKET)),
        lambda: relayed.delete(BUCKET, "a"),
    ):
        relay.answers = [status] * 3  # a 401 makes the client fetch a new token first
        with pytest.raises(BackendUnavailable, match="roles"):
            call()


def test_a_bucket_that_is_not_there_is_unavailable(blobs: GoogleBlobs) -> None:
    for call in (lambda: blobs.put("no-drawer", "a", b""), lambda: list(blobs.list("no-drawer"))):
        with pytest.raises(BackendUnavailable, match="bucket"):
            call()


def test_a_server_that_is_gone_is_unavailable_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setattr("backends.blobs.google._RETRY", quick_retry())
    blobs = GoogleBlobs(
        connect("p", emulator=f"127.0.0.1:{port}"), lambda: NOW, guard=Guard("storage", failures=2, pause=0.05)
    )
    calls: list[Callable[[], object]] = [
        lambda: blobs.put(BUCKET, "a", b""),
        lambda: blobs.get(BUCKET, "a"),
        lambda: list(blobs.list(BUCKET)),
        lambda: blobs.delete(BUCKET, "a"),
    ]
    for call in calls:
        with pytest.raises(BackendUnavailable):
            call()
    with storage_emulator(tmp_path, port=port) as server:
        make_bucket(connect("p", emulator=server.url), BUCKET)
        threading.Event().wait(0.1)
        assert blobs.put(BUCKET, "a", b"one").size == 3


def quick_retry() -> object:
    from google.cloud.storage.retry import DEFAULT_RETRY

    return DEFAULT_RETRY.with_delay(0.01, 0.02, 2.0).with_timeout(0.1)


def test_a_listing_with_versions_is_ordered_by_name_then_generation(
    relay: Relay, relayed: GoogleBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cloud Storage promises the order of names alone; the emulator lists no noncurrent one, so we make a page."""
    one, two = relayed.put(BUCKET, "a", b"one"), relayed.put(BUCKET, "a", b"two")
    bucket = relayed._client.bucket(BUCKET)
    page = [bucket.get_blob("a", generation=each.generation) for each in (two, one)]
    monkeypatch.setattr(relayed, "_each", lambda found: iter(page))
    assert list(relayed.list(BUCKET, versions=True)) == [one, two]
    assert list(relayed.generations(BUCKET)) == [("a", one.generation), ("a", two.generation)]
