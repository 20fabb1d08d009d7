"""One tree, two agents: one reloads after each edit, the other starts from cold. Both answer, then testify.

`running_twins` copies a project and adds a package `witness` to it, which serves the project's own callable
and, at /witness, tells what the process holds: modules, the code in them, models, URLs, signals, settings.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devenv.agent.protocol import Reloaded, Restart
from tests.contract.agents import Agent, Host, running, write
from tests.contract.edits import Author, Edit, Ground

NOT_COPIED = shutil.ignore_patterns("__pycache__", ".devenv*", "db.sqlite3", ".git", "node_modules", ".venv")
CHANGING = r'(csrfmiddlewaretoken" value="|csrfToken": "|nonce=")[\w:.+/=-]+|(127\.0\.0\.1):\d+|(0x)[0-9a-f]+'
SHOWN_OF_A_FAILURE = 400


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Django project to be copied. changing: what no two answers have in common, as a pattern."""

    root: Path
    settings: str
    paths: tuple[str, ...]
    python: str = sys.executable
    served: str = "wsgi"
    environment: Mapping[str, str] = field(default_factory=dict)
    overrides: str = ""
    changing: str = ""


def project_of(file: Path) -> tuple[Project, Ground]:
    """`root`, `python` with its packages, `settings` and `urls` (paths in `root`), `paths` to ask;
    and `settings_module`, `served` (wsgi or asgi), `environment`, `overrides` (of settings), `changing`.
    """
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    project = Project(
        root=Path(told["root"]),
        settings=told.get("settings_module") or told["settings"][: -len(".py")].replace("/", "."),
        paths=tuple(told["paths"]),
        python=told["python"],
        served=told.get("served", "wsgi"),
        environment=told.get("environment", {}),
        overrides=told.get("overrides", ""),
        changing=told.get("changing", ""),
    )
    return project, Ground(settings=told["settings"], urls=told["urls"])


@dataclass
class Twins:
    """The process that reloads, and the one that starts from cold; both read one tree."""

    project: Project
    hot: Agent
    hot_host: Host
    cold: Agent
    cold_host: Host
    author: Author
    story: list[str]
    starts: int = 0
    earlier: dict[str, str] = field(default_factory=dict)

    def check(self, edit: Edit | None = None) -> bool:
        """One edit, after which hot must equal cold; whether the app starts."""
        before = set(self.author.texts)
        edit = edit or self.author.edit()
        reloaded = self._save(edit, before)
        hot = self._witnessed(self.hot)
        self._start_from_cold()
        cold = self._witnessed(self.cold)
        self.story.append(f"{edit.sentence} -> {reloaded.action} {reloaded.rung} ({reloaded.cause})")
        print(self.story[-1], flush=True)
        found = differences(self._as_asked(hot, cold, reloaded), cold)
        assert found == [], "\n".join([*self.story, *found])
        return "code" in cold

    def ask_once(self) -> None:
        """What the first requests of all make, such as images in other sizes, is there for both."""
        self.earlier = self._witnessed(self.hot)["modules"]

    def _save(self, edit: Edit, before: set[str]) -> Reloaded:
        committed = self.hot_host.commit(
            edit.files, removals=edit.removals, reactions=self.author.reactions(edit, before)
        )
        assert committed.problems == []
        return self.hot_host.wait(Reloaded, generation=committed.generation)

    def _as_asked(self, hot: dict[str, Any], cold: dict[str, Any], reloaded: Reloaded) -> dict[str, Any]:
        """Without the installed modules that a process, which goes on, was asked to load before the edit."""
        goes_on, earlier, self.earlier = reloaded.action != "reload", self.earlier, hot.get("modules", {})
        if not goes_on or "modules" not in cold or "modules" not in hot:
            return hot
        root = f"{self.hot.root}{os.sep}"
        modules = {
            name: file
            for name, file in hot["modules"].items()
            if name in cold["modules"] or name not in earlier or file.startswith(root)
        }
        return {**hot, "modules": modules}

    def _start_from_cold(self) -> None:
        self.starts += 1
        self.cold_host.send(Restart(f"start {self.starts}"))
        self.cold_host.wait(Reloaded, cause=f"start {self.starts}")

    def _witnessed(self, agent: Agent) -> dict[str, Any]:
        """What the process answers and holds."""
        answers = {path: _answer(agent, path, self.project.changing) for path in self.project.paths}
        witness = agent.get("/witness")
        return {"answers": answers, **(json.loads(witness.text) if witness.status == 200 else {})}


