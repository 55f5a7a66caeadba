"""The commands, as people type them."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from redline import CompareOptions, accept, reject, verify
from redline.opc.package import Package
from redline.plain.text import text_to_docx
from redline.verifier.judge import Finding
from runtime import cli, state
from runtime.commands import compare
from runtime.commands.common import duration
from runtime.settings import Settings
from tests.redline.builders import docx, p
from tests.runtime.commandline import AFTER, BEFORE, Trail, folder, redline, trail

__all__ = ["folder", "trail"]  # fixtures


def test_compare_writes_what_is_asked_for_and_prints_the_changes(folder: Path) -> None:
    done = redline(
        "compare",
        "before.docx",
        "after.docx",
        *["-o", "r.docx", "--html", "r.html", "--pdf", "r.pdf", "--json", "r.json", "--author", "Me"],
    )
    assert done.exit_code == 0, done.output
    made = Path("r.docx").read_bytes()
    assert verify(made, BEFORE, AFTER).ok
    assert 'w:author="Me"' in _document(made)
    listed = json.loads(Path("r.json").read_text())
    first = listed["changes"][0]
    assert (first["before"], first["after"]) == ("three", "six")
    assert "<ins" in Path("r.html").read_text()
    assert Path("r.pdf").read_bytes().startswith(b"%PDF-")
    for words in ("replacement", "three", "six", "Seven", "Verified", "written: r.docx"):
        assert words in done.output
    assert sorted(path.name for path in folder.iterdir()) == [
        "after.docx",
        "before.docx",
        "r.docx",
        "r.html",
        "r.json",
        "r.pdf",
    ]


def _document(docx: bytes) -> str:
    package = Package.open(docx)
    return package.read(package.main).decode()


def test_compare_with_a_date_gives_the_same_bytes_every_time(folder: Path) -> None:
    for name in ("1.docx", "2.docx"):
        assert redline("compare", "before.docx", "after.docx", "-o", name, "--date", "2026-01-02").exit_code == 0
    assert Path("1.docx").read_bytes() == Path("2.docx").read_bytes()
    assert "2026-01-02T00:00:00Z" in _document(Path("1.docx").read_bytes())


def test_equal_documents_have_no_changes(folder: Path) -> None:
    done = redline("compare", "before.docx", "before.docx")
    assert done.exit_code == 0
    assert "no changes" in done.output


def test_text_and_markdown_are_compared(folder: Path) -> None:
    Path("a.md").write_text("# Title\n\nOne two.\n")
    Path("b.md").write_text("# Title\n\nOne three.\n")
    done = redline("compare", "a.md", "b.md", "-o", "r.docx")
    assert done.exit_code == 0
    assert "three" in done.output


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ([], ["formatting", "replacement"]),
        (["--ignore", "formatting"], ["replacement"]),
        (["--ignore", "formatting", "--by", "character"], ["deletion"]),
    ],
    ids=str,
)
def test_options_say_how_changes_are_found(folder: Path, options: list[str], kinds: list[str]) -> None:
    Path("a.md").write_text("# Title\n\nOne *two* three.")
    Path("b.md").write_text("# Title\n\nOne **two** thre.")
    done = redline("compare", "a.md", "b.md", *options, "-o", "r.docx", "--json", "r.json", "--deadline", "60")
    assert done.exit_code == 0, done.output
    assert [change["kind"] for change in json.loads(Path("r.json").read_text())["changes"]] == kinds
    assert ("but for its formatting" in done.output) == ("--ignore" in options)


@pytest.mark.parametrize("kind", compare.IGNORABLE)
def test_what_is_to_be_ignored_is_no_option_without_effect(kind: str) -> None:
    name, value = compare.IGNORABLE[kind]
    assert getattr(CompareOptions(), name) is not value


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("case", "The fee is due.", "The Fee is due."),
        ("numbers", "The fee is 100 euros.", "The fee is 120 euros."),
        ("punctuation", "The fee is due.", "The fee, is due."),
        ("white-space", "The fee is due.", "The  fee is due."),
    ],
)
def test_what_is_to_be_ignored_is_unmarked_and_as_it_is_after(folder: Path, kind: str, before: str, after: str) -> None:
    Path("a.docx").write_bytes(text_to_docx(before))
    Path("b.docx").write_bytes(text_to_docx(after))
    assert "no changes" not in redline("compare", "a.docx", "b.docx").output
    done = redline("compare", "a.docx", "b.docx", "--ignore", kind, "-o", "r.docx")
    assert done.exit_code == 0, done.output
    assert "no changes" in done.output
    assert f"but for its {kind}" in done.output
    assert verify(Path("r.docx").read_bytes(), Path("b.docx").read_bytes(), Path("b.docx").read_bytes()).ok


def test_moves_are_shown_as_moves_unless_told_otherwise(folder: Path) -> None:
    clauses = [
        "The tenant pays the rent on the first working day of each month.",
        "Heating and water are not included, and are settled once a year.",
        "Either side may end this agreement with three months of notice.",
        "Courts of the city where the house stands decide all disputes.",
    ]
    Path("a.txt").write_text("\n".join(clauses))
    Path("b.txt").write_text("\n".join([clauses[1], clauses[2], clauses[0], clauses[3]]))
    assert "1 move" in redline("compare", "a.txt", "b.txt").output
    assert "1 insertion, 1 deletion" in redline("compare", "a.txt", "b.txt", "--no-moves").output


@pytest.mark.parametrize(("existing", "after"), [("accept", AFTER), ("reject", BEFORE), ("keep", AFTER)])
def test_tracked_changes_that_a_document_has_are_settled_or_kept(folder: Path, existing: str, after: bytes) -> None:
    redline("compare", "before.docx", "after.docx", "-o", "tracked.docx")
    done = redline("compare", "before.docx", "tracked.docx", "--existing", existing, "-o", "r.docx", "--author", "Me")
    assert done.exit_code == 0, done.output
    assert ('w:author="Redline"' in _document(Path("r.docx").read_bytes())) == (existing == "keep")
    assert verify(Path("r.docx").read_bytes(), BEFORE, after).ok


def test_the_help_of_compare_has_its_options_under_headings(folder: Path) -> None:
    shown = redline("compare", "--help").output
    headings = ["What to write:", "How changes are marked:", "How changes are found:", "Other:"]
    assert [line for line in shown.splitlines() if line in headings] == headings
    assert "--no-moves" in shown


def test_accept_and_reject_give_back_both_documents(folder: Path) -> None:
    redline("compare", "before.docx", "after.docx", "-o", "r.docx")
    made = Path("r.docx").read_bytes()
    assert redline("accept", "r.docx", "-o", "new.docx").exit_code == 0
    assert redline("reject", "r.docx", "-o", "old.docx").exit_code == 0
    assert Path("new.docx").read_bytes() == accept(made)
    assert Path("old.docx").read_bytes() == reject(made)


def test_verify_judges(folder: Path) -> None:
    redline("compare", "before.docx", "after.docx", "-o", "r.docx")
    right = redline("verify", "r.docx", "before.docx", "after.docx")
    assert (right.exit_code, "is right" in right.output) == (0, True)
    wrong = redline("verify", "r.docx", "after.docx", "before.docx")
    assert (wrong.exit_code, "not right" in wrong.output) == (1, True)


def test_verify_is_told_what_the_comparison_was_told(folder: Path) -> None:
    redline("compare", "before.docx", "after.docx", "-o", "tracked.docx")
    Path("numbers.docx").write_bytes(text_to_docx("The fee is 7."))
    Path("other.docx").write_bytes(text_to_docx("The fee is 8."))
    for made_of, told in (
        (("tracked.docx", "after.docx"), ("--existing", "keep")),
        (("numbers.docx", "other.docx"), ("--ignore", "numbers")),
    ):
        assert redline("compare", *made_of, *told, "-o", "r.docx").exit_code == 0
        assert redline("verify", "r.docx", *made_of, *told).exit_code == 0
        assert redline("verify", "r.docx", *made_of).exit_code == 1


def test_validate_judges(folder: Path) -> None:
    redline("compare", "before.docx", "after.docx", "-o", "r.docx")
    kept = redline("validate", "r.docx")
    assert (kept.exit_code, kept.output) == (0, "Every rule of tracked changes is kept.\n")
    Path("broken.docx").write_bytes(_without_author(Path("r.docx").read_bytes()))
    broken = redline("validate", "broken.docx")
    assert broken.exit_code == 1
    what, where, *_ = broken.output.splitlines()
    assert what == "A revision has no author. (revision-author; 17.13.5, CT_TrackChange)"
    assert where.startswith("  word/document.xml /w:document/w:body/")
    assert "broken rule" in broken.output


def _without_author(docx: bytes) -> bytes:
    package = Package.open(docx)
    package.set_bytes(package.main, package.read(package.main).replace(b'w:author="Redline"', b""))
    return package.save()


def test_a_redline_that_is_not_right_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = type(verify(AFTER, AFTER, AFTER))(False, (Finding("accept", "body", "text", "text is lost"),))
    monkeypatch.setattr(compare, "verify", lambda *_, **__: bad)
    done = redline("compare", "before.docx", "after.docx", "-o", "r.docx", "--html", "r.html")
    assert done.exit_code == 1
    assert "nothing was written: text is lost" in done.output
    assert not Path("r.docx").exists()
    assert not Path("r.html").exists()


def test_a_pdf_that_cannot_be_made_is_said_before_anything_is_written(folder: Path) -> None:
    Path("odd.docx").write_bytes(docx(p("Text", ppr='<w:spacing w:line="abc"/>')))
    done = redline("compare", "before.docx", "odd.docx", "-o", "r.docx", "--pdf", "r.pdf")
    assert (done.exit_code, Path("r.docx").exists()) == (1, False)
    assert "cannot be laid out as a PDF; print the Word file" in done.output


COMPARE = ["compare", "before.docx"]
REFUSED: dict[str, tuple[list[str], str]] = {
    "missing file": ([*COMPARE, "nowhere.docx"], "There is no file nowhere.docx; check its name"),
    "folder": ([*COMPARE, "."], "is a folder; name a document"),
    "device": ([*COMPARE, "/dev/null"], "is not a file"),
    "no document": ([*COMPARE, "picture.docx"], "picture.docx: "),
    "empty file": ([*COMPARE, "empty.docx"], "empty.docx: The file is empty"),
    "output is an input": ([*COMPARE, "after.docx", "-o", "after.docx"], "is an input too"),
    "output is a folder": ([*COMPARE, "after.docx", "-o", "."], "is a folder; name a file"),
    "output in no folder": ([*COMPARE, "after.docx", "-o", "no/r.docx"], "there is no folder no"),
    "standard output": ([*COMPARE, "after.docx", "--json", "-"], "Outputs go into files"),
    "option as output": ([*COMPARE, "after.docx", "--html", "--pdf"], "--pdf is no name of a file"),
    "one file for two outputs": ([*COMPARE, "after.docx", "-o", "r", "--html", "./r"], "is given for two outputs"),
    "accept over itself": (["accept", "before.docx", "-o", "before.docx"], "is an input too"),
    "reject no document": (["reject", "picture.docx", "-o", "x.docx"], "picture.docx: "),
    "verify no document": (["verify", "picture.docx", "before.docx", "after.docx"], "picture.docx: "),
    "status without data": (["status", "--root", "empty"], "start one with: redline up --root empty"),
    "audit without data": (["audit", "--root", "empty"], "start one with: redline up --root empty"),
    "a root with a space": (["status", "--root", "a b"], "start one with: redline up --root 'a b'"),
    "status of what is down": (["status", "--root", "down"], "start it with: redline up --root down"),
    "replay of what is down": (["replay", "--root", "down", "--all-failed"], "start it with: redline up --root down"),
    "audit of no document": (["audit", "--root", "down", "--document", "x.docx"], "nothing about x.docx"),
    "demo in a used folder": (["demo", "--root", "."], "is not empty"),
    "up in a file": (["up", "--root", "before.docx"], "is a file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_refused_in_a_sentence(folder: Path, case: str) -> None:
    Path("picture.docx").write_bytes(b"\x89PNG\r\n\x1a\n")
    Path("empty.docx").touch()
    state.prepare(Settings(root=Path("down")).layout)
    arguments, sentence = REFUSED[case]
    done = redline(*arguments)
    assert done.exit_code == 1, done.output
    assert sentence in done.output
    assert done.output.startswith("redline: ")
    assert done.output.count("\n") == 1


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("REDLINE_COMPARE_DEADLINE", "soon", "The variable REDLINE_COMPARE_DEADLINE cannot be used; "),
        ("REDLINE_TENANT", "A b", "The variable REDLINE_TENANT cannot be used; "),
    ],
)
def test_a_variable_that_makes_no_sense_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)
    done = redline("up", "--root", "new")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert sentence in done.output


def test_a_key_that_others_may_read_is_refused_in_a_sentence(trail: Trail) -> None:
    Settings(root=trail.root).layout.document_key.chmod(0o644)
    done = redline("audit", "--root", "root")
    assert done.exit_code == 1
    assert "chmod 600" in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["compare", "one"],
        ["accept", "x"],
        ["replay", "--root", "."],
        ["compare", "a", "b", "--date", "x"],
        ["compare", "a", "b", "--author", " "],
        ["compare", "a", "b", "--author", "A\nB"],
        ["compare", "a", "b", "--deadline", "0"],
        ["compare", "a", "b", "--ignore", "everything"],
        ["compare", "a", "b", "--existing", "maybe"],
    ],
    ids=str,
)
def test_misuse_has_a_status_of_its_own(folder: Path, arguments: list[str]) -> None:
    assert redline(*arguments).exit_code == 2


@pytest.mark.parametrize("name", cli.main.list_commands(None))  # type: ignore[arg-type]
def test_every_command_explains_itself(name: str) -> None:
    done = redline(name, "--help")
    assert done.exit_code == 0
    assert "Example" in done.output


def test_the_output_has_the_rights_that_the_user_gives_files(folder: Path) -> None:
    before = os.umask(0o027)
    try:
        redline("accept", "before.docx", "-o", "x.docx")
    finally:
        os.umask(before)
    assert Path("x.docx").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0042, "4 ms"), (0.999, "999 ms"), (1.25, "1.2 s"), (90, "1 min 30 s"), (7260, "2 h 1 min")]
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_an_output_that_cannot_be_written_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    done = redline("accept", "before.docx", "-o", "x.docx")
    assert done.exit_code == 1
    assert done.output == "redline: x.docx cannot be written: no space left on device.\n"
    assert {path.name for path in folder.iterdir()} == {"before.docx", "after.docx"}


def test_commands_on_files_load_no_pipeline() -> None:
    told = "from runtime.cli import main\ntry: main(['compare', '--help'])\nfinally: print([*sys.modules])"
    done = subprocess.run([sys.executable, "-c", f"import sys\n{told}"], capture_output=True, text=True, check=True)
    loaded = done.stdout.rpartition("[")[2]
    assert "'runtime.commands.compare'" in loaded
    assert not [name for name in ("redis", "flask", "runtime.composition") if f"'{name}'" in loaded]
