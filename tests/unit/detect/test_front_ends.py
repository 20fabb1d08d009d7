from __future__ import annotations

import pytest

from devenv.cli.init import findings_text
from devenv.detect.front_ends import front_ends
from devenv.detect.projects import find_projects
from devenv.detect.surroundings import look_around
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\nimport django\n'


def told(path: str, text: str) -> str:
    files = tree({"manage.py": MANAGE, path: text})
    return "\n".join(
        findings_text([each]) for each in front_ends(look_around(files, find_projects(files)[0]))
    )


def test_a_script_that_serves_is_proposed_with_its_line() -> None:
    text = '{\n  "name": "pages",\n  "scripts": {\n    "build": "vite build",\n    "dev": "vite"\n  }\n}\n'
    assert told("frontend/package.json", text) == (
        "open  there is a front end in frontend, likely: under services "
        "`frontend: {type: node, path: frontend, command: npm run dev}` runs it (frontend/package.json:5)"
    )


def test_a_script_that_builds_is_told_beside_the_app() -> None:
    text = '{"scripts": {"lint": "eslint", "build:static": "make"}}'
    assert told("package.json", text) == (
        "open  the front end is not built, likely: `npm run build:static` builds it (package.json:1)"
    )
    assert told("elsewhere/package.json", text) == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"scripts": {"lint": "eslint", "test": "jest"}}'),
        ("package.json", '{"devDependencies": {"prettier": "3"}}'),
        ("package.json", '{"scripts": "none"}'),
        ("docs/package.json", '{"scripts": {"dev": "vite"}}'),
        ("shop/static/vendor/bulma/package.json", '{"scripts": {"start": "npm run watch"}}'),
    ],
    ids=["lint", "no scripts", "no mapping", "docs", "vendor"],
)
def test_what_is_no_front_end_of_the_app_is_not_told(path: str, text: str) -> None:
    assert told(path, text) == ""