def _answer(agent: Agent, path: str, changing: str) -> list[object]:
    answer = agent.get(path)
    text = re.sub(CHANGING, r"\1\2\3", answer.text)
    if changing:
        text = re.sub(changing, "", text)
    if answer.status == 500:  # the page tells of this very process: its title says what is wrong
        text = text.split("</title>")[0] if "</title>" in text else _detail(text)
        text = text[:SHOWN_OF_A_FAILURE]
    return [answer.status, text]


def _detail(text: str) -> str:
    try:
        return str(json.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        return text


def differences(hot: dict[str, Any], cold: dict[str, Any], place: str = "") -> list[str]:
    """Where two testimonies part, each as a line."""
    found = []
    for key in sorted(hot.keys() | cold.keys()):
        one, other = hot.get(key), cold.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            found += differences(one, other, f"{place}{key} · ")
        elif one != other:
            found.append(f"{place}{key}: {_parting(one, other)}")
    return found


def _parting(one: object, other: object) -> str:
    """Long texts from where they differ on."""
    hot, cold = repr(one), repr(other)
    common = next((at for at, pair in enumerate(zip(hot, cold, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, common - 60)
    return f"hot {hot[start : start + 300]}, cold {cold[start : start + 300]}"


@contextmanager
def running_twins(
    folder: Path, project: Project, author: Callable[[Path, int], Author], seed: int
) -> Iterator[Twins]:
    """Both agents, ready, on a migrated copy in `folder`. `author` makes an author of its root and `seed`."""
    root = folder / "app"
    shutil.copytree(project.root, root, ignore=NOT_COPIED, symlinks=True)
    override = f"from {project.settings} import *\n{project.overrides}"
    write(root, {**WITNESS, "witness/settings.py": override})
    # Django's checks import much a moment after the start: both twins are to be asked before or after that.
    added = {**project.environment, "DEVENV_CHECK_AFTER_SECONDS": "-1"}
    environment = {**os.environ, **added}
    subprocess.run(
        [project.python, "manage.py", "migrate", "--noinput", "--settings=witness.settings"],
        cwd=root, env=environment, check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    served = (f"--{project.served}", f"witness.{project.served}:application")
    with (
        running(folder, *served, python=project.python, root=root, environment=added) as hot,
        running(folder, *served, python=project.python, root=root, environment=added) as cold,
    ):
        hot_host, cold_host = hot.ready(), cold.ready()
        twins = Twins(project, hot, hot_host, cold, cold_host, author(root, seed), [f"seed {seed}"])
        twins.ask_once()
        yield twins


WITNESS = {
    "witness/__init__.py": "",
    "witness/wsgi.py": """
        import os
        os.environ["DJANGO_SETTINGS_MODULE"] = "witness.settings"
        from django.core.wsgi import get_wsgi_application

        django_application = get_wsgi_application()
        from witness.testimony import body


        def application(environ, start_response):
            if environ["PATH_INFO"] != "/witness":
                return django_application(environ, start_response)
            told = body()
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(told)))])
            return [told]
    """,
    "witness/asgi.py": """
        import os
        os.environ["DJANGO_SETTINGS_MODULE"] = "witness.settings"
        from django.core.asgi import get_asgi_application

        django_application = get_asgi_application()
        from witness.testimony import body


        async def application(scope, receive, send):
            if scope["type"] != "http" or scope["path"] != "/witness":
                return await django_application(scope, receive, send)
            told = body()
            headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(told)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": told})
    """,
    "witness/testimony.py": """
        import atexit, hashlib, json, logging, os, re, signal, sys, threading, types

        ROOT = os.getcwd() + os.sep
        SHORT_LIVED = {
            "Thread- (process_request_thread)", "ThreadPoolExecutor-_", "asyncio_",
            "Thread- (join)",  # asgiref ends a request's executor
        }
        PLAIN = (str, int, float, bool, tuple, list, dict, set, bytes, type(None))


        def body():
            return json.dumps(testimony()).encode()


        def testimony():
            from django.apps import apps
            from django.conf import settings
            from django.contrib import admin
            from django.core.checks.registry import registry
            from django.db.models import signals
            from django.urls import get_resolver
            from django.utils import translation

            modules = dict(sys.modules)
            ours = {name: module for name, module in modules.items() if is_ours(module)}
            has_admin = apps.is_installed("django.contrib.admin")
            return {
                "modules": {name: str(getattr(module, "__file__", None)) for name, module in modules.items()},
                "files": {name: digest(module.__file__) for name, module in ours.items()},
                "code": {name: content(vars(module), name) for name, module in ours.items()},
                "models": {
                    model._meta.label: [
                        list(map(str, model._meta.ordering)),
                        sorted(field.name for field in model._meta.get_fields()),
                    ]
                    for model in apps.get_models(include_auto_created=True)
                },
                "apps": [config.name for config in apps.get_app_configs()],
                "urls": [str(pattern.pattern) for pattern in get_resolver().url_patterns],
                "receivers": {
                    name: len(signal.receivers) for name, signal in sorted(vars(signals).items())
                    if hasattr(signal, "receivers")
                },
                "admin": sorted(model._meta.label for model in admin.site._registry) if has_admin else [],
                "checks": sorted(check.__name__ for check in registry.registered_checks),
                "settings": {
                    name: clean(getattr(settings, name)) for name in dir(settings)
                    if name.isupper() and isinstance(getattr(settings, name), PLAIN)
                },
                "language": translation.get_language(),
                "environment": {
                    name: value for name, value in os.environ.items() if not name.startswith("DEVENV_")
                },
                "loggers": {
                    name: [logger.level, [type(handler).__name__ for handler in logger.handlers]]
                    for name, logger in sorted(logging.root.manager.loggerDict.items())
                    if isinstance(logger, logging.Logger)
                },
                "handlers at exit": atexit._ncallbacks(),
                "signals": {str(number): handler_of(number) for number in sorted(signal.valid_signals())},
                "threads": sorted(
                    {re.sub("[0-9]+", "", thread.name) for thread in threading.enumerate()} - SHORT_LIVED
                ),
                "path": sys.path,
                "argv": sys.argv,
                "folder": os.getcwd(),
            }


        def handler_of(number):
            found = signal.getsignal(number)
            return found if isinstance(found, int) else getattr(found, "__qualname__", str(type(found)))


        def clean(value):
            return re.sub("0x[0-9a-f]+", "", repr(value))


        def digest(file):
            with open(file, "rb") as opened:
                return hashlib.sha256(opened.read()).hexdigest()[:12]


        def is_ours(module):
            return (getattr(module, "__file__", None) or "").startswith(ROOT)


        def content(names, module):
            found = {}
            for name, value in list(names.items()):
                kind = type(value)  # isinstance would wake lazy objects
                if kind is types.FunctionType and value.__module__ == module:
                    found[name] = code(value.__code__)
                elif issubclass(kind, type) and value.__module__ == module:
                    found[name] = content(vars(value), module)
                elif kind in (str, int, float, tuple, list, bytes) and not name.startswith("__"):
                    found[name] = hashlib.sha256(clean(value).encode()).hexdigest()[:12]
            return found


        def code(value):
            inner = [
                code(item) if isinstance(item, types.CodeType)
                else sorted(map(repr, item)) if isinstance(item, frozenset) else repr(item)
                for item in value.co_consts
            ]
            words = [value.co_code.hex(), value.co_firstlineno, value.co_names, inner]
            return hashlib.sha256(repr(words).encode()).hexdigest()[:12]
    """,
}
