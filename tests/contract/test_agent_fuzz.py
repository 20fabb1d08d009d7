"""Whatever comes in on the channel, the agent lives, and nothing outside of its tree is read or written.

With DEVENV_HISTORIES=2000 in the environment so many connections are made; a failure names its seed.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devenv.agent.protocol import (
    LENGTHS,
    VERSION,
    Commit,
    Decoder,
    Fetch,
    Forget,
    Hello,
    Ignore,
    React,
    ReadTree,
    Stage,
    Welcome,
    encode,
)
from devenv.agent.tree import digest_of
from tests.contract.agents import PATIENCE_SECONDS, Agent, running
from tests.contract.sync_stand import tree_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")

CONNECTIONS = int(os.environ.get("DEVENV_HISTORIES", "300"))
SECRET = b"nobody's business"
PATHS = [
    "a.py", "shop/b.py", "shop", "../secret", "/etc/secret", "..", ".", "", "out/secret", "out/new", "out",
    "up/secret", "up/../secret", "shop/../../secret", ".devenv-sync", ".devenv-sync/given.json", "a\0b",
    "\ud800", "x" * 300, "loop/a", "shop//b", "a.py/inside",
]  # fmt: skip


class Noise:
    """Bytes that one connection sends."""

    def __init__(self, seed: int) -> None:
        self.chosen = random.Random(seed)

    def sent(self) -> bytes:
        makers: list[Callable[[], bytes]] = [self.random, self.framed, self.messages, self.cut]
        return self.chosen.choice(makers)()

    def random(self) -> bytes:
        return self.chosen.randbytes(self.chosen.randint(1, 3000))

    def framed(self) -> bytes:
        text = self.chosen.choice([b"[" * 50_000, b'["Commit",{}]', b"null", b'["Stage",7]', self.random()])
        return encode(Hello(VERSION)) + LENGTHS.pack(len(text), 0) + text

    def messages(self) -> bytes:
        sent = b"".join(encode(self.message()) for _ in range(self.chosen.randint(1, 12)))
        return encode(Hello(VERSION)) + sent

    def cut(self) -> bytes:
        whole = bytearray(self.messages())
        for _ in range(self.chosen.randint(0, 3)):
            whole[self.chosen.randrange(len(whole))] = self.chosen.randrange(256)
        return bytes(whole[: self.chosen.randrange(len(whole))])

    def message(self) -> Any:
        paths = self.chosen.choices(PATHS, k=3)
        content = self.chosen.choice([b"", b"x", SECRET])
        pieces = [[path, self.number(), len(content)] for path in paths]
        return self.chosen.choice([
            Stage(self.chosen.randint(0, 2), pieces, content * len(paths)),
            Commit(
                self.chosen.randint(0, 2), [self.entry(path, content) for path in paths],
                self.chosen.choices(PATHS, k=2), [self.entry(path, content) for path in paths], [],
            ),
            Fetch(paths), Forget(), Ignore(paths), React(self.number(), [["code", path] for path in paths]),
            ReadTree(paths, paths, self.chosen.choice([[], paths]), self.chosen.random() < 0.5),
        ])  # fmt: skip

    def number(self) -> int:
        return self.chosen.choice([0, 0, 0, 1, -1, 2**31, 2**70])

    def entry(self, path: str, content: bytes) -> list[Any]:
        kind = self.chosen.choice(["file", "file", "folder", "link", "socket"])
        digest = digest_of(content) if kind == "file" else self.chosen.choice(["", "..", "/etc", "\0"])
        return [path, kind, self.chosen.random() < 0.5, digest, len(content)]


@pytest.fixture
def agent() -> Iterator[Agent]:
    with (
        tempfile.TemporaryDirectory(prefix="dvt-") as folder,
        running(Path(folder), "--", "sleep", "300") as found,
    ):
        outside = Path(folder) / "outside"
        outside.mkdir()
        for file in (outside / "secret", Path(folder) / "secret"):
            file.write_bytes(SECRET + b" outside")
        (found.root / "out").symlink_to(outside)
        (found.root / "up").symlink_to("..")
        (found.root / "loop").symlink_to("loop")
        yield found


def outside_of(agent: Agent) -> dict[str, Any]:
    found = tree_of(agent.root.parent)
    return {p: entry for p, entry in found.items() if not p.startswith("app/") and not p.endswith(".log")}


def exchange(agent: Agent, sent: bytes) -> bytes:
    """What comes back until the agent closes, or has nothing more to say."""
    with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(ConnectionError):
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(str(agent.socket))
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(1 << 18):
            answer += block
        return answer
    return b""


def test_noise_on_the_channel_neither_ends_the_agent_nor_leads_out_of_its_tree(agent: Agent) -> None:
    agent.ready()
    before = outside_of(agent)
    for seed in range(CONNECTIONS):
        noise = Noise(seed).sent()
        try:
            answer = exchange(agent, noise)
            assert SECRET + b" outside" not in answer
            assert outside_of(agent) == before
            assert agent.process.poll() is None, agent.log.read_text()
        except BaseException:
            print(f"seed {seed}: {noise[:2000]!r}")
            raise
    (welcome, *_) = list(Decoder().feed(exchange(agent, encode(Hello(VERSION)))))
    assert isinstance(welcome, Welcome)
    assert welcome.generation > CONNECTIONS / 10, "what was whole was acted on"
    assert "Traceback" not in agent.log.read_text()
