"""One source of names: what is generated from the routing table and sizes.yaml is current."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from events.routing import FUNCTIONS
from knative import generate


def test_generated_manifests_are_current() -> None:
    assert generate.drift(generate.generated(), generate.GENERATED) == []


def test_each_function_has_a_file() -> None:
    assert generate.generated().keys() == {f"{name}.yaml" for name in FUNCTIONS} | {"kustomization.yaml"}


def test_drift_is_seen_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "functions"
    shutil.copytree(generate.GENERATED, folder)
    (folder / "plan.yaml").write_text("stale")
    (folder / "gone.yaml").write_text("of a function that is no more")
    monkeypatch.setattr(generate, "GENERATED", folder)
    assert generate.main(["--check"]) == 1
    assert "functions/plan.yaml is not current" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert not (folder / "gone.yaml").exists()


def test_a_function_without_a_size_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "FUNCTIONS", (*FUNCTIONS, "translate"))
    with pytest.raises(ValueError, match="translate"):
        generate.sizes()
