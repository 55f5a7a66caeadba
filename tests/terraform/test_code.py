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
)


class Slip(NamedTuple):
    """A mistake that somebody might make in a module, as the text that it replaces."""

    module: str
    right: str
    wrong: str


OTHER_KEY = "projects/p/locations/us/keyRings/r/cryptoKeys/other"
SLIPS = (
    Slip("storage", 'public_access_prevention    = "enforced"', 'public_access_prevention    = "inherited"'),
    Slip(
        "storage",
        "default_kms_key_name = var.kms_key",
        'default_kms_key_name = "projects/p/locations/us/keyRings/r/cryptoKeys/other"',
    ),
    Slip("pubsub", "for_each = each.value.max_delivery_attempts == null ? [] : [each", "for_each = true ? [] : [each"),
    Slip("pubsub", "allowed_persistence_regions = var.regions", 'allowed_persistence_regions = ["us-east1"]'),
    Slip("identity", 'edit = ["roles/storage.objectUser"]', 'edit = ["roles/storage.admin"]'),
    Slip("kms", "7776000s", "31536000s"),
    Slip("gke", "enable_private_endpoint = true", "enable_private_endpoint = false"),
    Slip("redis", '"SERVER_AUTHENTICATION"', '"DISABLED"'),
    Slip("edge", '"TLS_1_3"', '"TLS_1_2"'),
    Slip("home", "regions = var.recovery == null ? [var.region]", 'regions = true ? [var.region, "us-east1"]'),
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


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.module}: {slip.wrong}")
def test_the_tests_of_a_module_see_a_slip(slip: Slip, copy: Path) -> None:
    module = Path("terraform", "modules", slip.module)
    code = next(path for path in (copy / module).glob("*.tf") if slip.right in path.read_text())
    right = code.read_text()
    code.write_text(right.replace(slip.right, slip.wrong))
    try:
        passed, said = check(copy, module)
    finally:
        code.write_text(right)
    assert not passed
    assert "Test assertion failed" in said
