"""The JSON schema says of a file what devenv says, as far as a schema can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from devenv.config import templates_folder
from devenv.config.document import Scalar, Tree
from devenv.config.fields import JsonSchema
from devenv.config.loader import read_document
from devenv.config.model import DevenvYaml
from devenv.config.schema import make_schema, partial
from devenv.errors import ConfigError
from tests.unit.config.conftest import HEAD

ROOT = Path(__file__).resolve().parents[3]
VALID = sorted([ROOT / "devenv.yaml", *ROOT.glob("tests/golden/*/devenv.yaml")])
BROKEN = sorted(ROOT.glob("tests/broken/*/devenv.yaml"))
SCHEMA = make_schema(templates_folder() / "services")
LAYER_SCHEMA = partial(SCHEMA)

# What no schema can see: what is no tree, keys written twice, files and folders, what keys must agree on.
UNSEEN = {
    *(
        "01",
        "02",
        "03",
        "04",
        "05",
        "06",
        "07",
        "08",
        "09",
        "10",
        "11",
        "12",
        "13",
        "14",
        "15",
        "17",
        "33",
        "98",
    ),
    *(
        "34",
        "35",
        "36",
        "37",
        "38",
        "39",
        "40",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "47",
        "48",
        "52",
        "53",
        "55",
    ),
    *("56", "57", "64", "67", "69", "71"),
    *("80", "81", "82", "83", "85", "87", "88", "89", "90", "91", "92"),  # layers
}


def plain(tree: Tree) -> Any:
    """A tree as an editor's parser has it."""
    if isinstance(tree, Scalar):
        return tree.value
    if isinstance(tree, list):
        return [plain(each) for each in tree]
    return {key: plain(each) for key, each in tree.items()}


def problems(data: bytes, schema: JsonSchema = SCHEMA) -> list[str]:
    """The paths at which a schema finds something wrong."""
    tree = plain(read_document(data, "devenv.yaml").tree)
    return [".".join(map(str, error.absolute_path)) for error in Draft7Validator(schema).iter_errors(tree)]


def test_the_schema_is_a_schema_of_every_key() -> None:
    Draft7Validator.check_schema(SCHEMA)

    assert list(SCHEMA["properties"]) == list(DevenvYaml.model_fields)


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.parent.name)
def test_a_valid_file_is_valid_to_the_schema(file: Path) -> None:
    assert problems(file.read_bytes()) == []
    assert problems(file.read_bytes(), LAYER_SCHEMA) == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("services: {db: {publish: 5433}}", []),
        ("processes: {web: {port: {host: 8080}}}", []),
        ("jobs: {migrate: {before: [web]}}", []),
        ("extends: ../base.yaml", []),
        ("services: {db: {pubilsh: 5433}}", ["services.db"]),
        ("sync: {mode: bnid}", ["sync.mode"]),
    ],
)
def test_a_layer_need_not_be_complete_and_is_checked_as_strictly(text: str, where: list[str]) -> None:
    assert problems(text.encode(), LAYER_SCHEMA) == where


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.parent.name)
def test_a_wrong_key_or_shape_is_wrong_to_the_schema(file: Path) -> None:
    is_seen = file.parent.name[:2] not in UNSEEN
    try:
        assert bool(problems(file.read_bytes())) == is_seen
    except ConfigError:
        assert not is_seen


def examples(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every example with the path of the schema that it is an example of."""
    if isinstance(schema, dict):
        for example in schema.get("examples", []) if "description" in schema else []:
            yield path, example
        for key, below in schema.items():
            yield from examples(below, (*path, key))


@pytest.mark.parametrize(("path", "example"), [*examples(SCHEMA)], ids=str)
def test_every_example_is_one_of_what_it_is_an_example_of(path: tuple[str, ...], example: object) -> None:
    schema = SCHEMA
    for key in path:
        schema = schema[key]

    assert [*Draft7Validator({**schema, "$defs": SCHEMA["$defs"]}).iter_errors(example)] == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("app: {env: {DEBUG: true, RATIO: 1.5, SINCE: 2024-01-01}}", []),
        ("x-shared: {a: [b]}", []),
        ('processes: {web: {port: "8080:8000"}, worker: celery, beat: [celery, beat]}', []),
        ("services: {db: {type: postgres, version: 17}, any: 'acme/x:1'}", []),
        ("services: {db: {type: one-of-the-projects-own}}", []),
        ("services: {db: {image: redis:8, compose: {shm_sice: 1g}}}", ["services.db"]),
        ("services: {db: null}", ["services.db"]),
        ("processes: {Web: x}", ["processes"]),
        ("processes: {all: x}", ["processes"]),
        ("processes: {web: {prot: 8000}}", ["processes.web"]),
        ("app: {setings: shop.settings}", ["app"]),
        ("sync: {mode: bnid}", ["sync.mode"]),
        ("profiles: {mail: {services: {mail: mailpit}, jobs: {seed: {before: web}}}}", []),
        ("profiles: {mail: {servces: {}}}", ["profiles.mail"]),
        ("profiles: {mail: {extends: x.yaml}}", ["profiles.mail"]),
    ],
)
def test_short_forms_names_and_values_are_known(text: str, where: list[str]) -> None:
    assert problems(f"{HEAD}{text}\n".encode()) == where


def test_a_file_that_extends_another_may_leave_out_what_that_says() -> None:
    assert problems(b"extends: base.yaml\njobs: {seed: {before: [web]}}\n") == []
    assert problems(b"jobs: {seed: {before: [web]}}\n") == ["", ""]


def test_services_are_proposed_by_their_definitions() -> None:
    image, section = SCHEMA["$defs"]["ServiceSection"]["anyOf"]

    assert {example.partition(":")[0] for example in image["examples"]} == {
        *section["properties"]["type"]["anyOf"][0]["enum"]
    }
    assert {"postgres:17", "redis:8"} <= {*image["examples"]}
