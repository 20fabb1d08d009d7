"""The agent with other Pythons and Djangos, as WSGI and ASGI: each reloads, shows what is broken, and heals.

DEVENV_TEST_DJANGOS names interpreters (separated as PATH is) that have Django, and uvicorn for ASGI. In CI
the agent meets one Django in full (test_agent_serving.py) and each Python with a plain app.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from devenv.agent.protocol import Reloaded, Restart
from tests.contract.agents import Agent, django_project, running

PYTHONS = [path for path in os.environ.get("DEVENV_TEST_DJANGOS", "").split(os.pathsep) if path]
VERSIONS = "import sys, django; print('Python %d.%d,' % sys.version_info[:2], 'Django', django.__version__)"

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers"),
    pytest.mark.skipif(not PYTHONS, reason="DEVENV_TEST_DJANGOS names no interpreter"),
]


@pytest.mark.parametrize("served", ["wsgi", "asgi"])
@pytest.mark.parametrize("python", PYTHONS)
def test_a_django_reloads_from_its_chain_is_shown_broken_and_heals(
    tmp_path: Path, python: str, served: str
) -> None:
    versions = subprocess.run([python, "-c", VERSIONS], capture_output=True, text=True, check=True).stdout
    print(versions.strip(), served)
    django_project(tmp_path / "app")
    with running(tmp_path, f"--{served}", f"site1.{served}:application", python=python) as agent:
        host = agent.ready()
        models, views = _text(agent, "shop/models.py"), _text(agent, "shop/views.py")
        for price in (2, 3):
            assert host.save("shop/prices.py", f"PRICE = {price}\n").action == "reload"
            assert agent.get().text == str(price)
        assert host.save("shop/prices.py", "PRICE = 4\n").rung == "chain"
        assert agent.get("/page").text == "one"
        # Before 4.1 templates were not cached while DEBUG was on, so there is nothing to reset.
        action = host.save("shop/templates/page.html", "two", "template").action
        assert action == ("none" if " Django 3." in versions or " Django 4.0" in versions else "reset")
        assert agent.get("/page").text == "two"
        comes_first = _text(agent, "site1/settings.py") + 'INSTALLED_APPS = ["first", *INSTALLED_APPS]\n'
        host.commit({"first/__init__.py": "", "site1/settings.py": comes_first})
        assert agent.get("/page").text == "two"
        assert host.save("first/templates/page.html", "first", "template").action == action
        assert agent.get("/page").text == "first"
        assert host.save("shop/models.py", models + "    pages = models.IntegerField()\n").rung == "chain"
        assert host.save("shop/views.py", "def price(:\n").action == "failed"
        assert agent.get(accept="application/json").status == 500
        assert host.save("shop/views.py", views).action == "reload"
        assert agent.get().text == "4"
        hot = json.loads(agent.get("/modules").text)
        host.send(Restart("to compare"))
        host.wait(Reloaded, cause="to compare")
        assert (agent.get().text, json.loads(agent.get("/modules").text)) == ("4", hot)


def _text(agent: Agent, path: str) -> str:
    return (agent.root / path).read_text()
