"""Test runs of manage.py in a process that is set up already: as from cold, of the newest code."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.agent.protocol import LoadedByTests, LoadedFiles
from tests.contract.agents import AGENT, PATIENCE_SECONDS, Agent, Host, django_project, running, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")

FILES = {
    "manage.py": """
        import os, sys
        from django.core.management import execute_from_command_line
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
        if __name__ == "__main__":
            execute_from_command_line(sys.argv)
    """,
    "shop/tests.py": """
        import logging, os, sys
        from django.conf import settings
        from django.test import TestCase
        from shop import prices
        from shop.models import Book
        class Prices(TestCase):
            def test_it_is_what_the_file_says(self):
                Book.objects.create(title="A")
                print("price", prices.PRICE, "args", sys.argv, "tty", os.isatty(1), os.environ.get("MARK"))
                self.assertEqual(prices.PRICE, 1)
            def test_loggers_live(self):
                with self.assertLogs("shop", "WARNING"):
                    logging.getLogger("shop").warning("x")
    """,
}

MODELS = """
from django.db import models
class Book(models.Model):
    title = models.CharField(max_length=20)
"""
SLOW = """
import time
from django.test import SimpleTestCase
class Slow(SimpleTestCase):
    def test(self):
        print("begun", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    django_project(tmp_path / "app")
    write(tmp_path / "app", FILES)
    with running(tmp_path, "--wsgi", "site1.wsgi:application") as agent:
        yield agent


@pytest.fixture
def host(agent: Agent) -> Host:
    return agent.ready()


def command(agent: Agent, *arguments: str) -> list[str]:
    options = ["--socket", str(agent.socket), "--python", sys.executable, "--runner", "manage"]
    return [sys.executable, "-I", str(AGENT), "test", *options, "--", *arguments]


def run(agent: Agent, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(agent, *arguments),
        cwd=agent.root,
        env={**os.environ, "MARK": "mine"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_a_run_from_what_is_kept_is_as_one_from_cold(agent: Agent, host: Host) -> None:
    first, second = run(agent, "shop", "-v", "2"), run(agent, "shop", "-v", "2")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "price 1 args ['manage.py', 'test', 'shop', '-v', '2'] tty False mine" in first.stdout
    assert second.stdout == first.stdout
    assert "from cold" not in second.stderr
    assert "Ran 2 tests" in second.stderr


def test_a_run_sees_the_newest_code_and_passes_its_exit_code_on(agent: Agent, host: Host) -> None:
    assert run(agent).returncode == 0
    host.save("shop/prices.py", "PRICE = 2\n")
    failed = run(agent)
    assert failed.returncode == 1
    assert "AssertionError: 2 != 1" in failed.stderr
    host.save("shop/models.py", "PRICE = = 3\n")
    broken = run(agent)
    assert broken.returncode == 1
    assert "tests start from cold: Django cannot be set up (SyntaxError" in broken.stderr
    assert "SyntaxError: invalid syntax" in broken.stderr
    host.save("shop/models.py", MODELS)
    host.save("shop/prices.py", "PRICE = 1\n")
    assert run(agent).returncode == 0


def test_what_a_run_read_can_be_asked(agent: Agent, host: Host) -> None:
    run(agent, "shop")
    host.send(LoadedByTests())
    loaded = host.wait(LoadedFiles).paths
    assert {"site1/settings.py", "shop/models.py", "shop/prices.py", "shop/tests.py"} <= set(loaded)
    assert "shop/unloaded.py" not in loaded


def test_an_interrupt_ends_a_run(agent: Agent, host: Host) -> None:
    host.save("shop/tests.py", SLOW)
    process = subprocess.Popen(
        command(agent), cwd=agent.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "Found 1 test(s).\n"
    assert "begun\n" in iter(process.stdout.readline, "")
    errors = ""
    while not errors:  # the first one asks Django's runner to end after this test, the next one ends it
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            _, errors = process.communicate(timeout=1)
    assert process.returncode == 130
    assert "KeyboardInterrupt" in errors
