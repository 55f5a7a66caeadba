"""What every search index keeps to."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from backends.search import IndexWriter, Query, RebuildRunning, Search, Term, TooManyWords
from schemas.search import Kind, SearchRecord
from tests.contract.doors import Door
from tests.contract.searchable import DOCUMENT, OTHER, START, change, marked, redline, version, words


def found(search: Search, text: str = "", *terms: Term, **more: Any) -> list[str]:
    """Keys of what is found, best first."""
    page = search.find(Query("default", (*words(text), *terms), **more), limit=100)
    assert page.total == len(page.hits)
    return [hit.record.key for hit in page.hits]


def everything(search: Search) -> list[str]:
    return sorted(found(search, all_versions=True))


def test_an_empty_index_has_nothing(search: Search) -> None:
    assert found(search, "word") == []
    assert search.versions(DOCUMENT) == {}


def test_a_version_is_found_by_its_words_as_soon_as_it_is_put(search: Search) -> None:
    search.put([version("The Supplier shall indemnify the Customer.")])
    (hit,) = search.find(Query("default", words("customer SUPPLIER"))).hits
    assert (hit.record.document_id, hit.record.generation, hit.record.standing) == (DOCUMENT, 1, "current")
    assert (hit.kind, hit.number, hit.score > 0) == (Kind.DOCUMENT, 0, True)
    assert found(search, "supplier absent") == []


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("Müller & Söhne, Straße 4", "MULLER", "Müller"),
        ("Muller, Strasse 4", "straße", "Strasse"),
        ("Résumé of the Ångström case", "angstrom", "Ångström"),
        ("Re\u0301sume\u0301", "résumé", "R\u00e9sum\u00e9"),
        ("Договор аренды", "ДОГОВОР", "Договор"),
        ("本合同条款自签署之日起生效。", "合同", "合同"),
        ("この契約書は有効です。データ", "契約", "契約"),
        ("データベース", "ベース", "ベース"),
        ("계약서를 검토한다", "계약서", "계약서"),
        ("สัญญาเช่าบ้าน", "เช่า", "เช่า"),
        ("an agree\u00adment", "agreement", "agreement"),
        ("clause 4.2(a)", "4.2", "4.2"),
        ("co-operation", "co-operation", "co-operation"),
    ],
)
def test_letters_are_found_whatever_their_case_accents_or_script(
    search: Search, text: str, query: str, shown: str
) -> None:
    search.put([version("Something else."), version(text, generation=2, document_id=OTHER)])
    page = search.find(Query("default", (Term(query),)))
    assert [hit.record.document_id for hit in page.hits] == [OTHER]
    assert marked(page) == [shown]


@pytest.mark.parametrize(
    ("term", "hit"),
    [
        (Term("terminate this agreement"), True),
        (Term("this terminate"), False),
        (Term("agreement the"), False),
        (Term("termin", prefix=True), True),
        (Term("terminates", prefix=True), False),
        (Term("may term", prefix=True), True),
        (Term("party term", prefix=True), False),
        (Term("TÉRM", prefix=True), True),
        (Term("合", prefix=True), True),
        (Term("absent", excluded=True), True),
        (Term("party may", excluded=True), False),
    ],
)
def test_phrases_prefixes_and_exclusions(search: Search, term: Term, hit: bool) -> None:
    search.put([version("Either party may terminate this agreement.", "The end. 合同")])
    assert bool(found(search, "party", term)) is hit


def test_a_change_is_found_by_its_kind(search: Search) -> None:
    kinds = [kind for kind in Kind if kind is not Kind.DOCUMENT]
    search.put([redline(*(change(kind, "a penalty", number=n) for n, kind in enumerate(kinds, 1))), version("penalty")])
    for number, kind in enumerate(kinds, 1):
        (hit,) = search.find(Query("default", words("penalty"), kinds=frozenset({kind}))).hits
        assert (hit.kind, hit.number, hit.record.before_generation) == (kind, number, 1)
    two = frozenset({Kind.INSERTION, Kind.DOCUMENT})
    assert {hit.kind for hit in search.find(Query("default", words("penalty"), kinds=two)).hits} == two


def test_a_replacement_is_found_by_what_was_and_by_what_is(search: Search) -> None:
    search.put([redline(change(Kind.REPLACEMENT, "12 percent", "18 percent", place="4.2 Interest"))])
    (hit,) = search.find(Query("default", words("12 18"))).hits
    assert hit.snippet.text == "12 percent \u2192 18 percent"
    assert hit.snippet.place == "4.2 Interest"
    assert found(search, "", Term("percent 18")) == []


def test_a_snippet_shows_the_paragraph_that_meets_most_and_the_heading_above_it(search: Search) -> None:
    long = f"{'before ' * 100}either party may terminate {'after ' * 100}"
    search.put([version("Agreement", "Party", "Term", long, headings=(0, 2))])
    (hit,) = search.find(Query("default", (*words("party"), Term("terminat", prefix=True)))).hits
    shown = hit.snippet
    assert [shown.text[a:b] for a, b in shown.highlights] == ["party", "terminate"]
    assert shown.place == "Term"
    assert shown.text.startswith("…before ")
    assert shown.text.endswith("…")
    assert len(shown.text) < 220


def test_only_what_is_current_is_found_unless_all_is_asked_for(search: Search) -> None:
    past, now = version("the fee", generation=1, standing="past"), version("the fee", generation=2)
    gone = redline(change(Kind.INSERTION, "fee"), after=3, standing="superseded")
    search.put([past, now, gone])
    assert found(search, "fee") == [now.key]
    assert everything(search) == sorted([past.key, now.key, gone.key])


def test_a_document_and_a_time_narrow_the_search(search: Search) -> None:
    search.put([version("fee", generation=n, document_id=f"{n}" * 32) for n in (1, 2, 3)])
    assert found(search, "fee", document_id="2" * 32) == [f"{'2' * 32}#2"]
    day = timedelta(days=1)
    assert found(search, since=START + 2 * day) == [f"{'3' * 32}#3", f"{'2' * 32}#2"]
    assert found(search, "fee", since=START + day, until=START + 2 * day) == [f"{'1' * 32}#1"]
    assert found(search, until=START - 9000 * 9 * day) == []


def test_one_tenant_finds_nothing_of_another(search: Search) -> None:
    search.put([version("secret", tenant="other")])
    assert found(search, "secret") == []
    assert search.find(Query("other", words("secret"))).total == 1


def test_pages_hold_every_hit_once(search: Search) -> None:
    search.put([version("fee " * (n + 1), generation=n, document_id=f"{n:032x}") for n in range(25)])
    for query in (Query("default", words("fee")), Query("default")):
        pages = [search.find(query, offset=offset, limit=10) for offset in (0, 10, 20, 30, 10**12)]
        assert {page.total for page in pages} == {25}
        assert [len(page.hits) for page in pages] == [10, 10, 5, 0, 0]
        assert len({hit.record.key for page in pages for hit in page.hits}) == 25


def test_the_highest_version_of_a_record_stays_in_whatever_order_it_comes(search: Search) -> None:
    states = [version("first words"), version("last words", standing="past")]
    for order in itertools.permutations([*states, states[0]]):
        for record in order:
            search.put([record])
        assert search.versions(DOCUMENT) == {f"{DOCUMENT}#1": 1}
        assert found(search, "words") == []
        assert found(search, "last", all_versions=True) == [f"{DOCUMENT}#1"]
        assert found(search, "first", all_versions=True) == []
    search.put([states[0], states[1], states[0]])
    assert everything(search) == [f"{DOCUMENT}#1"]


def test_a_record_without_entries_is_known(search: Search) -> None:
    record = version("gone").model_copy(update={"entries": (), "version": 1})
    search.put([version("gone"), record])
    assert search.versions(DOCUMENT) == {record.key: 1}
    assert everything(search) == []


def test_a_removal_takes_the_versions_and_the_redlines_on_either_side(search: Search) -> None:
    texts = [version("fee", generation=n) for n in (1, 2, 3)]
    stay = redline(change(Kind.INSERTION, "fee"), before=3, after=4)
    across = redline(change(Kind.INSERTION, "fee"), before=2, after=1, document_id=OTHER)
    other = version("fee", generation=1, document_id=OTHER)
    search.put([*texts, redline(change(Kind.DELETION, "fee"), before=2, after=3), stay, across, other])
    search.remove(DOCUMENT, 2)
    assert everything(search) == sorted([texts[2].key, stay.key, other.key])
    assert set(search.versions(DOCUMENT)) == {texts[2].key, stay.key}
    search.put([texts[1]])
    assert texts[1].key in everything(search)
    search.remove("f" * 32, 2**62)


def test_writers_at_the_same_time_lose_nothing(door: Door) -> None:
    def write(writer: int) -> None:
        index = door.search()
        for number in range(10):
            index.put([version("fee", generation=number, document_id=f"{writer}" * 32)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert len(everything(door.search())) == 40


def test_threads_share_one_index(search: Search) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: search.put([version("fee", document_id=f"{n:032x}")]), range(40)))
    assert len(everything(search)) == 40


class TestRebuild:
    def test_the_new_index_holds_what_it_was_filled_with(self, search: Search, door: Door) -> None:
        search.put([version("old")])
        search.rebuild(lambda index: index.put([version("new", document_id=OTHER)]))
        for each in (search, door.search()):
            assert everything(each) == [f"{OTHER}#1"]

    def test_what_is_put_meanwhile_is_not_lost(self, search: Search, door: Door) -> None:
        truth = [version("fee")]

        def fill(index: IndexWriter) -> None:
            read = list(truth)
            if len(truth) == 1:
                self.put_beside(door.search(), truth, version("fee", document_id=OTHER))
            index.put(read)

        search.rebuild(fill)
        assert everything(door.search()) == [f"{DOCUMENT}#1", f"{OTHER}#1"]
        door.search().put([version("fee", generation=2)])
        assert len(everything(search)) == 3

    def put_beside(self, beside: Search, truth: list[SearchRecord], record: SearchRecord) -> None:
        truth.append(record)
        beside.put([record])
        assert len(everything(beside)) == 1  # found at once, while another index is filled

    def test_a_rebuild_that_fails_changes_nothing(self, search: Search) -> None:
        def fill(index: IndexWriter) -> None:
            index.put([version("half", document_id=OTHER)])
            raise InterruptedError

        search.put([version("fee")])
        with pytest.raises(InterruptedError):
            search.rebuild(fill)
        assert everything(search) == [f"{DOCUMENT}#1"]

    def test_two_at_a_time_are_refused(self, search: Search, door: Door) -> None:
        def fill(index: IndexWriter) -> None:
            with pytest.raises(RebuildRunning):
                door.search().rebuild(lambda index: None)

        search.rebuild(fill)


def test_a_beginning_that_very_many_words_have_is_found_or_refused(search: Search) -> None:
    search.put([version(" ".join(f"the w{n:06}" for n in range(20_000)))])
    assert found(search, "", Term("w", prefix=True)) == [f"{DOCUMENT}#1"]
    with pytest.raises(TooManyWords):
        found(search, "", Term("the w", prefix=True))


def test_what_is_left_after_removals_is_the_same_when_they_are_expunged(search: Search) -> None:
    def told() -> tuple[object, ...]:
        hits = search.find(Query("default", all_versions=True)).hits
        return sorted(hits, key=repr), search.versions(DOCUMENT), search.versions(OTHER)

    search.expunge()
    changes = (change(Kind.INSERTION, "four", number=2), change(Kind.MOVE, "five"))
    search.put([version("One two.", generation=number) for number in (1, 2, 3)])
    search.put([version("Three.", document_id=OTHER), redline(*changes, before=3, after=4)])
    search.remove(DOCUMENT, 2)
    before = told()
    search.expunge()
    assert told() == before
    search.put([version("Six.", generation=5)])
    assert found(search, "six") != []
