"""The search index on Elasticsearch: what only versions, refreshes, leases and the way to a server can get wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from backends.errors import BackendUnavailable
from backends.guard import Guard
from backends.search import IndexWriter, Query, RebuildRunning, Term, elasticsearch_index
from backends.search.elasticsearch import ElasticsearchSearch, connect
from backends.search.elasticsearch_index import RecordRefused
from schemas.search import Kind, SearchRecord
from tests.contract.searchable import DOCUMENT, OTHER, change, redline, version, words
from tests.emulators import elasticsearch as stub
from tests.emulators.elasticsearch import API_KEY, Document, Elasticsearch, serving

NAME = "redline-search-test"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def search(elasticsearch_url: str, clock: Clock) -> ElasticsearchSearch:
    return door(elasticsearch_url, clock)


def door(url: str, clock: Callable[[], datetime], api_key: str = API_KEY) -> ElasticsearchSearch:
    return ElasticsearchSearch(connect(url, api_key=api_key), NAME, clock, guard=Guard("elasticsearch"))


def documents(cluster: Elasticsearch) -> dict[str, Document]:
    return cluster.indices[cluster.aliases[NAME]].documents


def keys(search: ElasticsearchSearch, text: str = "") -> list[str]:
    hits = search.find(Query("default", words(text), all_versions=True), limit=100).hits
    return sorted(hit.record.key for hit in hits)


def penalties(count: int, *, standing: str = "current") -> SearchRecord:
    changes = (change(Kind.INSERTION, "penalty", number=number) for number in range(1, count + 1))
    return redline(*changes, standing=standing)


class TestVersions:
    def test_a_record_of_which_the_end_was_not_written_is_not_known_and_written_again(
        self, search: ElasticsearchSearch, elasticsearch_cluster: Elasticsearch
    ) -> None:
        record = penalties(3)
        search.put([record])
        documents(elasticsearch_cluster).pop(record.key)
        elasticsearch_cluster.indices[f"{NAME}-000001"].refresh()
        assert search.versions(DOCUMENT) == {}
        search.put([record])
        assert search.versions(DOCUMENT) == {record.key: 0}
        assert keys(search, "penalty") == [record.key] * 3

    def test_entries_that_the_next_state_lacks_go(
        self, search: ElasticsearchSearch, elasticsearch_cluster: Elasticsearch
    ) -> None:
        search.put([penalties(5)])
        search.put([penalties(2, standing="past")])
        assert len(keys(search)) == 2
        assert len(documents(elasticsearch_cluster)) == 3

    def test_a_late_writer_takes_its_own_entries_back(self, search: ElasticsearchSearch) -> None:
        search.put([penalties(2, standing="past")])
        search.put([penalties(5)])
        assert len(keys(search)) == 2
        assert search.versions(DOCUMENT) == {penalties(1).key: 1}

    def test_what_a_late_writer_left_behind_when_it_was_killed_is_noticed(
        self, search: ElasticsearchSearch, elasticsearch_cluster: Elasticsearch
    ) -> None:
        now, late = penalties(1, standing="past"), penalties(3)
        search.put([late])
        left = documents(elasticsearch_cluster)[f"{late.key}/2"]
        search.put([now])
        documents(elasticsearch_cluster)[f"{late.key}/2"] = left
        elasticsearch_cluster.indices[f"{NAME}-000001"].refresh()
        assert search.versions(DOCUMENT) == {}
        search.put([now])
        assert search.versions(DOCUMENT) == {now.key: 1}
        assert len(keys(search)) == 1

    def test_records_of_more_keys_than_one_answer_holds_are_all_known(self, search: ElasticsearchSearch) -> None:
        records = [version("fee", generation=number) for number in range(2100)]
        search.put(records)
        assert search.versions(DOCUMENT) == {record.key: 0 for record in records}


def test_pages_beyond_what_elasticsearch_counts_to_hold_every_hit_once(
    search: ElasticsearchSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elasticsearch_index, "_WINDOW", 100)
    monkeypatch.setattr(stub, "MOST_HITS", 100)
    search.put([penalties(250)])
    for query in (Query("default", words("penalty")), Query("default")):
        pages = [search.find(query, offset=offset, limit=20) for offset in (80, 100, 120, 240, 260)]
        assert [len(page.hits) for page in pages] == [20, 20, 20, 10, 0]
        assert {page.total for page in pages} == {250}
        assert sorted(hit.number for page in pages for hit in page.hits) == [*range(81, 141), *range(241, 251)]


def test_a_word_that_lucene_would_refuse_keeps_nothing_out_of_the_index(search: ElasticsearchSearch) -> None:
    search.put([version(f"fee {'a' * 100_000} due")])
    assert keys(search, "fee") == keys(search, "due") == [f"{DOCUMENT}#1"]


class TestAnotherRelease:
    def test_an_index_without_a_field_is_to_be_built_anew(
        self, search: ElasticsearchSearch, elasticsearch_cluster: Elasticsearch
    ) -> None:
        search.put([version("old")])
        del elasticsearch_cluster.indices[f"{NAME}-000001"].mapping.fields["headings"]
        with pytest.raises(BackendUnavailable, match="redline reindex"):
            search.put([version("fee", generation=2)])
        search.rebuild(lambda index: index.put([version("fee", generation=2)]))
        assert keys(search) == [f"{DOCUMENT}#2"]

    def test_a_record_that_can_never_be_taken_says_nothing_about_the_server(
        self, search: ElasticsearchSearch, elasticsearch_cluster: Elasticsearch
    ) -> None:
        search.put([version("old")])
        elasticsearch_cluster.indices[f"{NAME}-000001"].mapping.fields["headings"] = {"type": "keyword"}
        with pytest.raises(RecordRefused, match="document_parsing_exception"):
            search.put([version("fee", generation=2, headings=(0,))])


class TestAway:
    def test_a_server_that_is_gone_is_unavailable_and_rests_after_three_calls(self, clock: Clock) -> None:
        cluster = Elasticsearch()
        with serving(cluster) as url:
            search = door(url, clock)
            search.put([version("fee")])
        for _ in range(3):
            with pytest.raises(BackendUnavailable, match="cannot be reached: ConnectionError"):
                search.find(Query("default"))
        with pytest.raises(BackendUnavailable, match="rests"):
            search.put([version("fee")])

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_server_that_cannot_work_is_unavailable(
        self, search: ElasticsearchSearch, elasticsearch_cluster: Elasticsearch, status: int
    ) -> None:
        elasticsearch_cluster.refusing = status
        with pytest.raises(BackendUnavailable, match="cannot work now: stub_exception"):
            search.versions(DOCUMENT)

    def test_a_key_that_is_not_known_is_said(self, elasticsearch_url: str, clock: Clock) -> None:
        with pytest.raises(BackendUnavailable, match="API key"):
            door(elasticsearch_url, clock, api_key="d3Jvbmc=").put([version("Secret words")])

    def test_nothing_there_yet_is_no_failure_of_the_server(self, search: ElasticsearchSearch) -> None:
        for _ in range(5):
            assert search.find(Query("default")).total == 0


class TestRebuild:
    def kill(self, search: ElasticsearchSearch) -> None:
        """Leave behind what a killed rebuild does."""
        with pytest.MonkeyPatch.context() as killed:
            killed.setattr(search, "_clean_up", lambda name: None)
            with pytest.raises(InterruptedError):
                search.rebuild(self.interrupted)

    def interrupted(self, index: IndexWriter) -> None:
        index.put([version("half", document_id=OTHER)])
        raise InterruptedError

    def test_what_a_killed_one_left_is_in_the_way_for_a_while_only(
        self, search: ElasticsearchSearch, clock: Clock, elasticsearch_cluster: Elasticsearch
    ) -> None:
        search.put([version("fee")])
        self.kill(search)
        clock.now += timedelta(minutes=14)
        with pytest.raises(RebuildRunning):
            search.rebuild(lambda index: None)
        clock.now += timedelta(minutes=2)
        search.rebuild(lambda index: index.put([version("new", generation=2)]))
        assert keys(search) == [f"{DOCUMENT}#2"]
        assert list(elasticsearch_cluster.indices) == [f"{NAME}-000002"]
        search.rebuild(lambda index: index.put([version("new", generation=3)]))
        assert list(elasticsearch_cluster.indices) == [f"{NAME}-000003"]

    def test_one_that_takes_long_is_not_taken_for_killed(
        self, search: ElasticsearchSearch, clock: Clock, elasticsearch_url: str
    ) -> None:
        def fill(index: IndexWriter) -> None:
            for _ in range(3):
                clock.now += timedelta(minutes=10)
                index.versions(DOCUMENT)
                with pytest.raises(RebuildRunning):
                    door(elasticsearch_url, clock).rebuild(lambda index: None)

        search.rebuild(fill)

    def test_what_is_put_between_the_fillings_is_there_in_the_end(
        self, search: ElasticsearchSearch, elasticsearch_cluster: Elasticsearch
    ) -> None:
        truth: list[SearchRecord] = []

        def fill(index: IndexWriter) -> None:
            read = list(truth)
            truth.append(version("fee", generation=len(truth) + 1))
            search.put([truth[-1]])  # after we looked, as another process may
            index.put(read)

        search.rebuild(fill)
        assert keys(search) == [record.key for record in truth]
        assert len(truth) == 3


def test_other_pipelines_indices_are_left_alone(
    elasticsearch_url: str, clock: Clock, elasticsearch_cluster: Elasticsearch
) -> None:
    client = connect(elasticsearch_url, api_key=API_KEY)
    other = ElasticsearchSearch(client, f"{NAME}-other", clock, guard=Guard("elasticsearch"))
    other.put([version("other")])
    search = door(elasticsearch_url, clock)
    search.put([version("ours")])
    search.rebuild(lambda index: index.put([version("ours")]))
    assert keys(other, "other") == [f"{DOCUMENT}#1"]
    assert keys(search, "other") == []


def test_a_removal_has_the_words_cleaned_from_the_disk(
    search: ElasticsearchSearch, elasticsearch_cluster: Elasticsearch
) -> None:
    search.put([version("fee")])
    search.remove(DOCUMENT, 1)
    assert elasticsearch_cluster.requests[-1] == f"POST /{NAME}/_forcemerge"


@pytest.mark.parametrize(
    "query", [{"match": {"text": "a"}}, {"term": {"no_field": "a"}}, {"term": {"text": "a"}}, {"bool": {"mustnt": []}}]
)
def test_the_stub_refuses_what_it_does_not_know(elasticsearch_url: str, clock: Clock, query: dict[str, object]) -> None:
    search = door(elasticsearch_url, clock)
    search.put([version("fee")])
    with connect(elasticsearch_url, api_key=API_KEY) as client, pytest.raises(Exception, match="400"):
        client.search(index=NAME, query=query, size=1, track_total_hits=True)


def test_a_prefix_is_not_cut_short(search: ElasticsearchSearch) -> None:
    search.put([version(f"the w{number:04}", generation=number) for number in range(200)])
    assert search.find(Query("default", (Term("the w", prefix=True),)), limit=1).total == 200
