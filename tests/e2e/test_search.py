"""Drop two versions, and find what the newest says and what came in with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.pipeline import Pipeline, contract, eventually, run


def hits(pipeline: Pipeline, *words: str) -> list[dict[str, Any]]:
    done = run("search", "--root", pipeline.layout.root, "--json", *words)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["hits"]
    return found


def kinds(found: list[dict[str, Any]]) -> set[tuple[str, int, str]]:
    return {(hit["kind"], hit["generation"], hit["snippet"]) for hit in found}


def test_the_newest_version_is_found_and_what_was_inserted_also_after_a_rebuild_and_a_stop(tmp_path: Path) -> None:
    with Pipeline(tmp_path / "root") as pipeline:
        pipeline.drop("lease.docx", contract("The tenant keeps a dog."))
        (first,) = eventually(lambda: hits(pipeline, "dog"), "the first version is found")
        pipeline.drop("lease.docx", contract("The tenant keeps a heron."))
        eventually(lambda: hits(pipeline, "kind:replacement", "heron"), "the change is found")
        assert {hit["kind"] for hit in hits(pipeline, "dog")} == {"replacement"}
        assert {hit["kind"] for hit in hits(pipeline, "heron")} == {"document", "replacement"}
        assert first["generation"] in {hit["generation"] for hit in hits(pipeline, "--all-versions", "dog")}
        pipeline.drop("lease.docx", contract("The tenant keeps a heron.", "The landlord pays."))
        eventually(lambda: hits(pipeline, "kind:insertion", '"landlord pays"'), "the insertion is found")
        wanted = kinds(hits(pipeline, "--all-versions", "--per-page", "100", "document:lease.docx"))
        done = run("reindex", "--root", pipeline.layout.root)
        assert done.stdout.startswith("1 document with 5 versions and redlines indexed"), done.stderr
        assert kinds(hits(pipeline, "--all-versions", "--per-page", "100", "document:lease.docx")) == wanted
    assert kinds(hits(pipeline, "--all-versions", "--per-page", "100", "document:lease.docx")) == wanted
