"""The door to the Docker engine: the only module that imports the Docker SDK, and only once it must.

Reads go straight to a Unix socket where there is one (see unix_api); the SDK does the rest, and speaks to
every other kind of engine: named pipe, SSH, TLS.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from devenv.engine import api_facts, unix_api
from devenv.engine.client import (
    ByteStream,
    ContainerEvent,
    ContainerFacts,
    ContainerSettings,
    DiskUsage,
    EngineGone,
    EngineVersions,
    EventStream,
    ExecResult,
    HealthProbe,
    ImageFacts,
    RegistryAnswer,
    VolumeFacts,
)
from devenv.engine.endpoint import SSH, Endpoint
from devenv.engine.exec_stream import ProcessStream, SocketStream
from devenv.engine.unavailable import unavailable
from devenv.errors import DevenvError, NotRunning, StartFailed

if TYPE_CHECKING:
    from docker import APIClient

READ_TIMEOUT_SECONDS = 30.0  # a thousand images, read from a busy disk, took more than ten
ACT_TIMEOUT_SECONDS = 120  # stopping waits for the container's own grace period
START_MARGIN_SECONDS = 0.25  # StartedAt is taken after the process began, and it may have printed by then
EVENT_ACTIONS = ("start", "die", "health_status", "destroy", "oom")


class DockerEngine:
    """A Docker engine at an endpoint. No call is made before the first method's."""

    def __init__(self, endpoint: Endpoint, environ: Mapping[str, str]) -> None:
        self._endpoint = endpoint
        self._environ = environ

    def containers(self, labels: Sequence[str]) -> tuple[ContainerFacts, ...]:
        """All containers, stopped ones too, that carry every one of `labels` ("key" or "key=value")."""
        answer = self._get("/containers/json", {"all": "1", "filters": json.dumps({"label": list(labels)})})
        return tuple(api_facts.container_facts(item) for item in answer)

    def images(self, references: Sequence[str]) -> tuple[ImageFacts, ...]:
        """The images that are here under any of `references` ("redis:8")."""
        if not references:
            return ()
        answer = self._get("/images/json", {"filters": json.dumps({"reference": list(references)})})
        return tuple(api_facts.image_facts(item) for item in answer)

    def labelled_images(self, labels: Sequence[str]) -> tuple[ImageFacts, ...]:
        """The images that carry every one of `labels`, those that lost their name included."""
        answer = self._get("/images/json", {"filters": json.dumps({"label": list(labels)})})
        return tuple(api_facts.image_facts(item) for item in answer)

    def volumes(self, labels: Sequence[str]) -> tuple[VolumeFacts, ...]:
        """The volumes that carry every one of `labels`."""
        answer = self._get("/volumes", {"filters": json.dumps({"label": list(labels)})})
        return tuple(api_facts.volume_facts(item) for item in answer["Volumes"] or ())

    def settings(self, container_id: str) -> ContainerSettings:
        """What the container has now."""
        return api_facts.container_settings(self._inspect(container_id))

    def restart_count(self, container_id: str) -> int:
        """How often the engine itself started the container again since the last start by hand."""
        return int(self._inspect(container_id).get("RestartCount") or 0)

    def probe_health(self, container_id: str, timeout_seconds: float) -> HealthProbe:
        """Run the container's health check now, without waiting for the engine's next turn."""
        test = (self._inspect(container_id)["Config"].get("Healthcheck") or {}).get("Test") or ["NONE"]
        kind, *command = test
        if kind == "NONE":
            return HealthProbe(passed=True, output="")
        argv = ["/bin/sh", "-c", *command] if kind == "CMD-SHELL" else command
        result = self.exec(container_id, argv, timeout_seconds=timeout_seconds)
        output = (result.output + result.errors).decode("utf-8", "replace").strip()
        return HealthProbe(passed=result.exit_code == 0, output=output)

    def log_lines(self, container_id: str, tail: int, *, of_last_run: bool = True) -> tuple[str, ...]:
        """The last `tail` lines of stdout and stderr, of the container's last run or of all its runs."""
        since = self._last_run(container_id) if of_last_run else None
        with self._translated():
            content: bytes = self._sdk.logs(container_id, tail=tail, since=since)
        return tuple(content.decode("utf-8", "replace").splitlines())

    def follow_log(self, container_id: str, *, from_now: bool = False) -> Iterator[str]:
        """Lines of the container's last run (`from_now`: only what comes), until it stops."""
        begin: dict[str, Any] = {"tail": 0} if from_now else {"since": self._last_run(container_id)}
        with self._translated():
            yield from _lines(self._sdk.logs(container_id, stream=True, follow=True, **begin))

    def start(self, container_id: str) -> None:
        """Start; nothing happens when it runs. Raises StartFailed when the engine cannot."""
        try:
            with self._translated():
                self._sdk.start(container_id)
        except NotRunning:
            raise
        except DevenvError as error:
            if type(error) is not DevenvError:
                raise
            raise StartFailed("the engine cannot start a container", details=error.details) from error

    def stop(self, container_id: str) -> None:
        """Ask it to end, kill it after its own grace period."""
        with self._translated():
            self._sdk.stop(container_id)

    def kill(self, container_id: str) -> None:
        """End it now."""
        with self._translated():
            self._sdk.kill(container_id)

    def restart(self, container_id: str) -> None:
        """Stop and start."""
        with self._translated():
            self._sdk.restart(container_id)

    def remove(self, container_id: str) -> None:
        """Stop and remove the container and its unnamed volumes; nothing happens when it is gone."""
        try:
            self.stop(container_id)
            with self._translated():
                self._sdk.remove_container(container_id, v=True, force=True)
        except NotRunning:
            return

    def remove_networks(self, labels: Sequence[str]) -> None:
        """Remove the networks that carry every one of `labels` and that nothing is connected to."""
        for item in self._get("/networks", {"filters": json.dumps({"label": list(labels)})}):
            try:
                with _what_is_in_use_stays(), self._translated():
                    self._sdk.remove_network(item["Id"])
            except DevenvError as error:
                if "active endpoints" not in error.details:  # 403 means more than this
                    raise

    def remove_image(self, image_id: str) -> None:
        """Remove an image and its names; one that a container was made from stays."""
        with _what_is_in_use_stays(), self._translated():
            for name in self._get(f"/images/{image_id}/json", {}).get("RepoTags") or ():
                self._sdk.remove_image(name)
        with _what_is_in_use_stays(), self._translated():
            self._sdk.remove_image(image_id)

    def remove_volume(self, name: str) -> None:
        """Remove a volume, its data included; one that a container has stays."""
        with _what_is_in_use_stays(), self._translated():
            self._sdk.remove_volume(name)

    def exec(
        self,
        container_id: str,
        argv: Sequence[str],
        *,
        user: str | None = None,
        timeout_seconds: float | None = None,
    ) -> ExecResult:
        """Run a command in the container to its end, or for so long: the exit code is then -1."""
        stream, exit_code = self._start_exec(container_id, argv, user, interactive=False)
        alarm = threading.Timer(timeout_seconds or threading.TIMEOUT_MAX, stream.close)
        alarm.daemon = True
        alarm.start()
        try:
            output = b"".join(iter(stream.recv, b""))
            return ExecResult(exit_code=exit_code(), output=output, errors=stream.errors)
        finally:
            alarm.cancel()
            stream.close()

    def open_exec_stream(self, container_id: str, argv: Sequence[str], user: str | None = None) -> ByteStream:
        """Run a command in the container and talk with it."""
        return self._start_exec(container_id, argv, user, interactive=True)[0]

    def events(self, labels: Sequence[str]) -> EventStream:
        """What happens from now on to containers that carry every one of `labels`."""
        filters = {"type": "container", "event": list(EVENT_ACTIONS), "label": list(labels)}
        with self._translated():
            stream = self._sdk.events(filters=filters, decode=True)
        return _Events(stream, stream.close)

    def versions(self) -> EngineVersions:
        """Which engine this is."""
        return api_facts.engine_versions(self._get("/version", {}))

    def disk_usage(self) -> DiskUsage:
        """What the engine's store holds; slow on full machines."""
        return api_facts.disk_usage(self._get("/system/df", {}, timeout_seconds=60))

    def resolve(self, reference: str) -> RegistryAnswer:
        """Ask the image's registry, through the engine and its mirrors, what it has under that name."""
        try:
            answer = self._get(f"/distribution/{quote(reference)}/json", {}, timeout_seconds=20)
        except (DevenvError, TimeoutError) as error:
            return RegistryAnswer(problem=getattr(error, "details", "") or str(error))
        return RegistryAnswer(digest=answer["Descriptor"]["digest"])

    def close(self) -> None:
        """Give the connections back; the next call opens them anew."""
        sdk = self.__dict__.pop("_sdk", None)
        if sdk is not None:
            sdk.close()

    def _start_exec(
        self, container_id: str, argv: Sequence[str], user: str | None, *, interactive: bool
    ) -> tuple[ByteStream, Callable[[], int]]:
        """The stream, and what tells the exit code after its end (-1 where it has none)."""
        socket_path = self._endpoint.socket_path
        if socket_path is None:
            if not self._inspect(container_id)["State"]["Running"]:
                raise NotRunning("the container does not run", details=container_id)
            options = [*(["-i"] if interactive else []), *(["--user", user] if user else [])]
            process = ProcessStream(["docker", "exec", *options, container_id, *argv], self._environ)
            return process, process.exit_code
        with self._translated():
            created = self._sdk.exec_create(container_id, list(argv), stdin=interactive, user=user or "")
            path = f"/exec/{created['Id']}"
            body = {"Detach": False, "Tty": False}
            connection = unix_api.upgrade(socket_path, f"{path}/start", body, READ_TIMEOUT_SECONDS)
        return SocketStream(*connection), lambda: _exit_code(self._get(f"{path}/json", {}))

    def _inspect(self, container_id: str) -> Any:
        return self._get(f"/containers/{container_id}/json", {})

    def _last_run(self, container_id: str) -> float | None:
        """Since when the log is that of the last run, in seconds since the epoch; None for all of it."""
        began = api_facts.last_run(self._inspect(container_id)["State"])
        return None if began is None else max(0.0, began - START_MARGIN_SECONDS)

    def _get(self, path: str, query: Mapping[str, str], timeout_seconds: float = READ_TIMEOUT_SECONDS) -> Any:
        socket_path = self._endpoint.socket_path
        with self._translated():
            if socket_path is not None:
                return unix_api.get_json(socket_path, path, query, timeout_seconds)
            url = f"{self._sdk.base_url}/v{self._sdk.api_version}{path}"
            response = self._sdk.get(url, params=dict(query), timeout=timeout_seconds)
            if response.status_code >= 400:
                raise unix_api.ApiError(response.status_code, response.text.strip())
            return response.json()

    @cached_property
    def _sdk(self) -> APIClient:
        from docker import APIClient  # noqa: PLC0415 - 110 ms that a second `up` does without

        endpoint = self._endpoint
        return APIClient(
            base_url=endpoint.host,
            # Asked by ourselves: the SDK's own question leaks a socket where nothing answers.
            version=self.versions().api if endpoint.socket_path else "auto",
            timeout=ACT_TIMEOUT_SECONDS,
            tls=_tls(endpoint),
            use_ssh_client=endpoint.host.startswith(SSH),
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The SDK's errors and the socket's, as ours."""
        try:
            yield
        except unix_api.ApiError as error:
            raise _refused(error.status, str(error)) from error
        except OSError as error:  # requests' errors are OSErrors too, the engine's answers among them
            status = getattr(error, "status_code", None)
            if status is not None:
                raise _refused(status, str(getattr(error, "explanation", "") or error)) from error
            raise unavailable(self._endpoint, _reason(error)) from error
        except Exception as error:
            if type(error).__module__.startswith("docker."):
                raise unavailable(self._endpoint, str(error)) from error
            raise


class _Events:
    """An EventStream over the SDK's."""

    def __init__(self, items: Iterator[dict[str, Any]], close: Callable[[], None]) -> None:
        self._items = items
        self._close = close
        self._closed = False

    def __iter__(self) -> Iterator[ContainerEvent | EngineGone]:
        reason = "the engine ended the connection"
        try:
            for item in self._items:
                yield api_facts.container_event(item)
        except (OSError, ValueError) as error:
            reason = str(error)
        if not self._closed:
            self.close()
            yield EngineGone(reason)

    def close(self) -> None:
        """End the iteration, also one that waits in another thread."""
        self._closed = True
        with suppress(OSError):  # the engine was faster
            self._close()


def _exit_code(inspected: dict[str, Any]) -> int:
    exit_code = inspected.get("ExitCode")
    return -1 if exit_code is None or inspected.get("Running") else int(exit_code)


def _tls(endpoint: Endpoint) -> Any:
    if endpoint.tls_folder is None:
        return False
    from docker.tls import TLSConfig  # noqa: PLC0415 - see _sdk

    folder = endpoint.tls_folder
    certificate, key = folder / "cert.pem", folder / "key.pem"
    return TLSConfig(
        client_cert=(str(certificate), str(key)) if certificate.exists() else None,
        ca_cert=str(folder / "ca.pem") if (folder / "ca.pem").exists() else None,
        verify=endpoint.tls_verify,
    )


def _refused(status: int, answer: str) -> DevenvError:
    message = _message(answer)
    if status in {404, 409}:
        return NotRunning("the container is not there or does not run", details=message)
    return DevenvError("the container engine refused a call", details=message)


def _what_is_in_use_stays() -> AbstractContextManager[None]:
    """What is gone or in use (404, 409) is no trouble for who tidies up."""
    return suppress(NotRunning)


def _message(answer: str) -> str:
    try:
        return str(json.loads(answer)["message"])
    except (ValueError, KeyError, TypeError):
        return answer


def _reason(error: OSError) -> str:
    # requests wraps the real one several times: ConnectionError(ProtocolError('…', FileNotFoundError(2, …)))
    cause: BaseException = error
    while cause.__context__ is not None:
        cause = cause.__context__
    return str(cause) or type(cause).__name__


def _lines(pieces: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line.decode("utf-8", "replace").rstrip("\r") for line in whole)
    if rest:
        yield rest.decode("utf-8", "replace")
