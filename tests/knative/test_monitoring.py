"""Rules and dashboards: that they do what they say, and ask for metrics that there are."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import runtime.pipelinemetrics  # noqa: F401 - names metrics when it is imported
from runtime import metrics
from tests.knative.manifests import CHECKOUT, KNATIVE, of_kind
from tests.outside import program

MONITORING = KNATIVE / "base" / "monitoring"
RULES = MONITORING / "rules.yaml"
DASHBOARDS = sorted((MONITORING / "dashboards").glob("*.json"))
SCRAPE_LABELS = {"function", "component", "revision", "pod"}
"""What prometheus-config.yaml adds to each sample."""
WORDS = {"sum", "min", "max", "by", "or", "rate", "increase", "histogram_quantile"}


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule.get("record") or rule["alert"], rule["expr"]
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{path.name}: {panel['title']}", target["expr"]
    for each in yaml.safe_load_all((KNATIVE / "base" / "canary.yaml").read_text()):
        if each["kind"] == "MetricTemplate":
            yield each["metadata"]["name"], each["spec"]["query"]


def known_metrics() -> set[str]:
    names = {"up"} | {rule["record"] for rule in rules() if "record" in rule}
    for each in metrics.INSTRUMENTS.values():
        endings = ("_bucket", "_sum", "_count") if each.kind == "histogram" else ("",)
        names |= {each.exposed + ending for ending in endings}
    return names


def known_labels() -> set[str]:
    return SCRAPE_LABELS | {"le"} | {label for each in metrics.INSTRUMENTS.values() for label in each.labels}


def asked_for(expression: str) -> tuple[set[str], set[str]]:
    """Names of metrics, and of labels, in a query."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    labels = {name for inner in re.findall(r"\bby \(([^)]*)\)", bare) for name in re.findall(r"\w+", inner)}
    labels |= {name for inner in re.findall(r"\{([^}]*)\}", bare) for name in re.findall(r"(\w+)\s*[=!]", inner)}
    rest = re.sub(r"\bby \([^)]*\)|\{[^}]*\}|\[[^\]]*\]", " ", bare)
    return set(re.findall(r"[a-z][\w:]*", rest)) - WORDS, labels


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_queries_ask_for_metrics_and_labels_that_there_are(where: str, expression: str) -> None:
    names, labels = asked_for(expression)
    assert names
    assert names <= known_metrics()
    assert labels <= known_labels()


def test_a_query_for_what_is_not_there_would_be_noticed() -> None:
    names, labels = asked_for('sum by (colour) (rate(redline_made_up_total{shape="x"}[5m]))')
    assert names == {"redline_made_up_total"}
    assert labels == {"colour", "shape"}


def test_the_rules_do_what_their_unit_tests_say() -> None:
    command = [program("promtool"), "test", "rules", CHECKOUT / "tests" / "knative" / "rules_test.yaml"]
    tested = subprocess.run(command, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_each_alert_has_a_unit_test() -> None:
    told = yaml.safe_load((CHECKOUT / "tests" / "knative" / "rules_test.yaml").read_text())["tests"]
    tested = {each["alertname"] for test in told for each in test.get("alert_rule_test", ())}
    assert tested == {rule["alert"] for rule in rules() if "alert" in rule}


def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    told = yaml.safe_load((MONITORING / "prometheus-config.yaml").read_text())
    (job,) = told["scrape_configs"]
    assert job.pop("kubernetes_sd_configs") == [
        {"role": "pod", "namespaces": {"own_namespace": True}}
    ]  # Debian's lacks it
    file = tmp_path / "prometheus.yml"
    file.write_text(yaml.safe_dump(told))
    command = [program("promtool"), "check", "config", "--syntax-only", file]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_reaches_somebody() -> None:
    told = yaml.safe_load((MONITORING / "alertmanager-config.yaml").read_text())
    receivers = {each["name"]: each["pagerduty_configs"][0]["severity"] for each in told["receivers"]}
    routed = {matcher: route["receiver"] for route in told["route"]["routes"] for matcher in route["matchers"]}
    assert receivers[routed['severity="page"']] == "critical"
    assert receivers[told["route"]["receiver"]] == "warning"
    assert {rule["labels"]["severity"] for rule in rules() if "alert" in rule} <= {"page", "ticket"}
    (deployment,) = (each for each in of_kind("prod-us", "Deployment") if each["metadata"]["name"] == "alertmanager")
    (mount,) = (
        each["mountPath"]
        for each in deployment["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
        if each["name"] == "secrets"
    )
    keys = {each["pagerduty_configs"][0]["routing_key_file"] for each in told["receivers"]}
    assert keys == {f"{mount}/pagerduty.key"}


def test_alertmanager_takes_its_configuration() -> None:
    command = [program("amtool"), "check-config", MONITORING / "alertmanager-config.yaml"]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_dashboards_are_where_grafana_looks_for_them() -> None:
    (found,) = (each for each in of_kind("prod-us", "ConfigMap") if each["metadata"]["name"] == "dashboards")
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert {json.loads(each)["uid"] for each in found["data"].values()} == {"redline-chain", "redline-functions"}
