"""What overlays say of Google is what terraform/ makes there: regions, registries, secrets, nodes, who deploys."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import pytest
import yaml

from tests.knative.manifests import (
    ON_GOOGLE,
    PINNED,
    PRODUCTION,
    containers,
    dispatchers,
    functions,
    of_kind,
    pods,
    settings,
)
from tests.terraform.check import TERRAFORM
from tests.terraform.hcl import locals_of

HOMES = {"dev": ("dev", "us"), "staging": ("staging", "us"), "prod-us": ("prod", "us"), "prod-eu": ("prod", "eu")}
"""Terraform's environment and home of each overlay."""


def code(module: str) -> str:
    return (TERRAFORM / "modules" / module / "main.tf").read_text()


def wide(overlay: str) -> str:
    """Where keys and images of the home lie that outlive the loss of a region, where it has a second one."""
    found: str = home(overlay).get("recovery", {}).get("multi_region", {}).get("kms", home(overlay)["region"])
    return found


def home(overlay: str) -> dict[str, Any]:
    environment, name = HOMES[overlay]
    found: dict[str, Any] = locals_of(TERRAFORM / "environments" / environment / "main.tf")["homes"][name]
    return found


@pytest.mark.parametrize("overlay", ON_GOOGLE)
def test_an_overlay_runs_where_its_home_is_and_is_delivered_by_its_environment(overlay: str) -> None:
    assert settings(overlay)["REDLINE_REGION"] == home(overlay)["region"]
    assert home(overlay)["delivery"]["environment"] == overlay


@pytest.mark.parametrize("overlay", ON_GOOGLE)
def test_an_overlay_uses_the_buckets_and_the_dataset_of_its_home(overlay: str) -> None:
    told = settings(overlay)
    for name in re.findall(r'"([a-z-]+)"', re.search(r"toset\((.*?)\)", code("storage"))[1]):  # type: ignore[index]
        assert told[f"REDLINE_{name.replace('-', '_').upper()}_BUCKET"] == f"{told['REDLINE_PROJECT']}-{name}"
    assert 'dataset_id                 = "${var.home}_audit"' in code("bigquery")
    assert told["REDLINE_AUDIT_DATASET"] == f"{HOMES[overlay][1]}_audit"


@pytest.mark.parametrize("overlay", ON_GOOGLE)
def test_documents_are_sealed_by_the_key_that_their_functions_may_use(overlay: str) -> None:
    told = settings(overlay)
    ring = f"projects/{told['REDLINE_PROJECT']}/locations/{wide(overlay)}/keyRings/{HOMES[overlay][1]}-redline"
    assert told["REDLINE_WRAPPING_KEY"] == f"{ring}/cryptoKeys/documents"
    assert 'documents_key    = module.kms[local.wide.kms].keys["documents"]' in code("home")
    assert 'name     = "${var.home}-redline"' in code("kms")


@pytest.mark.parametrize("overlay", ON_GOOGLE)
def test_every_image_comes_from_the_registry_of_the_home(overlay: str) -> None:
    """Binary Authorization refuses others: modules/home trusts `platform/` there, and what was attested."""
    registry = f"{wide(overlay)}-docker.pkg.dev/{settings(overlay)['REDLINE_PROJECT']}/redline"
    for name, container in containers(overlay):
        assert PINNED.fullmatch(container["image"]), name
        assert container["image"].startswith((f"{registry}/redline@", f"{registry}/platform/")), name
    assert "${local.wide.kms}-docker.pkg.dev/${var.settings.project}/redline/platform/*" in code("home")


