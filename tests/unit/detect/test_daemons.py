from __future__ import annotations

from devenv.detect.commands import Command
from devenv.detect.daemons import daemons
from devenv.detect.finding import Place
from tests.unit.detect.trees import tree

FILES = {
    "judge/management/commands/__init__.py": "",
    "judge/management/commands/bridge.py": "from judge.daemon import serve\n",
    "judge/daemon.py": "import threading\n\n\ndef serve():\n    server.serve_forever()\n",
    "judge/management/commands/poll.py": "def handle():\n    while True:\n        step()\n",
    "judge/management/commands/load.py": "from judge.models import Judge\n",
    "judge/models.py": "def slug():\n    while True:\n        pass\n",
    "elsewhere/serving.py": "server.serve_forever()\n",
}


def test_commands_that_stay_are_found_where_they_say_so_or_in_what_they_call() -> None:
    assert list(daemons(tree(FILES), ["."], ())) == [
        ("bridge", Place("judge/daemon.py", 5)),
        ("poll", Place("judge/management/commands/poll.py", 2)),
    ]


def test_a_command_that_a_compose_file_runs_is_nothing_new() -> None:
    known = Command("python manage.py poll --every 5", Place("compose.yaml", 3))
    assert [name for name, _ in daemons(tree(FILES), ["."], [known])] == ["bridge"]
