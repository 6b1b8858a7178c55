"""docker-compose.yml without docker: its words are ours, its files fit together."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from docs.generate import metrics
from milepost import settings
from milepost.__main__ import app
from milepost.brokerfiles import Known, Listeners, mosquitto
from milepost.probe import answer
from tracker_api.app import openapi
from tracker_api.settings import require_safe

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
FROM_OUTSIDE = re.compile(r"(?<!\$)\$\{(\w+)(?::[-?]([^}]*))?\}")


def words(node: object) -> list[str]:
    """Every text in a YAML document, keys included."""
    match node:
        case dict():
            return [text for key, value in node.items() for text in (*words(key), *words(value))]
        case list():
            return [text for value in node for text in words(value)]
        case _:
            return [str(node)]


def environment(service: str) -> dict[str, str]:
    """What a service's process sees, with a plausible secret for each that must be given."""
    given = SERVICES[service].get("environment", {})
    return {k: FROM_OUTSIDE.sub("0123456789abcdef", str(v)) for k, v in given.items()}


def test_the_file_is_valid_by_the_compose_specification() -> None:
    found = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"),
            "docker-compose.yml",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_gateway_api_worker_and_migrate_are_services_of_ours() -> None:
    assert OURS == ["api", "broker-files", "gateway", "migrate", "worker"]


@pytest.mark.parametrize("service", OURS)
def test_a_command_is_one_of_milepost(service: str) -> None:
    command = SERVICES[service]["command"]
    assert command[0].replace("-", "").isalpha()
    assert CliRunner().invoke(app, [*command, "--help"]).exit_code == 0


@pytest.mark.parametrize("service", OURS)
def test_the_settings_of_a_service_are_accepted(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith(settings.PREFIX)]:
        monkeypatch.delenv(name)
    for name, value in environment(service).items():
        monkeypatch.setenv(name, value)
    loaded = settings.load(os.environ)
    assert loaded.database_url.endswith("@database:5432/milepost")
    require_safe(loaded.of_api)
    if service == "gateway":
        assert loaded.broker_url.endswith("@broker:1884")
    if service in {"gateway", "worker"}:
        assert loaded.probe.host == "0.0.0.0"  # noqa: S104 - Prometheus asks from next door


def test_every_variable_with_our_prefix_is_a_setting() -> None:
    known = {name for name, _, _ in settings.names()}
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    lines = [line.partition(" #")[0] for line in text.splitlines() if not line.startswith("#")]
    assert set(re.findall(r"MILEPOST_\w+", "\n".join(lines))) <= known


def test_a_secret_is_never_in_the_file_and_never_optional() -> None:
    for text in words(COMPOSE):
        for name, otherwise in FROM_OUTSIDE.findall(text):
            if "PASSWORD" in name or "TOKEN" in name:
                assert f"${{{name}:?" in text, f"{name} may be left out: {otherwise}"
    secrets = [
        str(value)
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if re.search("PASSWORD|TOKEN|URL", name)
    ]
    assert len(secrets) > 5
    assert all("${" in value for value in secrets)


@pytest.mark.parametrize(
    "image", sorted({service["image"] for service in SERVICES.values()}), ids=str
)
def test_an_image_has_a_version(image: str) -> None:
    tag = image.rpartition(":")[2]
    assert re.fullmatch(r"v?\d+\.\d+\.\d+(-\w+)?", tag), image


@pytest.mark.parametrize("service", OURS)
def test_a_health_check_asks_a_route_that_exists(service: str) -> None:
    check = SERVICES[service]["healthcheck"]
    if check.get("disable"):
        assert SERVICES[service]["restart"] == "no", "a service that stays is asked"
        return
    if service == "broker-files":
        assert check["test"] == ["CMD", "test", "-s", "/files/mosquitto.conf"]
        return
    url = urlsplit(re.findall(r"'(http://[^']+)'", " ".join(check["test"]))[0])
    seen = environment(service)
    if service == "api":
        assert url.path in openapi()["paths"]
        assert url.port == int(seen["MILEPOST_API_PORT"])
    else:
        assert answer(url.path, CollectorRegistry(), dict)[0] == 200
        assert url.port == int(seen["MILEPOST_PROBE__PORT"])


def test_the_image_asks_a_route_that_exists_on_the_default_port() -> None:
    url = re.findall(r"'(http://[^']+)'", (ROOT / "Dockerfile").read_text(encoding="utf-8"))[0]
    assert urlsplit(url).path in openapi()["paths"]
    assert urlsplit(url).port == settings.Settings.model_fields["api_port"].default


def test_the_image_is_not_root_and_installs_what_the_lock_file_says() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER [1-9]\d*$", text, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in text
    assert "--constraint requirements.lock" in text
    assert not re.search(r"^FROM \S+:latest", text, re.MULTILINE)


