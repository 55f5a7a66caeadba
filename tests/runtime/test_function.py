"""The decorator, by small functions served as a container serves them, on the real embedded parts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from backends.bus.embedded import EmbeddedBus
from backends.bus.valkey import EmbeddedValkey
from backends.cache.embedded import RedisSeenMarks
from backends.errors import BackendUnavailable
from events.envelope import Event, attributes_of, to_headers
from events.trace import child
from runtime import composition
from runtime.function import mark_of
from runtime.logging import configure
from tests.functions.conftest import valkey, world
from tests.functions.world import ROOT_EVENT, World, client

__all__ = ["valkey", "world"]

DELETED = "dev.redline.document.deleted.v1"
DATA = {"tenant": "default", "region": "local", "document_id": "d0" * 16, "generation": 7}
EVENT = replace(
    ROOT_EVENT,
    type=DELETED,
    subject='line\nbreak "quoted" 😀 100%.docx',
    data=json.dumps(DATA).encode(),
    partition_key="d0" * 16,
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)
HEAD = """
from pathlib import Path
from runtime.function import Context, function
from schemas.documents import DocumentDeleted, DocumentRejected
from backends.errors import BackendUnavailable
CALLS = Path(__file__).with_name("calls")

def called():
    number = CALLS.stat().st_size if CALLS.exists() else 0
    CALLS.write_bytes(b"x" * (number + 1))
    return number + 1

def rejected(document, code):
    about = {name: getattr(document, name) for name in ("tenant", "region", "document_id", "generation")}
    return DocumentRejected(**about, code=code, message="A sentence.")

