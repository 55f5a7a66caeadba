"""Tracked inputs, the options, other formats, the deadline, and what cannot be tracked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from redline.comparer.compare import Redline, compare
from redline.ooxml import W
from redline.options import CompareOptions
from redline.resolver.resolve import accept, reject
from redline.validator.validate import validate
from redline.verifier.verify import verify

from .builders import docx, p, r, tbl, tr
from .judging import AUTHOR, DATE, deleted, inserted, redlined, revisions, root, texts

MARK = 'w:id="5" w:author="Old Hand" w:date="2020-01-01T00:00:00Z"'


def valid(before: bytes, after: bytes, deadline: float | None = None, **options: Any) -> Redline:
    """The redline, right and valid, whatever the inputs are."""
    settings = CompareOptions(date=DATE, **options)
    redline = compare(before, after, settings, deadline=deadline)
    assert verify(redline.docx, before, after, options=settings).ok
    assert validate(redline.docx) == []
    return redline


def tracked(old: str, new: str, rest: str) -> str:
    gone = f"<w:del {MARK}><w:r><w:delText>{old}</w:delText></w:r></w:del>"
    return p("The fee is ", gone, f"<w:ins {MARK}>{r(new)}</w:ins>", r(rest))


@pytest.mark.parametrize(
    ("how", "gone", "come"),
    [("accept", ["later"], ["soon"]), ("reject", ["later"], ["soon"])],
)
def test_revisions_of_the_inputs_are_settled_first(how: str, gone: list[str], come: list[str]) -> None:
    before, after = docx(tracked("90", "100", " due later")), docx(tracked("90", "100", " due soon"))
    document = valid(before, after, existing_revisions=how).docx
    assert (deleted(document), inserted(document)) == (gone, come)
    kept, lost = ("100", "90") if how == "accept" else ("90", "100")
    assert kept in texts(accept(document))[0]
    assert lost not in texts(accept(document))[0]
    assert verify(document, before, after, existing_revisions=how).ok  # type: ignore[arg-type]


def test_author_and_date_stand_on_every_revision() -> None:
    document = redlined(p("one") + tbl(tr("a", "b")), p("two") + tbl(tr("a", "b"), tr("c", "d"))).docx
    marks = list(root(document).iter(f"{W}ins", f"{W}del"))
    assert {m.get(f"{W}author") for m in marks} == {AUTHOR}
    assert {m.get(f"{W}date") for m in marks} == {"2026-01-02T03:04:05Z"}


def test_a_date_in_another_zone_is_written_in_utc() -> None:
    moment = datetime.fromisoformat("2026-01-02T03:04:05+02:00")
    assert moment.astimezone(UTC).hour == 1
    document = redlined(p("one"), p("two"), date=moment).docx
    assert {m.get(f"{W}date") for m in root(document).iter(f"{W}ins")} == {"2026-01-02T01:04:05Z"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"The fee is 100 euro.\n", b"The fee is 120 euro.\n", id="text"),
        pytest.param(b"# Fee\n\nThe fee is **100** euro.\n", b"# Fee\n\nThe fee is **120** euro.\n", id="markdown"),
    ],
)
def test_other_formats(before: bytes, after: bytes) -> None:
    document = valid(before, after).docx
    assert (deleted(document), inserted(document)) == (["100"], ["120"])


def test_a_deadline_gives_a_coarser_redline_that_is_right() -> None:
    before, after = (
        docx("".join(p(f"{n} {word} clause of the agreement {n}") for n in range(400))) for word in ("old", "new")
    )
    result = valid(before, after, deadline=0.0)
    assert result.coverage.degraded
    assert texts(accept(result.docx)) == texts(after)
    assert texts(reject(result.docx)) == texts(before)


def test_a_redline_of_a_redline() -> None:
    first = redlined(p("one two three"), p("one three four")).docx
    document = valid(first, docx(p("one three five"))).docx
    assert (deleted(document), inserted(document)) == (["four"], ["five"])
    assert revisions(accept(document)) == {}