def test_the_wheel_in_the_image_holds_more_than_python(tmp_path: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), "."),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    needed = {
        path.relative_to(ROOT).as_posix()
        for pattern in ("store/sql/**/*.sql", "firmware_sim/fleets/*.toml")
        for path in ROOT.glob(pattern)
    }
    assert len(needed) > 10
    assert needed <= held


def test_everything_that_the_image_copies_is_let_through() -> None:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in rules, "nothing enters an image unless it is named"
    let = {rule[1:] for rule in rules if rule.startswith("!")}
    assert {"requirements.lock", "pyproject.toml", "dashboards", "README.md", "LICENSE"} <= let
    packages = re.search(r"^packages = \[(.*)\]$", _pyproject(), re.MULTILINE)
    assert packages
    assert set(re.findall(r'"(\w+)"', packages[1])) <= let
    assert all((ROOT / name).exists() for name in let)


def _pyproject() -> str:
    return (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_mosquitto_finds_the_files_that_are_made_for_it_where_they_say() -> None:
    """What is in them: ``tests/milepost/test_brokerfiles.py``."""
    words = SERVICES["broker-files"]["command"]
    given = dict(word.removeprefix("--").split("=", 1) for word in words if "=" in word)
    broker = SERVICES["broker"]
    assert f"files:{given['out']}" in SERVICES["broker-files"]["volumes"]
    assert f"files:{given['out']}:ro" in broker["volumes"]
    assert f"broker:{given['data'].rstrip('/')}" in broker["volumes"]
    script = broker["command"][0]
    folder = PurePosixPath(given["at"])
    made = mosquitto(Known("hash"), Listeners(gateways_at=given["gateway-host"]), folder, "/d/")
    assert f"mosquitto -c {folder}/mosquitto.conf" in script
    taken = re.findall(r"for file in (.*); do", script)[0].split()
    assert set(made) <= set(taken)
    assert "--watch" in words


def test_the_port_of_gateways_leads_to_no_other_machine() -> None:
    port = urlsplit(environment("gateway")["MILEPOST_BROKER_URL"]).port
    assert port == Listeners().gateways
    assert [published.rpartition(":")[2] for published in SERVICES["broker"]["ports"]] == ["1883"]
    assert Listeners().devices == 1883


def test_prometheus_asks_every_process_where_it_answers() -> None:
    text = (ROOT / "dashboards/prometheus/prometheus.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["scrape_configs"]
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs}
    assert targets == {
        "gateway": [f"gateway:{environment('gateway')['MILEPOST_PROBE__PORT']}"],
        "worker": [f"worker:{environment('worker')['MILEPOST_PROBE__PORT']}"],
        "api": [f"api:{environment('api')['MILEPOST_API_PORT']}"],
    }


def test_files_that_are_mounted_exist() -> None:
    mounts = [v for service in SERVICES.values() for v in service.get("volumes", ())]
    paths = [mount.partition(":")[0] for mount in mounts if mount.startswith("./")]
    assert len(paths) == 3
    assert all((ROOT / path).exists() for path in paths)


def test_grafana_asks_only_for_metrics_that_exist() -> None:
    known = {name for found in metrics().values() for metric in found for name in metric.series}
    board = json.loads((ROOT / "dashboards/grafana/milepost.json").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked = {name for query in queries for name in re.findall(r"milepost_\w+", query)}
    assert len(asked) > 20
    assert asked <= known
    assert all(query.count("(") == query.count(")") for query in queries)


def test_grafana_groups_by_labels_that_its_metrics_have() -> None:
    labels = {
        name: set(metric.labels) | {"le"}
        for found in metrics().values()
        for metric in found
        for name in metric.series
    }
    board = json.loads((ROOT / "dashboards/grafana/milepost.json").read_text(encoding="utf-8"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            for by, name in re.findall(r"by \((\w+)\) \(rate\((milepost_\w+)", target["expr"]):
                assert by in labels[name], f"{panel['title']}: {name} has no label {by}"


def test_grafana_shows_what_an_operator_watches() -> None:
    board = json.loads((ROOT / "dashboards/grafana/milepost.json").read_text(encoding="utf-8"))
    titles = {panel["title"] for panel in board["panels"]}
    assert titles >= {
        *("Ingest", "Latency", "Rejects by reason", "Flags", "Queue", "API clients", "Feed lag"),
    }


def test_grafana_finds_its_source_and_its_board() -> None:
    folder = ROOT / "dashboards/grafana/provisioning"
    source = yaml.safe_load((folder / "datasources/prometheus.yml").read_text(encoding="utf-8"))
    board = json.loads((ROOT / "dashboards/grafana/milepost.json").read_text(encoding="utf-8"))
    assert source["datasources"][0]["url"] == "http://prometheus:9090"
    assert {panel["datasource"]["uid"] for panel in board["panels"]} == {
        source["datasources"][0]["uid"]
    }
    provider = yaml.safe_load((folder / "dashboards/milepost.yml").read_text(encoding="utf-8"))
    path = provider["providers"][0]["options"]["path"]
    assert any(f":{path}/milepost.json:" in v for v in SERVICES["grafana"]["volumes"])
