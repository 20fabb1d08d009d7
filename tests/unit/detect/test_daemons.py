from __future__ import annotations

from devenv.detect.commands import Command
from devenv.detect.daemons import daemons, run_by
from devenv.detect.finding import Place
from tests.unit.detect.trees import tree

FILES = {
    "judge/management/commands/__init__.py": "",
    "judge/management/commands/bridge.py": "from judge.daemon import serve\n",
    "judge/daemon.py": "import threading\n\n\ndef serve():\n    _run()\n\n\n"
    "def _run():\n    server.serve_forever()\n\n\ndef others():\n    pass\n",
    "judge/management/commands/fill.py": "from judge.daemon import others\n",
    "judge/management/commands/poll.py": "def handle():\n    while True:\n        step()\n",
    "judge/management/commands/load.py": "from judge.models import Judge\n",
    "judge/management/commands/page.py": "while True:\n    if last():\n        break\n",
    "judge/models.py": "def slug():\n    while True:\n        pass\n",
    "elsewhere/serving.py": "server.serve_forever()\n",
}


def test_commands_that_stay_are_found_where_they_say_so_or_in_what_they_use() -> None:
    assert list(daemons(tree(FILES), ["."])) == [
        ("bridge", Place("judge/daemon.py", 9)),
        ("poll", Place("judge/management/commands/poll.py", 2)),
    ]


def test_a_command_is_run_by_what_names_it_whole() -> None:
    known = [Command("python manage.py poll --every 5", Place("compose.yaml", 3))]
    assert run_by("poll", known) == known[0]
    assert run_by("pol", known) is run_by("bridge", known) is None
