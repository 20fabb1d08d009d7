"""What a change to a path does, said without agents; and what an agent's answer comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.agent.protocol import Explained
from devenv.cli.why import why_text
from devenv.config import Choice
from devenv.workflows.checkout import Checkout, load_checkout
from devenv.workflows.why import Effect, Why, effect_of, explain_path

DEVENV_YAML = """\
name: shop
python: "3.13"
app: {path: src, settings: shop.settings, wsgi: "shop.wsgi:application", dependencies: requirements.txt}
processes:
  web: {port: 8000}
  worker: celery -A shop worker
sync:
  ignore: ["*.psd"]
on_change:
  - {paths: "*.graphql", run: python manage.py graphql_schema | tee log, process: worker}
  - {paths: docs/, ignore: true}
  - {paths: "*.toml", restart: worker, rebuild: true}
"""
FILES = ("manage.py", "requirements.txt", "shop/settings.py", "shop/a.log", "a.psd", "shop/books.graphql")
SILENT = ["web: cannot say (no engine answers)", "worker: cannot say (no engine answers)"]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    for name in FILES:
        file = tmp_path / "src" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "src/.gitignore").write_text("# none of these\n*.log\n")
    (tmp_path / "devenv.yaml").write_text(DEVENV_YAML)
    return load_checkout(tmp_path / "devenv.yaml", Choice(environ={}))


def told(checkout: Checkout, path: str) -> list[str]:
    return [
        line.strip()
        for line in why_text(explain_path(checkout, checkout.app_folder / path, None)).splitlines()
    ]


def test_a_python_file_is_sent_and_the_processes_that_loaded_it_say_the_rest(checkout: Checkout) -> None:
    assert told(checkout, "shop/settings.py") == [
        "shop/settings.py",
        "sent to the containers",
        "code: Python source",
        *SILENT,
    ]


def test_a_path_that_is_not_there_is_answered_as_a_new_one(checkout: Checkout) -> None:
    assert told(checkout, "shop/new.py")[:3] == [
        "shop/new.py: there is no such file yet",
        "sent to the containers",
        "modules: a new Python file",
    ]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("shop/a.log", ".gitignore:2 says `*.log`"),
        ("a.psd", "sync.ignore, devenv.yaml:8 says `*.psd`"),
        ("shop/__pycache__/a.pyc", "`__pycache__` never travels, which names the folder shop/__pycache__"),
        ("../devenv.local.yaml", "it is outside of the app's folder (app.path, devenv.yaml:3)"),
    ],
)
def test_what_does_not_travel_is_told_with_the_line_that_says_so(
    checkout: Checkout, path: str, reason: str
) -> None:
    assert told(checkout, path)[1] == f"not sent to the containers: {reason}"


def test_each_rule_that_acts_is_named_with_its_line(checkout: Checkout) -> None:
    assert told(checkout, "shop/books.graphql")[2:4] == [
        "none: no process is known to keep it in memory",
        "on_change.0 (devenv.yaml:10): runs `python manage.py graphql_schema | tee log` in worker",
    ]
    assert told(checkout, "docs/conf.py")[2:4] == [
        "none: a rule leaves devenv's own reaction out",
        "on_change.1 (devenv.yaml:11): no reaction of devenv's own",
    ]
    assert told(checkout, "docs/a.toml")[3:6] == [
        "on_change.1 (devenv.yaml:11): no reaction of devenv's own",
        "on_change.2 (devenv.yaml:12): starts worker anew from cold",
        "on_change.2 (devenv.yaml:12): the image is built anew",
    ]


def test_the_files_of_the_environment_are_told_as_what_they_are(checkout: Checkout) -> None:
    assert told(checkout, "requirements.txt")[2:4] == [
        "rebuild: it says what is installed",
        "it says what is installed (app.dependencies, devenv.yaml:3): packages follow, while devenv watches",
    ]
    assert told(checkout, "../devenv.yaml")[2] == (
        "the environment is read from it: an edit is followed at once, and what differs is made anew"
    )


def test_a_folder_is_the_sum_of_what_is_sent_of_it(checkout: Checkout) -> None:
    assert told(checkout, "shop")[:4] == [
        "shop: a folder, 2 files of it are sent",
        "sent to the containers",
        "1 code, 1 none",
        "on_change.0 (devenv.yaml:10): runs `python manage.py graphql_schema | tee log` in worker",
    ]


def answer(*decisions: list[object]) -> Explained:
    return Explained("web", "ready", 90, [list(each) for each in decisions])


def test_of_several_files_the_one_that_reaches_furthest_back_decides() -> None:
    late = ["b.py", "reload", "chain", "b.py", "shop.b", "", 70]
    early = ["a.py", "reload", "chain", "a.py", "shop.models", "a thread was started", 41]
    template = ["a.html", "reset", "", "a.html", "", "", -1]
    other = ["t.py", "none", "", "not loaded: t.py", "", "", -1]
    reload = Effect(
        process="web",
        state="ready",
        action="reload",
        cause="a.py",
        rung="chain",
        before="shop.models",
        position=42,
        records=90,
        files=3,
        obstacle="a thread was started",
    )
    assert effect_of(answer(late, early, template, other)) == reload
    assert effect_of(answer(template, other)).action == "reset"
    assert effect_of(answer(other)).cause == "not loaded: t.py"
    assert effect_of(answer()) == Effect(process="web", state="ready", action="none", records=90)


def test_a_reload_from_afar_says_what_hinders_a_nearer_checkpoint() -> None:
    effect = Effect(
        process="web",
        state="ready",
        action="reload",
        cause="shop/late.py",
        rung="chain",
        before="shop.sampler",
        position=42,
        records=90,
        obstacle="a thread was started (sampler)",
    )
    found = Why(path="shop/late.py", what="file", sent=True, sent_because="", kinds={}, effects=(effect,))
    assert why_text(found).splitlines()[-1] == (
        "  web: reloads from its checkpoint before shop.sampler (shop/late.py, 42 of 90 in its history; "
        "no nearer checkpoint: a thread was started (sampler))"
    )


def test_a_cold_start_is_as_far_back_as_it_goes() -> None:
    cold = ["a.env", "reload", "cold", "a.env is read before anything else", "", "", -1]
    chain = ["a.py", "reload", "chain", "a.py", "shop.a", "", 3]
    assert effect_of(answer(chain, cold)).rung == "cold"
