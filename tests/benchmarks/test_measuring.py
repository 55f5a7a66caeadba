"""What is measured is the real work, and what is printed is what was measured; how long it took is not judged here."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.console import Console

from benchmarks import chain, engine
from benchmarks.__main__ import benchmarks
from benchmarks.chain import Timing
from benchmarks.corpus import LARGE, SMALL, Pair, real_pairs, twenty_words
from benchmarks.floor import floor
from benchmarks.measure import Measurement, in_fresh_process
from benchmarks.profiling import profile
from redline.opc.package import Package

MEASUREMENT = Measurement(
    name="pair",
    words=1_000,
    floor_ms=2.0,
    compare_ms=5.0,
    verify_ms=2.5,
    compare_mb=80.0,
    verify_mb=90.0,
    verified=True,
    revisions=12,
    characters=345,
)


def test_the_floor_writes_the_after_document_again() -> None:
    pair = twenty_words()
    written, after = Package.open(floor(pair.before, pair.after)), Package.open(pair.after)
    assert written.names == after.names
    assert written.tree(written.main).xpath("string()") == after.tree(after.main).xpath("string()")


def test_pairs_are_measured_in_order_in_a_process_of_their_own() -> None:
    pair = twenty_words()
    swapped = Pair("swapped", pair.after, pair.before, 20)
    first, second = in_fresh_process([pair, swapped], runs=1)
    assert (first.name, second.name) == ("20-words", "swapped")
    assert first.verified
    assert second.verified
    assert first.revisions == second.revisions == 2
    assert 0 < first.compare_mb <= first.verify_mb
    assert min(first.floor_ms, first.compare_ms, first.verify_ms) > 0


def test_a_pair_that_cannot_be_compared_is_named() -> None:
    with pytest.raises(RuntimeError, match="broken pair"):
        list(in_fresh_process([Pair("broken pair", b"not a document", b"\x00")], runs=1))


def test_ratios() -> None:
    assert MEASUREMENT.ratio == 2.5
    assert MEASUREMENT.verify_share == 0.5


def test_the_table_shows_the_figures() -> None:
    text = StringIO()
    engine.show("Title", [MEASUREMENT], Console(file=text, width=200))
    for figure in ("1,000", "2.0", "5.0", "2.5", "50%", "80", "90", "12", "345", "yes"):
        assert figure in text.getvalue()


def test_a_chain_timing_tells_what_is_added() -> None:
    timing = Timing(start=900.0, drops=tuple(map(float, range(100, 201))), compare=20.0, verify=10.0, outputs=5.0)
    assert (timing.median, timing.p95, timing.added) == (150.0, 195.0, 115.0)


def test_a_profile_names_functions_of_the_engine() -> None:
    assert "function calls" in profile(twenty_words(), what="compare", order="tottime", top=5)


def test_the_command_prints_json() -> None:
    result = CliRunner().invoke(benchmarks, ["scale", "20-words", "--runs", "1", "--json"])
    assert result.exit_code == 0, result.output
    (figures,) = json.loads(result.stdout)
    assert figures["name"] == "20-words"
    assert figures["ratio"] == figures["compare_ms"] / figures["floor_ms"]


def test_without_a_command_everything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def in_fresh_process(pairs: list[Pair], runs: int) -> list[Measurement]:
        asked.extend(pair.name for pair in pairs)
        return [MEASUREMENT for _ in pairs]

    def run(versions: int) -> Timing:
        asked.append("chain")
        return Timing(start=900.0, drops=(100.0,) * (versions - 1), compare=20.0, verify=10.0, outputs=5.0)

    monkeypatch.setattr(engine, "in_fresh_process", in_fresh_process)
    monkeypatch.setattr(chain, "run", run)
    result = CliRunner().invoke(benchmarks, env={"REDLINE_CORPUS": "/nonexistent", "COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert asked == [*SMALL, *LARGE, "chain"]
    assert "30 drops" in result.output


def test_no_corpus_means_no_real_pairs(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert list(real_pairs(tmp_path_factory.mktemp("empty"), "pairs")) == []
