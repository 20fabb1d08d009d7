"""The health checks of templates/services on real containers: they pass once the app can work, not before."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.config import load_environment, templates_folder
from devenv.config.environment import Mount, Service

LABEL = "devenv.test=service-definitions"
SLOW_START = {
    "postgres": "select pg_sleep(4); create table filled (id int);",
    "mariadb": "select sleep(4); create table filled (id int);",
    "mysql": "select sleep(4); create table filled (id int);",
}
SETTINGS = {
    **{kind: {"user": "a b", "password": "p/@:w", "database": "my-shop"} for kind in SLOW_START},
    "postgres": {
        "user": "a b@c:d/é%41;#?",  # no quote, $, backslash or --: initdb refuses a superuser of such a name
        "password": """p'"`$(w)\\/@:%41 #?&=é""",
        "database": """my-shop's "1"; a/b@c:d?e#$HOME\\%41é""",
    },
    "rabbitmq": {"user": "a b", "password": "p/@w", "vhost": "a/b"},
}
# Folders of the project, and the image that this machine has.
FOLDERS = {
    "node": {
        "package.json": '{"scripts": {"dev": "node server.js"}}',
        "server.js": """require("http").createServer((_, r) => r.end()).listen(process.env.PORT)""",
    },
}
SPOKEN = {
    "memcached": ("version\r\nquit\r\n", "VERSION 1."),
    "redis": ("ping\n", "PONG"),
    "valkey": ("ping\n", "PONG"),
}
VERSIONS = {"node": "20-slim", "mysql": "9"}
BESIDE_ANOTHER = {"pgbouncer"}  # test_pool.py
KINDS = sorted({file.stem for file in (templates_folder() / "services").glob("*.yaml")} - BESIDE_ANOTHER)


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120, check=False)


def engine_answers() -> bool:
    try:
        return docker("version", "--format", "{{.Server.Version}}").returncode == 0
    except FileNotFoundError:
        return False


pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not engine_answers(), reason="no engine answers; `make lab` sets one up"),
]


@pytest.fixture
def container_ids() -> Iterator[list[str]]:
    """What a test starts, and this removes."""
    started: list[str] = []
    yield started
    if started:
        docker("rm", "--force", "--volumes", *started)


def service_of(kind: str, folder: Path) -> Service:
    text = f"type: {kind}, settings: {json.dumps(SETTINGS.get(kind, {}))}"
    if kind in FOLDERS:
        text += ", path: front"
    if kind in VERSIONS:
        text += f', version: "{VERSIONS[kind]}"'
    (folder / "front").mkdir(exist_ok=True)
    for name, content in FOLDERS.get(kind, {}).items():
        (folder / "front" / name).write_text(content, encoding="utf-8")
    (folder / "manage.py").touch()
    (folder / "devenv.yaml").write_text(
        f'name: shop\npython: "3.13"\nprocesses: {{x: sleep 1}}\nservices: {{it: {{{text}}}}}\n',
        encoding="utf-8",
    )
    return load_environment(folder / "devenv.yaml", templates_folder()).services[0]


def start(service: Service, folder: Path) -> str:
    """A container of the service, whose database takes its time to be filled."""
    if docker("image", "inspect", service.image).returncode and docker("pull", service.image).returncode:
        pytest.skip(f"{service.image} cannot be pulled here")
    variables = [word for name, value in service.env.items() for word in ("--env", f"{name}={value}")]
    options = [*variables, *(word for mount in service.mounts for word in mounted(mount, folder))]
    options += ["--entrypoint", service.entrypoint[0]] if service.entrypoint else []
    options += ["--workdir", service.working_dir] if service.working_dir else []
    command = (*service.entrypoint[1:], *service.command)
    created = docker("create", "--label", LABEL, *options, service.image, *command)
    assert created.returncode == 0, created.stderr
    container_id = created.stdout.strip()
    if script := SLOW_START.get(service.kind):
        (folder / "fill.sql").write_text(script, encoding="utf-8")
        (folder / "fill.sql").chmod(0o644)
        docker("cp", str(folder / "fill.sql"), f"{container_id}:/docker-entrypoint-initdb.d/fill.sql")
    assert docker("start", container_id).returncode == 0
    return container_id


def mounted(mount: Mount, folder: Path) -> list[str]:
    """Volumes without a name go with their container."""
    source = [f"source={folder / mount.folder}"] if mount.folder else []
    kind = "type=bind" if mount.folder else "type=volume"
    return ["--mount", ",".join([kind, *source, f"target={mount.target}"])]


def health_of(service: Service, container_id: str) -> subprocess.CompletedProcess[str]:
    """What the engine would do, with its answer."""
    assert service.health_check
    form, *command = service.health_check.test
    return docker("exec", container_id, *(command if form == "CMD" else ["/bin/sh", "-c", *command]))


def health_in_the_end(service: Service, container_id: str) -> subprocess.CompletedProcess[str]:
    """The first answer that is good, or the last one."""
    deadline = time.monotonic() + 90
    while (health := health_of(service, container_id)).returncode and time.monotonic() < deadline:
        if f"container {container_id} is not running" in health.stderr:
            return docker("logs", container_id)
        time.sleep(0.1)
    return health


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_is_healthy_once_what_the_app_will_use_answers(
    kind: str, tmp_path: Path, container_ids: list[str]
) -> None:
    service = service_of(kind, tmp_path)
    container_ids.append(start(service, tmp_path))

    health = health_in_the_end(service, container_ids[0])

    assert (health.returncode, health_of(service, container_ids[0]).returncode) == (0, 0), health
    if kind in SLOW_START:
        flag = "--command" if kind == "postgres" else "--execute"
        answer = docker("exec", container_ids[0], *service.shell, f"{flag}=select count(*) from filled")
        assert answer.returncode == 0, f"healthy before the database was filled: {answer.stderr}"
        assert health_of(service_of_another_database(tmp_path), container_ids[0]).returncode != 0
    if kind in SPOKEN:
        said, answered = SPOKEN[kind]
        assert answered in spoken_to(service, container_ids[0], said)
    if kind == "postgres":
        url = service.gives["DATABASE_URL"].replace("@it:", "@127.0.0.1:")
        answer = docker(
            "exec", container_ids[0], "psql", url, "-Atc", "select current_user, current_database()"
        )
        assert answer.stdout == f"{SETTINGS[kind]['user']}|{SETTINGS[kind]['database']}\n", answer


def spoken_to(service: Service, container_id: str, said: str) -> str:
    """What the service's own shell answers to what is typed."""
    command = ["docker", "exec", "--interactive", container_id, *service.shell]
    done = subprocess.run(command, input=said, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done
    return done.stdout


def service_of_another_database(folder: Path) -> Service:
    text = (folder / "devenv.yaml").read_text(encoding="utf-8").replace("my-shop", "other")
    (folder / "devenv.yaml").write_text(text, encoding="utf-8")
    return load_environment(folder / "devenv.yaml", templates_folder()).services[0]
