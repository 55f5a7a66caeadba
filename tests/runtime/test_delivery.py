from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from backends.errors import BackendUnavailable
from events.envelope import Event, emitted
from functions.objects import put_once, reference
from functions.records import Records
from runtime import copies
from runtime.composition import Services
from runtime.delivery import Delivered, Delivery
from runtime.exposition import Shared
from runtime.observer import Observer
from runtime.sink import Verdict
from runtime.status import ResultKind
from schemas.base import ObjectRef, Payload
from schemas.batches import FaultyItem, RedlineBatchCompleted, RequestRejected
from schemas.changes import Summary
from schemas.documents import DocumentRejected
from schemas.redlines import RedlineCompleted, RedlineFailed, RedlineRendered, RenderingFailed
from tests.runtime.doubles import FakeBus, services

DOCUMENT = "d" * 32
NAME = "contracts/lease.docx"


class People:
    """The folder for people, with a document of three versions."""

    def __init__(self, root: Path) -> None:
        self.parts: Services = services(root, FakeBus())
        self.layout = self.parts.settings.layout
        self.told: list[Delivered] = []
        self.delivery = Delivery(self.parts, self.layout, self.told.append)
        self.versions = [self.parts.blobs.put("uploads", NAME, f"version {n}".encode()) for n in (1, 2, 3)]
        Records(self.parts.blobs, "records", tenant="default", region="local", document_id=DOCUMENT).keep_path(
            NAME, datetime.now(UTC)
        )

    def pair(self, before: int, after: int, attempt: int = 1) -> dict[str, object]:
        old, new = self.versions[before - 1], self.versions[after - 1]
        return {
            "tenant": "default",
            "region": "local",
            "pair_id": f"{before}{after}".zfill(32),
            "document_id": DOCUMENT,
            "before": reference(old),
            "after": reference(new),
            "before_generation": old.generation,
            "after_generation": new.generation,
            "attempt": attempt,
        }

    def completed(self, before: int, after: int, attempt: int = 1) -> RedlineCompleted:
        def ref(name: str) -> ObjectRef:
            content = f"{name} of {before}-{after}, attempt {attempt}".encode()
            return put_once(self.parts.blobs, "redlines", f"{before}-{after}/{attempt}/{name}", content, "text/plain")

        return RedlineCompleted.model_validate(
            {
                **self.pair(before, after, attempt),
                "redline": ref("redline"),
                "html": ref("html"),
                "changes": ref("changes"),
                "summary_object": ref("summary"),
                "summary": Summary(insertions=2, moves=1),
            }
        )

    def failed(self, before: int, after: int) -> RedlineFailed:
        fields = {**self.pair(before, after), "code": "too-complex", "message": "It is too complex; split it."}
        return RedlineFailed.model_validate(fields)

    def deliver(self, payload: Payload) -> Verdict:
        return self.delivery(_event(payload)).verdict

    def files(self) -> dict[str, str]:
        found = [path for path in self.layout.redlines.rglob("*") if path.is_file()]
        return {path.name: path.read_text() for path in found}


def _event(payload: Payload) -> Event:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    cause = Event("root", "t", "/s", "", moment, b"", correlation_id="root", causation_id="")
    return emitted(payload, source="/test", cause=cause)


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path)


def test_a_redline_is_put_into_the_folder_of_its_version(people: People) -> None:
    assert people.deliver(people.completed(1, 2)) is Verdict.DONE
    assert set(people.files()) == {
        "lease.redline.docx",
        "lease.redline.html",
        "lease.changes.json",
        "lease.summary.json",
    }
    (told,) = people.told
    assert (told.kind, told.path, told.changes) == ("redline", NAME, 3)
    assert told.folder.parent == people.layout.redlines / NAME
    local = people.versions[1].created.astimezone()
    assert told.folder.name == local.strftime("%Y-%m-%dT%H-%M-%S.") + f"{local.microsecond // 1000:03d}"


