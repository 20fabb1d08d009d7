"""What is compiled works with the real engine and `docker compose`, without devenv."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devenv.clock import SystemClock
from devenv.workspace.host import HostSettings
from tests.contract.compiled_project import (
    ODD_VALUES,
    SmallProject,
    answer,
    copy_golden,
    make_project,
    run,
    trusted_certificates,
    write_compiled,
)
from tests.ports import free_port

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/devenv.yaml"))
MARKER = "devenv-marker-of-this-bundle"


def _engine_answers() -> bool:
    try:
        done = subprocess.run(["docker", "compose", "version"], capture_output=True, timeout=30, check=False)
    except OSError:
        return False
    return done.returncode == 0


pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not _engine_answers(), reason="no engine answers; `make lab` sets one up"),
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallProject]:
    """A small project, built with a bundle of certificates that can be recognised."""
    root = tmp_path_factory.mktemp("small")
    project = make_project(root, f"dvt-compiled-{uuid.uuid4().hex[:8]}")
    (root / ".devenv" / "certificates.pem").write_text(f"# {MARKER}\n{trusted_certificates()}")
    project.build()
    yield project
    project.remove_all()


@pytest.fixture(scope="module")
def running(small: SmallProject) -> SmallProject:
    small.compose("up", "--detach")
    return small


def _inside(project: SmallProject, *command: str) -> str:
    return project.compose("exec", "-T", "web", *command)


@pytest.mark.parametrize("case", CASES)
def test_compose_reads_every_golden_file_as_it_was_meant(case: str, tmp_path: Path) -> None:
    root = tmp_path / case
    copy_golden(GOLDEN / case, root)
    compiled = write_compiled(root, f"dvt-golden-{case}", {}, HostSettings())
    text = run("docker", "compose", "-f", ".devenv/compose.yaml", "config", "--format", "json", folder=root)
    services: dict[str, Any] = json.loads(text)["services"]
    assert set(services) == {service.name for service in compiled.services}
    for service in compiled.services:
        labels = services[service.name]["labels"]
        assert labels["dev.devenv.root"] == str(root.resolve())
        assert json.loads(labels["dev.devenv.inputs"]) == service.inputs
        waited_for = services[service.name].get("depends_on") or {}
        assert {name: wait["condition"] for name, wait in waited_for.items()} == service.depends_on


def test_compose_alone_brings_up_an_app_that_answers(running: SmallProject) -> None:
    content = answer(running.port, SystemClock())
    assert (content["users"], content["uid"]) == (0, 1000)


def test_odd_values_reach_the_process_unchanged(running: SmallProject) -> None:
    environ = answer(running.port, SystemClock())["environ"]
    assert isinstance(environ, dict)
    assert {name: environ.get(name) for name in ODD_VALUES} == ODD_VALUES


def test_the_app_may_write_where_it_has_to(running: SmallProject) -> None:
    script = "id -u; touch /app/new /run/devenv/new; rm /app/new /run/devenv/new; test -r $SSL_CERT_FILE"
    assert _inside(running, "sh", "-ec", script) == "1000\n"
    assert _inside(running, "sh", "-c", "which python uv") == "/opt/venv/bin/python\n/usr/local/bin/uv\n"


def test_a_package_can_be_installed_into_the_running_app(running: SmallProject) -> None:
    _inside(running, "uv", "pip", "install", "--quiet", "tzdata")
    assert _inside(running, "python", "-c", "import tzdata; print(tzdata.__path__[0])").startswith(
        "/opt/venv/"
    )


def test_ports_are_open_to_this_machine_only(running: SmallProject) -> None:
    assert running.compose("port", "web", "8000").strip() == f"127.0.0.1:{running.port}"


def test_containers_and_image_carry_the_hashes_that_were_compiled(running: SmallProject) -> None:
    container = running.compose("ps", "--quiet", "web").strip()
    labels = json.loads(run("docker", "inspect", "--format", "{{json .Config.Labels}}", container))
    image = json.loads(run("docker", "inspect", "--format", "{{json .Config.Labels}}", running.image))
    assert labels["dev.devenv.build-hash"] == image["dev.devenv.build-hash"]
    assert "app.dependencies.requirements.txt" in json.loads(image["dev.devenv.inputs"])


def test_secrets_of_the_host_and_of_env_files_are_in_no_layer(small: SmallProject) -> None:
    history = run("docker", "history", "--no-trunc", small.image)
    found = [word for word in (MARKER, "NOT_FOR_IMAGES=1", ODD_VALUES["UNICODE"]) if word in history]
    assert found == []
    needles = [word.encode() for word in (MARKER, "NOT_FOR_IMAGES=1", ODD_VALUES["HEREDOC"] + "\nYAML")]
    assert _found_in_layers(small.image, needles) == []
    assert _found_in_layers(small.image, [b"REQUIRED = os.environ"]) == [b"REQUIRED = os.environ"]


def _found_in_layers(image: str, needles: list[bytes]) -> list[bytes]:
    """Those that are anywhere in the image, in a layer that a later one hides as well."""
    overlap = max(map(len, needles))
    found: set[bytes] = set()
    with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving:
        assert saving.stdout
        rest = b""
        while block := saving.stdout.read(1 << 20):
            rest += block
            found |= {needle for needle in needles if needle in rest}
            rest = rest[-overlap:]
    assert saving.returncode == 0
    return sorted(found)


def test_other_certificates_and_proxies_build_the_same_image_from_the_cache(
    small: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = small.image_id()
    pem = small.root / ".devenv" / "certificates.pem"
    pem.write_text(pem.read_text().replace(MARKER, "another comment"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "example.com")
    small.build()
    assert small.image_id() == before


def test_a_changed_source_installs_nothing_and_a_changed_requirement_does(small: SmallProject) -> None:
    (small.root / "small" / "new.py").write_text("1\n")
    after_source = small.build()
    (small.root / "requirements.txt").write_text(f"django>=4.2,<6\n# {uuid.uuid4()}\n")
    after_requirement = small.build()
    assert [_is_cached(output, "uv pip install") for output in (after_source, after_requirement)] == [
        True,
        False,
    ]


def _is_cached(output: str, step: str) -> bool:
    """Whether the builder took the step that runs `step` from its cache."""
    number = re.search(rf"^#(\d+) \[.*{re.escape(step)}", output, re.MULTILINE)
    assert number, output
    return f"#{number[1]} CACHED" in output


def test_production_serves_static_files_collected_and_has_no_tool_of_development(small: SmallProject) -> None:
    image = f"{small.image}-production"
    dockerfile = small.root / ".devenv" / "Dockerfile"
    secret = f"id=certificates,src={small.root / '.devenv' / 'certificates.pem'}"
    build = ("docker", "build", "--target", "production", "--secret", secret, "--tag", image)
    run(*build, "--file", str(dockerfile), str(small.root))
    port = free_port()
    variables = [word for name in ("SECRET_KEY", "DOLLARS") for word in ("--env", f"{name}=in production")]
    container = run(
        "docker", "run", "--detach", "--rm", *variables, "--publish", f"127.0.0.1:{port}:8000", image
    ).strip()
    try:
        run("docker", "exec", container, "python", "manage.py", "migrate")
        content = answer(port, SystemClock())
        listing = run("docker", "exec", container, "sh", "-c", "ls /opt collected; which uv gcc pytest; true")
    finally:
        run("docker", "kill", container)
    assert (content["uid"], content["users"]) == (1000, 0)
    environ = content["environ"]
    assert isinstance(environ, dict)
    assert environ["SECRET_KEY"] == "in production"
    assert set(ODD_VALUES) & set(environ) == {"DOLLARS"}
    assert listing.split() == ["/opt:", "venv", "collected:", "site.css"]
