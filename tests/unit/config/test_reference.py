"""docs/devenv-yaml.md and docs/services.md: each snippet loads, each table is what the code says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.config import load, templates_folder
from devenv.config.layering import FetchedLayer, GitLayer
from devenv.config.loader import read_document
from devenv.config.section import Section
from devenv.config.service_model import ServiceDefinition
from devenv.config.validation import validate
from tests.unit.config.conftest import Project
from tests.unit.config.reference import (
    DEFINITIONS,
    DOCS,
    HEADINGS,
    LANGUAGE,
    SERVICES,
    sections,
    snippets,
    tables,
    wanted_tables,
)

READMES = [LANGUAGE, SERVICES, DOCS / "browser.md", DOCS.parent / "README.md"]
SNIPPETS = [
    pytest.param(snippet, id=f"{file.stem} {heading} {number}")
    for file in READMES
    for heading, text in sections(file).items()
    for number, snippet in enumerate(snippets(text), 1)
]
OWN_DEFINITION = next(each for each in snippets(SERVICES.read_text("utf-8")) if "devenv.d/" in each)
APP = "app: {settings: bookstore.settings}\n"
LEFT_OUT = {"name": "name: bookstore\n", "python": 'python: "3.13"\n', "app": APP}
FILES = (
    *("manage.py", "bookstore/settings.py", "bookstore/wsgi.py", "bookstore/asgi.py"),
    *(
        "shared/base.yaml",
        "requirements.txt",
        "requirements/base.txt",
        "requirements/dev.txt",
        ".env",
        "uv.lock",
    ),
)
PYPROJECT = """[project]
name = "bookstore"
[project.optional-dependencies]
postgres = []
[dependency-groups]
dev = []
test = []
"""


@pytest.fixture
def bookstore(tmp_path: Path) -> Project:
    """A project that has every file which a snippet speaks of."""
    project = Project(tmp_path)
    project.write_all({"frontend/package.json": "{}", "nginx/site.conf": "", "fixtures/books.json": "[]"})
    project.write_all({"backoffice/backoffice/wsgi.py": "", "devenv.d/services/search.yaml": OWN_DEFINITION})
    for folder in ("", "backend/", "backend/src/", "backoffice/", "examples/bookstore/"):
        project.write_all({f"{folder}{file}": "" for file in FILES})
        project.write_all({f"{folder}pyproject.toml": PYPROJECT})
    return project


def completed(snippet: str) -> str:
    """A fragment as a whole file."""
    tree = read_document(snippet.encode(), "snippet").tree
    assert isinstance(tree, dict)
    return "".join(text for key, text in LEFT_OUT.items() if key not in tree) + snippet


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_every_snippet_is_valid(bookstore: Project, snippet: str) -> None:
    if snippet.startswith("# devenv.d/services/"):
        document = read_document(snippet.encode(), "definition.yaml")
        assert [*document.problems, *validate(ServiceDefinition, document).problems] == []
    else:
        bookstore.write_all({"devenv.yaml": completed(snippet)})
        loaded = load(bookstore.root / "devenv.yaml", templates_folder(), fetch=an_empty_file)
        assert loaded.environment.name == "bookstore"


def an_empty_file(_layer: GitLayer) -> FetchedLayer:
    return FetchedLayer(b"", "9c4a2fb41ad4e0c1e8e93b5d3f76c4a1f2b6d7e0")


@pytest.mark.parametrize("document", HEADINGS, ids=lambda document: document.stem)
def test_every_table_is_what_the_code_says(document: Path) -> None:
    assert tables(document) == wanted_tables(document), "`python -m tests.unit.config.reference` writes them"


def test_every_model_has_its_heading() -> None:
    described = [model for headings in HEADINGS.values() for model in headings.values()]

    assert {*described} == {*_written(Section)}


def _written(section: type[Section]) -> Iterator[type[Section]]:
    """The sections that stand in a file, without those that others have in common."""
    for below in section.__subclasses__():
        yield from _written(below) if below.__subclasses__() else [below]


def test_every_key_of_the_language_is_in_a_snippet() -> None:
    text = {heading: "".join(snippets(text)) for heading, text in sections(LANGUAGE).items()}

    assert [
        f"{heading}: {key}"
        for heading, model in HEADINGS[LANGUAGE].items()
        for key in model.model_fields
        if f"{key}:" not in text[heading]
    ] == []


def test_services_that_the_tests_cannot_run_say_so() -> None:
    described = {
        name: "never run in devenv's tests" in file.read_text() for name, file in DEFINITIONS.items()
    }
    said = {name: "Not run in the tests" in sections(SERVICES)[name] for name in DEFINITIONS}

    assert said == described
    assert [name for name, is_unrun in described.items() if is_unrun] == [
        *("elasticsearch", "mailpit", "minio", "opensearch")
    ]
