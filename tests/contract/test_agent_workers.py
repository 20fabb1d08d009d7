"""Processes of the agent, as the kernel has them."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")

ENDS_EACH_AT_ONCE = """
import os, signal
from devenv.agent.loop import Loop
from devenv.agent.execution import execute

loop, ended = Loop(), []
loop.on_signal(signal.SIGTERM, lambda: ended.append("the agent"))
for _ in range(300):
    pid = execute(["sleep", "60"], [])
    os.kill(pid, signal.SIGTERM)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGTERM, status


def stop():
    loop.running = False

loop.after(0.1, stop)  # what was heard is told before that
loop.run()
assert ended == [], len(ended)
"""


def test_who_is_ended_as_soon_as_it_is_there_does_not_end_the_agent() -> None:
    subprocess.run([sys.executable, "-c", ENDS_EACH_AT_ONCE], check=True, timeout=60)
