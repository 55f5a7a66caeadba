"""What no schema sees: annotations, bounds, traffic, sinks, queues, and how every pod is locked."""

from __future__ import annotations

import math
import re

import pytest

from events.routing import FUNCTIONS, SUBSCRIPTIONS
from runtime.dispatcher import DRAIN_WITHIN
from runtime.settings import DispatcherSettings, GoogleSettings, Settings
from tests.knative.manifests import (
    FUNCTION,
    KNATIVE,
    ON_GOOGLE,
    OVERLAYS,
    PINNED,
    PRODUCTION,
    Manifest,
    built,
    containers,
    dispatchers,
    functions,
    of_kind,
    pods,
    settings,
    told,
)

KPA = "autoscaling.knative.dev/"
ANNOTATIONS = {
    f"{KPA}class": r"kpa\.autoscaling\.knative\.dev",
    f"{KPA}metric": "concurrency",
    f"{KPA}min-scale": r"\d+",
    f"{KPA}max-scale": r"[1-9]\d*",
    f"{KPA}target-utilization-percentage": r"[1-9]\d|100",
    f"{KPA}target-burst-capacity": r"-1|\d+",
    f"{KPA}window": r"\d+s",
}
"""What a revision may be annotated with, and with which values (https://knative.dev/docs/serving/autoscaling/)."""
SCRAPED = {"prometheus.io/scrape", "prometheus.io/port"}
HOT = ("normalize", "redline")
MOST_MEMORY = 4 << 30
MOST_CPU = 2.0


def annotations(service: Manifest) -> dict[str, str]:
    found: dict[str, str] = service["spec"]["template"]["metadata"]["annotations"]
    return found


def quantity(value: str) -> float:
    """A Kubernetes quantity as a number: cores, or bytes."""
    units = {"m": 1e-3, "Mi": 1 << 20, "Gi": 1 << 30, "": 1}
    match = re.fullmatch(r"([\d.]+)(m|Mi|Gi|)", str(value))
    assert match, value
    return float(match[1]) * units[match[2]]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_function_has_all_of_its_parts(overlay: str) -> None:
    parts = {
        name: sorted(
            each["kind"] for each in built(overlay) if each["metadata"].get("labels", {}).get(FUNCTION) == name
        )
        for name in FUNCTIONS
    }
    wanted = [
        "Deployment",
        *["NetworkPolicy"] * 2,
        *["PodDisruptionBudget"] * 2,
        "Service",
        "ServiceAccount",
        "SinkBinding",
    ]
    if overlay != "kind":
        wanted.append("ScaledObject")
    for name, kinds in parts.items():
        assert sorted(each for each in kinds if each != "Canary") == sorted(wanted), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_annotations_are_those_that_knative_knows(overlay: str) -> None:
    for name, service in functions(overlay).items():
        for key, value in annotations(service).items():
            assert key in SCRAPED or re.fullmatch(ANNOTATIONS[key], value), f"{name}: {key}: {value}"
        rollout = service["metadata"].get("annotations", {})
        assert set(rollout) <= {"serving.knative.dev/rollout-duration"}
        assert all(re.fullmatch(r"\d+s", value) for value in rollout.values())


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_traffic_sums_to_100_or_is_flaggers(overlay: str) -> None:
    led = {each["spec"]["targetRef"]["name"] for each in of_kind(overlay, "Canary")}
    assert led <= {"redline"}
    for name, service in functions(overlay).items():
        if "traffic" in service["spec"]:
            assert sum(each["percent"] for each in service["spec"]["traffic"]) == 100
            assert name not in led
        else:
            assert name == "redline"


@pytest.mark.parametrize("overlay", PRODUCTION)
def test_hot_functions_keep_three_pods_and_have_ten_at_most(overlay: str) -> None:
    for name, service in functions(overlay).items():
        bounds = int(annotations(service)[f"{KPA}min-scale"]), int(annotations(service)[f"{KPA}max-scale"])
        if name in HOT:
            assert bounds == (3, 10)
        else:
            assert bounds[0] == 0


@pytest.mark.parametrize("overlay", [each for each in OVERLAYS if each not in PRODUCTION])
def test_elsewhere_every_function_goes_to_zero(overlay: str) -> None:
    assert {annotations(each)[f"{KPA}min-scale"] for each in functions(overlay).values()} == {"0"}


