"""After any edit the reloaded process is what a cold start of the same files would be.

Each edit goes through a real agent; a second agent starts from cold on the same tree. Both answer the
same requests and then testify: modules, the code that they hold, models, URLs, signals.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from devenv.agent.protocol import Reloaded, Restart
from tests.contract.agents import Agent, Host, running, write
from tests.contract.edits import Author, Edit

BOOKSTORE = Path(__file__).parents[2] / "examples" / "bookstore"
NEEDED = ("environ", "django_filters", "whitenoise", "redis")
EDITS = int(os.environ.get("DEVENV_EDITS", "25"))
SEED = int(os.environ.get("DEVENV_SEED", "5"))
PATHS = (
    "/", "/probe/", "/api/", "/api/books/?format=json", "/api/books/1/", "/api/authors/?format=json",
    "/api/bestsellers/?format=json", "/api/reports/?format=json", "/admin/login/", "/health/", "/nothing",
)  # fmt: skip
CHANGING = re.compile(
    r'(csrfmiddlewaretoken" value="|csrfToken": "|refreshed_at":")[\w:.-]+|(127\.0\.0\.1):\d+'
)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers"),
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in NEEDED), reason="the bookstore's requirements"
    ),
]

WITNESS = {
    "witness/__init__.py": "",
    "witness/settings.py": """
        from bookstore.settings import *
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR.parent / "db"}}
        CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    """,
    "witness/wsgi.py": """
        import hashlib, json, os, sys, types
        os.environ.update(DJANGO_SETTINGS_MODULE="witness.settings", DEBUG="true")
        from django.core.wsgi import get_wsgi_application

        django_application = get_wsgi_application()
        ROOT = os.getcwd() + os.sep


        def application(environ, start_response):
            if environ["PATH_INFO"] != "/witness":
                return django_application(environ, start_response)
            body = json.dumps(testimony()).encode()
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
            return [body]


        def testimony():
            from django.apps import apps
            from django.conf import settings
            from django.db.models import signals
            from django.urls import get_resolver

            modules = dict(sys.modules)
            return {
                "modules": {name: str(getattr(module, "__file__", None)) for name, module in modules.items()},
                "code": {
                    name: content(vars(module), name) for name, module in modules.items() if is_ours(module)
                },
                "models": {
                    model._meta.label: [
                        model._meta.ordering, sorted(field.name for field in model._meta.get_fields()),
                    ]
                    for model in apps.get_models()
                },
                "urls": [str(pattern.pattern) for pattern in get_resolver().url_patterns],
                "receivers": {
                    name: len(signal.receivers) for name, signal in sorted(vars(signals).items())
                    if hasattr(signal, "receivers")
                },
                "settings": settings.REST_FRAMEWORK,
                "path": sys.path,
                "argv": sys.argv,
            }


        def is_ours(module):
            return (getattr(module, "__file__", None) or "").startswith(ROOT)


        def content(names, module):
            found = {}
            for name, value in names.items():
                kind = type(value)  # isinstance would wake lazy objects
                if kind is types.FunctionType and value.__module__ == module:
                    found[name] = code(value.__code__)
                elif issubclass(kind, type) and value.__module__ == module:
                    found[name] = content(vars(value), module)
                elif kind in (str, int, float, tuple, list, bytes) and not name.startswith("__"):
                    found[name] = hashlib.sha256(repr(value).encode()).hexdigest()[:12]
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


@dataclass
class Twins:
    """The process that reloads, and the one that starts from cold; both read one tree."""

    hot: Agent
    hot_host: Host
    cold: Agent
    cold_host: Host
    author: Author
    starts: int = 0

    def save(self, edit: Edit, before: set[str]) -> Reloaded:
        committed = self.hot_host.commit(
            edit.files, removals=edit.removals, reactions=self.author.reactions(edit, before)
        )
        assert committed.problems == []
        return self.hot_host.wait(Reloaded, generation=committed.generation)

    def start_from_cold(self) -> Reloaded:
        self.starts += 1
        self.cold_host.send(Restart(f"start {self.starts}"))
        return self.cold_host.wait(Reloaded, cause=f"start {self.starts}")

    def edit(self, edit: Edit | None = None) -> tuple[str, Any, Any]:
        """One edit: a sentence about it, what the hot process is, what a cold one is."""
        before = set(self.author.texts)
        edit = edit or self.author.edit()
        reloaded = self.save(edit, before)
        hot = witnessed(self.hot)
        self.start_from_cold()
        sentence = f"{edit.sentence} -> {reloaded.action} {reloaded.rung} ({reloaded.cause})"
        return sentence, hot, witnessed(self.cold)


def witnessed(agent: Agent) -> dict[str, Any]:
    """What the process answers and holds."""
    answers = {}
    for path in PATHS:
        answer = agent.get(path)
        text = CHANGING.sub(r"\1\2", answer.text)
        if answer.status == 500:  # the page tells of this very process: its title says what is wrong
            text = (text.split("</title>")[0] if "</title>" in text else json.loads(text)["detail"])[:400]
        answers[path] = [answer.status, text]
    witness = agent.get("/witness")
    return {"answers": answers, **(json.loads(witness.text) if witness.status == 200 else {})}


def differences(hot: dict[str, Any], cold: dict[str, Any], place: str = "") -> list[str]:
    """Where two testimonies part, each as a line."""
    found = []
    for key in sorted(hot.keys() | cold.keys()):
        one, other = hot.get(key), cold.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            found += differences(one, other, f"{place}{key} · ")
        elif one != other:
            found.append(f"{place}{key}: hot {one!r:.300}, cold {other!r:.300}")
    return found


@pytest.fixture
def twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twins]:
    # Django's checks import much a moment after the start: both twins are to be asked before or after that.
    monkeypatch.setenv("DEVENV_CHECK_AFTER_SECONDS", "-1")
    root = tmp_path / "app"
    shutil.copytree(BOOKSTORE, root, ignore=shutil.ignore_patterns("__pycache__", ".devenv*", "db.sqlite3"))
    write(root, WITNESS)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--noinput", "--settings=witness.settings"],
        cwd=root, env={**os.environ, "DEBUG": "true"}, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    served = ("--wsgi", "witness.wsgi:application")
    with running(tmp_path, *served, root=root) as hot:
        hot_host = hot.ready()
        with running(tmp_path, *served, root=root) as cold:
            yield Twins(hot, hot_host, cold, cold.ready(), Author(root, SEED))


@pytest.mark.timeout(60 + 20 * EDITS)
def test_a_reloaded_process_is_what_a_cold_start_of_the_same_files_is(twins: Twins) -> None:
    story = [f"seed {SEED}"]
    for _ in range(EDITS):
        sentence, hot, cold = twins.edit()
        story.append(sentence)
        assert differences(hot, cold) == [], "\n".join([*story, *differences(hot, cold)])
        if "code" not in cold:  # broken, in the same way: most edits should be of an app that runs
            sentence, hot, cold = twins.edit(twins.author.heal())
            story.append(sentence)
            assert differences(hot, cold) == [], "\n".join([*story, *differences(hot, cold)])
            assert "code" in cold, "\n".join(story)
    print("\n".join(story))
