from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from devenv.config import load_environment, templates_folder
from devenv.detect.finding import Finding
from devenv.detect.proposal import Noted
from devenv.errors import ConfigError, Refused, UsageError
from devenv.workflows.differences import Difference
from devenv.workflows.init import (
    Survey,
    begin_project,
    check_environment,
    read_project,
    survey,
    write_environment,
)

PROJECTS = Path(__file__).parents[2] / "projects"


def likeliest(_question: str, _answers: Sequence[str], default: str) -> str:
    return default


def copied(case: str, folder: Path) -> Survey:
    return survey(Path(shutil.copytree(PROJECTS / case / "project", folder / case)))


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_day_for_the_packages_is_missed_where_devenv_yaml_has_none_and_no_other_one_told(
    tmp_path: Path,
) -> None:
    seen = copied("pipfile_without_lock", tmp_path)
    proposal = read_project(seen, likeliest).proposal
    of_a_day = replace(proposal, as_of=Noted("2021-06-01"))
    write_environment(seen, of_a_day)
    assert check_environment(seen, of_a_day) == ()
    assert check_environment(seen, replace(proposal, as_of=Noted("2022-01-01"))) == ()
    assert check_environment(seen, proposal) == ()
    (seen.root / "devenv.yaml").unlink()
    write_environment(seen, proposal)
    assert check_environment(seen, of_a_day) == (
        Difference(path="app.dependencies.as_of", written="", found="2021-06-01"),
    )


def test_nothing_but_the_new_files_is_written(tmp_path: Path) -> None:
    seen = copied("poetry", tmp_path)
    before = names(seen.root)
    written = write_environment(seen, read_project(seen, likeliest).proposal)
    assert [file.name for file in written] == ["devenv.yaml", "requirements.devenv.txt"]
    schemas = {f".devenv/{name}" for name in (".gitignore", "devenv.schema.json", "devenv.layer.schema.json")}
    assert names(seen.root) == before | schemas | {"devenv.yaml", "requirements.devenv.txt"}


def test_a_devenv_yaml_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    seen = copied("plain", tmp_path)
    (seen.root / "devenv.yaml").write_text("mine\n")
    with pytest.raises(Refused, match="is there already"):
        write_environment(seen, read_project(seen, likeliest).proposal)
    assert (seen.root / "devenv.yaml").read_text() == "mine\n"


def test_a_devenv_yaml_of_devenv_sh_is_told_for_what_it_is(tmp_path: Path) -> None:
    seen = copied("plain", tmp_path)
    (seen.root / "devenv.yaml").write_text("inputs:\n  nixpkgs:\n    url: github:cachix/devenv-nixpkgs\n")
    with pytest.raises(ConfigError) as raised:
        write_environment(seen, read_project(seen, likeliest).proposal)
    assert "a devenv.yaml of devenv.sh (cachix)" in raised.value.details


def test_what_makes_no_valid_environment_is_not_written(tmp_path: Path) -> None:
    seen = copied("poetry", tmp_path)
    before = names(seen.root)
    proposal = replace(read_project(seen, likeliest).proposal, python=Noted("2.1"))
    with pytest.raises(ConfigError, match=r"no valid devenv\.yaml"):
        write_environment(seen, proposal)
    assert names(seen.root) == before


def test_check_says_what_the_project_says_otherwise(tmp_path: Path) -> None:
    seen = copied("hosts_with_spaces", tmp_path)
    proposal = read_project(seen, likeliest).proposal
    write_environment(seen, proposal)
    before = names(seen.root)
    newer = replace(proposal, python=Noted("3.12"))
    assert check_environment(seen, newer) == (Difference(path="python", written="3.11", found="3.12"),)
    assert names(seen.root) == before


def test_check_names_a_service_that_only_one_side_has_and_what_differs_in_the_others(tmp_path: Path) -> None:
    seen = copied("hosts_with_spaces", tmp_path)
    proposal = read_project(seen, likeliest).proposal
    write_environment(seen, proposal)
    file = seen.root / "devenv.yaml"
    image = proposal.services[0].image
    own = re.sub(r"image: postgres:\d+", "image: postgres:11", file.read_text())
    own = own.replace("services:\n", "services:\n  mine: redis:8\n")
    file.write_text(f"{own}  seed: python manage.py seed\n")
    assert check_environment(seen, proposal) == (
        Difference(path="services.mine", written="redis:8", found=None),
        Difference(path="services.db.image", written="postgres:11", found=image),
        Difference(path="jobs.seed", written="python manage.py seed", found=None),
    )


def test_check_leaves_to_the_user_what_no_project_tells(tmp_path: Path) -> None:
    seen = copied("hosts_with_spaces", tmp_path)
    proposal = read_project(seen, likeliest).proposal
    write_environment(seen, proposal)
    file = seen.root / "devenv.yaml"
    own_values = re.sub(r"SECRET_KEY: \S+", "SECRET_KEY: my-own", file.read_text())
    file.write_text(f"{own_values}\nsync:\n  ignore: [notes]\n")
    assert check_environment(seen, proposal) == ()


