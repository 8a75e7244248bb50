"""The services start in order, say how they are, hold as few rights as they can, and no password is written down."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from yanbao.cli.demo.topology import Addresses, Topology, plans
from yanbao.settings import Profile, Settings
from yanbao.worker import BEAT_SECONDS

DOCKER = Path(__file__).parents[2] / "docker"
TEXT = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "api", "worker", "clock")
SECRET = re.compile(r"PASSWORD|SECRET|AUTH|_KEY$")
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")

each_service = pytest.mark.parametrize("name", SERVICES)


def one_shot(service: dict[str, Any]) -> bool:
    return service.get("restart") == "no"


def test_every_process_is_there() -> None:
    assert set(SERVICES) == {*OURS, "postgres", "redis"}


@each_service
def test_a_service_says_how_it_is_or_ends(name: str) -> None:
    service = SERVICES[name]
    if one_shot(service):
        return
    assert service["restart"] == "unless-stopped"
    # The API's check is the image's own.
    assert service.get("healthcheck", {}).get("test") or name == "api"


@pytest.mark.parametrize("name", ["worker", "clock"])
def test_worker_and_clock_are_well_while_their_heart_beats(name: str, tmp_path: Path) -> None:
    service, file = SERVICES[name], tmp_path / "heartbeat"
    assert service["environment"]["YANBAO_HEARTBEAT"].startswith("/tmp/"), "each container has its own"
    word, python, *arguments = service["healthcheck"]["test"]
    assert (word, python) == ("CMD", "python")

    def is_well() -> bool:
        environment = {"YANBAO_HEARTBEAT": str(file)}
        return (
            subprocess.run(
                [sys.executable, *arguments], env=environment, stderr=subprocess.DEVNULL
            ).returncode
            == 0
        )

    assert not is_well()
    file.touch()
    assert is_well()
    long_ago = time.time() - 10 * BEAT_SECONDS
    os.utime(file, (long_ago, long_ago))
    assert not is_well()


@each_service
def test_a_service_runs_as_nobody_in_particular_and_writes_only_where_it_must(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@each_service
def test_an_image_has_a_version(name: str) -> None:
    image = VARIABLE.sub(lambda found: found["rest"].removeprefix(":-"), SERVICES[name]["image"])
    assert re.search(r":\d", image), image


@each_service
def test_secrets_come_from_the_environment_and_have_no_default(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        for found in VARIABLE.finditer(value):
            if SECRET.search(found["name"]):
                # What only some installations need may be left empty: the settings ask for it where it is needed.
                assert found["rest"].startswith(":?") or found["rest"] == ":-", f"{key}: {found['name']}"
        if SECRET.search(key):
            assert VARIABLE.fullmatch(value), f"{key} is written down"
        assert not re.search(r"://[^@/]*:[^@/]+@", VARIABLE.sub("", value)), f"{key} holds a password"


def test_nobody_starts_before_what_it_needs() -> None:
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in ("api", "worker", "clock"):
        needs = SERVICES[name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
        assert needs["postgres"]["condition"] == needs["redis"]["condition"] == "service_healthy"


def test_ours_are_one_image_with_the_commands_of_the_command_line() -> None:
    assert {SERVICES[name]["image"] for name in OURS} == {SERVICES["api"]["image"]}
    assert [SERVICES[name]["command"] for name in OURS] == [["migrate"], ["serve"], ["worker"], ["clock"]]


def test_the_demo_and_the_readmes_know_the_same_processes(tmp_path: Path) -> None:
    lasting = {tuple(SERVICES[name]["command"]) for name in OURS if not one_shot(SERVICES[name])}
    given = Settings(var=tmp_path, database_url="postgresql://h/d", redis_url="redis://h")
    started = {plan.name: plan.arguments for plan in plans(Topology.FULL, given, Addresses())}
    ours = {name: command for name, (module, *command) in started.items() if module == "yanbao"}
    assert {tuple(command) for command in ours.values()} == lasting
    assert set(ours) == {name for name in OURS if not one_shot(SERVICES[name])}
    for readme in ("README.md", "README.zh-CN.md"):
        text = (DOCKER.parent / readme).read_text(encoding="utf-8")
        named = {f"`yanbao {' '.join(SERVICES[name]['command'])}`" for name in OURS}
        assert {name for name in named if name not in text} == set(), readme


def test_only_the_api_can_be_reached_and_only_from_this_machine() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["api"]
    assert SERVICES["api"]["ports"] == ["${YANBAO_PUBLISH:-127.0.0.1:8000}:8000"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]


def test_what_must_last_has_a_volume() -> None:
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", ())}
    assert used == set(COMPOSE["volumes"]) == {"database", "state"}
    anchor = SERVICES["clock"]["environment"]["YANBAO_AUDIT_ANCHOR"]
    assert any(anchor.startswith(mount.split(":")[1]) for mount in SERVICES["clock"]["volumes"])


def test_the_example_documents_every_variable_and_fills_in_no_secret() -> None:
    example = (DOCKER / ".env.example").read_text(encoding="utf-8")
    documented = dict(
        line.split("=", 1) for line in example.splitlines() if line and not line.startswith("#")
    )
    uncommented = "\n".join(line for line in TEXT.splitlines() if not line.lstrip().startswith("#"))
    assert set(documented) == {found["name"] for found in VARIABLE.finditer(uncommented)}
    assert [name for name, value in documented.items() if SECRET.search(name) and value] == []


def test_every_variable_of_ours_is_a_setting() -> None:
    known = {f"YANBAO_{name.upper()}" for name in Settings.model_fields}
    used = {key for name in OURS for key in SERVICES[name]["environment"]}
    assert used - known == set()


def test_every_setting_can_be_made_where_it_makes_sense() -> None:
    image = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    made = {key for name in OURS for key in SERVICES[name]["environment"]}
    made |= set(re.findall(r"\b(YANBAO_\w+)=", image))
    known = {f"YANBAO_{name.upper()}" for name in Settings.model_fields}
    # The cookie is for HTTPS, files lie in the volume, and a real 云MAS cannot be asked about our ids.
    # Fault points are for tests, and so are leases of another length.
    assert known - made == {
        *("YANBAO_SECURE_COOKIE", "YANBAO_FILES", "YANBAO_SMS_ENQUIRY_PATH"),
        *("YANBAO_FAULT_POINTS", "YANBAO_LEASE_SECONDS"),
    }


def test_the_configuration_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in SERVICES["api"]["environment"].items():
        monkeypatch.setenv(key, VARIABLE.sub(_filled_in, value))
    settings = Settings()
    assert settings.profile is Profile.PRODUCTION
    assert not settings.embedded
    assert settings.cookie_is_secure


def _filled_in(variable: re.Match[str]) -> str:
    """The variable's default, or something where it is required."""
    rest = variable["rest"]
    return rest.removeprefix(":-") if rest.startswith(":-") else "x1"
