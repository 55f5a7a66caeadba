import pytest

from redline.changelist.changes import survey
from redline.opc.package import Package
from runtime.demo import contract, documents
from runtime.demo.contract import build, negotiated, source


def text(docx: bytes) -> str:
    package = Package.open(docx)
    return "\n".join(
        "".join(str(piece) for piece in paragraph.itertext("{*}t"))
        for paragraph in package.tree(package.main).iter("{*}p")
    )


def test_the_two_versions_are_the_same_bytes_every_time() -> None:
    assert documents() == documents()


def test_they_are_plain_documents_of_a_real_length_without_revisions() -> None:
    for docx in documents():
        found = survey(Package.open(docx))
        assert found.changes == ()
        assert 3_500 < found.words_after < 4_500


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("an initial period of three years", "an initial period of five years", id="a period"),
        pytest.param("shall not exceed EUR 2,000,000", "shall not exceed EUR 5,000,000", id="an amount"),
        pytest.param("Exclusivity", "Project manager", id="a clause deleted, a row added"),
        pytest.param("may use feedback", "within four hours of becoming aware", id="a sub-clause inserted"),
    ],
)
def test_the_negotiation_left_its_traces(before: str, after: str) -> None:
    old, new = (text(docx) for docx in documents())
    assert after in new
    assert after not in old
    assert before not in new


def test_the_moved_clause_is_in_both_versions_at_different_places() -> None:
    moved = "neither party shall solicit the employees"
    old, new = (text(docx) for docx in documents())
    assert old.index(moved) < old.index("Limitation of liability")
    assert new.index(moved) > new.index("Limitation of liability")


def test_header_footer_and_notes_are_there() -> None:
    package = Package.open(documents()[1])
    assert [len(package.related(package.main, kind)) for kind in ("header", "footer", "footnotes")] == [1, 1, 1]
    header = package.tree(package.related(package.main, "header")[0])
    assert "Draft 2 of 27 March 2026" in "".join(str(piece) for piece in header.itertext())
    notes = package.tree(package.related(package.main, "footnotes")[0])
    assert len(notes) == 4


def test_an_edit_without_its_place_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "REPLACEMENTS", (("no such words", "others"),))
    with pytest.raises(ValueError, match="one place, not 0"):
        negotiated(source())


def test_a_table_at_the_end_is_not_lost() -> None:
    assert "only cell" in text(build(["|!50,50 Name | Value", "| only cell | 1"], "header"))
