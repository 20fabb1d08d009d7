"""One devenv.yaml for two Django projects, a front end, a proxy and a worker three times over."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial

from tests.e2e import checks
from tests.e2e.project import Project
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

ENVIRONMENT = """
name: {name}
python: "3.13"
app:
  working_dir: shop
  settings: shop.settings
  dependencies: requirements.txt
  volumes: {{media: /app/media, notes: {{path: /notes, folder: notes, read_only: true}}}}
  build_args: {{CHANNEL: "stable $HOME"}}
  dockerfile: {{base: "RUN echo $CHANNEL > /etc/channel", dev: "RUN id -un > /tmp/who"}}
services:
  proxy: nginx:1
  frontend: {{type: node, version: 20-slim, path: frontend, port: 3100}}
processes:
  web: {{port: 8000}}
  backoffice: {{working_dir: backoffice, settings: backoffice.settings, port: 8001}}
  worker: {{command: python worker.py, replicas: 3, resources: {{memory: 256m}}, compose: {{shm_size: 32m}}}}
jobs:
  check: {{command: python manage.py check, working_dir: backoffice, settings: backoffice.settings}}
"""
FILES = {
    "manage.py": """\
import os, sys
from django.core.management import execute_from_command_line
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "NAME.settings")
execute_from_command_line(sys.argv)
""",
    "NAME/__init__.py": "",
    "NAME/settings.py": """\
SECRET_KEY = "development"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "NAME.urls"
""",
    "NAME/urls.py": """\
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse("NAME says one"))]
""",
    "NAME/wsgi.py": """\
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
""",
    "worker.py": "import time\nprint('works on one', flush=True)\ntime.sleep(3600)\n",
}
FRONT_END = {
    "package.json": '{"name": "front", "version": "1.0.0", "scripts": {"dev": "node server.js"}}',
    "server.js": """\
const fs = require("fs"), version = require("./package.json").version;
const said = () => `front ${version}, user ${process.getuid()}, ${fs.readFileSync("page.txt")}`;
require("http").createServer((_, answer) => answer.end(said())).listen(process.env.PORT);
""",
    "page.txt": "page one",
}
WORKERS = ("worker", "worker-2", "worker-3")


def test_two_projects_a_front_end_and_replicas_live_in_one_file(scenario: Scenario) -> None:
    project = scenario.project("several", scenario.folder / "several")
    write_files(project)

    with scenario.step("`up -d` ends when both projects answer, each with its own settings"):
        project.devenv("up", "-d")
        assert said(project, "web") == "shop says one"
        assert said(project, "backoffice") == "backoffice says one"

    with scenario.step("the proxy passes on, and the front end runs as the owner of its folder"):
        assert said(project, "proxy") == "shop says one"
        assert said(project, "frontend") == "front 1.0.0, user 1000, page one"
        assert (project.root / "frontend/node_modules").stat().st_uid == os.geteuid()

    with scenario.step("lines for the Dockerfile, volumes and raw keys are in the containers"):
        script = "cat /etc/channel /tmp/who; stat -c %U /app/media; cat /notes/note; df -m /dev/shm"
        inside = project.devenv("exec", "-T", "worker", "sh", "-c", script).stdout.split()
        assert inside[:6] == ["stable", "$HOME", "app", "app", "a", "note"]
        assert inside[-5:] == ["32", "0", "32", "0%", "/dev/shm"]
        project.devenv("exec", "-T", "worker", "touch", "/notes/x", code=1)

    with scenario.step("status knows every replica, and has nothing to do"):
        status = json.loads(project.devenv("status", "--format", "json").stdout)
        assert {each["name"] for each in status["containers"]} >= {*WORKERS}
        assert status["is_up_to_date"]

    with project.watching() as watch:
        with scenario.step("a save reloads the project that it is of"):
            edit(project, "backoffice/backoffice/urls.py", "says one", "says two")
            eventually(lambda: said(project, "backoffice"), "backoffice says two".__eq__)
            edit(project, "shop/shop/urls.py", "says one", "says three")
            eventually(lambda: said(project, "web"), "shop says three".__eq__)
            assert (said(project, "proxy"), said(project, "backoffice")) == (
                "shop says three",
                "backoffice says two",
            )

        with scenario.step("every replica runs the worker's new code"):
            edit(project, "shop/worker.py", "works on one", "works on two")
            for name in WORKERS:
                eventually(partial(says, project, name, "works on two"))

        with scenario.step("the front end sees a save at once, and is made anew for other packages"):
            edit(project, "frontend/page.txt", "one", "two")
            assert said(project, "frontend") == "front 1.0.0, user 1000, page two"
            edit(project, "frontend/package.json", "1.0.0", "1.0.1")
            watch.says("recreate frontend: frontend/package.json changed")
            eventually(lambda: said(project, "frontend"), "front 1.0.1, user 1000, page two".__eq__)

        with scenario.step("fewer replicas: the others go, and nothing else is touched"):
            web = project.container("web")
            edit(project, "devenv.yaml", "replicas: 3", "replicas: 2")
            watch.says("worker-3 is not in devenv.yaml any more")
            eventually(lambda: project.find("container", "--filter", "name=worker-3"), [].__eq__)
            assert project.container("web") == web

    with scenario.step("one name is all of them"):
        project.devenv("stop", "worker")
        states = checks.states(project)
        assert {states[name].partition(" ")[0] for name in WORKERS[:2]} == {"exited"}


def write_files(project: Project) -> None:
    contents = {
        "devenv.yaml": ENVIRONMENT.format(name=project.name),
        "requirements.txt": "django>=5.2,<6\n",
        "notes/note": "a note\n",
        **{f"frontend/{path}": text for path, text in FRONT_END.items()},
        **{
            f"{name}/{path}".replace("NAME", name): text.replace("NAME", name)
            for name in ("shop", "backoffice")
            for path, text in FILES.items()
        },
    }
    for path, text in contents.items():
        file = project.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    if os.geteuid() == 0:  # a folder of root's would make the front end run as root
        for file in (project.root / "frontend", *(project.root / "frontend").iterdir()):
            shutil.chown(file, 1000, 1000)


def edit(project: Project, path: str, old: str, new: str) -> None:
    file = project.root / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def says(project: Project, service: str, words: str) -> bool:
    return words in project.engine.log(project.container(service), lines=9)


def said(project: Project, service: str) -> str:
    return checks.fetch(f"http://{project.address(service)}/").text