@pytest.mark.parametrize("overlay", ON_GOOGLE)
def test_what_dispatchers_pull_finds_a_pod(overlay: str) -> None:
    scaled = {each["metadata"]["labels"][FUNCTION]: each["spec"] for each in of_kind(overlay, "ScaledObject")}
    for name, service in functions(overlay).items():
        in_flight = int(
            told(dispatchers(overlay)[name]["spec"]["template"]["spec"]["containers"][0])["REDLINE_MAX_IN_FLIGHT"]
        )
        pulled = scaled[name]["maxReplicaCount"] * in_flight
        room = (
            int(annotations(service)[f"{KPA}max-scale"]) * service["spec"]["template"]["spec"]["containerConcurrency"]
        )
        assert pulled <= room, f"{name}: dispatchers have up to {pulled} in flight, pods take {room}"
        assert float(scaled[name]["triggers"][0]["metadata"]["threshold"]) == in_flight


@pytest.mark.parametrize("overlay", ON_GOOGLE)
def test_every_subscription_has_a_dispatcher_that_its_backlog_scales(overlay: str) -> None:
    counted: dict[str, str] = {}
    for each in of_kind(overlay, "ScaledObject"):
        name, spec = each["metadata"]["labels"][FUNCTION], each["spec"]
        assert spec["scaleTargetRef"]["name"] == dispatchers(overlay)[name]["metadata"]["name"]
        query = spec["triggers"][0]["metadata"]["query"]
        assert query.startswith("sum(pubsub_googleapis_com:subscription_num_undelivered_messages{")
        match = re.search(r'subscription_id=~"([^"]+)"', query)
        assert match
        counted |= dict.fromkeys(match[1].split("|"), name)
        assert spec["fallback"]["replicas"] == spec["maxReplicaCount"]
        assert (
            spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"]
            >= 300
        )
    assert counted == {each.name: each.function for each in SUBSCRIPTIONS}
    wanted = {
        name: told(each["spec"]["template"]["spec"]["containers"][0])["REDLINE_FUNCTION"]
        for name, each in dispatchers(overlay).items()
    }
    assert wanted == {name: name for name in FUNCTIONS}


