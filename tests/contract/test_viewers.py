"""Lines from the one that watches to those who look on, over real sockets."""

from __future__ import annotations

import json
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.workspace.lock import attempt_lock
from devenv.workspace.viewers import FILE_NAME, LOOPBACK, Broadcast, lines_of
from tests.e2e.waiting import eventually


@pytest.fixture
def broadcast(tmp_path: Path) -> Iterator[Broadcast]:
    found = Broadcast(tmp_path)
    yield found
    found.close()


class Viewer:
    """Somebody who looks on, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._look, args=(folder,), daemon=True)
        self._thread.start()

    def _look(self, folder: Path) -> None:
        self.lines.extend(lines_of(folder, lambda _: None))

    def wait(self) -> list[str]:
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.lines


def test_every_viewer_gets_each_line_and_the_end(tmp_path: Path, broadcast: Broadcast) -> None:
    viewers = [Viewer(tmp_path), Viewer(tmp_path)]
    eventually(lambda: broadcast.viewers == 2)
    broadcast.send("ä line")
    broadcast.send("another")
    broadcast.close()
    assert [viewer.wait() for viewer in viewers] == [["ä line", "another"]] * 2


def test_only_the_owner_can_read_where_and_a_wrong_token_is_told_nothing(
    tmp_path: Path, broadcast: Broadcast
) -> None:
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    port = json.loads((tmp_path / FILE_NAME).read_text())["port"]
    with socket.create_connection((LOOPBACK, port), 5) as stranger:
        stranger.sendall(b"0" * 32)
        broadcast.send("a secret")
        assert stranger.recv(100) == b""


def test_nobody_who_watches_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="does not say where"):
        next(lines_of(tmp_path, lambda _: None))
    Broadcast(tmp_path).close()
    with pytest.raises(ConnectionRefusedError):
        next(lines_of(tmp_path, lambda _: None))


def test_a_viewer_that_does_not_read_is_let_go_and_holds_nobody_back(
    tmp_path: Path, broadcast: Broadcast
) -> None:
    where = json.loads((tmp_path / FILE_NAME).read_text())
    with socket.create_connection((LOOPBACK, where["port"]), 5) as lazy:
        lazy.sendall(where["token"].encode())
        eventually(lambda: bool(broadcast._viewers))
        for _ in range(10_000):  # the kernel takes some MB before anything has to wait here
            if not broadcast._viewers:
                break
            broadcast.send("x" * 10_000)
        assert not broadcast._viewers


def test_one_watches_and_a_deleted_lock_does_not_hold(tmp_path: Path) -> None:
    with attempt_lock(tmp_path, "watch") as holds:
        assert holds is not None
        assert holds()
        with attempt_lock(tmp_path, "watch") as other:
            assert other is None
        (tmp_path / "watch.lock").unlink()
        assert not holds()
    with attempt_lock(tmp_path, "watch") as again:
        assert again is not None
