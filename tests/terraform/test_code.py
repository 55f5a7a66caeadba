"""What `terraform test` cannot see: that nothing precious can be destroyed, and that the tests would see a slip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.terraform.check import TERRAFORM, check, copied, missing, targets

PRECIOUS = (
    ("kms", "google_kms_crypto_key", "keys"),
    ("storage", "google_storage_bucket", "buckets"),
    ("bigquery", "google_bigquery_dataset", "audit"),
    ("bigquery", "google_bigquery_dataset", "access"),
    ("bigquery", "google_bigquery_table", "events"),
    ("registry", "google_kms_crypto_key", "attestor"),
    ("secrets", "google_secret_manager_secret", "secrets"),
)


class Slip(NamedTuple):
    """A mistake that somebody might make in a module or an environment, as the text that it replaces."""

    target: str
    right: str
    wrong: str
    seen_by: str = ""
    """Where else than there its tests are that see it."""


SEEN = ("Test assertion failed", "Module output value precondition failed", "A document's data never leaves its home")
"""By what a slip is told from a mistake of the test."""
OTHER_KEY = "projects/p/locations/us/keyRings/r/cryptoKeys/other"
SLIPS = (
    Slip("modules/storage", 'public_access_prevention    = "enforced"', 'public_access_prevention    = "inherited"'),
    Slip("modules/storage", "default_kms_key_name = var.kms_key", f'default_kms_key_name = "{OTHER_KEY}"'),
    Slip(
        "modules/pubsub",
        "for_each = each.value.max_delivery_attempts == null ? [] : [each",
        "for_each = true ? [] : [each",
    ),
    Slip("modules/pubsub", "allowed_persistence_regions = var.regions", 'allowed_persistence_regions = ["us-east1"]'),
    Slip("modules/identity", 'edit = ["roles/storage.objectUser"]', 'edit = ["roles/storage.admin"]'),
    Slip("modules/kms", "7776000s", "31536000s"),
    Slip("modules/gke", "enable_private_endpoint = true", "enable_private_endpoint = false"),
    Slip("modules/redis", '"AUTH_MODE_IAM_AUTH"', '"AUTH_MODE_DISABLED"'),
    Slip("modules/edge", '"TLS_1_3"', '"TLS_1_2"'),
    Slip("modules/delivery", "/attribute.environment/${each.value}", "/*"),
    Slip("modules/home", "location       = local.wide.storage", 'location       = "US"'),
    Slip("environments/prod", 'region              = "europe-west1"', 'region              = "us-west1"'),
    Slip("modules/storage", '"enforced"', '"inherited"', seen_by="environments/dev"),
    Slip("modules/pubsub", "= var.kms_key", f'= "{OTHER_KEY}"', seen_by="environments/staging"),
    Slip("modules/pubsub", "[] : [each.value.max_delivery_attempts]", "[] : []", seen_by="environments/prod"),
)


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    reason = missing()
    if reason:
        pytest.skip(reason)
    with copied() as folder:
        yield folder


@pytest.mark.parametrize(("module", "kind", "name"), PRECIOUS)
def test_nothing_precious_can_be_destroyed(module: str, kind: str, name: str) -> None:
    text = (TERRAFORM / "modules" / module / "main.tf").read_text()
    block = re.search(rf'^resource "{kind}" "{name}" {{.*?^}}', text, re.MULTILINE | re.DOTALL)
    assert block
    assert re.search(r"lifecycle \{\s*prevent_destroy = true", block[0])


@pytest.mark.parametrize("target", targets(), ids=str)
def test_every_module_and_environment_has_tests(target: Path) -> None:
    assert list((TERRAFORM.parent / target / "tests").glob("*.tftest.hcl"))


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.target}: {slip.wrong}")
def test_the_tests_see_a_slip(slip: Slip, copy: Path) -> None:
    code = next(path for path in (copy / "terraform" / slip.target).glob("*.tf") if slip.right in path.read_text())
    right = code.read_text()
    code.write_text(right.replace(slip.right, slip.wrong))
    try:
        passed, said = check(copy, Path("terraform", slip.seen_by or slip.target))
    finally:
        code.write_text(right)
    assert not passed
    assert any(reason in said for reason in SEEN)
