"""Every problem at once: mistakes that are made together are all said, each as if it were alone."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.config import Choice, load, templates_folder
from devenv.errors import ConfigError

FILES = {
    "devenv.yaml": """\
name: shop
python: "3.13"
requires: ">=0.1"
extends:
  - {file: base.yaml}
  - other.yaml
app:
  settings: shop.settings
  system_packages: [gettext]
  env: {DEBUG: "on"}
  env_file: .env
  volumes: {media: /app/media}
  dockerfile: {dev: RUN true}
services:
  db: {type: postgres, version: "17", settings: {user: shop}}
  cache: {type: redis, after: [db]}
  mail: {image: "acme/mail:1", port: 25}
processes:
  web: {port: 8000}
  worker: {command: work, replicas: 2}
jobs:
  migrate: {command: python manage.py migrate, before: [web]}
profiles:
  extra: {services: {queue: rabbitmq}}
use_profiles: [extra]
sync: {mode: volume}
compose: {networks: {shared: {external: true}}}
""",
    "base.yaml": """\
app:
  build_args: {LEVEL: "1"}
services:
  search: {type: opensearch, publish: 9201}
jobs:
  seed: seed
""",
    "other.yaml": """\
processes:
  beat: {command: beat, resources: {memory: 100m}}
""",
    "devenv.local.yaml": """\
app:
  env: {MINE: "1"}
services:
  mine: {image: "acme/mine:1", ports: [9900]}
""",
    ".env": "SECRET=x\nTOKEN=y\n",
}
MISTAKES = (  # none of which makes another one uncertain, as a layer does that cannot be read
    ("devenv.yaml", "name: shop", "name: My Shop"),
    ("devenv.yaml", 'python: "3.13"', "python: 3.1"),
    ("devenv.yaml", 'requires: ">=0.1"', "requires: newest"),
    ("devenv.yaml", "{file: base.yaml}", "{file: base.yaml, name: x, kind: y}"),
    ("devenv.yaml", "  settings: shop.settings", "  settings: [shop]"),
    ("devenv.yaml", "[gettext]", "[gettext, 'no package']"),
    ("devenv.yaml", '{DEBUG: "on"}', "{DEBUG: [on], 1X: y}"),
    ("devenv.yaml", "/app/media", "media"),
    ("devenv.yaml", "{dev: RUN true}", "{devel: RUN true}"),
    ("devenv.yaml", "{user: shop}", "{usr: shop}"),
    ("devenv.yaml", "after: [db]", "after: [bd, queues]"),
    ("devenv.yaml", "port: 25", "port: 250000"),
    ("devenv.yaml", "{port: 8000}", "{port: 8000, replicas: 0}"),
    ("devenv.yaml", "command: work", 'command: "work \\""'),
    ("devenv.yaml", "before: [web]", "before: [wbe]"),
    ("devenv.yaml", "queue: rabbitmq", "queue: rabitmq"),
    ("devenv.yaml", "mode: volume", "mode: volumes"),
    ("devenv.yaml", "networks:", "netwrks:"),
    ("base.yaml", 'LEVEL: "1"', "LEVEL: {}"),
    ("base.yaml", "{type: opensearch", "{typ: opensearch"),
    ("base.yaml", "publish: 9201", "publish: maybe"),
    ("base.yaml", "seed: seed", "seed: {comand: seed}"),
    ("other.yaml", "memory: 100m", "memory: 100"),
    ("devenv.local.yaml", 'MINE: "1"', "MINE: [1]"),
    ("devenv.local.yaml", "[9900]", "[x]"),
    (".env", "TOKEN=y", 'TOKEN="y'),
)


def write(folder: Path, mistakes: tuple[tuple[str, str, str], ...]) -> None:
    for name in ("manage.py", "shop/settings.py", "shop/wsgi.py", "shop/__init__.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("", encoding="utf-8")
    texts = dict(FILES)
    for file, right, wrong in mistakes:
        assert texts[file].count(right) == 1, right
        texts[file] = texts[file].replace(right, wrong)
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")


def problems(folder: Path, *mistakes: tuple[str, str, str]) -> set[str]:
    """What is said of the files with these mistakes in them: line, key and message, without the column."""
    write(folder, mistakes)
    try:
        load(folder / "devenv.yaml", templates_folder(), choice=Choice())
    except ConfigError as error:
        lines = [line for line in error.details.splitlines() if not line.startswith("  | ")]
        return {without_column(line) for line in lines}
    return set()


def without_column(line: str) -> str:
    """Another mistake before it on the same line moves a problem."""
    place, _, said = line.partition(" ")
    return f"{':'.join(place.split(':')[:2])} {said}"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], set[str]]:
    """What is said of each mistake where it is the only one."""
    folder = tmp_path_factory.mktemp("alone")
    assert problems(folder) == set()
    return {mistake: problems(folder, mistake) for mistake in MISTAKES}


def test_each_mistake_is_said(alone: dict[tuple[str, str, str], set[str]]) -> None:
    assert [mistake for mistake, said in alone.items() if not said] == []


@settings(max_examples=25, deadline=None, database=None)
@given(random=st.randoms(use_true_random=False))
def test_mistakes_made_together_are_all_said_and_nothing_else(
    alone: dict[tuple[str, str, str], set[str]], tmp_path_factory: pytest.TempPathFactory, random: Random
) -> None:
    chosen = random.sample(MISTAKES, random.randint(2, len(MISTAKES)))
    together = problems(tmp_path_factory.mktemp("together"), *chosen)

    expected = set().union(*(alone[mistake] for mistake in chosen))
    assert (together - expected, expected - together) == (set(), set())