@pytest.mark.parametrize("order", [[1, 2], [2, 1]], ids=["farther first", "nearer first"])
def test_the_nearer_redline_stays(people: People, order: list[int]) -> None:
    for before in order:
        assert people.deliver(people.completed(before, 3)) is Verdict.DONE
    assert people.files()["lease.redline.docx"] == "redline of 2-3, attempt 1"
    assert len({path.parent for path in people.layout.redlines.rglob("*.docx") if path.is_file()}) == 1


def test_a_redelivery_changes_nothing(people: People) -> None:
    for _ in range(2):
        people.deliver(people.completed(1, 2))
    assert people.files()["lease.redline.docx"] == "redline of 1-2, attempt 1"


def test_a_failure_is_told_and_goes_when_a_later_attempt_succeeds(people: People) -> None:
    people.deliver(people.failed(1, 2))
    assert people.files() == {"lease.failed.txt": "It is too complex; split it.\n(too-complex)\n"}
    people.deliver(people.completed(1, 2, attempt=2))
    assert "lease.failed.txt" not in people.files()
    people.deliver(people.failed(1, 2))
    assert "lease.failed.txt" not in people.files()


def test_a_failure_against_a_farther_version_says_nothing(people: People) -> None:
    people.deliver(people.completed(2, 3))
    people.deliver(people.failed(1, 3))
    assert "lease.failed.txt" not in people.files()


def test_a_rejection_is_told(people: People) -> None:
    version = people.versions[0].generation
    fact = DocumentRejected(
        tenant="default",
        region="local",
        document_id=DOCUMENT,
        generation=version,
        code="empty-file",
        message="The file is empty; upload it again.",
    )
    assert people.deliver(fact) is Verdict.DONE
    assert people.files() == {"lease.rejected.txt": "The file is empty; upload it again.\n(empty-file)\n"}


def test_a_document_whose_path_was_erased_is_passed_over(people: People) -> None:
    fact = people.failed(1, 2).model_copy(update={"document_id": "e" * 32})
    assert people.deliver(fact) is Verdict.DONE
    assert people.files() == {}