@function(handles=DocumentDeleted)
def sample(document, ctx):
"""


class Sample:
    """A function of these lines; `calls` counts how often its handler ran."""

    def __init__(self, folder: Path, world: World, *lines: str) -> None:
        self.source = folder / "main.py"
        self.source.write_text(HEAD + "".join(f"    {line}\n" for line in lines))
        self.world = world

    def post(self, event: Event = EVENT) -> int:
        return self.world.post("sample", event, self.source)

    @property
    def calls(self) -> int:
        file = self.source.with_name("calls")
        return file.stat().st_size if file.exists() else 0


SAYS = ('called(); yield rejected(document, "one")',)
FAILS_ONCE = (
    'if called() == 1: raise ValueError("the secret of " + ctx.event.subject)',
    'yield rejected(document, "one")',
)


def test_what_a_handler_says_is_published_in_the_name_of_its_cause(world: World, tmp_path: Path) -> None:
    assert Sample(tmp_path, world, *SAYS).post() == 200
    [said] = world.events()
    assert said.source == "/functions/sample"
    assert (said.time, said.correlation_id, said.causation_id) == (EVENT.time, EVENT.correlation_id, EVENT.id)
    assert said.partition_key == "d0" * 16
    assert said.traceparent == child(EVENT.traceparent, trace_seed=EVENT.correlation_id, span_seed=said.id)


def test_the_handler_sees_the_event_as_it_was_sent(world: World, tmp_path: Path) -> None:
    sample = Sample(
        tmp_path,
        world,
        "e = ctx.event",
        "assert e.subject == 'line\\nbreak \"quoted\" 😀 100%.docx'",
        f"assert e.data == {EVENT.data!r}",
        f"assert e.id == {EVENT.id!r} and e.time.isoformat() == {EVENT.time.isoformat()!r}",
        "assert document.generation == 7 and ctx.settings.tenant == 'default'",
        "assert ctx.clock().tzinfo is not None and len(ctx.identity('default', 'a.docx')) == 32",
        "yield from ()",
    )
    assert sample.post() == 200


def test_structured_mode_is_understood_too(world: World, tmp_path: Path) -> None:
    sample = Sample(tmp_path, world, "assert ctx.event.subject.startswith('line\\n')", *SAYS)
    body = json.dumps({**attributes_of(EVENT), "data": DATA})
    answer = client("sample", sample.source).post(
        "/", data=body, headers={"content-type": "application/cloudevents+json"}
    )
    assert answer.status_code == 200
    assert len(world.events()) == 1


def test_probes_are_answered_by_every_function(world: World, tmp_path: Path) -> None:
    sample = client("sample", Sample(tmp_path, world, *SAYS).source)
    assert [sample.get(path).status_code for path in ("/healthz", "/readyz", "/")] == [200, 200, 405]


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"REDLINE_BACKEND": "abacus"}, "The variable REDLINE_BACKEND cannot be used"),
        ({"REDLINE_BACKEND": "google", "REDLINE_PROJECT": "p", "REDLINE_DOCUMENT_KEY_FILE": "/none"}, "/none"),
    ],
)
def test_a_function_that_cannot_be_made_of_its_settings_lives_and_is_not_ready(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], reason: str
) -> None:
    sample = client("sample", Sample(tmp_path, world, *SAYS).source)
    composition.services_of_process.cache_clear()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    answer = sample.get("/readyz")
    assert answer.status_code == 503
    assert reason in answer.text
    assert sample.get("/healthz").status_code == 200


def test_a_redelivery_is_not_done_again(world: World, tmp_path: Path) -> None:
    sample = Sample(tmp_path, world, *SAYS)
    assert [sample.post() for _ in range(3)] == [200] * 3
    assert sample.calls == 1
    assert len(world.events()) == 1


def test_two_functions_mark_the_same_event_each_for_itself(world: World, tmp_path: Path) -> None:
    sample = Sample(tmp_path, world, *SAYS)
    world.services.seen.mark(mark_of("other", EVENT))
    sample.post()
    assert sample.calls == 1


def test_work_that_failed_is_done_on_redelivery(world: World, tmp_path: Path) -> None:
    """The trap: a mark set before the work would lose the event for good."""
    sample = Sample(tmp_path, world, *FAILS_ONCE)
    assert sample.post() == 500
    assert world.events() == []
    assert not world.services.seen.seen(mark_of("sample", EVENT))
    assert sample.post() == 200
    assert len(world.events()) == 1
    assert world.services.seen.seen(mark_of("sample", EVENT))


def test_work_whose_publication_failed_is_done_on_redelivery(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = Sample(tmp_path, world, *SAYS)
    with monkeypatch.context() as outage:
        outage.setattr(EmbeddedBus, "publish", _unavailable)
        assert sample.post() == 503
    assert not world.services.seen.seen(mark_of("sample", EVENT))
    assert sample.post() == 200
    assert len(world.events()) == 1


def test_while_the_server_of_marks_is_away_nothing_is_done_and_then_everything_once(
    world: World, valkey: EmbeddedValkey, tmp_path: Path
) -> None:
    sample = Sample(tmp_path, world, *SAYS)
    valkey.stop()
    try:
        assert [sample.post(), sample.post()] == [503, 503]
        assert client("sample", sample.source).get("/readyz").status_code == 200  # no pod at all would be worse
    finally:
        valkey.start()
    assert sample.calls == 0
    assert [sample.post(), sample.post()] == [200, 200]
    assert sample.calls == 1
    assert len(world.events()) == 1


def test_a_crash_before_the_mark_says_the_same_ids_again(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = Sample(tmp_path, world, *SAYS)
    with monkeypatch.context() as crash:
        crash.setattr(RedisSeenMarks, "mark", _unavailable)
        assert sample.post() == 503
    once = world.events()
    assert sample.post() == 200
    assert sample.calls == 2
    assert world.events() == once


def _unavailable(*_: object) -> None:
    raise BackendUnavailable("gone for a moment")


def test_nothing_is_published_of_a_handler_that_fails_half_way(world: World, tmp_path: Path) -> None:
    sample = Sample(tmp_path, world, 'yield rejected(document, "one")', "raise ValueError")
    assert sample.post() == 500
    assert world.events() == []


def test_all_that_a_handler_says_is_published_in_order(world: World, tmp_path: Path) -> None:
    codes = ("one", "two", "three")
    Sample(tmp_path, world, *(f'yield rejected(document, "{code}")' for code in codes)).post()
    assert tuple(payload.code for payload in world.said()) == codes  # type: ignore[attr-defined]


def test_types_that_are_not_its_own_are_passed_over(world: World, tmp_path: Path) -> None:
    sample = Sample(tmp_path, world, *SAYS)
    assert sample.post(replace(EVENT, type="dev.redline.unheard.of.v1", data=b"\xff")) == 200
    assert sample.calls == 0


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("raise BackendUnavailable('gone')", 503),
        ("raise ValueError('x')", 500),
        ("raise MemoryError", 500),
        ("raise KeyError('tenant')", 500),
        ("return 1 / 0", 500),
    ],
)
def test_the_answer_tells_what_kind_of_failure_it_was(world: World, tmp_path: Path, line: str, status: int) -> None:
    assert Sample(tmp_path, world, line, "yield").post() == status
    assert world.events() == []


@pytest.mark.parametrize(
    "event",
    [
        replace(EVENT, data=b"{}"),
        replace(EVENT, data=b"not json"),
        replace(EVENT, data=b"\xff\xfe"),
        replace(EVENT, data=b""),
        replace(EVENT, data=json.dumps({**DATA, "generation": -1}).encode()),
    ],
    ids=["fields", "no json", "no text", "nothing", "value"],
)
def test_poison_is_a_client_error(world: World, tmp_path: Path, event: Event) -> None:
    sample = Sample(tmp_path, world, *SAYS)
    assert sample.post(event) == 400
    assert sample.calls == 0


@pytest.mark.parametrize("missing", ["ce-id", "ce-type", "ce-source", "ce-specversion", "ce-time"])
def test_a_request_that_is_no_event_is_a_client_error(world: World, tmp_path: Path, missing: str) -> None:
    sample = Sample(tmp_path, world, *SAYS)
    headers = {f"ce-{name}": "x" for name in ("id", "type", "source")}
    headers |= {"ce-specversion": "1.0", "ce-time": "2026-11-23T10:15:02Z", "ce-type": DELETED}
    headers["content-type"] = "application/json"
    del headers[missing]
    answer = client("sample", sample.source).post("/", data=EVENT.data, headers=headers)
    assert answer.status_code == 400
    assert sample.calls == 0


def test_the_log_names_the_event_and_what_came_of_it(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("json", "INFO")
    sample = Sample(tmp_path, world, *SAYS)
    sample.post()
    sample.post()
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["function"] == "sample"
    assert (first["event_id"], first["event_type"], first["correlation_id"]) == (
        EVENT.id,
        DELETED,
        EVENT.correlation_id,
    )
    assert first["document_id"] == "d0" * 16
    assert first["emitted"] == ["dev.redline.document.rejected.v1"]
    assert (first["message"], second["message"]) == ("done", "done before")


def test_no_log_and_no_answer_holds_a_path_or_a_message_of_an_exception(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("json", "INFO")
    sample = Sample(tmp_path, world, *FAILS_ONCE)
    answer = client("sample", sample.source).post("/", data=EVENT.data, headers=to_headers(EVENT))
    assert answer.status_code == 500
    said = capsys.readouterr()
    [line] = [json.loads(each) for each in said.err.splitlines()]
    assert (line["severity"], line["code"], line["error"]) == ("ERROR", "ValueError", "ValueError")
    assert line["place"][-1].endswith(" sample")
    for text in (said.err, said.out, answer.text):
        assert "secret" not in text
        assert "quoted" not in text