@pytest.mark.parametrize("overlay", ON_GOOGLE)
def test_every_secret_that_a_pod_needs_is_copied_from_an_entry_that_there_is(overlay: str) -> None:
    project = settings(overlay)["REDLINE_PROJECT"]
    entries = set(re.findall(r"^    \"([a-z-]+)\",", code("secrets"), re.M))
    copied: dict[str, set[str]] = {}
    classes = {each["metadata"]["name"]: each["spec"] for each in of_kind(overlay, "SecretProviderClass")}
    for each in of_kind(overlay, "SecretSync"):
        read = yaml.safe_load(classes[each["spec"]["secretProviderClassName"]]["parameters"]["secrets"])
        for one in read:
            found = re.fullmatch(rf"projects/{project}/secrets/([a-z-]+)/versions/latest", one["resourceName"])
            assert found, one
            assert found[1] in entries
        data = each["spec"]["secretObject"]["data"]
        assert {one["path"] for one in read} == {one["sourcePath"] for one in data}
        copied[each["metadata"]["name"]] = {one["targetKey"] for one in data}
    for name, secret, key in needed(overlay):
        assert key in copied[secret], name


def needed(overlay: str) -> list[tuple[str, str, str]]:
    """Which key of which secret each pod reads."""
    found = []
    for name, template in pods(overlay):
        for volume in template["spec"].get("volumes", ()):
            assert "secret" not in volume, f"{name}: secrets are mounted together, by key"
            for source in volume.get("projected", {}).get("sources", ()):
                found += [(name, source["secret"]["name"], item["key"]) for item in source["secret"]["items"]]
        for container in template["spec"]["containers"]:
            references = [each.get("valueFrom", {}).get("secretKeyRef") for each in container.get("env", ())]
            found += [(name, each["name"], each["key"]) for each in references if each]
    assert {key for _, _, key in found} >= {"document.key", "url", "ca.pem"}
    return found


@pytest.mark.parametrize("overlay", ["staging", *PRODUCTION])
def test_functions_that_work_on_documents_have_the_search_index_in_elasticsearch(overlay: str) -> None:
    """What is erased is removed from the index, too, by whoever finds it (functions/remains.py)."""
    buckets = locals_of(TERRAFORM / "modules" / "identity" / "access.tf")["buckets"]
    variables = {
        name: {each["name"] for each in service["spec"]["template"]["spec"]["containers"][0]["env"]}
        for name, service in functions(overlay).items()
    }
    told = {"REDLINE_ELASTICSEARCH_URL", "REDLINE_ELASTICSEARCH_API_KEY"}
    assert {name for name, said in variables.items() if told <= said} == {
        name for name, granted in buckets.items() if "normalized" in granted
    }


@pytest.mark.parametrize("overlay", ON_GOOGLE)
def test_what_handles_documents_reaches_google_and_the_cache_and_nothing_else(overlay: str) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind(overlay, "NetworkPolicy")}
    ranges = [
        ipaddress.ip_network(peer["ipBlock"]["cidr"])
        for rule in policies["backends"]["egress"]
        for peer in rule["to"]
        if "ipBlock" in peer
    ]
    public = [each for each in ranges if not each.is_private and not each.is_link_local]
    told = re.search(r"private_google = \[(.*?)\]", code("network"))
    assert told
    assert [str(each) for each in public[0]] == re.findall(r'"(.*?)"', told[1])
    assert len(public) == 1


@pytest.mark.parametrize("overlay", ON_GOOGLE)
def test_functions_may_run_on_spot_nodes_and_dispatchers_may_not(overlay: str) -> None:
    """A dispatcher holds leases for ten minutes when it is told to go; a spot node gives it half a minute."""
    taint = re.search(r'key    = "(.*?)"\s+value  = "(.*?)"', code("gke"))
    assert taint
    for each in functions(overlay).values():
        (toleration,) = each["spec"]["template"]["spec"]["tolerations"]
        assert (toleration["key"], toleration["value"], toleration["effect"]) == (taint[1], taint[2], "NoSchedule")
    assert all("tolerations" not in each["spec"]["template"]["spec"] for each in dispatchers(overlay).values())


def test_who_delivers_is_asked_to_grant_nothing() -> None:
    """container.developer may not write roles; people apply those of knative/cluster."""
    for overlay in ON_GOOGLE:
        assert [each for kind in ("Role", "RoleBinding", "ClusterRole") for each in of_kind(overlay, kind)] == []
