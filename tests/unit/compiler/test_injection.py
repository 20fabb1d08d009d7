"""No value can add an instruction to the Dockerfile or a key to the compose file."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from devenv.compiler.compiled import CompiledProject
from devenv.compiler.words import MODULE, checked
from devenv.config.environment import Dependencies, DependencyFile, Environment, HealthCheck, Mount
from devenv.errors import ConfigError
from tests.unit.compiler.environments import APP, DB, MIGRATE, SHOP, WEB, WORKER, compiled
from tests.unit.compiler.hostile import GOLDEN, PARTS, Hostile, compile_in, hostile_files, shape
from tests.unit.compiler.parsing import compose_content, instructions

PIECES = [
    "\n", "\r", "\r\n", "\nRUN id\n", "\\\n", '"', "'", "]", '"]', "#", "$", "${HOME}", "$(id)", "$$",
    "<<EOF", "<<-'E'\n", ": ", "- ", "&a", "*a", "!tag", "{{ python }}", "{% raw %}", "\u2028", "\u0085",
    "\t", "\\", "`", "é", "😀", "x",
]  # fmt: skip
NASTY = st.lists(st.sampled_from(PIECES), max_size=6).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)


def _keys(value: Any) -> Any:
    """The value's shape: every mapping's keys, every list's length."""
    if isinstance(value, dict):
        return {key: _keys(item) for key, item in value.items()}
    return [_keys(item) for item in value] if isinstance(value, list) else None


def _compiled_with(first: str, second: str) -> CompiledProject:
    """The shop with the two texts wherever free text may stand."""
    check = HealthCheck(test=("CMD-SHELL", second))
    service = replace(
        DB, env={"E": first}, command=("run", second), gives={"URL": second}, health_check=check
    )
    return compiled(
        app={"env": {"ONE": first, "TWO": second}, "env_file_values": {"SECRET": first}},
        services=(service,),
        processes=(WEB, replace(WORKER, command=("sh", "-c", first), env={"W": second})),
        jobs=(replace(MIGRATE, command=(first, second)),),
    )


PLAIN = _compiled_with("a", "b")
PLAIN_INSTRUCTIONS = [keyword for keyword, _ in instructions(PLAIN.files["Dockerfile"])]
PLAIN_KEYS = _keys(compose_content(PLAIN))


@settings(max_examples=80, deadline=None)
@given(one=NASTY, two=NASTY)
def test_free_texts_reach_the_container_and_nothing_else(one: str, two: str) -> None:
    nasty = _compiled_with(one, two)
    found = instructions(nasty.files["Dockerfile"])
    assert [keyword for keyword, _ in found] == PLAIN_INSTRUCTIONS
    collectstatic = json.loads(next(words for _, words in found if words.startswith('["env"')))
    assert f"ONE={one}" in collectstatic or "://" in one
    content = compose_content(nasty)
    assert _keys(content) == PLAIN_KEYS
    services = content["services"]
    doubled = one.replace("$", "$$"), two.replace("$", "$$")
    assert services["db"]["environment"] == {"E": doubled[0]}
    assert services["db"]["command"] == ["run", doubled[1]]
    assert services["migrate"]["command"] == list(doubled)
    assert services["worker"]["command"][-3:] == ["sh", "-c", doubled[0]]


def _app(**changes: Any) -> Environment:
    return replace(SHOP, app=replace(APP, **changes))


def _requirements(path: str) -> Dependencies:
    return Dependencies(kind="requirements", files=(DependencyFile(path, "a"),))


