"""Django's system checks: what they find is shown like code that does not start."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from devenv.agent.protocol import Reloaded
from tests.contract.agents import django_project, running
from tests.contract.test_agent_commands import wait_until
from tests.contract.test_agent_refresh import listening

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")
BOOK = "from django.db import models\n\n\nclass Book(models.Model):\n    title = models.IntegerField(%s)\n"
INTERFACES = ["wsgi", "asgi"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_failing_checks_are_shown_with_their_place_and_heal_with_the_next_save(
    tmp_path: Path, interface: str
) -> None:
    django_project(tmp_path / "app")
    with running(tmp_path, f"--{interface}", f"site1.{interface}:application") as agent:
        host = agent.ready()
        host.commit({"shop/models.py": BOOK % "choices=5"})
        failed = host.wait(Reloaded, action="failed")
        assert f'File "{agent.root}/shop/models.py", line 5, in Book' in failed.traceback
        wait_until(lambda: agent.get().status == 500)
        problem = json.loads(agent.get(accept="application/json").text)
        assert problem["place"] == "shop/models.py:5"
        assert problem["detail"].startswith("SystemCheckError: 'choices' must be a mapping")
        page = agent.get(accept="text/html").text
        assert '<code class="here"><i>5</i>    title = models.IntegerField(choices=5)' in page

        # A save that heals nothing: not served in between.
        with listening(agent, "of.1") as stream:
            mark = stream.news()["mark"]
            assert host.save("shop/models.py", "\n" + BOOK % "choices=5").action == "failed"
            again = stream.news()["mark"]
            assert (mark.endswith(".broken"), again.endswith(".broken")) == (True, True)
        assert json.loads(agent.get(accept="application/json").text)["place"] == "shop/models.py:6"
        assert host.save("shop/models.py", BOOK % "default=9").action == "reload"
        assert agent.get().text == "1"


def test_warnings_and_silenced_errors_stop_nothing(tmp_path: Path) -> None:
    django_project(tmp_path / "app")
    with (tmp_path / "app/site1/settings.py").open("a") as settings:
        settings.write('\nSILENCED_SYSTEM_CHECKS = ["fields.E004"]\n')
    (tmp_path / "app/shop/models.py").write_text(BOOK % "choices=5")
    with running(tmp_path, "--wsgi", "site1.wsgi:application") as agent:
        agent.ready()
        time.sleep(1)  # nothing tells that checks passed
        assert agent.get().text == "1"
        assert "SystemCheckError" not in agent.log.read_text()
