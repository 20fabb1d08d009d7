from __future__ import annotations

import json
import re

import pytest

from devenv.cli.init import findings_text
from devenv.detect.front_ends import front_ends
from devenv.detect.projects import find_projects
from devenv.detect.surroundings import look_around
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\nimport django\n'


def told(path: str, text: str) -> str:
    return told_of({path: text})


def told_of(texts: dict[str, str]) -> str:
    files = tree({"manage.py": MANAGE, **texts})
    return "\n".join(
        findings_text([each]) for each in front_ends(look_around(files, find_projects(files)[0]))
    )


def test_a_script_that_serves_is_proposed_with_its_line() -> None:
    text = '{\n  "name": "pages",\n  "scripts": {\n    "build": "vite build",\n    "dev": "vite"\n  }\n}\n'
    assert told("frontend/package.json", text) == (
        "open  there is a front end in frontend, likely: under services "
        "`frontend: {type: node, path: frontend, command: npm run dev -- --host --port 5173}` runs it "
        "(frontend/package.json:5)"
    )


@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("vite", "npm run dev -- --host --port 5173"),
        ("vite dev --port 3000", "npm run dev -- --host --port 5173"),
        ("tsc && vite", "npm run dev -- --host --port 5173"),
        ("astro dev", "npm run dev -- --host --port 5173"),
        ("ng serve", "npm run dev -- --host 0.0.0.0 --port 5173"),
        ("webpack serve --mode development", "npm run dev -- --host 0.0.0.0 --port 5173"),
        ("next dev", "npm run dev"),
        ("react-scripts start", "npm run dev"),
        ("vitepress dev", "npm run dev"),
        ('concurrently "vite" "tsc -w"', "npm run dev"),
    ],
)
def test_a_server_that_listens_on_localhost_is_told_where_to_listen(script: str, command: str) -> None:
    text = json.dumps({"scripts": {"dev": script}})
    assert f"command: {command}}}`" in told("frontend/package.json", text)


@pytest.mark.parametrize(
    ("others", "tools", "version"),
    [
        ({"pages/Dockerfile": "# pages\nFROM node:14.15.5-alpine3.10 as build\n"}, {}, "14"),
        ({"pages/dockerfile.dev": "from --platform=linux/amd64 docker.io/library/node:20\n"}, {}, "20"),
        ({"pages/.nvmrc": "v18.17.0\n"}, {}, "18"),
        ({"pages/.nvmrc": "lts/hydrogen\n"}, {}, ""),
        ({}, {"dependencies": {"react-scripts": "4.0.1"}}, "16"),
        ({}, {"devDependencies": {"@angular/cli": "~11.1.2"}}, "16"),
        ({}, {"dependencies": {"react-scripts": "5.0.1", "next": "latest"}}, ""),
        ({"Dockerfile": "FROM node:12\n"}, {}, ""),
    ],
)
def test_node_is_the_one_that_the_front_end_is_built_with(
    others: dict[str, str], tools: dict[str, object], version: str
) -> None:
    text = json.dumps({"scripts": {"start": "react-scripts start"}, **tools})
    said = f'version: "{version}", ' if version else ""
    assert f"`frontend: {{type: node, {said}path: pages, " in told_of({"pages/package.json": text, **others})


def test_several_front_ends_have_names_that_stand_beside_each_other() -> None:
    text = '{"scripts": {"start": "react-scripts start"}}'
    assert told_of({"admin/package.json": text, "shop/package.json": text}) == (
        "open  there is a front end in admin, likely: under services "
        "`admin: {type: node, path: admin, command: npm run start}` runs it (admin/package.json:1)\n"
        "open  there is a front end in shop, likely: under services "
        "`shop: {type: node, path: shop, command: npm run start}` runs it (shop/package.json:1)"
    )
    said = told_of({"a/web/package.json": text, "b/web/package.json": text})
    assert "`a-web: {type: node, path: a/web" in said
    assert "`b-web: {type: node, path: b/web" in said


def test_each_front_end_is_told_by_its_folder_though_another_has_none_of_its_own() -> None:
    text = '{"scripts": {"start": "react-scripts start"}}'
    said = told_of({"package.json": text, "admin/package.json": text, "worker/package.json": text})
    assert re.findall(r"`([\w-]+): \{type", said) == ["frontend", "admin", "worker"]


def test_a_front_end_has_no_name_of_a_service_or_process() -> None:
    text = '{"scripts": {"start": "react-scripts start"}}'
    files = tree({"manage.py": MANAGE, "api/package.json": text, "sites/worker/package.json": text})
    around = look_around(files, find_projects(files)[0])
    said = "\n".join(findings_text([each]) for each in front_ends(around, ("worker", "frontend")))
    assert re.findall(r"`([\w-]+): \{type", said) == ["api", "sites-worker"]


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
        ("package.json", '{"scripts": {"dev": "bash start.sh"}}'),
        ("package.json", '{"scripts": {"start": "docker compose up"}}'),
        ("package.json", '{"scripts": {"dev": "cd frontend && npm run dev"}}'),
        ("mobile/package.json", '{"scripts": {"start": "expo start"}, "dependencies": {"expo": "51"}}'),
    ],
    ids=["lint", "no scripts", "no mapping", "docs", "vendor", "script", "docker", "elsewhere", "mobile"],
)
def test_what_is_no_front_end_of_the_app_is_not_told(path: str, text: str) -> None:
    assert told(path, text) == ""
