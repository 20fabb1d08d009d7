"""The door to the Docker engine, on the real one: what the engine's own client says is the oracle."""

from __future__ import annotations

import gc
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from devenv.engine.client import (
    ByteStream,
    ContainerEvent,
    EngineGone,
    Health,
    HealthProbe,
    ImageFacts,
    State,
)
from devenv.engine.docker_door import DockerEngine
from devenv.engine.endpoint import Endpoint, locate_endpoint
from devenv.errors import EngineUnavailable, NotRunning, StartFailed
from tests.contract.engine_world import BASE_IMAGE

pytestmark = pytest.mark.engine
LABEL = "dvt-engine.test"
RunContainer = Callable[..., str]


def docker(*arguments: str) -> str:
    result = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.fixture
def run_container() -> Iterator[RunContainer]:
    """Start a container by the docker CLI; it is removed afterwards."""
    made = []

    def run(script: str, *options: str) -> str:
        arguments = ["--label", f"{LABEL}={os.getpid()}", "--stop-signal", "SIGKILL", *options, BASE_IMAGE]
        made.append(docker("run", "-d", *arguments, "sh", "-c", script))
        return made[-1]

    yield run
    for container_id in made:
        subprocess.run(["docker", "rm", "-f", "-v", container_id], capture_output=True, check=False)


def read_all(stream: ByteStream) -> bytes:
    return b"".join(iter(stream.recv, b""))