@pytest.mark.parametrize("overlay", PRODUCTION)
def test_in_production_somebody_always_pulls(overlay: str) -> None:
    assert all(each["spec"]["minReplicaCount"] >= 1 for each in of_kind(overlay, "ScaledObject"))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_sink_and_subject_exists(overlay: str) -> None:
    there = {(each["apiVersion"], each["kind"], each["metadata"]["name"]) for each in built(overlay)}
    bindings = of_kind(overlay, "SinkBinding")
    assert len(bindings) == len(FUNCTIONS)
    for each in bindings:
        for target in (each["spec"]["subject"], each["spec"]["sink"]["ref"]):
            assert (target["apiVersion"], target["kind"], target["name"]) in there
        assert each["spec"]["sink"]["ref"]["name"] == each["metadata"]["labels"][FUNCTION]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_knative_waits_longer_than_the_work_may_take(overlay: str) -> None:
    for name, service in functions(overlay).items():
        spec = service["spec"]["template"]["spec"]
        longest = max(each.deadline for each in SUBSCRIPTIONS if each.function == name)
        assert longest < spec["timeoutSeconds"] <= 600
        assert spec["responseStartTimeoutSeconds"] == spec["timeoutSeconds"]
    for each in dispatchers(overlay).values():
        assert each["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > DRAIN_WITHIN
    assert Settings.model_fields["compare_deadline"].default < max(each.deadline for each in SUBSCRIPTIONS)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_locked_and_bounded(overlay: str) -> None:
    for name, container in containers(overlay):
        locked = container["securityContext"]
        assert locked["readOnlyRootFilesystem"] is True, name
        assert locked["runAsNonRoot"] is True, name
        assert locked["runAsUser"] > 0, name
        assert locked["allowPrivilegeEscalation"] is False, name
        assert locked["capabilities"] == {"drop": ["ALL"]}, name
        assert locked["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert 0 < quantity(container["resources"]["limits"]["cpu"]) <= MOST_CPU, name
        assert 0 < quantity(container["resources"]["limits"]["memory"]) <= MOST_MEMORY, name
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}, name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_image_is_pinned(overlay: str) -> None:
    images = {container["image"] for _, container in containers(overlay)}
    local = {"kind.local/redline:local"} if overlay == "kind" else set()  # built and loaded on the spot
    assert [image for image in images - local if not PINNED.fullmatch(image)] == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_functions_and_dispatchers_are_probed_and_spread(overlay: str) -> None:
    for name, template in pods(overlay):
        if FUNCTION not in template["metadata"].get("labels", {}):
            continue
        container = template["spec"]["containers"][0]
        for probe, path in (("readinessProbe", "/readyz"), ("livenessProbe", "/healthz")):
            assert container[probe]["httpGet"]["path"] == path, name
        spread = template["spec"]["topologySpreadConstraints"]
        assert [each["topologyKey"] for each in spread] == ["topology.kubernetes.io/zone"], name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_function_has_an_identity_of_its_own(overlay: str) -> None:
    accounts = {
        name: each["spec"]["template"]["spec"]["serviceAccountName"] for name, each in functions(overlay).items()
    }
    assert len(set(accounts.values())) == len(FUNCTIONS)
    there = {
        each["metadata"]["name"]: each["metadata"].get("annotations", {}) for each in of_kind(overlay, "ServiceAccount")
    }
    assert set(accounts.values()) <= there.keys()
    for name, each in dispatchers(overlay).items():
        assert each["spec"]["template"]["spec"]["serviceAccountName"] == accounts[name]


@pytest.mark.parametrize("overlay", ON_GOOGLE)
def test_the_project_is_the_same_wherever_it_is_said(overlay: str) -> None:
    project = settings(overlay)["REDLINE_PROJECT"]
    for each in of_kind(overlay, "ServiceAccount"):
        if FUNCTION in each["metadata"].get("labels", {}):
            account = each["metadata"]["annotations"]["iam.gke.io/gcp-service-account"]
            assert account == f"{each['metadata']['name']}@{project}.iam.gserviceaccount.com"
    for each in of_kind(overlay, "ScaledObject"):
        address = each["spec"]["triggers"][0]["metadata"]["serverAddress"]
        assert address == f"https://monitoring.googleapis.com/v1/projects/{project}/location/global/prometheus"
    assert {each["image"].split("/")[1] for _, each in containers(overlay) if "docker.pkg.dev" in each["image"]} == {
        project
    }
    assert "platform" not in {each["metadata"]["name"] for each in built(overlay)}


def known_settings() -> set[str]:
    """Every variable with our prefix that a process reads."""
    models = (Settings, GoogleSettings, DispatcherSettings)
    return {
        f"REDLINE_{name.upper()}"
        for model in models
        for name, field in model.model_fields.items()
        if not field.validation_alias
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_setting_is_one_that_is_read(overlay: str) -> None:
    said = {each["name"] for _, container in containers(overlay) for each in container.get("env", ())}
    said |= settings(overlay).keys()
    ours = {name for name in said if name.startswith("REDLINE_")}
    assert ours >= {"REDLINE_BACKEND", "REDLINE_PROJECT", "REDLINE_FUNCTION", "REDLINE_REDIS_URL"}
    assert ours <= known_settings()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_new_setting_makes_a_new_revision(overlay: str) -> None:
    (name,) = (
        each["metadata"]["name"] for each in of_kind(overlay, "ConfigMap") if "REDLINE_BACKEND" in each.get("data", {})
    )
    assert name != "redline-settings"
    for service in functions(overlay).values():
        assert service["spec"]["template"]["spec"]["containers"][0]["envFrom"] == [{"configMapRef": {"name": name}}]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_gets_in_or_out_but_by_name(overlay: str) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind(overlay, "NetworkPolicy")}
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name in FUNCTIONS:
        for part in (name, f"{name}-dispatcher"):
            assert policies[part]["podSelector"]["matchLabels"][FUNCTION] == name
            assert all(rule["from"] and rule["ports"] for rule in policies[part]["ingress"])


def test_a_canary_goes_forth_in_steps_of_five_and_looks_at_success_and_latency() -> None:
    (canary,) = of_kind("prod-us", "Canary")
    analysis = canary["spec"]["analysis"]
    assert (analysis["stepWeight"], analysis["maxWeight"] % 5) == (5, 0)
    templates = {each["metadata"]["name"]: each["spec"]["query"] for each in of_kind("prod-us", "MetricTemplate")}
    assert (
        {each["templateRef"]["name"] for each in analysis["metrics"]} == templates.keys() == {"success-rate", "latency"}
    )
    assert math.isclose(analysis["metrics"][0]["thresholdRange"]["min"], 99)


def test_the_overlays_are_all_there() -> None:
    assert {path.name for path in (KNATIVE / "overlays").iterdir()} == set(OVERLAYS)
