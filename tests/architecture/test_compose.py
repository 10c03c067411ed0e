"""Compose and the guide hold against the program: names, ports, paths, images, secrets, order."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
import typer
import yaml

from api.routes import health
from app.cli import app
from app.server import DRAIN_S, LEAVE_S
from app.settings import ENVIRONMENT_NAMES, Settings
from app.settings_brain import OLLAMA_MODEL

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCKERFILE: Final = (ROOT / "Dockerfile").read_text()
COMPOSE_TEXT: Final = (ROOT / "docker-compose.yml").read_text()
COMPOSE: Final[dict[str, Any]] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: Final[dict[str, Any]] = COMPOSE["services"]
GPU: Final[dict[str, Any]] = yaml.safe_load((ROOT / "deploy/compose.gpu.yml").read_text())
OWN: Final[dict[str, Any]] = {  # service -> what is laid over it when there is one of one's own
    name: yaml.safe_load((ROOT / f"deploy/compose.own-{own}.yml").read_text())["services"]
    for name, own in (("postgres", "postgres"), ("valkey", "redis"))
}
COMMANDS: Final[dict[str, Any]] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
VARIABLE: Final = re.compile(r"\$\{([A-Z_]+)(:[-?][^{}]*)?")
ONE_SHOTS: Final = {"migrate", "ollama-pull"}
OURS: Final = {"gateway", "worker", "migrate"}
DEPLOYMENT_ONLY: Final = {"POSTGRES_PASSWORD", "GATEWAY_BIND", "GATEWAY_PORT"}
OF_OTHERS: Final = {  # service -> names that its image reads
    "postgres": {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"},
    "caddy": {"PUBLIC_BASE_URL"},
    "ollama-gpu": {"OLLAMA_NUM_PARALLEL", "OLLAMA_KEEP_ALIVE"},
    "ollama-cpu": {"OLLAMA_NUM_PARALLEL", "OLLAMA_KEEP_ALIVE"},
    "ollama-pull": {"OLLAMA_HOST"},
}
SECRET: Final = re.compile(r"(PASSWORD|TOKEN|_KEY|SECRET)$")


def seconds(text: str) -> int:
    assert text.endswith("s")
    return int(text[:-1])


def test_variables_are_settings_or_explained() -> None:
    used = {name for name, _ in VARIABLE.findall(COMPOSE_TEXT)}
    assert used - set(ENVIRONMENT_NAMES) == DEPLOYMENT_ONLY
    head = COMPOSE_TEXT.split("\nname:")[0]
    guide = (ROOT / "docs/deploy.md").read_text()
    for name in DEPLOYMENT_ONLY:
        assert name in head
        assert name in guide


def test_secrets_come_from_the_environment_and_must_be_set() -> None:
    for name, rest in VARIABLE.findall(COMPOSE_TEXT):
        if SECRET.search(name):
            # Postgres' image asks for its password; Compose would do so without that service too.
            wanted = ":-" if name == "POSTGRES_PASSWORD" else ":?"
            assert rest.startswith(wanted), f"{name} must be set"
    for service in SERVICES.values():
        for name, value in (service.get("environment") or {}).items():
            if SECRET.search(name):
                assert value.startswith("${"), f"{name} is written down"
    assert not re.search(r"://[^:/\s]+:[^$\s@]+@", COMPOSE_TEXT)


@pytest.mark.parametrize("name", SERVICES)
def test_every_name_of_the_environment_is_read_by_somebody(name: str) -> None:
    known = set(ENVIRONMENT_NAMES) if name in OURS else OF_OTHERS.get(name, set())
    assert set(SERVICES[name].get("environment") or {}) <= known


def test_every_process_of_ours_shares_database_and_key() -> None:
    for name in OURS:
        assert {"DATABASE_URL", "PARLEY_KEY", "PARLEY_DATA_DIR"} <= set(SERVICES[name]["environment"])  # fmt: skip  # noqa: E501
        assert SERVICES[name]["volumes"] == ["parley:/data"]
    defaults = {"OLLAMA_MODEL": OLLAMA_MODEL}
    defaults["OLLAMA_PARALLEL"] = str(Settings.model_fields["ollama_parallel"].default)
    defaults["LOG_LEVEL"] = Settings.model_fields["log_level"].default.value
    for name, value in defaults.items():
        found = re.findall(rf"\$\{{{name}:-([^}}]*)\}}", COMPOSE_TEXT)
        assert found
        assert set(found) == {value}


@pytest.mark.parametrize("name", sorted(OURS))
def test_commands_and_their_options_exist(name: str) -> None:
    said = [SERVICES[name]["command"]]
    check = SERVICES[name]["healthcheck"].get("test", [])
    said += [check[1:]] if check[1:2] == ["parley"] else []
    for program, command, *options in said:
        assert program == "parley"
        known = {word for each in COMMANDS[command].params for word in each.opts}
        assert set(options) <= known


def test_ports_fit_and_only_doors_are_published() -> None:
    default = Settings.model_fields["port"].default
    gateway = SERVICES["gateway"]
    assert gateway["environment"]["PARLEY_PORT"] == str(default)
    [port] = gateway["ports"]
    assert port == f"${{GATEWAY_BIND:-127.0.0.1}}:${{GATEWAY_PORT:-{default}}}:{default}"
    assert {name for name, each in SERVICES.items() if "ports" in each} == {"gateway", "caddy"}
    assert f"dynamic a gateway {default}" in (ROOT / "deploy/Caddyfile").read_text()
    probe = gateway["healthcheck"]["test"][-1]
    paths = {route.path for route in health.router.routes}  # type: ignore[attr-defined]
    assert re.findall(r"'GET', '(/\w+)'", probe)[0] in paths
    assert f"'127.0.0.1', {default}" in probe


def test_databases_are_reached_from_inside_only() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_whoever_needs_a_database_reaches_one_of_ones_own_too() -> None:
    for name in OURS:
        outside = set(SERVICES[name]["networks"]) - {"inside"}
        assert any(not (COMPOSE["networks"][each] or {}).get("internal") for each in outside)


@pytest.mark.parametrize("name", OWN)
def test_with_one_of_ones_own_nobody_waits_for_ours(name: str) -> None:
    over = OWN[name]
    profiles = {each for service in SERVICES.values() for each in service.get("profiles", [])}
    assert over[name]["profiles"], "it is not started"
    assert not profiles & set(over[name]["profiles"]), "nor by a profile that somebody may want"
    waiting = {each for each, service in SERVICES.items() if name in service.get("depends_on", {})}
    assert waiting == set(over) - {name}
    for each in waiting:
        ours = SERVICES[each]["depends_on"][name]
        assert over[each]["depends_on"] == {name: {**ours, "required": False}}


def test_an_address_that_is_set_goes_before_compose_s_own() -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "OLLAMA_BASE_URL"):
        assert SERVICES["gateway"]["environment"][name].startswith(f"${{{name}:-")
        # The example leaves it empty: copied as it is, it would go before Compose's own.
        assert re.search(rf"(?m)^{name}=$", (ROOT / ".env.example").read_text())


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_careful_watched_and_bounded(name: str) -> None:
    service = SERVICES[name]
    tag = service["image"].partition(":")[2]
    assert re.match(r"\d+\.\d+", tag), "an image is pinned by its version"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"]
    assert service["restart"] == ("no" if name in ONE_SHOTS else "unless-stopped")
    if name in ONE_SHOTS:
        assert service["healthcheck"] == {"disable": True}
    else:
        assert seconds(service["healthcheck"]["start_period"]) >= 30
    if not name.startswith("ollama"):
        assert service["read_only"] is True


def test_our_image_has_the_project_s_version() -> None:
    version = PROJECT["project"]["version"]
    assert {SERVICES[name]["image"] for name in OURS} == {f"parley:{version}"}
    assert GPU["services"]["gateway"]["image"] == f"parley:{version}-cuda"
    assert f'image.version="{version}"' in DOCKERFILE
    stages = re.findall(r"(?m)^FROM .* AS (\S+)$", DOCKERFILE)
    targets = [SERVICES[name]["build"]["target"] for name in OURS]
    targets.append(GPU["services"]["gateway"]["build"]["target"])
    assert set(targets) == {"cpu", "cuda"} <= set(stages)
    assert stages[-1] == "cpu", "a plain build makes the image without CUDA"


def test_our_services_run_as_the_image_s_user() -> None:
    assert {SERVICES[name]["user"] for name in OURS} == {"10001:10001"}


def test_what_depends_exists_and_can_be_waited_for() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            ends = how["condition"] == "service_completed_successfully"
            assert ends is (other in ONE_SHOTS)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).exists()
        assert set(service["networks"]) <= set(COMPOSE["networks"])
    used = {each.split(":")[0] for one in SERVICES.values() for each in one.get("volumes", [])}
    assert set(COMPOSE["volumes"]) <= used
    for name in ("gateway", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"]


def test_live_calls_are_not_cut_off_by_a_stop() -> None:
    needed = DRAIN_S + LEAVE_S
    assert seconds(SERVICES["gateway"]["stop_grace_period"]) > needed
    assert seconds(SERVICES["caddy"]["stop_grace_period"]) > needed


def test_the_guide_s_commands_exist() -> None:
    guide = (ROOT / "docs/deploy.md").read_text()
    said = re.findall(r"(?m)(?:^|exec (?:-T )?gateway |run --rm (?:--no-deps )?gateway |bin/|parley -- )parley ([a-z]+)(?: ([a-z]+))?", guide)  # fmt: skip  # noqa: E501
    assert len(said) > 5
    for command, word in said:
        assert command in COMMANDS, command
        inner = getattr(COMMANDS[command], "commands", None)
        assert inner is None or word in inner, f"{command} {word}"
    for path in re.findall(r"deploy/[\w.-]+", guide):
        assert (ROOT / path).exists(), path
    for service in re.findall(r"docker compose (?:logs|exec|restart|stop|start)(?: -\w+)* ([a-z-]+)", guide):  # fmt: skip  # noqa: E501
        assert service in SERVICES, service


def test_compose_itself_accepts_the_files(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("the docker client is not installed")
    if subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("the docker client has no compose plugin")
    secrets = {"POSTGRES_PASSWORD": "x", "PARLEY_KEY": "x", "PATH": Path(docker).parent.as_posix()}
    for name in ("Dockerfile", "docker-compose.yml", "deploy"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".env").touch()
    added = sorted(path.name for path in (ROOT / "deploy").glob("compose.*.yml"))
    for files in (["docker-compose.yml"], *(["docker-compose.yml", f"deploy/{x}"] for x in added)):
        chosen = [word for name in files for word in ("-f", name)]
        done = subprocess.run(
            [docker, "compose", *chosen, "--profile", "*", "config", "--quiet"],
            cwd=tmp_path,
            env={**secrets, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
