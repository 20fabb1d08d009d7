"""What is asked for in the very moment in which a start says something is done all the same."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from devenv.agent.protocol import Reloaded, Restart
from tests.contract.agents import PATIENCE_SECONDS, running, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")

SITE = {
    "after.py": "",
    "site_wsgi.py": """
        import socket, time
        from pathlib import Path


        def wait_for(name):
            while not Path(name).exists():
                time.sleep(0.01)


        if not Path("failed").exists():
            Path("failed").touch()
            raise RuntimeError("the first start")
        Path("begun").touch()
        wait_for("go")
        opened = socket.socket()
        began = time.process_time()
        while time.process_time() < began + 0.3:  # enough work for a checkpoint, which the socket prevents
            pass
        import after
        Path("said").touch()
        wait_for("end")


        def application(environ, start_response):
            start_response("200 OK", [("Content-Length", "0")])
            return []
    """,
}


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not file.exists():
        assert time.monotonic() < deadline, f"no {file.name}"
        time.sleep(0.01)


def test_a_restart_may_come_together_with_what_another_try_of_broken_code_says(tmp_path: Path) -> None:
    root = tmp_path / "app"
    write(root, SITE)
    with running(tmp_path, "--wsgi", "site_wsgi:application") as agent:
        host = agent.connect()
        wait_for(root / "begun")  # time alone had it try again
        agent.process.send_signal(signal.SIGSTOP)
        try:
            host.send(Restart("by hand"))
            (root / "go").touch()
            wait_for(root / "said")
        finally:
            agent.process.send_signal(signal.SIGCONT)
        (root / "end").touch()
        assert host.wait(Reloaded, cause="by hand").action == "reload"
        assert agent.get().status == 200
