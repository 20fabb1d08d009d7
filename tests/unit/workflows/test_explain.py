"""`devenv explain`, by example and for every key of the root devenv.yaml in three layers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.compiler.compiled import Label
from devenv.config import Choice
from devenv.errors import UsageError
from devenv.workflows.checkout import Checkout, load_checkout
from devenv.workflows.config import HIDDEN
from devenv.workflows.explain import Explanation, explain_key, explainable_keys

EXAMPLES = int(os.environ.get("DEVENV_EXPLAIN_EXAMPLES", "2"))
LAYERS = ("base.yaml", "devenv.yaml", "devenv.local.yaml")
BASE, PROJECT, LOCAL = LAYERS

# Each key of the root devenv.yaml with a value for each layer that no other line of a generated file holds.
VALUES: Mapping[str, tuple[str, str, str]] = {
    "name": ("name-base", "name-project", "name-local"),
    "python": ("3.13", "3.14", "3.13"),  # up to 3.11 other lines differ, too
    "app.path": ("in-base", "in-project", "in-local"),
    "app.settings": ("base.settings", "project.settings", "local.settings"),
    "app.wsgi": ("base.wsgi:serve", "project.wsgi:serve", "local.wsgi:serve"),
    "app.dependencies.file": ("of-base.txt", "of-project.txt", "of-local.txt"),
    "app.env.DEBUG": ("debug-base", "debug-project", "debug-local"),
    "services.db.version": ("17.1", "16.2", "15.3"),
    "services.cache.version": ("8.4", "7.5", "6.6"),
    "processes.web.port": ("8001", "8002", "8003"),
    "processes.worker.command": ("work for-b", "work for-p", "work for-l"),
    "processes.beat.command": ("beat every-b", "beat every-p", "beat every-l"),
    "jobs.migrate.command": ("migrate to-b", "migrate to-p", "migrate to-l"),
}
SHORT = {"app.dependencies.file", *(key for key in VALUES if key.endswith(".command"))}
IMAGES = {"services.db.version": "postgres", "services.cache.version": "redis"}


@dataclass(frozen=True, slots=True)
class Wrote:
    """What a layer says of a key, and where."""

    value: str
    place: str


def files_of(folder: Path) -> None:
    for app in VALUES["app.path"]:
        for name in ("manage.py", *VALUES["app.dependencies.file"]):
            (folder / app).mkdir(exist_ok=True)
            (folder / app / name).touch()


def written(file: str, values: Mapping[str, str], random: Random) -> tuple[str, dict[str, Wrote]]:
    """The text of a layer that says `values`, short and full forms mixed, and what it says where."""
    lines: list[str] = []
    said: dict[str, Wrote] = {}
    above: list[str] = []
    for key, value in sorted(values.items(), key=lambda item: item[0].split(".")):
        path = key.split(".")
        is_short = random.choice([True, False])
        shown = f'"{value}"'
        if key in IMAGES and (is_short or file == BASE):
            path, shown = path[:-1], f"{IMAGES[key]}:{value}"
        elif key in SHORT and is_short:
            path = path[:-1]
        elif key.endswith(".port"):
            shown = value
        common = next((at for at, part in enumerate(above) if path[at] != part), len(above))
        for depth, part in enumerate(path[:-1]):
            if depth >= common:
                lines.append(f"{'  ' * depth}{part}:")
        lines.append(f"{'  ' * (len(path) - 1)}{path[-1]}: {shown}")
        above = path[:-1]
        said[key] = Wrote(value, f"{file}:{len(lines)}:{2 * len(path) - 1}")
    return "".join(f"{line}\n" for line in lines), said


def expected_lines(checkout: Checkout, key: str, value: str) -> set[tuple[str, int]]:
    """The generated lines that hold the value; the whole instruction, where there is none without it."""
    sought = [value.rpartition(" ")[2]]
    if key in IMAGES:
        name = key.split(".")[1]
        sought = [f"{IMAGES[key]}:{value}", f"{name}-{IMAGES[key]}-{value.partition('.')[0]}"]
    return {
        (file, number)
        for file, text in checkout.compiled.files.items()
        for block in blocks(file, text, in_full=key == "app.dependencies.file")
        if any(word in line for _, line in block for word in sought)
        for number, line in block
        if not line.strip().startswith((Label.INPUTS, Label.CONFIG_HASH, Label.BUILD_HASH))
    }


def blocks(file: str, text: str, *, in_full: bool) -> Iterator[list[tuple[int, str]]]:
    """The lines with their numbers, each alone or `in_full`: one that ends with a backslash with the next."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        block.append((number, line))
        if not (in_full and file == "Dockerfile" and line.endswith("\\")):
            yield block
            block = []


