"""The files of deploy/ to copy: each can be read, names settings that exist, and agrees with the others."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from webapp.config import load_settings
from webapp.config.settings import SECRET_NAMES, SETTING_NAMES
from webapp.infra.database import single_rows
from webapp.infra.database.engine import engine_options
from webapp.ops.server import STOP_SECONDS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
KUBERNETES = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "latchkey.yaml").read_text()))
CONTAINER = (DEPLOY / "Containerfile").read_text()
UNIT = (DEPLOY / "systemd" / "latchkey.service").read_text()
COMMAND = (DEPLOY / "systemd" / "latchkey").read_text()
ENVIRONMENT = (DEPLOY / "systemd" / "environment").read_text()
NGINX = (DEPLOY / "nginx" / "latchkey.conf").read_text()
NODE = COMPOSE["services"]["node-1"]
POD = KUBERNETES[0]["spec"]["template"]["spec"]
KNOWN = SETTING_NAMES | {f"{name}_FILE" for name in SECRET_NAMES}
# Of Python itself, and of the C library.
NOT_OURS = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHON_CPU_COUNT", "GLIBC_TUNABLES"}


def settings_of_pod() -> dict[str, str]:
    return {each["name"]: each["value"] for each in POD["containers"][0]["env"]}


def settings_of_unit() -> dict[str, str]:
    words = " ".join(re.findall(r"^Environment=(.*)$", UNIT, re.MULTILINE)).split()
    lines = [line for line in ENVIRONMENT.splitlines() if line and not line.startswith("#")]
    return dict(word.split("=", 1) for word in [*words, *lines])


def settings_of_container() -> dict[str, str]:
    block = re.search(r"^ENV (.*?)\nUSER", CONTAINER, re.MULTILINE | re.DOTALL)
    assert block
    return dict(word.split("=", 1) for word in shlex.split(block[1].replace("\\\n", "")))


@pytest.mark.parametrize(
    "settings", [NODE["environment"], settings_of_pod(), settings_of_unit(), settings_of_container()]
)
def test_every_setting_that_is_named_exists(settings: dict[str, Any]) -> None:
    assert set(settings) - KNOWN - NOT_OURS == set()


def test_messages_name_commands_as_they_are_run_there() -> None:
    entry = re.search(r"^ENTRYPOINT (\[.*\])$", CONTAINER, re.MULTILINE)
    assert entry
    assert settings_of_container()["COMMAND_PREFIX"].split() == json.loads(entry[1])
    assert settings_of_unit()["COMMAND_PREFIX"] == "latchkey"
    assert "--setenv=COMMAND_PREFIX=latchkey" in COMMAND


def test_each_way_gives_a_node_the_same_secrets_as_files_that_exist_there() -> None:
    secrets = {"SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD_PEPPER", "DATABASE_URL", "REDIS_URL"}
    for settings in (NODE["environment"], settings_of_pod(), settings_of_unit()):
        assert {name[:-5] for name in settings if name.endswith("_FILE")} == secrets
    lower = {name.lower() for name in secrets}
    assert (
        {Path(NODE["environment"][f"{name}_FILE"]).name for name in secrets} == lower == set(NODE["secrets"])
    )
    assert set(re.findall(r"^LoadCredential=(\w+):", UNIT, re.MULTILINE)) == lower
    assert set(re.findall(r"for name in (.*); do", COMMAND)) == {
        "secret_key encryption_key password_pepper database_url redis_url"
    }
    used = {name for each in COMPOSE["services"].values() for name in each.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])


def test_addresses_ports_and_users_agree() -> None:
    services = COMPOSE["services"]
    nodes = [services[name]["networks"]["front"]["ipv4_address"] for name in ("node-1", "node-2")]
    assert [f"{node}:8000" for node in nodes] == re.findall(r"server (\S+) max_fails=2", NGINX)
    proxy = services["nginx"]["networks"]["front"]["ipv4_address"]
    assert NODE["environment"]["TRUSTED_PROXIES"] == proxy == settings_of_unit()["TRUSTED_PROXIES"]
    assert settings_of_unit()["HOST"] == nodes[0]
    ports = {
        settings_of_container()["PORT"],
        settings_of_unit()["PORT"],
        *re.findall(r"EXPOSE (\d+)", CONTAINER),
    }
    assert ports == {"8000"} == {str(POD["containers"][0]["ports"][0]["containerPort"])}
    users = re.findall(r"^USER (\d+)|--uid (\d+)", CONTAINER, re.MULTILINE)
    assert {user for each in users for user in each if user} == {str(POD["securityContext"]["runAsUser"])}
    hosts = {
        NODE["environment"]["PUBLIC_URL"],
        settings_of_unit()["PUBLIC_URL"],
        settings_of_pod()["PUBLIC_URL"],
    }
    assert hosts == {f"https://{name}" for name in re.findall(r"server_name (\S+);", NGINX)}


def test_nothing_runs_with_rights_it_does_not_need() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
    container = POD["containers"][0]["securityContext"]
    assert container == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert POD["securityContext"]["runAsNonRoot"]
    assert not POD["automountServiceAccountToken"]
    assert {"ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet="} <= set(UNIT.splitlines())
    # What lowers the priority of checking passwords stays allowed.
    assert re.findall(r"^SystemCallFilter=(.*)", UNIT, re.MULTILINE) == ["@system-service", "~@privileged"]
    assert {"TasksMax=16384", "MemoryMax=75%"} <= set(UNIT.splitlines())
    # Only nginx is reached from outside.
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["nginx"]


def test_probes_ask_what_they_are_for() -> None:
    container = POD["containers"][0]
    paths = {
        name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")
    }
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    kinds = [each["kind"] for each in KUBERNETES]
    assert kinds == [
        "StatefulSet",
        "Service",
        "Service",
        "PodDisruptionBudget",
        "NetworkPolicy",
        "Ingress",
    ]
    assert all(each["spec"]["selector"] for each in KUBERNETES[1:2])


def test_node_keeps_its_folder_and_gets_no_secret_but_its_own() -> None:
    """The head of the audit trail lies in the folder; the superuser of the database is nobody's there."""
    claimed = [each["metadata"]["name"] for each in KUBERNETES[0]["spec"]["volumeClaimTemplates"]]
    mounted = {each["name"]: each["mountPath"] for each in POD["containers"][0]["volumeMounts"]}
    assert [mounted[name] for name in claimed] == ["/var/lib/latchkey"]
    made = set(re.findall(r"--from-file=(\S+)", (DEPLOY / "kubernetes" / "latchkey.yaml").read_text()))
    read = {value.rpartition("/")[2] for name, value in settings_of_pod().items() if name.endswith("_FILE")}
    assert made == read
    group = POD["securityContext"]["runAsGroup"]
    assert f"groupadd --gid {group} " in CONTAINER


