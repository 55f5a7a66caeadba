"""Requests by the doors that people and programs have: the lines of the manual, the command line, HTTP."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from redline import verify
from runtime.state import read
from tests.e2e.pipeline import CHECKOUT, Pipeline, contract, eventually, run

MANUAL = CHECKOUT / "docs" / "requests.md"
NAME = "contracts/lease.docx"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A pipeline that knows two versions of a document."""
    with Pipeline(tmp_path_factory.mktemp("requests") / "data") as made:
        made.drop(NAME, contract())
        made.wait_for_facts(NAME, "document.normalized")
        made.drop(NAME, contract("A sentence comes in."))
        made.wait_for_facts(NAME, "document.normalized", "document.normalized", "redline.completed")
        yield made


def url(pipeline: Pipeline) -> str:
    known = read(pipeline.layout)
    assert known is not None
    return known.url


def folders(pipeline: Pipeline) -> set[Path]:
    return set(pipeline.layout.requests.glob("*"))


def test_the_very_lines_of_the_manual_publish_a_request(pipeline: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    [lines] = re.findall(r"```python\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    assert len(lines.splitlines()) <= 11
    known = folders(pipeline)
    exec(lines.replace("http://127.0.0.1:8080", url(pipeline)), {})
    assert capsys.readouterr().out == "202\n"
    [folder] = eventually(lambda: folders(pipeline) - known, "the folder of the request")
    eventually((folder / "results.json").exists, "the end of the request")
    [result] = json.loads((folder / "results.json").read_text())["pairs"]
    assert result["state"] == "completed"
    files = eventually(lambda: sorted(path.name for path in (folder / "001-lease").iterdir()), "the files")
    assert files == ["lease.redline.docx", "lease.redline.html", "pair.json"]
    redline = (folder / "001-lease" / "lease.redline.docx").read_bytes()
    assert verify(redline, contract(), contract("A sentence comes in.")).ok
    told = json.loads((folder / "001-lease" / "pair.json").read_text())
    assert (told["before"]["path"], told["after"]["path"]) == (NAME, NAME)


def post(pipeline: Pipeline, body: bytes, **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = urllib.request.Request(f"{url(pipeline)}/events", data=body, headers=named)
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


BINARY = {
    "ce_specversion": "1.0",
    "ce_id": "1",
    "ce_source": "/here",
    "ce_type": "dev.redline.redline.requested.v1",
    "content_type": "application/json",
}


def test_structured_mode_is_taken_and_a_faulty_request_is_told_of_in_its_folder(pipeline: Pipeline) -> None:
    known = folders(pipeline)
    event = {"specversion": "1.0", "id": "2", "source": "/here", "type": BINARY["ce_type"]}
    data = {"pairs": [{"after": {"path": NAME}}, {"after": {"path": "no/such.docx"}}]}
    body = json.dumps({**event, "data": data}).encode()
    status, _ = post(pipeline, body, content_type="application/cloudevents+json")
    assert status == 202
    [folder] = eventually(lambda: folders(pipeline) - known, "the folder of the request")
    told = eventually(lambda: (folder / "rejected.txt").exists() and (folder / "rejected.txt").read_text(), "why")
    assert "pairs[1]: This tenant has no such document" in told
    assert [path.name for path in folder.iterdir()] == ["rejected.txt"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"{}", {"content_type": "application/json"}, 400, "no CloudEvent"),
        (b"[", {"content_type": "application/cloudevents+json"}, 400, "no CloudEvent"),
        (b"{}", {**BINARY, "ce_type": "dev.redline.document.erasure.requested.v1"}, 400, "Only events of type"),
        (b" " * 65_537, BINARY, 413, "at most 65536 bytes"),
        (b" " * 200_000, BINARY, 413, "at most 65536 bytes"),
    ],
    ids=["no event", "no JSON", "another command", "too large", "far too large"],
)
def test_what_is_no_request_is_answered_at_the_door(
    pipeline: Pipeline, body: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    found, sentence = post(pipeline, body, **headers)
    assert found == status
    assert said in sentence


def test_the_door_is_for_this_machine(pipeline: Pipeline) -> None:
    status, _ = post(pipeline, b"{}", **BINARY, host="evil.example")
    assert status == 421


def ask(pipeline: Pipeline, *arguments: str | Path) -> tuple[int, str, str]:
    done = run("request", "--root", pipeline.layout.root, *arguments)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_known_documents_by_path_and_version_are_asked_for_and_waited_for(pipeline: Pipeline) -> None:
    status, told, _ = ask(pipeline, f"{NAME}@1", f"{NAME}@2", NAME, NAME, "--wait", "--by", "character", "--json")
    assert status == 0
    found = json.loads(told)
    assert (found["state"], found["counts"]) == ("ended", {"completed": 2})
    for number, pair in enumerate(found["pairs"], start=1):
        folder = Path(pair["folder"])
        assert folder.name == f"{number:03}-lease"
        assert (folder / "lease.redline.docx").exists()


def test_local_files_are_uploaded_first_and_a_bad_one_is_named(pipeline: Pipeline, tmp_path: Path) -> None:
    before, after, bad = (tmp_path / name for name in ("theirs.docx", "ours.docx", "bad.docx"))
    before.write_bytes(contract("Theirs."))
    after.write_bytes(contract("Ours."))
    bad.write_bytes(b"no document")
    status, told, _ = ask(pipeline, before, after, "--wait", "--output", "docx")
    assert status == 0, told
    assert "1 completed" in told
    [made] = pipeline.layout.requests.glob("*/001-ours/ours.redline.docx")
    assert verify(made.read_bytes(), contract("Theirs."), contract("Ours.")).ok
    status, _, error = ask(pipeline, before, after, before, bad)
    assert status == 1
    assert "Pair 2" in error
    assert "bad.docx cannot be compared." in error


def test_the_same_request_twice_is_one_and_another_of_its_id_is_refused(pipeline: Pipeline) -> None:
    for _ in range(2):
        status, told, _ = ask(pipeline, NAME, NAME, "--request-id", "mine", "--wait", "--json", "--deadline", "300")
        assert status == 0
        assert json.loads(told)["request_id"] == "mine"
    status, _, error = ask(pipeline, NAME, NAME, "--request-id", "mine", "--by", "character")
    assert status == 1
    assert "request-id-used" in error


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "Name two sides"),
        ([NAME], 2, "Name two sides"),
        ([NAME, NAME, "--file", "x.json"], 2, "the file says everything"),
        ([NAME, "contracts/leese.docx"], 1, "did you mean contracts/lease.docx"),
        ([f"{NAME}@1", f"{NAME}@1"], 1, "Pair 1: before and after are the same version"),
        ([f"{NAME}@1", f"{NAME}@9"], 1, "Pair 1: The document has no version"),
        ([NAME] * 202, 1, "at most 100"),
        (["--file", "no-such.json"], 1, "no-such.json"),
    ],
)
def test_every_slip_is_answered_in_a_sentence(pipeline: Pipeline, arguments: list[str], status: int, said: str) -> None:
    found, _, error = ask(pipeline, *arguments)
    assert (found, said in error) == (status, True), error


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("{", "is not JSON"),
        ('{"pairs": [{"after": {"pth": "a.docx"}}]}', "no field pairs[0].after.pth"),
        ('{"pairs": [{"after": {"path": "contracts/lease.docx"}}, {"after": {"path": "x.docx"}}]}', "Pair 2: "),
        ('{"pairs": []}', "names no pair"),
        ('{"pairs": [{"after": {"path": "contracts/lease.docx"}}], "tenant": "other"}', "another tenant"),
        (json.dumps({"pairs": [{"after": {"path": "x" * 900}}] * 100}), "at most 65536 bytes"),
    ],
)
def test_a_file_with_a_slip_is_answered_in_a_sentence(pipeline: Pipeline, tmp_path: Path, data: str, said: str) -> None:
    file = tmp_path / "request.json"
    file.write_text(data)
    status, _, error = ask(pipeline, "--file", file)
    assert status == 1
    assert said in error


def test_a_request_in_a_file_is_accepted_and_told_where_its_results_will_be(pipeline: Pipeline, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps({"pairs": [{"after": {"path": NAME}}] * 3}))
    status, told, _ = ask(pipeline, "--file", file, "--json")
    assert status == 0
    folder = Path(json.loads(told)["folder"])
    eventually((folder / "results.json").exists, "the end of the request")