@settings(max_examples=EXAMPLES, deadline=None)
@given(random=st.randoms(use_true_random=True))
def test_every_key_is_explained_whichever_layers_say_it(
    random: Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("layers")
    files_of(folder)
    who = {key: random.sample(LAYERS, k=random.randint(1, 3)) for key in VALUES}
    said: dict[str, dict[str, Wrote]] = {}
    for at, file in enumerate(LAYERS):
        values = {key: each[at] for key, each in VALUES.items() if file in who[key] or in_base(key, file)}
        text, said[file] = written(file, values, random)
        (folder / file).write_text(f"{text}extends: base.yaml\n" if file == PROJECT else text, "utf-8")

    checkout = load_checkout(folder / PROJECT, Choice())

    for key in VALUES:
        highest, *others = [said[file][key] for file in reversed(LAYERS) if key in said[file]]
        found = explain_key(checkout, key)
        assert (found.kind, str(found.value)) == ("set", highest.value), key
        assert [each.place for each in found.said] == [highest.place], key
        assert [(each.place, str(each.value)) for each in found.overrode] == [
            (other.place, other.value) for other in others
        ], key
        assert {(line.file, line.number) for line in found.lines} == expected_lines(
            checkout, key, highest.value
        ), key


def in_base(key: str, file: str) -> bool:
    """A version alone needs an image below it."""
    return key in IMAGES and file == BASE


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name in ("manage.py", "shop/settings.py", "shop/wsgi.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def explained(shop: Path, key: str, text: str, *, local: str = "", **environ: str) -> Explanation:
    head = 'name: shop\npython: "3.13"\napp:\n  settings: shop.settings\n'
    (shop / "devenv.yaml").write_text(head + text, encoding="utf-8")
    (shop / "devenv.local.yaml").write_text(local, encoding="utf-8")
    return explain_key(load_checkout(shop / "devenv.yaml", Choice(environ=environ)), key)


def places(found: Explanation) -> list[str]:
    return [f"{line.file}:{line.text.strip()}" for line in found.lines]


def test_a_variable_that_a_service_gives_names_the_service(shop: Path) -> None:
    found = explained(shop, "app.env.REDIS_URL", "services: {cache: redis:8}\n")

    assert (found.kind, found.value, found.reason) == (
        *("given", "redis://cache:6379/0"),
        "services.cache gives it, by the definition redis",
    )
    assert "compose.yaml:REDIS_URL: redis://cache:6379/0" in places(found)


def test_a_value_of_an_env_file_is_never_shown(shop: Path) -> None:
    (shop / ".env").write_text("API_KEY=s3cret\n")

    found = explained(shop, "app.env.API_KEY", "  env_file: .env\n")

    assert (found.kind, found.value, found.reason) == ("given", HIDDEN, "app.env_file (.env) says it")
    assert "s3cret" not in str(found)
    assert "app.env:API_KEY=…" in places(found)


def test_a_list_is_said_by_all_layers_that_add_to_it(shop: Path) -> None:
    found = explained(
        shop, "app.system_packages", "  system_packages: [gettext]\n", local="app: {system_packages: [jq]}\n"
    )

    assert found.value == ["gettext", "jq"]
    assert [(said.place, said.value) for said in found.said] == [
        ("devenv.local.yaml:1:7", ["jq"]),
        ("devenv.yaml:5:3", ["gettext"]),
    ]


def test_a_key_that_was_removed_says_by_what(shop: Path) -> None:
    found = explained(
        shop,
        "services.db.publish",
        "services: {db: {type: postgres, publish: 5433}}\n",
        local="services: !reset\n",
    )

    assert (found.kind, found.value) == ("removed", None)
    assert found.reason == "!reset of services at devenv.local.yaml:1:1"
    assert [(said.place, said.value) for said in found.overrode] == [("devenv.yaml:5:33", 5433)]


def test_a_key_below_one_that_is_overridden_is_not_in_force(shop: Path) -> None:
    found = explained(
        shop,
        "sync.ignore",
        "sync: {ignore: ['*.log']}\n",
        local="sync: !override {ignore: ['*.tmp']}\n",
    )

    assert [said.value for said in found.said] == [["*.tmp"]]
    assert [said.value for said in found.overrode] == [["*.log"]]


def test_a_variable_of_the_environment_is_named(shop: Path) -> None:
    found = explained(shop, "app.env.A", "  env: {A: file}\n", DEVENV__app__env__A="here")

    assert (found.value, found.said[0].place) == ("here", "DEVENV__app__env__A")
    assert [said.place for said in found.overrode] == ["devenv.yaml:5:9"]


def test_what_nobody_says_is_the_default(shop: Path) -> None:
    found = explained(shop, "app.wsgi", "")

    assert (found.kind, found.value, found.said) == ("default", "shop.wsgi:application", ())
    assert found.reason == "the wsgi module beside the settings"


def test_a_version_that_nobody_says_is_that_of_the_definition(shop: Path) -> None:
    found = explained(shop, "services.cache.version", "services: {cache: valkey}\n")

    assert (found.kind, found.value, found.reason) == (
        "default",
        "8",
        "services.cache, by the definition valkey",
    )
    assert [line.text.strip() for line in found.lines] == ["image: valkey/valkey:8"]


def test_a_setting_that_nobody_says_is_that_of_the_definition(shop: Path) -> None:
    found = explained(shop, "services.db.settings.user", "services: {db: postgres:17}\n")

    assert (found.kind, found.value, found.reason) == (
        "default",
        "app",
        "services.db, by the definition postgres",
    )


def test_a_mapping_explains_what_is_below(shop: Path) -> None:
    found = explained(
        shop, "services.db", "services: {db: postgres:17}\n", local="services: {db: {publish: 5433}}\n"
    )

    assert {each.key: (each.value, each.said[0].place) for each in found.below} == {
        "services.db.image": ("postgres", "devenv.yaml:5:12"),
        "services.db.version": ("17", "devenv.yaml:5:12"),
        "services.db.publish": (5433, "devenv.local.yaml:1:17"),
    }


def test_every_key_that_is_proposed_can_be_explained(shop: Path) -> None:
    text = "  volumes: {media: {path: /media}}\nprocesses: {web: {env: {A: b}}}\n"
    explained(shop, "app", text)
    checkout = load_checkout(shop / "devenv.yaml", Choice())

    found = {explain_key(checkout, key).key for key in explainable_keys(checkout)}

    assert found == {*explainable_keys(checkout)}
    assert {"app.volumes.media.path", "app.volumes.media.read_only", "processes.web.port", "jobs"} <= found


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("services.db.verison", "did you mean `services.db.version`?"),
        ("app.env.DATABSE_URL", "did you mean `app.env.DATABASE_URL`?"),
        ("zzz", "`devenv config` prints every key"),
        ("extends", "`devenv config --layers` lists them"),
    ],
)
def test_an_unknown_key_gets_the_likely_one(shop: Path, key: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        explained(shop, key, "services: {db: postgres:17}\n")

    assert raised.value.hint == hint