def test_a_lock_that_changed_is_told_and_its_requirements_are_made_anew(tmp_path: Path) -> None:
    seen = copied("poetry", tmp_path)
    write_environment(seen, read_project(seen, likeliest).proposal)
    lock = seen.root / "poetry.lock"
    lock.write_text(lock.read_text().replace("5.1.4", "5.1.5"))
    newer = survey(seen.root)
    proposal = read_project(newer, likeliest).proposal
    stale = Difference(path="requirements.devenv.txt", written="what was", found="something newer")
    assert check_environment(newer, proposal)[0] == stale
    assert write_environment(newer, proposal) == (seen.root / "requirements.devenv.txt",)
    assert "django==5.1.5\n" in (seen.root / "requirements.devenv.txt").read_text()
    assert check_environment(newer, proposal) == ()


def test_check_without_a_devenv_yaml_says_so(tmp_path: Path) -> None:
    seen = copied("plain", tmp_path)
    with pytest.raises(ConfigError, match="to check"):
        check_environment(seen, read_project(seen, likeliest).proposal)


def test_of_several_projects_one_is_asked_for(tmp_path: Path) -> None:
    seen = copied("several_projects", tmp_path)
    asked: list[tuple[str, tuple[str, ...], str]] = []

    def other(question: str, answers: Sequence[str], default: str) -> str:
        asked.append((question, tuple(answers), default))
        return answers[-1] if answers else default

    proposal = read_project(seen, other).proposal
    assert asked[0] == ("which Django project", ("backend", "examples/demo"), "backend")
    assert proposal.path == "examples/demo"


def test_a_python_that_nothing_declares_is_asked_for(tmp_path: Path) -> None:
    detected = read_project(copied("plain", tmp_path), lambda *_: "3.12")
    assert detected.proposal.python == Noted("3.12", "as you said")
    chosen = Finding(topic="python", value="3.12", why="as you said")
    assert [each for each in detected.findings if each.topic == "python"] == [chosen]


def test_a_folder_without_a_project_is_refused_with_a_way_on(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no manage\.py") as refused:
        survey(tmp_path)
    assert "--starter" in refused.value.hint


def test_a_manage_py_of_another_framework_is_named(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "manage.py").write_text("from flask.cli import FlaskGroup\n")
    with pytest.raises(UsageError, match=r"server/manage\.py does not import Django"):
        survey(tmp_path)


def test_links_virtual_environments_and_locked_folders_are_passed_over(tmp_path: Path) -> None:
    seen = copied("plain", tmp_path)
    (seen.root / ".venv" / "lib").mkdir(parents=True)
    (seen.root / ".venv" / "pyvenv.cfg").touch()
    (seen.root / ".venv" / "lib" / "manage.py").write_text("import django\n")
    (seen.root / "dangling").symlink_to("/nowhere/at/all")
    (seen.root / "loop").symlink_to(seen.root)
    (seen.root / "settings.py").symlink_to("/nowhere/settings.py")
    assert [project.folder for project in survey(seen.root).projects] == ["."]
    assert read_project(seen, likeliest).proposal.settings == Noted("site_of_mine.settings", "manage.py:6")


def test_the_starter_is_a_valid_project_of_the_folders_name(tmp_path: Path) -> None:
    folder = tmp_path / "My Shop"
    written = begin_project(folder, "drf")
    environment = load_environment(folder / "devenv.yaml", templates_folder())
    assert environment.name == "my-shop"
    assert [service.image for service in environment.services] == ["postgres:17"]
    own = {name for name in names(folder) if not name.startswith(".devenv/")}
    assert {file.relative_to(folder).as_posix() for file in written} == own
    assert not any("{{" in file.read_text() for file in written)


def test_init_finds_in_the_starter_what_its_devenv_yaml_says(tmp_path: Path) -> None:
    begin_project(tmp_path / "shop", "drf")
    seen = survey(tmp_path / "shop")
    assert check_environment(seen, read_project(seen, likeliest).proposal) == ()


def test_a_starter_needs_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "mine.txt").touch()
    with pytest.raises(Refused, match=r"not empty: mine\.txt"):
        begin_project(tmp_path, "drf")
    with pytest.raises(UsageError, match="no starter 'flask'"):
        begin_project(tmp_path, "flask")


def test_a_python_that_there_is_not_is_asked_for_again(tmp_path: Path) -> None:
    answers = iter(("3.12.x", "3.12"))
    asked: list[str] = []

    def ask(question: str, _answers: Sequence[str], _default: str) -> str:
        asked.append(question.partition(",")[0])
        return next(answers)

    proposal = read_project(copied("plain", tmp_path), ask).proposal
    assert (proposal.python, asked) == (
        Noted("3.12", "as you said"),
        ["which Python (the newest that Django 5.1.3 and the packages run on)", "which of 3.14"],
    )


def test_a_template_of_a_project_is_told_to_be_filled_in_first(tmp_path: Path) -> None:
    source = PROJECTS / "plain" / "project"
    shutil.copytree(source, tmp_path / "shop" / "{{ cookiecutter.slug }}")
    with pytest.raises(UsageError, match="is a template of a project, whose names are not filled in"):
        survey(tmp_path / "shop")
