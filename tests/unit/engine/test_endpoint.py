from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from devenv.engine.endpoint import Endpoint, locate_endpoint
from devenv.engine.unavailable import UnavailableEngine, unavailable
from devenv.errors import EngineUnavailable


def make_context(home: Path, name: str, endpoint: dict[str, object], *, tls: bool = False) -> None:
    identifier = hashlib.sha256(name.encode()).hexdigest()
    meta = home / ".docker/contexts/meta" / identifier
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": endpoint}}))
    if tls:
        (home / ".docker/contexts/tls" / identifier / "docker").mkdir(parents=True)


def choose(home: Path, name: str) -> None:
    (home / ".docker").mkdir(exist_ok=True)
    (home / ".docker/config.json").write_text(json.dumps({"currentContext": name}))


@pytest.mark.parametrize(
    ("platform", "host"),
    [
        ("linux", "unix:///var/run/docker.sock"),
        ("darwin", "unix:///var/run/docker.sock"),
        ("win32", "npipe:////./pipe/docker_engine"),
    ],
)
def test_without_any_setting_the_platforms_default_is_meant(tmp_path: Path, platform: str, host: str) -> None:
    assert locate_endpoint({}, tmp_path, platform) == Endpoint(host=host, source="the default address")


def test_the_current_context_is_meant(tmp_path: Path) -> None:
    make_context(tmp_path, "colima", {"Host": "unix:///home/me/.colima/docker.sock"})
    choose(tmp_path, "colima")
    found = locate_endpoint({}, tmp_path, "darwin")
    assert found == Endpoint(host="unix:///home/me/.colima/docker.sock", source="the docker context 'colima'")
    assert found.socket_path == "/home/me/.colima/docker.sock"


def test_the_default_context_is_the_default_address(tmp_path: Path) -> None:
    choose(tmp_path, "default")
    assert locate_endpoint({}, tmp_path, "linux").source == "the default address"


def test_docker_context_beats_the_current_context_and_docker_host_beats_both(tmp_path: Path) -> None:
    make_context(tmp_path, "a", {"Host": "ssh://a"})
    make_context(tmp_path, "b", {"Host": "ssh://b"})
    choose(tmp_path, "a")
    assert locate_endpoint({"DOCKER_CONTEXT": "b"}, tmp_path, "linux").host == "ssh://b"
    environ = {"DOCKER_CONTEXT": "b", "DOCKER_HOST": "tcp://c:2375"}
    assert locate_endpoint(environ, tmp_path, "linux") == Endpoint(host="tcp://c:2375", source="DOCKER_HOST")


def test_tls_is_taken_from_the_environment_or_the_context(tmp_path: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://c:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certs"}
    assert locate_endpoint(environ, tmp_path, "linux") == Endpoint(
        host="tcp://c:2376", source="DOCKER_HOST", tls_folder=Path("/certs"), tls_verify=True
    )
    make_context(tmp_path, "far", {"Host": "tcp://far:2376", "SkipTLSVerify": True}, tls=True)
    choose(tmp_path, "far")
    found = locate_endpoint({}, tmp_path, "linux")
    assert (found.tls_folder is not None, found.tls_verify, found.socket_path) == (True, False, None)


def test_a_context_that_does_not_exist_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    choose(tmp_path, "gone")
    with pytest.raises(EngineUnavailable) as caught:
        locate_endpoint({}, tmp_path, "linux")
    assert caught.value.summary == "the docker context 'gone' does not exist"
    assert "docker context use" in caught.value.hint


def test_a_damaged_config_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text("{")
    assert locate_endpoint({}, tmp_path, "linux").source == "the default address"


DEFAULT = Endpoint(host="unix:///var/run/docker.sock", source="the default address")


@pytest.mark.parametrize(
    ("endpoint", "reason", "platform", "hint"),
    [
        (DEFAULT, "no such file", "linux", "sudo systemctl start docker"),
        (DEFAULT, "no such file", "darwin", "open -a Docker"),
        (DEFAULT, "no such file", "win32", "start Docker Desktop"),
        (DEFAULT, "[Errno 13] Permission denied", "linux", "sudo usermod -aG docker $USER"),
        (Endpoint(host="tcp://x", source="DOCKER_HOST"), "refused", "linux", "correct DOCKER_HOST"),
        (Endpoint(host="ssh://me@x", source="DOCKER_HOST"), "refused", "linux", "ssh me@x docker version"),
    ],
)
def test_a_missing_engine_is_told_with_what_to_try_here(
    endpoint: Endpoint, reason: str, platform: str, hint: str
) -> None:
    error = unavailable(endpoint, reason, platform)
    assert error.details == f"tried {endpoint.host} ({endpoint.source}): {reason}"
    assert hint in error.hint


def test_an_unavailable_engine_answers_every_question_with_the_reason() -> None:
    error = unavailable(DEFAULT, "no such file")
    with pytest.raises(EngineUnavailable) as caught:
        UnavailableEngine(error).containers([])
    assert caught.value is error


def test_an_engine_that_is_slow_is_not_told_to_be_missing() -> None:
    error = unavailable(DEFAULT, "timed out", "linux")
    assert error.summary == "the container engine is there and does not answer in time"
    assert "try again" in error.hint


def test_an_engine_far_away_that_never_answers_is_missing() -> None:
    far = Endpoint(host="tcp://10.0.0.1:2375", source="DOCKER_HOST")
    assert unavailable(far, "timed out", "linux").summary == "no container engine answers"