def test_database_has_room_for_all_that_the_nodes_may_open() -> None:
    pool = engine_options("postgresql://database/latchkey")
    each = pool["pool_size"] + pool["max_overflow"] + 2 * single_rows._CONNECTIONS
    nodes = [name for name in COMPOSE["services"] if name.startswith("node-")]
    processes = int(NODE["environment"]["PYTHON_CPU_COUNT"])
    (most,) = re.findall(r"max_connections=(\d+)", " ".join(COMPOSE["services"]["postgresql"]["command"]))
    assert int(most) >= len(nodes) * processes * each + 10
    assert f"up to {each} connections" in (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")


def test_only_named_namespaces_reach_the_pods() -> None:
    (policy,) = [each["spec"] for each in KUBERNETES if each["kind"] == "NetworkPolicy"]
    assert policy["podSelector"] == KUBERNETES[0]["spec"]["selector"]
    assert policy["policyTypes"] == ["Ingress"]
    (rule,) = policy["ingress"]
    assert rule["ports"] == [{"port": POD["containers"][0]["ports"][0]["name"]}]
    assert all(each["namespaceSelector"]["matchLabels"] for each in rule["from"])


def test_container_copies_what_is_there_and_needs_no_more() -> None:
    copied = [
        name for line in re.findall(r"^COPY ([^-].*) \S+$", CONTAINER, re.MULTILINE) for name in line.split()
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    listed = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} == {line for line in listed if line.startswith("!")}
    # Whatever the application reads beside its own code.
    read = re.findall(
        r'PROJECT_ROOT / "(\w+)"', "".join(f.read_text() for f in (ROOT / "webapp").rglob("*.py"))
    )
    assert set(read) - {"instance"} <= set(copied)


def test_memory_is_shared_out_alike_however_a_node_is_started() -> None:
    units = ["deploy/Containerfile", "deploy/systemd/latchkey.service", "deploy/cluster/node.py"]
    found = [
        re.findall(r"glibc\.malloc[\w.=:]+", (ROOT / file).read_text(encoding="utf-8"))
        for file in ("Makefile", *units, "bench/running.py", "docs/decisions/0021-memory.md")
    ]
    assert [len(each) for each in found] == [1] * len(found)
    assert len({each[0] for each in found}) == 1


def test_scripts_are_of_a_plain_shell() -> None:
    for script in (DEPLOY / "systemd" / "latchkey", DEPLOY / "postgresql" / "make-database.sh"):
        subprocess.run(["/bin/sh", "-n", str(script)], check=True)
        assert script.stat().st_mode & 0o111, script


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Where systemd is not installed, its lines are read as it reads them."""
    lines = [line for line in UNIT.splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"\[(Unit|Service|Install)\]|[A-Z]\w+=.*", line)] == []
    if not (analyze := shutil.which("systemd-analyze")):
        return
    unit = tmp_path / "latchkey.service"
    unit.write_text(UNIT.replace("/opt/latchkey/.venv/bin/flask", "/bin/true"))
    told = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in told.stderr.splitlines() if "latchkey.service" in line] == []


def test_secrets_of_the_document_are_those_that_the_files_read(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "deployment.md").read_text()
    [block] = [each for each in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "mkdir secrets" in each]
    subprocess.run(["/bin/sh", "-euc", block], cwd=tmp_path, check=True)
    made = {file.name: file for file in (tmp_path / "secrets").iterdir()}
    assert {f"./secrets/{name}" for name in made} == {each["file"] for each in COMPOSE["secrets"].values()}
    values = {f"{name.upper()}_FILE": str(made[name]) for name in NODE["secrets"]}
    assert load_settings({**NODE["environment"], "APP_ENV": "production", **values}).in_production
    assert {oct(file.stat().st_mode & 0o777) for file in made.values()} == {"0o444"}
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0


def test_container_has_the_backup_programs_of_the_databases_release_and_a_place_for_backups() -> None:
    client = re.search(r"postgresql-client-(\d+)", CONTAINER)
    assert client
    assert COMPOSE["services"]["postgresql"]["image"].rsplit(":", 1)[1].split(".")[0] == client[1]
    assert "backups:/var/backups/latchkey" in NODE["volumes"]
    assert "/var/backups/latchkey" in CONTAINER


def test_whoever_stops_a_node_waits_longer_than_it_needs() -> None:
    assert int(NODE["stop_grace_period"].removesuffix("s")) >= STOP_SECONDS + 5
    assert int(re.findall(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)[0]) >= STOP_SECONDS + 5
    waits = int(POD["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert POD["terminationGracePeriodSeconds"] >= waits + STOP_SECONDS + 5


def test_secrets_made_here_are_not_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/deploy/secrets/", "/deploy/certificate/"} <= set(ignored)
