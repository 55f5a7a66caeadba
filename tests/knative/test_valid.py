"""Whether a cluster would take the manifests: the schemas of core kinds and of Knative's, KEDA's and Flagger's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest

from tests.knative.manifests import CHECKOUT, KNATIVE, OVERLAYS, built, text

CUSTOM = ("knative.dev", "keda.sh", "flagger.app", "secrets-store.csi.x-k8s.io", "secret-sync.gke.io")
VALIDATOR = CHECKOUT.parent / "shared" / "tools" / "validate-manifests"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_core_kinds_are_valid_to_the_last_field(overlay: str) -> None:
    core = [each for each in built(overlay) if not any(group in each["apiVersion"] for group in CUSTOM)]
    assert {"Deployment", "NetworkPolicy", "PodDisruptionBudget"} <= {each["kind"] for each in core}
    for each in core:
        kubernetes_validate.validate(each, "1.37", strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_custom_kinds_are_valid_to_the_last_field(overlay: str, tmp_path: Path) -> None:
    if not VALIDATOR.exists():
        pytest.skip(f"{VALIDATOR} is not there: it holds the schemas of Knative, KEDA and Flagger")
    file = tmp_path / "manifests.yaml"
    file.write_text(text(overlay))
    checked = subprocess.run([sys.executable, VALIDATOR, file], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    assert not checked.stdout.startswith("0 custom")


def test_what_is_switched_on_in_knative_is_valid() -> None:
    assert "kubernetes.podspec-securitycontext: enabled" in (KNATIVE / "cluster" / "features.yaml").read_text()