PLACES = {
    "python": lambda word: replace(SHOP, python=word),
    "name": lambda word: replace(SHOP, name=word),
    "app.path": lambda word: _app(path=word),
    "app.working_dir": lambda word: _app(working_dir=word),
    "app.settings": lambda word: _app(settings=word),
    "app.wsgi": lambda word: _app(wsgi=word),
    "app.system_packages": lambda word: _app(system_packages=(word,)),
    "app.dependencies": lambda word: _app(dependencies=_requirements(word)),
    "app.dependencies.groups": lambda word: _app(dependencies=Dependencies(kind="uv", groups=(word,))),
    "app.dependencies.extras": lambda word: _app(dependencies=Dependencies(kind="uv", extras=(word,))),
    "app.dependencies.as_of": lambda word: _app(dependencies=replace(APP.dependencies, as_of=word)),
    "app.env": lambda word: _app(env={word: "x"}),
    "app.env_file": lambda word: _app(env_files=(word,)),
    "service": lambda word: replace(SHOP, services=(replace(DB, name=word),)),
    "volume": lambda word: replace(
        SHOP, services=(replace(DB, mounts=(Mount(target="/data", volume=word),)),)
    ),
    "process": lambda word: replace(SHOP, processes=(replace(WEB, name=word),)),
    "job": lambda word: replace(SHOP, jobs=(replace(MIGRATE, name=word),)),
}


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=14, deadline=None)
@given(
    tail=st.sampled_from(
        ["\n", " \n", "\nRUN id", "\r", "\\", '"', "'", "$x", "#", "<<EOF", "`id`", ";id", ",target=/", "*"]
    )
)
def test_a_word_that_cannot_be_quoted_is_refused_by_name(place: str, tail: str) -> None:
    environment = PLACES[place]("x" + tail)
    with pytest.raises(ConfigError) as raised:
        compiled(
            **{
                name: getattr(environment, name)
                for name in ("name", "python", "services", "processes", "jobs")
            },
            app={name: getattr(environment.app, name) for name in APP.__slots__},
        )
    assert "cannot be written into a generated file" in raised.value.summary


def test_a_word_that_no_line_of_the_builders_can_hold_is_refused() -> None:
    with pytest.raises(ConfigError) as raised:
        checked("x" * 8_001, MODULE, "app.settings", "a module such as shop.settings")
    assert raised.value.summary == (
        "app.settings: a text of 8,001 characters cannot be written into a generated file"
    )
    assert checked("x" * 8_000, MODULE, "app.settings", "a module") == "x" * 8_000


@pytest.mark.parametrize("path", ["../other", "a/../../b", "/etc", "-x", "a/.."])
def test_a_path_cannot_leave_the_folder_or_be_an_option(path: str) -> None:
    with pytest.raises(ConfigError):
        compiled(app={"path": path})


OWN_LINES = re.compile(r"^# What devenv\.yaml says at app\.dockerfile\..*?^WORKDIR [^\n]*$", re.M | re.S)


def _without_own_lines(dockerfile: str) -> str:
    """Without the user's lines, and the stage that is there for them, which holds no value."""
    return OWN_LINES.sub("", dockerfile).replace(PARTS["own_lines.j2"].strip(), "")


@cache
def _golden(case: str) -> CompiledProject:
    return compile_in(GOLDEN / case, case)


@settings(max_examples=80, deadline=None, phases=[Phase.generate])
@given(hostile=hostile_files())
def test_no_value_of_a_file_adds_an_instruction_or_a_key(
    hostile: Hostile, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "hostile" / hostile.case
    try:
        project = compile_in(folder, hostile.case, hostile.text())
    except ConfigError:
        return  # it says what is wrong with it
    golden = _golden(hostile.case)
    if not hostile.is_meant_for_it:
        texts = (_without_own_lines(each.files["Dockerfile"]) for each in (project, golden))
        found, wanted = map(instructions, texts)
        assert [keyword for keyword, _ in found] == [keyword for keyword, _ in wanted]
    content, wanted_content = compose_content(project), compose_content(golden)
    if not hostile.names_things:
        assert shape(content) == shape(wanted_content)
    assert content.keys() == wanted_content.keys()
    assert "'injected':" not in repr(shape(content))