def test_a_full_disk_is_waited_for(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert people.deliver(people.completed(1, 2)) is Verdict.UNAVAILABLE
    monkeypatch.undo()
    assert people.deliver(people.completed(1, 2)) is Verdict.DONE


def test_unavailable_objects_are_waited_for(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    completed = people.completed(1, 2)

    def away(*_: object, **__: object) -> bytes:
        raise BackendUnavailable("away")

    monkeypatch.setattr(type(people.parts.blobs), "get", away)
    assert people.deliver(completed) is Verdict.UNAVAILABLE


def test_a_damaged_result_is_the_failure_of_its_message_alone(people: People) -> None:
    completed = people.completed(1, 2)
    next(people.layout.blobs.rglob("redlines/**/*.data")).write_bytes(b"cut")
    assert people.deliver(completed) is Verdict.FAILED
    assert people.deliver(people.completed(2, 3)) is Verdict.DONE


def test_long_names_are_cut(tmp_path: Path) -> None:
    people = People(tmp_path)
    name = "é" * 125 + ".docx"
    blob = people.parts.blobs.put("uploads", name, b"")
    document = "f" * 32
    records = Records(people.parts.blobs, "records", tenant="default", region="local", document_id=document)
    records.keep_path(name, datetime.now(UTC))
    changed = {"document_id": document, "after_generation": blob.generation}
    people.deliver(people.failed(1, 2).model_copy(update=changed))
    (file,) = people.files()
    assert file.endswith(".failed.txt")
    assert len(file.encode()) <= 255


def test_the_record_of_what_was_delivered_is_read_by_a_later_process(people: People) -> None:
    people.deliver(people.completed(2, 3))
    record = json.loads(people.parts.blobs.get("records", _only_record(people)))
    assert record["before_generation"] == people.versions[1].generation
    later = Delivery(people.parts, people.layout, people.told.append)
    later(_event(people.completed(1, 3)))
    assert people.files()["lease.redline.docx"] == "redline of 2-3, attempt 1"


def _only_record(people: People) -> str:
    (blob,) = people.parts.blobs.list("records", "delivered/")
    return blob.name


def of_request(pair: RedlineCompleted | RedlineFailed, index: int = 0, **more: object) -> Payload:
    return pair.model_copy(update={"batch_id": "ba" * 16, "batch_index": index, **more})


def test_what_was_requested_has_a_folder_of_its_own_with_what_was_wanted(people: People) -> None:
    people.deliver(people.completed(2, 3))
    people.deliver(of_request(people.completed(1, 3), outputs=("docx", "summary")))
    people.deliver(of_request(people.failed(1, 2), index=99))
    [folder] = people.layout.requests.iterdir()
    assert folder.name.endswith("-babababa")
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        "001-lease/lease.redline.docx",
        "001-lease/lease.summary.json",
        "001-lease/pair.json",
        "100-lease/lease.failed.txt",
        "100-lease/pair.json",
    }
    told = json.loads((folder / "001-lease" / "pair.json").read_text())
    assert told["before"] == {"path": NAME, "generation": people.versions[0].generation}
    assert told["outputs"] == ["docx", "summary"]


def ended(people: People) -> RedlineBatchCompleted:
    results = put_once(people.parts.blobs, "redlines", "results.json", b"{}", "application/json")
    counts = {"total": 3, "completed": 2, "failed": 0, "undeliverable": 0, "timed_out": 1}
    about = {"tenant": "default", "region": "local", "batch_id": "ba" * 16, "request_id": "r"}
    return RedlineBatchCompleted.model_validate(
        {**about, **counts, "deadline": datetime(2026, 1, 2, tzinfo=UTC), "results": results}
    )


def test_the_end_of_a_request_is_told_to_everybody_who_listens(people: People) -> None:
    assert people.deliver(ended(people)) is Verdict.DONE
    [told] = people.told
    assert (told.kind, told.message) == ("ended", "3 asked for: 2 made, 1 timed out.")
    assert [path.name for path in told.files] == ["results.json"]
    observer = Observer(people.parts, Shared(people.layout.metrics))
    for kind in get_args(ResultKind):
        observer.delivered(replace(told, kind=kind))


def test_the_faults_of_a_request_are_listed_in_its_folder(people: People) -> None:
    items = [
        FaultyItem(index=3, field="after", code="unknown-document", message="There is no such document; upload it."),
        FaultyItem(code="deadline-passed", message="The deadline has passed."),
    ]
    about = {"tenant": "default", "region": "local", "batch_id": "ba" * 16, "request_id": "r"}
    people.deliver(
        RequestRejected.model_validate(
            {**about, "code": "unknown-document", "message": "Two.", "items": items, "request_sha256": "0" * 64}
        )
    )
    assert "pairs[3]: There is no such document; upload it. (unknown-document)\n" in people.files()["rejected.txt"]


def test_an_erased_document_takes_the_pairs_with_it(people: People) -> None:
    people.deliver(of_request(people.completed(1, 3)))
    people.deliver(of_request(people.completed(1, 2), index=1))
    copies.remove(people.layout, NAME, people.versions[0].generation)
    assert list(people.layout.requests.glob("*/*")) == []


def _pdf(people: People, before: int, after: int) -> RedlineRendered:
    kept = put_once(people.parts.blobs, "redlines", f"{before}-{after}/1/pdf", b"%PDF-", "application/pdf")
    return RedlineRendered.model_validate({**people.pair(before, after), "pdf": kept})


def test_a_pdf_comes_beside_the_redline_and_takes_the_place_of_its_excuse(people: People) -> None:
    people.deliver(people.completed(1, 2))
    excuse = {**people.pair(1, 2), "code": "not-rendered", "message": "Print the Word file."}
    people.deliver(RenderingFailed.model_validate(excuse))
    assert people.files()["lease.no-pdf.txt"] == "Print the Word file.\n(not-rendered)\n"
    people.deliver(_pdf(people, 1, 2))
    assert people.files()["lease.redline.pdf"] == "%PDF-"
    assert "lease.no-pdf.txt" not in people.files()
    assert len({path.parent for path in people.layout.redlines.rglob("*.*") if path.is_file()}) == 1


def test_a_pdf_of_a_redline_that_a_nearer_one_replaced_is_left_out(people: People) -> None:
    people.deliver(people.completed(2, 3))
    people.deliver(_pdf(people, 1, 3))
    assert "lease.redline.pdf" not in people.files()
