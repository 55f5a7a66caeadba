from __future__ import annotations

from random import Random

import pytest

from backends.search import Hit, Query, Term
from events.delivery import to_event
from events.envelope import Event
from events.routing import SUBSCRIPTIONS
from functions.index import contents
from redline import Paragraph, read_text
from schemas.custody import DocumentErased, ErasureRequested
from schemas.search import Kind
from tests.functions.test_erase import ask
from tests.functions.world import World, docx

NAME = "contracts/lease.docx"
Entry = tuple[str, str, str, int, int, str]


def hits(world: World, *words: str, kind: str = "", all_versions: bool = False) -> tuple[Hit, ...]:
    kinds = frozenset({Kind(kind)} if kind else ())
    query = Query("default", tuple(Term(word) for word in words), kinds, all_versions=all_versions)
    return world.services.search.find(query, limit=1000).hits


def entries(world: World) -> set[Entry]:
    """All that is in the index."""
    return {
        (hit.record.key, hit.record.standing, hit.kind, hit.number, hit.record.version, hit.snippet.text)
        for hit in hits(world, all_versions=True)
    }


def run_chain(world: World, *uploads: Event) -> list[Event]:
    """Have everything done but the indexing; the facts that the index is told of, in their order."""
    for upload in uploads:
        assert world.post("normalize", upload) == 200
    facts: list[Event] = []
    while waiting := [(each, delivery) for each in SUBSCRIPTIONS for delivery in world.pull(each.name)]:
        for subscription, delivery in waiting:
            event = to_event(delivery.message)
            if subscription.function == "index":
                facts.append(event)
            else:
                assert world.post(subscription.function, event) == 200
    return facts


def index(world: World, *facts: Event) -> None:
    for fact in facts:
        assert world.run("index", fact) == []


def test_two_versions_and_their_redline_are_found(world: World) -> None:
    texts = ("The rent is due monthly.\nThe end.", "The rent is due weekly.\nA penalty applies.\nThe end.")
    index(world, *run_chain(world, *(world.upload(NAME, docx(text)) for text in texts)))
    newest = world.record(NAME).versions[-1].generation
    assert [hit.record.generation for hit in hits(world, "rent", kind="document")] == [newest]
    assert hits(world, "monthly", kind="document") == ()
    assert len(hits(world, "monthly", kind="document", all_versions=True)) == 1
    (inserted,) = hits(world, "penalty", kind="insertion")
    assert (inserted.record.generation, inserted.snippet.text) == (newest, "A penalty applies.")
    (replaced,) = hits(world, "monthly")
    assert (replaced.kind, replaced.snippet.text) == (Kind.REPLACEMENT, "monthly \u2192 weekly")


def test_a_redline_stays_current_when_the_document_is_saved_again_unchanged(world: World) -> None:
    index(world, *run_chain(world, *(world.upload(NAME, docx(text)) for text in ("one", "one two", "one two"))))
    assert len(hits(world, "two", kind="document")) == 1
    assert len(hits(world, "two", kind="insertion")) == 1


def test_a_deleted_document_is_found_among_all_versions_only(world: World) -> None:
    uploads = [world.upload(NAME, docx(text)) for text in ("one", "one two")]
    index(world, *run_chain(world, *uploads, world.delete(NAME)))
    assert hits(world, "one") == hits(world, "two") == ()
    assert len(hits(world, "one", all_versions=True)) == 2


def test_a_late_version_supersedes_a_redline(world: World) -> None:
    first, second, third = (world.upload(NAME, docx(text)) for text in ("one", "one two", "one two three"))
    index(world, *run_chain(world, first, third))
    assert [hit.snippet.text.strip() for hit in hits(world, kind="insertion")] == ["two three"]
    index(world, *run_chain(world, second))
    assert [hit.snippet.text.strip() for hit in hits(world, kind="insertion")] == ["three"]
    everything = hits(world, kind="insertion", all_versions=True)
    assert sorted((hit.record.standing, hit.snippet.text.strip()) for hit in everything) == [
        ("current", "three"),
        ("past", "two"),
        ("superseded", "two three"),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_the_index_is_the_same_whatever_the_order_and_the_number_of_deliveries(world: World, seed: int) -> None:
    chance = Random(seed)
    texts = ("one", "one two", "one two", "four five", "four six")
    uploads = [world.upload(name, docx(text)) for name in (NAME, "b.docx") for text in texts]
    chance.shuffle(uploads)
    facts = run_chain(world, *uploads)
    facts += run_chain(world, world.delete("b.docx"))
    index(world, *facts)
    wanted = entries(world)
    assert {entry[1] for entry in wanted} >= {"current", "past"}
    for name in (NAME, "b.docx"):
        world.services.search.remove(world.document_id(name), 2**62)
    assert entries(world) == set()
    twice = [*facts, *facts]
    chance.shuffle(twice)
    for fact in twice:
        world.forget_marks()
        index(world, fact)
    assert entries(world) == wanted


def test_any_one_fact_brings_all_of_the_document_up_to_date(world: World) -> None:
    uploads = [world.upload(NAME, docx(text)) for text in ("one", "one two", "one two three")]
    facts = [fact for each in (0, 2, 1) for fact in run_chain(world, uploads[each])]
    index(world, *facts)
    wanted = entries(world)
    for fact in facts:
        world.services.search.remove(world.document_id(NAME), 2**62)
        world.forget_marks()
        index(world, fact)
        assert entries(world) == wanted


def test_an_erased_document_is_gone_and_facts_that_come_late_do_not_bring_it_back(world: World) -> None:
    facts = run_chain(world, *(world.upload(NAME, docx(text)) for text in ("one", "one two")))
    index(world, *facts)
    said = ask(world, ErasureRequested, NAME)
    assert isinstance(said, DocumentErased)
    assert hits(world, all_versions=True) == ()
    world.forget_marks()
    index(world, *facts)
    assert world.services.search.versions(world.document_id(NAME)) == {}
    index(world, *run_chain(world, world.upload(NAME, docx("anew"))))
    assert [hit.snippet.text for hit in hits(world, all_versions=True)] == ["anew"]


def test_what_is_erased_while_it_is_read_is_taken_out_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = run_chain(world, *(world.upload(NAME, docx(text)) for text in ("one", "one two")))

    def read_late(docx: bytes) -> tuple[Paragraph, ...]:
        monkeypatch.undo()
        assert isinstance(ask(world, ErasureRequested, NAME), DocumentErased)
        return read_text(docx)

    monkeypatch.setattr(contents, "read_text", read_late)
    index(world, facts[0])
    assert world.services.search.versions(world.document_id(NAME)) == {}


def test_a_damaged_object_is_known_but_not_found_and_the_event_is_done(world: World) -> None:
    facts = run_chain(world, world.upload(NAME, docx("one")))
    (kept,) = world.services.settings.layout.blobs.glob("buckets/normalized/**/*.data")
    kept.write_bytes(b"damaged")
    index(world, *facts)
    assert hits(world, all_versions=True) == ()
    assert len(world.services.search.versions(world.document_id(NAME))) == 1
