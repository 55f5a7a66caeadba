"""redline audit as people type it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest

from backends.audit.named import named_queries
from tests.runtime.commandline import Trail, folder, redline, trail

__all__ = ["folder", "trail"]  # fixtures

COUNT = "SELECT event_type, COUNT(*) AS events FROM audit.events GROUP BY event_type ORDER BY event_type"


def filled(trail: Trail, count: int = 3) -> None:
    from schemas.redlines import RedlineCompleted, RedlineFailed

    for number in range(count):
        trail.fact(RedlineCompleted, trail.pair(number))
    trail.fact(RedlineFailed, trail.pair(99), code="too-complex")


def ask(*arguments: str) -> str:
    done = redline("audit", "--root", "root", *arguments)
    assert done.exit_code == 0, done.output
    return done.output


def test_sql_is_answered_as_a_table_csv_json_and_parquet(trail: Trail) -> None:
    filled(trail)
    kinds = [("dev.redline.redline.completed.v1", 3), ("dev.redline.redline.failed.v1", 1)]
    shown = ask(COUNT)
    assert [line.split() for line in shown.splitlines() if "dev." in line] == [[kind, str(n)] for kind, n in kinds]
    assert [tuple(row.values()) for row in csv.DictReader(io.StringIO(ask(COUNT, "--csv")))] == [
        (kind, str(n)) for kind, n in kinds
    ]
    assert [tuple(json.loads(line).values()) for line in ask(COUNT, "--json").splitlines()] == kinds
    assert ask(COUNT, "--parquet", "answer.parquet") == "written: answer.parquet\n"
    assert duckdb.read_parquet("answer.parquet").fetchall() == kinds


def test_rows_too_wide_for_the_terminal_are_shown_value_by_value(trail: Trail) -> None:
    filled(trail, count=1)
    shown = ask("SELECT * FROM audit.events WHERE code IS NULL")
    assert shown.startswith("row 1\n")
    assert "event_type         dev.redline.redline.completed.v1" in shown
    assert "message" not in shown


def test_no_rows_are_said_to_be_none(trail: Trail) -> None:
    assert ask("SELECT event_id FROM audit.events") == "No rows.\n"


def test_the_options_are_parameters_of_the_sql(trail: Trail) -> None:
    filled(trail)
    which = "document_id = @document AND recorded_at >= @since AND attempt < @most"
    sql = f"SELECT COUNT(*) AS n FROM audit.events WHERE {which}"
    given = ["--document", "d" * 32, "--since", "2020-01-01", "--param", "most:INT64=5"]
    assert json.loads(ask(sql, *given, "--json")) == {"n": 4}


def test_the_list_can_be_cut_by_time(trail: Trail) -> None:
    filled(trail)
    assert len(ask("--since", "2020-01-01", "--json").splitlines()) == 4
    assert ask("--until", "2020-01-01T00:00:00Z", "--json") == ""


def test_the_queries_are_listed_with_their_questions(trail: Trail) -> None:
    shown = redline("audit", "--queries").output
    for query in named_queries().values():
        assert query.name in shown
    assert "Who touched document X" in shown


def test_a_named_query_takes_a_document_by_its_path(trail: Trail) -> None:
    filled(trail)
    assert ask("--query", "who-touched", "--document", "nowhere.docx") == "No rows.\n"
    assert len(ask("--query", "who-touched", "--document", "d" * 32, "--json").splitlines()) == 4


REFUSED = {
    "unknown column": (["SELECT nothing FROM audit.events"], 1, "no column nothing; audit.events has: event_id"),
    "a file": (["SELECT * FROM read_text('/etc/passwd')"], 1, "is no table"),
    "not a select": (["DROP TABLE audit.events"], 1, "can only be read"),
    "unknown query": (["--query", "who"], 1, "There is no query who; there are: as-delivered, "),
    "a parameter is missing": (["--query", "who-touched"], 1, "give --document"),
    "no retention is set": (["--query", "past-retention"], 1, "give --param days=VALUE"),
    "no such parameter": (["--query", "holds", "--document", "x"], 1, "does not take --document; it takes --param at"),
    "a wrong value": (["--query", "past-retention", "--param", "days=many"], 1, "@days is to be a whole number"),
    "no such redline": (["--query", "as-delivered", "--redline", "x"], 1, "The trail knows no such redline"),
    "a folder for a redline": (["--query", "made-of", "--redline", "."], 1, "is a folder"),
    "a parameter without a value": (["SELECT 1", "--param", "x"], 2, "NAME=VALUE"),
    "a time that is none": (["--since", "soon"], 2, "soon is no time"),
    "two questions": (["SELECT 1", "--query", "work"], 2, "Give a SELECT, or --query"),
    "follow a query": (["SELECT 1", "--follow"], 2, "--follow goes with the list"),
    "parquet of the list": (["--parquet", "x"], 2, "go with a query"),
    "verify after an option": (["verify"], 2, "Say it first: redline audit verify"),
    "parquet in no folder": (["SELECT 1 AS x", "--parquet", "no/x"], 1, "there is no folder no"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_asked_is_refused_in_a_sentence(trail: Trail, case: str) -> None:
    arguments, status, sentence = REFUSED[case]
    done = redline("audit", "--root", "root", *arguments)
    assert done.exit_code == status, done.output
    assert sentence in " ".join(done.output.split())
    assert "Traceback" not in done.output
    assert not list(Path().glob("*.parquet"))


def delivered(trail: Trail) -> str:
    """A redline in the trail whose Word file is an object; the SHA-256 of that file."""
    blob = trail.parts.blobs.put("redlines", "made/redline.docx", b"the redline")
    reference = {
        "bucket": blob.bucket, "object": blob.name, "generation": blob.generation,
        "sha256": blob.sha256, "size": blob.size,
    }  # fmt: skip
    from schemas.redlines import RedlineCompleted

    trail.fact(RedlineCompleted, trail.pair(1), outputs={"redline": reference})
    return blob.sha256


def test_what_was_delivered_is_compared_with_the_object_itself(trail: Trail) -> None:
    delivered(trail)
    Path("mine.docx").write_bytes(b"the redline")
    for redline_of in ("mine.docx", f"{1:032x}"):
        [row] = [
            json.loads(line) for line in ask("--query", "as-delivered", "--redline", redline_of, "--json").splitlines()
        ]
        assert (row["output"], row["object_is"]) == ("redline", "identical")


@pytest.mark.parametrize(("damage", "state"), [(b"the redlinE", "damaged"), (None, "gone")])
def test_an_object_that_is_not_as_delivered_is_told(trail: Trail, damage: bytes | None, state: str) -> None:
    sha256 = delivered(trail)
    [content] = trail.parts.settings.layout.blobs.rglob("redlines/**/*.data")
    content.write_bytes(damage) if damage else content.unlink()
    done = redline("audit", "--root", "root", "--query", "as-delivered", "--redline", sha256, "--json")
    assert (done.exit_code, json.loads(done.output)["object_is"]) == (1, state)


def tampered(trail: Trail) -> None:
    [segment] = trail.parts.settings.layout.audit.glob("*.audit")
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join([lines[0], *lines[2:]]))


def test_verify_says_that_all_is_well_or_what_is_not(trail: Trail) -> None:
    filled(trail)
    good = redline("audit", "verify", "--root", "root")
    assert (good.exit_code, good.output) == (
        0,
        "4 rows in 1 segment: none was changed, removed, added or reordered.\n",
    )
    tampered(trail)
    bad = redline("audit", "verify", "--root", "root")
    assert bad.exit_code == 1
    assert "1 row was removed before this one" in bad.output
    report = json.loads(redline("audit", "verify", "--root", "root", "--json").output)
    assert (report["ok"], len(report["findings"])) == (False, 1)


def test_the_gaps_are_told_with_what_only_the_hashes_show(trail: Trail) -> None:
    filled(trail)
    [segment] = trail.parts.settings.layout.audit.glob("*.audit")
    assert ask("--query", "gaps").startswith("No rows.\n")
    segment.write_bytes(b"".join(segment.read_bytes().splitlines(keepends=True)[:-1]))
    done = redline("audit", "--root", "root", "--query", "gaps")
    assert done.exit_code == 1
    assert "1 row was cut off from its end" in done.output


def test_a_note_is_written_and_compared_with(trail: Trail) -> None:
    filled(trail)
    assert "written: trail.note" in redline("audit", "verify", "--root", "root", "--note", "trail.note").output
    assert redline("audit", "verify", "--root", "root", "--against", "trail.note").exit_code == 0
    tampered(trail)
    assert redline("audit", "verify", "--root", "root", "--against", "trail.note").exit_code == 1
    done = redline("audit", "verify", "--root", "root", "--note", "other.note")
    assert (done.exit_code, Path("other.note").exists()) == (1, False)
    Path("bad.note").write_text("{}")
    done = redline("audit", "verify", "--root", "root", "--against", "bad.note")
    assert (done.exit_code, done.output) == (1, "redline: This is no note about an audit trail.\n")
