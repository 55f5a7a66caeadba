"""The pipeline with its search index in Elasticsearch, as its settings say; on a contract stub (docs/search.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from backends.bus.valkey import EmbeddedValkey
from backends.errors import BackendUnavailable
from runtime import composition
from runtime.cli import main
from runtime.metrics import REGISTRY
from runtime.settings import Settings, in_force
from schemas.custody import ErasureRequested
from tests.emulators.elasticsearch import API_KEY, Elasticsearch
from tests.functions.test_chain import run_chain
from tests.functions.test_erase import ask
from tests.functions.world import World, docx

NAME = "contracts/lease.docx"
TEXTS = ("The rent is due monthly.", "The rent is due weekly.")


@pytest.fixture
def world(
    tmp_path: Path, valkey: EmbeddedValkey, elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    variables = {
        "REDLINE_ROOT": str(tmp_path / "root"),
        "REDLINE_REDIS_URL": valkey.url,
        "REDLINE_ACTOR": "somebody",
        "REDLINE_ELASTICSEARCH_URL": elasticsearch_url,
        "REDLINE_ELASTICSEARCH_API_KEY": API_KEY,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    composition.services_of_process.cache_clear()
    made = World(composition.services())
    for text in TEXTS:
        made.post("normalize", made.upload(NAME, docx(text)))
        run_chain(made, Random(1))
    yield made
    composition.services_of_process.cache_clear()


def found(*words: str) -> list[dict[str, object]]:
    done = CliRunner().invoke(main, ["search", "--json", *words])
    assert done.exit_code == 0, done.output
    hits: list[dict[str, object]] = json.loads(done.output)["hits"]
    return hits


def test_documents_and_redlines_are_found_by_the_command(world: World) -> None:
    assert {hit["path"] for hit in found("rent", "weekly")} == {NAME}
    assert [hit["kind"] for hit in found("kind:replacement", "weekly")] == ["replacement"]
    assert found("kind:document", "monthly") == []
    assert not world.services.settings.layout.search.exists()


def test_a_lost_index_is_built_anew_by_the_command(world: World, elasticsearch_cluster: Elasticsearch) -> None:
    before = found("rent")
    elasticsearch_cluster.indices.clear()
    elasticsearch_cluster.aliases.clear()
    assert found("rent") == []
    assert CliRunner().invoke(main, ["reindex"]).exit_code == 0
    assert found("rent") == before


def test_what_is_erased_is_found_no_more(world: World) -> None:
    ask(world, ErasureRequested, NAME)
    assert found("rent") == []


def test_while_it_is_away_the_event_waits_and_search_says_so(
    world: World, elasticsearch_cluster: Elasticsearch
) -> None:
    [fact, *_] = [each for each in world.services.audit.rows() if each.event_type.endswith("normalized.v1")]
    elasticsearch_cluster.refusing = 503
    with pytest.raises(BackendUnavailable):
        world.services.search.versions(fact.document_id)
    refused = CliRunner().invoke(main, ["search", "rent"])
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert "Elasticsearch cannot work now" in refused.output


def test_its_breaker_is_a_metric_and_its_key_is_shown_nowhere(world: World) -> None:
    labels = {"server_address": "elasticsearch", "redline_breaker_state": "closed"}
    assert REGISTRY.get_sample_value("redline_dependency_breakers", labels) == 1
    shown = {each.variable: each.value for each in in_force(Settings())}
    assert shown["REDLINE_ELASTICSEARCH_API_KEY"] == "**********"
    assert API_KEY not in CliRunner().invoke(main, ["config"]).output
