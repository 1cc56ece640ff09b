"""Dashboard, alerts and documents name metrics, labels and values that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from webapp.infra.metrics_catalogue import METRICS, Metric
from webapp.ops.health import PARTS

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/latchkey.rules.yml"
DASHBOARD = ROOT / "deploy/grafana/latchkey.json"
DOCUMENT = (ROOT / "docs/metrics.md").read_text()
BY_NAME = {each.name: each for each in METRICS}
# What Prometheus adds to each series, and what a histogram has besides.
ADDED = {"instance", "job", "le"}


def list_rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def list_panels() -> list[dict[str, Any]]:
    return [each for each in json.loads(DASHBOARD.read_text())["panels"] if each["type"] != "row"]


EXPRESSIONS = [rule["expr"] for rule in list_rules()] + [
    target["expr"] for panel in list_panels() for target in panel["targets"]
]


def metric_of(name: str) -> Metric:
    plain = re.sub(r"_(bucket|sum|count)$", "", name)
    found = BY_NAME.get(name) or BY_NAME.get(plain)
    assert found is not None, f"there is no metric {name}"
    assert name in BY_NAME or found.kind == "histogram", name
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression_names_metrics_and_labels_that_there_are(expression: str) -> None:
    found = re.findall(r"\b(latchkey_\w+)(?:\{([^}]*)\})?", expression)
    assert found or expression.startswith("up{")
    for name, selector in found:
        metric = metric_of(name)
        for label, value in re.findall(r'(\w+)=~?"([^"]*)"', selector):
            assert label in {*metric.labels, *ADDED}, f"{name} has no label {label}"
            known = PARTS if label == "part" else metric.values
            if label not in ADDED and known:
                assert set(value.split("|")) <= {*known, "unavailable"}, value
    for labels in re.findall(r"\bby \(([^)]*)\)", expression):
        for label in re.split(r",\s*", labels):
            assert label in ADDED | {each for name, _ in found for each in metric_of(name).labels}


def test_rate_is_taken_of_counters_alone() -> None:
    for expression in EXPRESSIONS:
        for name in re.findall(r"(?:rate|increase)\((latchkey_\w+)", expression):
            assert metric_of(name).kind in {"counter", "histogram"}


def test_dashboard_shows_every_metric_and_no_panel_hides_another() -> None:
    shown = {metric_of(each).name for each in re.findall(r"\blatchkey_\w+", " ".join(EXPRESSIONS))}
    assert shown == set(BY_NAME)
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({each["id"] for each in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for each in panels:
        at = each["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, each["title"]
        taken |= cells


def test_document_explains_every_metric_and_alert_and_no_other() -> None:
    told = set(re.findall(r"^\| `(latchkey_\w+)`", DOCUMENT, re.MULTILINE))
    assert told == set(BY_NAME)
    for metric in METRICS:
        labels = " " + ", ".join(f"`{each}`" for each in metric.labels) if metric.labels else ""
        assert f"| `{metric.name}`{labels} | {metric.kind} | {metric.meaning} |" in DOCUMENT
    alerts = re.findall(r"^### (\w+)\n(Critical|Warning)\.", DOCUMENT, re.MULTILINE)
    assert alerts == [(rule["alert"], rule["labels"]["severity"].title()) for rule in list_rules()]


def test_names_are_as_prometheus_wants_them() -> None:
    for metric in METRICS:
        assert re.fullmatch(r"latchkey_[a-z_]+", metric.name)
        assert (metric.kind == "counter") == metric.name.endswith("_total")
        assert not set(metric.labels) & {"account", "address", "username", "email", "ip", "session"}
