"""The agent on other Pythons: the standard library alone, a plain WSGI app, a script."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.contract.agents import interpreters, running, write
from tests.contract.test_agent_commands import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")
PYTHONS = interpreters()

APP = {
    "pkg/__init__.py": "",
    "pkg/words.py": "WORD = 'one'\n",
    "pkg/web.py": """
        from pkg import words
        def application(environ, start_response):
            headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(words.WORD)))]
            start_response("200 OK", headers)
            return [words.WORD.encode()]
    """,
    "bot.py": "import time, pkg.words\nprint('bot says', pkg.words.WORD, flush=True)\ntime.sleep(999)\n",
}


@pytest.fixture(params=PYTHONS)
def python(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_another_python_was_found() -> None:
    if not PYTHONS:
        pytest.skip("no Python 3.8 or later on PATH or in DEVENV_TEST_PYTHONS")


def test_a_plain_wsgi_app_is_served_reloaded_shown_broken_and_healed(tmp_path: Path, python: str) -> None:
    write(tmp_path / "app", APP)
    with running(tmp_path, "--wsgi", "pkg.web:application", python=python) as agent:
        host = agent.ready()
        assert agent.get().text == "one"
        assert host.save("pkg/words.py", "WORD = 'two'\n").action == "reload"
        answer = agent.get()
        assert (answer.text, answer.headers["connection"]) == ("two", "close")
        assert host.save("pkg/words.py", "WORD = 'three'\n").rung == "chain"
        assert host.save("pkg/words.py", "WORD = = 1\n").action == "failed"
        assert "WORD = = 1" in agent.get(accept="text/html").text
        assert host.save("pkg/words.py", "WORD = 'four'\n").action == "reload"
        assert agent.get().text == "four"


def test_a_script_is_reloaded(tmp_path: Path, python: str) -> None:
    write(tmp_path / "app", APP)
    with running(tmp_path, "--", "python", "bot.py", python=python) as agent:
        host = agent.ready()
        assert host.save("pkg/words.py", "WORD = 'two'\n").action == "reload"
        wait_until(lambda: "bot says two" in agent.log.read_text())
