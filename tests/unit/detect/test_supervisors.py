from __future__ import annotations

from devenv.detect.commands import Command
from devenv.detect.daemons import kept_by
from devenv.detect.finding import Place
from devenv.detect.supervisors import supervised
from devenv.detect.workers import own_daemons
from tests.unit.detect.trees import tree

FILES = {
    "Procfile": "web: gunicorn site.wsgi\nrelease: python manage.py load\nfeeds: python manage.py feeds\n",
    "docker/uwsgi.ini": "[uwsgi]\nif-not-env = PORT\nprocesses = 4\nendif =\n"
    "attach-daemon = ./manage.py alerts --loop --skip-checks\n"
    "smart-attach-daemon = /tmp/p.pid ./manage.py other\n"
    "attach-daemon2 = cmd=./manage.py second,freq=3\n"
    "if-env = SMTP\nattach-daemon = ./manage.py smtp --port %(_)\nendif =\n",
    "deploy/supervisor.conf": "[supervisord]\ncommand=no\n[program:mail]\ncommand=python manage.py mail\n",
    "rootfs/s6-rc.d/consumer/type": "longrun\n",
    "rootfs/s6-rc.d/consumer/run": "#!/bin/sh\nexec s6-setuidgid app python3 manage.py consume\n",
    "rootfs/s6-rc.d/init/type": "oneshot\n",
    "rootfs/s6-rc.d/init/run": "exec python manage.py check_all\n",
    "deploy/bot.service": "[Service]\nExecStart=/srv/bin/python /srv/manage.py bot\n",
    "deploy/once.service": "[Service]\nType=oneshot\nExecStart=/srv/bin/python /srv/manage.py once\n",
}


def test_what_a_supervisor_keeps_is_read_and_what_ends_is_not() -> None:
    assert [(each.name, each.text, str(each.place)) for each in supervised(tree(FILES))] == [
        ("web", "gunicorn site.wsgi", "Procfile:1"),
        ("feeds", "python manage.py feeds", "Procfile:3"),
        ("bot", "/srv/bin/python /srv/manage.py bot", "deploy/bot.service:2"),
        ("mail", "python manage.py mail", "deploy/supervisor.conf:4"),
        ("", "./manage.py alerts --loop --skip-checks", "docker/uwsgi.ini:5"),
        ("", "/tmp/p.pid ./manage.py other", "docker/uwsgi.ini:6"),
        ("", "./manage.py second", "docker/uwsgi.ini:7"),
        ("consumer", "s6-setuidgid app python3 manage.py consume", "rootfs/s6-rc.d/consumer/run:2"),
    ]


def test_a_kept_command_is_this_one_and_nothing_else() -> None:
    known = [Command(text, Place("Procfile", 1)) for text in ("python manage.py load && gunicorn x",)]
    assert kept_by("load", known) is None
    known = [Command("while true; do python manage.py load; sleep 9; done", Place("run", 1))]
    assert kept_by("load", known) is None
    known = [Command("./manage.py load --port %(_)", Place("uwsgi.ini", 1))]
    assert kept_by("load", known) is None


def test_own_commands_that_a_supervisor_keeps_are_processes_with_their_arguments() -> None:
    own = ("alerts", "load", "mail", "migrate", "quiet")
    files = tree({**FILES, **{f"site/management/commands/{name}.py": "" for name in own}})
    found = dict(own_daemons(files, ["."], [], [*supervised(files)]))
    assert {name: (each.value, each.note) for name, each in found.items()} == {
        "alerts": ("python manage.py alerts --loop --skip-checks", "docker/uwsgi.ini:5"),
        "mail": ("python manage.py mail", "deploy/supervisor.conf:4"),
    }
