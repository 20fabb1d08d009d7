"""What the documents say is so."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main

from devenv.cards.kinds import KINDS, LAST_WORDS
from devenv.cli.app import app
from devenv.config import Choice, load, load_environment, templates_folder
from devenv.config.reference import sections_of
from devenv.errors import ConfigError, DevenvError
from devenv.events import Event

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
PAGES = sorted(
    page
    for folder in ("", "docs", "examples/*", "templates/*", "templates/starters/*", "benchmarks", "devenv/*")
    for page in ROOT.glob(f"{folder}/*.md" if folder else "*.md")
    if page.name != "CHANGELOG.md"
)
_COMMAND = re.compile(r"`(devenv [^`]+)`|^((?: {4,}|\$ )devenv [a-z-].*|devenv --.*)$", re.MULTILINE)
_WORDS_ABOUT = re.compile(r"\[|\\\|| \| |[…<]|\b(?:KEY|NAME|PATH|TOPIC)\b")
PACKAGES = sorted(path.parent for path in (ROOT / "devenv").glob("*/__init__.py"))


def test_every_command_has_a_heading_and_every_heading_a_command() -> None:
    group = typer.main.get_command(app)
    names = {name for name in getattr(group, "commands", {}) if name != "sync"}
    names |= {"sync status", "sync flush", "sync reset"}
    documented = {
        name.strip() for line in re.findall(r"^### (.+)$", COMMANDS, re.M) for name in line.split(",")
    }
    assert documented == names


def commands_of(page: Path) -> Iterator[str]:
    """Every command line that can be said as it stands: in backticks, or alone on a line of a block."""
    for quoted, alone in _COMMAND.findall(page.read_text("utf-8")):
        line = quoted or re.split(r"\s+#|  +", alone.lstrip(" $"))[0]
        if not _WORDS_ABOUT.search(line) and "." not in line.split()[1]:
            yield " ".join(line.split())


@pytest.mark.parametrize(
    ("page", "line"),
    [
        pytest.param(page, line, id=f"{page.relative_to(ROOT)} {line}")
        for page in PAGES
        for line in dict.fromkeys(commands_of(page))
    ],
)
def test_every_command_line_of_a_page_is_one(page: Path, line: str) -> None:
    _parse(typer.main.get_command(app), shlex.split(line)[1:])


def _parse(command: Any, arguments: list[str]) -> None:
    """Raises what click says of a wrong line; a command's name alone speaks of the command."""
    if not arguments or {"--help", "--install-completion"} & {*arguments}:
        return
    context = command.make_context(command.name, arguments)
    if hasattr(command, "commands"):
        name, inner, rest = command.resolve_command(context, context._protected_args + context.args)
        if name in ("explain", "why") and not rest:
            return
        _parse(inner, rest)


def test_every_option_of_a_command_is_told_below_its_heading() -> None:
    sections = sections_of(COMMANDS)
    untold = [
        f"devenv {name} {option}"
        for name, command in _all_commands(typer.main.get_command(app))
        for option in _options(command)
        if option not in (sections.get(name) or sections[name.split()[0]])
    ]
    assert untold == []


def _all_commands(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        full = f"{above} {name}".strip()
        if hasattr(command, "commands"):
            yield from _all_commands(command, full)
        else:
            yield full, command


def _options(command: Any) -> Iterator[str]:
    for parameter in command.params:
        yield from (each for each in parameter.opts if each.startswith("--"))


def test_every_exit_code_of_a_failure_is_in_the_table() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", sections_of(COMMANDS)["exit codes"], re.M)}
    assert {each.exit_code for each in _failures(DevenvError)} <= codes


def _failures(kind: type[DevenvError]) -> Iterator[type[DevenvError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _failures(each)


@pytest.mark.parametrize("page", ["README.md", "docs/devenv-yaml.md"])
def test_the_mistake_that_a_page_shows_is_told_as_it_says(page: str, tmp_path: Path) -> None:
    lines = ["name: shop", 'python: "3.13"', "app: {wsgi: shop.wsgi}", *["#"] * 6, "services:", "  db:"]
    file = tmp_path / "devenv.yaml"
    file.write_text("\n".join([*lines, '    verison: "17"', "    type: postgres\n"]), encoding="utf-8")
    (tmp_path / "manage.py").touch()

    with pytest.raises(ConfigError) as raised:
        load(file, templates_folder(), choice=Choice(environ={}))

    text = (ROOT / page).read_text("utf-8")
    shown = re.search(r"^ *(devenv\.yaml:12:5 .*)$((?:\n +\|.*)*)", text, re.M)
    assert shown
    said = raised.value.details.splitlines()
    assert [shown[1], *shown[2].split("\n")[1:]] == said[: 1 + shown[2].count("\n")]


def test_every_event_and_each_of_its_fields_is_documented_and_nothing_else() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|(.*)\|$", (ROOT / "docs" / "events.md").read_text("utf-8"), re.M)
    events = {event.__name__: {field.name for field in fields(event)} for event in get_args(Event)}
    assert [name for name, _ in rows] == list(events)
    for name, text in rows:
        assert events[name] <= set(re.findall(r"`(\w+)`", text)), name


def test_the_readmes_example_is_the_root_devenv_yaml(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    example = re.search(r"```yaml\n(.*?)```", readme, re.S)
    assert example
    said = "\n".join(
        line for line in (ROOT / "devenv.yaml").read_text("utf-8").splitlines() if line[:1] != "#"
    )
    assert example[1].strip() == said.strip()
    assert load_environment(ROOT / "devenv.yaml", templates_folder()).name == "bookstore"


def test_the_readme_opens_with_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert [line.split("#")[0].strip() for line in lines[2:4]] == ["make demo", "make test"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_package_has_a_short_readme(package: Path) -> None:
    assert 3 < len((package / "README.md").read_text("utf-8").splitlines()) <= 30


def test_every_kind_of_failure_is_in_the_troubleshooting_and_nothing_else() -> None:
    text = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    headings = re.findall(r"^### (.+)$", text, re.M)
    assert sorted(headings) == sorted((*KINDS, LAST_WORDS))