class Relay:
    """Passes connections on to the engine until it is told to stop: an engine that can go away."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def stop(self) -> None:
        for connection in [self._listener, *self._connections]:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for connection in [self._listener, *self._connections]:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect("/var/run/docker.sock")
            self._connections += [client, engine]
            for source, target in ((client, engine), (engine, client)):
                self._threads.append(threading.Thread(target=self._pass, args=(source, target)))
                self._threads[-1].start()

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


@pytest.fixture
def tcp_engine() -> Iterator[DockerEngine]:
    """The same engine at a TCP address: no Unix socket, so the SDK and the docker CLI do all."""
    listener = socket.create_server(("127.0.0.1", 0))
    host = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    relay = Relay(listener)
    engine = DockerEngine(Endpoint(host=host, source="DOCKER_HOST"), {**os.environ, "DOCKER_HOST": host})
    yield engine
    engine.close()
    relay.stop()


@pytest.fixture(params=["unix", "tcp"])
def any_engine(request: pytest.FixtureRequest) -> DockerEngine:
    found = request.getfixturevalue("engine" if request.param == "unix" else "tcp_engine")
    assert isinstance(found, DockerEngine)
    return found


def test_a_listed_container_is_what_inspect_says(
    any_engine: DockerEngine, run_container: RunContainer
) -> None:
    container_id = run_container("exec sleep 60", "-p", "127.0.0.1:0:8000", "--label", "a=b=c")
    inspected = json.loads(docker("inspect", container_id))[0]
    (facts,) = any_engine.containers([f"{LABEL}={os.getpid()}"])
    assert (facts.container_id, facts.name, facts.image, facts.image_id) == (
        container_id,
        inspected["Name"].removeprefix("/"),
        inspected["Config"]["Image"],
        inspected["Image"],
    )
    host_port = inspected["NetworkSettings"]["Ports"]["8000/tcp"][0]["HostPort"]
    assert (facts.state, facts.health, facts.exit_code, facts.ports) == (
        State.RUNNING,
        Health.NONE,
        None,
        {8000: int(host_port)},
    )
    assert facts.labels == inspected["Config"]["Labels"]


@pytest.mark.parametrize("exit_code", [0, 3, 137])
def test_the_exit_code_of_an_ended_container_is_in_the_list(
    engine: DockerEngine, run_container: RunContainer, exit_code: int
) -> None:
    docker("wait", run_container(f"exit {exit_code}"))
    (facts,) = engine.containers([f"{LABEL}={os.getpid()}"])
    while facts.state is State.RUNNING:  # the list learns of an end a moment later than who waits for it
        (facts,) = engine.containers([f"{LABEL}={os.getpid()}"])
    assert (facts.state, facts.exit_code) == (State.EXITED, exit_code)


def test_a_health_check_is_probed_before_the_engine_does(
    engine: DockerEngine, run_container: RunContainer
) -> None:
    options = ("--health-cmd", "echo probed; test -f /up", "--health-interval", "60s")
    container_id = run_container("exec sleep 60", *options)
    assert engine.probe_health(container_id, 5) == HealthProbe(passed=False, output="probed")
    docker("exec", container_id, "touch", "/up")
    assert engine.probe_health(container_id, 5) == HealthProbe(passed=True, output="probed")
    (facts,) = engine.containers([f"{LABEL}={os.getpid()}"])
    assert facts.health is Health.STARTING


def test_a_health_check_that_hangs_is_given_up(engine: DockerEngine, run_container: RunContainer) -> None:
    container_id = run_container("exec sleep 60", "--health-cmd", "sleep 50", "--health-interval", "60s")
    assert not engine.probe_health(container_id, 0.3).passed


def test_a_command_gives_its_exit_code_and_both_outputs_apart(
    any_engine: DockerEngine, run_container: RunContainer
) -> None:
    result = any_engine.exec(run_container("exec sleep 60"), ["sh", "-c", "echo out; echo err >&2; exit 4"])
    assert (result.exit_code, result.output, result.errors) == (4, b"out\n", b"err\n")


def test_a_command_runs_as_the_user_that_is_asked_for(
    any_engine: DockerEngine, run_container: RunContainer
) -> None:
    result = any_engine.exec(run_container("exec sleep 60"), ["id", "-u"], user="1000")
    assert result.output == b"1000\n"


def test_a_stream_carries_bytes_both_ways_while_two_threads_use_it(
    any_engine: DockerEngine, run_container: RunContainer
) -> None:
    stream = any_engine.open_exec_stream(
        run_container("exec sleep 60"), ["sh", "-c", "echo err >&2; exec cat"]
    )
    sent = bytes(range(256)) * 8192
    sender = threading.Thread(target=stream.send, args=(sent,))
    sender.start()
    received = b""
    while len(received) < len(sent):
        received += stream.recv()
    sender.join()
    assert received == sent
    assert stream.errors == b"err\n"
    stream.close()


def test_what_a_command_says_at_once_is_not_lost(engine: DockerEngine, run_container: RunContainer) -> None:
    container_id = run_container("exec sleep 60")
    for _ in range(20):
        stream = engine.open_exec_stream(container_id, ["echo", "hello"])
        assert read_all(stream) == b"hello\n"
        stream.close()


def test_closing_a_stream_ends_a_recv_that_waits_in_another_thread(
    any_engine: DockerEngine, run_container: RunContainer
) -> None:
    stream = any_engine.open_exec_stream(run_container("exec sleep 60"), ["sh", "-c", "echo ready; exec cat"])
    assert stream.recv() == b"ready\n"
    answers: list[bytes] = []
    receiver = threading.Thread(target=lambda: answers.append(stream.recv()))
    receiver.start()
    stream.close()
    receiver.join(timeout=60)
    assert answers == [b""]
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the transport
        stream.send(b"too late")


def test_the_death_of_the_container_ends_the_stream(
    any_engine: DockerEngine, run_container: RunContainer
) -> None:
    container_id = run_container("exec sleep 60")
    stream = any_engine.open_exec_stream(container_id, ["sh", "-c", "echo ready; exec cat"])
    assert stream.recv() == b"ready\n"
    any_engine.kill(container_id)
    assert stream.recv() == b""
    stream.close()


def test_only_the_last_run_is_in_the_log(engine: DockerEngine, run_container: RunContainer) -> None:
    container_id = run_container("date +%s%N; echo end")
    docker("wait", container_id)
    first = engine.log_lines(container_id, 10)
    docker("run", "--rm", BASE_IMAGE, "sleep", "0.5")  # more than the margin that StartedAt needs
    engine.start(container_id)
    assert list(engine.follow_log(container_id)) == list(engine.log_lines(container_id, 10))
    second = engine.log_lines(container_id, 10)
    assert (len(first), len(second), first[1], second[1]) == (2, 2, "end", "end")
    assert first[0] < second[0]
    assert engine.log_lines(container_id, 1) == ("end",)


def test_events_tell_the_life_of_a_container(any_engine: DockerEngine, run_container: RunContainer) -> None:
    with_events = any_engine.events([f"{LABEL}={os.getpid()}"])
    service = ("--label", "com.docker.compose.service=web")
    container_id = run_container("exec sleep 60", *service)
    any_engine.kill(container_id)
    any_engine.remove(container_id)
    events = iter(with_events)
    assert [next(events) for _ in range(3)] == [
        ContainerEvent(action="start", service="web", container_id=container_id),
        ContainerEvent(action="die", service="web", container_id=container_id, exit_code=137),
        ContainerEvent(action="destroy", service="web", container_id=container_id),
    ]
    with_events.close()


def test_closing_the_events_ends_an_iteration_that_waits_in_another_thread(engine: DockerEngine) -> None:
    events = engine.events([f"{LABEL}=nobody"])
    seen: list[object] = []
    listener = threading.Thread(target=lambda: seen.extend(events))
    listener.start()
    events.close()
    listener.join(timeout=60)
    assert (listener.is_alive(), seen) == (False, [])


# The SDK drops its socket unclosed where connecting fails.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_engine_that_goes_away_is_the_last_event_and_then_an_error() -> None:
    folder = tempfile.mkdtemp(prefix="dvt-engine-")
    path = f"{folder}/engine.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    relay = Relay(listener)
    engine = DockerEngine(Endpoint(host=f"unix://{path}", source="DOCKER_HOST"), os.environ)
    events = engine.events([f"{LABEL}=nobody"])
    relay.stop()
    assert [type(event) for event in events] == [EngineGone]
    with pytest.raises(EngineUnavailable):
        engine.containers([])
    with pytest.raises(EngineUnavailable):
        engine.kill("anything")
    engine.close()
    gc.collect()
    shutil.rmtree(folder)


def test_what_is_not_there_is_not_running(any_engine: DockerEngine, run_container: RunContainer) -> None:
    ended = run_container("exit 0")
    docker("wait", ended)
    acts: list[Callable[[str], object]] = [
        any_engine.kill,
        lambda container_id: any_engine.exec(container_id, ["true"]),
        lambda container_id: any_engine.open_exec_stream(container_id, ["true"]),
    ]
    for act in acts:
        for container_id in ("dvt-engine-never-made", ended):
            with pytest.raises(NotRunning):
                act(container_id)
    for act in (any_engine.start, any_engine.stop, any_engine.restart, any_engine.restart_count):
        with pytest.raises(NotRunning):
            act("dvt-engine-never-made")
    any_engine.remove("dvt-engine-never-made")


def test_a_port_that_is_taken_fails_the_start_with_the_engines_words(
    engine: DockerEngine, run_container: RunContainer
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        created = docker("create", "-p", f"127.0.0.1:{port}:80", "--label", LABEL, BASE_IMAGE, "sleep", "60")
        with pytest.raises(StartFailed) as caught:
            engine.start(created)
        engine.remove(created)
    assert "address already in use" in caught.value.details


def test_images_are_found_by_name_and_asked_of_the_registry(any_engine: DockerEngine) -> None:
    (image,) = any_engine.images([BASE_IMAGE, "dvt-engine/never-made:1"])
    assert BASE_IMAGE in image.names
    assert image.image_id == docker("image", "inspect", "--format", "{{.Id}}", BASE_IMAGE)
    assert any_engine.resolve("dvt-engine-never-made:1").problem != ""
    digest = any_engine.resolve(BASE_IMAGE).digest
    assert any_engine.resolve(f"{BASE_IMAGE}@{digest}").digest == digest


def test_what_is_in_use_stays_and_what_is_not_goes(
    any_engine: DockerEngine, run_container: RunContainer
) -> None:
    name = f"dvt-engine-{uuid.uuid4().hex[:8]}"
    docker("volume", "create", "--label", f"{LABEL}={name}", name)
    docker("network", "create", "--label", f"{LABEL}={name}", name)
    used = run_container("exec sleep 60", "--network", name, "--volume", f"{name}:/data")
    docker("commit", "--change", f"LABEL {LABEL}={name}", used, f"{name}:1")
    made_from_it = docker("create", f"{name}:1")
    (image,) = any_engine.labelled_images([f"{LABEL}={name}"])

    def tidy() -> tuple[str, str, tuple[ImageFacts, ...]]:
        any_engine.remove_volume(name)
        any_engine.remove_networks([f"{LABEL}={name}"])
        any_engine.remove_image(image.image_id)
        left = ["ls", "--quiet", "--filter", f"label={LABEL}={name}"]
        images = any_engine.labelled_images([f"{LABEL}={name}"])
        return docker("volume", *left), docker("network", *left) and "kept", images

    assert any_engine.disk_usage().by_image[image.image_id] >= 0
    assert tidy() == (name, "kept", (image,))
    docker("rm", "--force", used, made_from_it)
    assert tidy() == ("", "", ())


def test_versions_are_those_of_the_command_line(any_engine: DockerEngine) -> None:
    assert any_engine.versions().engine == docker("version", "--format", "{{.Server.Version}}")
    assert any_engine.disk_usage().images_bytes > 0


def test_a_list_does_not_import_the_sdk(tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib\n"
        "from devenv.engine.docker_door import DockerEngine\n"
        "from devenv.engine.endpoint import locate_endpoint\n"
        "endpoint = locate_endpoint(os.environ, pathlib.Path.home(), sys.platform)\n"
        "DockerEngine(endpoint, os.environ).containers([])\n"
        "print('docker' in sys.modules, 'requests' in sys.modules, 'http.client' in sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=Path.cwd(), check=True
    )
    assert result.stdout == "False False False\n"


def test_a_context_of_the_docker_command_is_followed(tmp_path: Path) -> None:
    environ = {**os.environ, "DOCKER_CONFIG": str(tmp_path)}
    host = "unix:///var/run/other.sock"
    for arguments in (["create", "other", "--docker", f"host={host}"], ["use", "other"]):
        subprocess.run(["docker", "context", *arguments], env=environ, capture_output=True, check=True)
    found = locate_endpoint({"DOCKER_CONFIG": str(tmp_path)}, Path("/nowhere"), "linux")
    assert (found.host, found.source, found.tls_folder) == (host, "the docker context 'other'", None)
