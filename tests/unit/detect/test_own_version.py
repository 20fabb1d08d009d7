"""Who asks for the version of its own package is installed; who knows what to do without is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.detect.own_version import installed_for_its_version
from devenv.detect.proposal import Noted
from devenv.detect.tree import load_tree

INSTALL = "RUN SETUPTOOLS_SCM_PRETEND_VERSION=0.dev0 uv pip install --no-deps --editable /app"
GUARDED = """\
try:
    __version__ = version("shelf-api")
except PackageNotFoundError:
    __version__ = "unknown"
"""


def found(
    folder: Path, text: str, *, python: str = "3.13", declared: str = 'name = "Shelf.API"\n'
) -> Noted | None:
    package = folder / "src" / "shelf_api"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(f"[project]\n{declared}")
    (package / "__init__.py").write_text("from .about import *\n")
    (package / "about.py").write_text(text)
    return installed_for_its_version(load_tree(folder), ".", (".", "src"), python)


@pytest.mark.parametrize(
    "asks",
    [
        "__version__ = version(__package__)",
        "__version__ = importlib.metadata.version('shelf-api')",
        "__version__ = pkg_resources.get_distribution('shelf_api').version",
    ],
)
def test_a_project_that_asks_for_itself_is_installed(asks: str, tmp_path: Path) -> None:
    expected = Noted(INSTALL, "src/shelf_api/about.py:2: it asks for its own version")
    assert found(tmp_path, f"import importlib\n{asks}\n") == expected


def test_an_old_python_has_pip(tmp_path: Path) -> None:
    line = found(tmp_path, "__version__ = version(__name__)\n", python="3.7")
    assert line is not None
    assert line.value == INSTALL.replace("uv pip", "pip")


@pytest.mark.parametrize(
    "text", [GUARDED, "V = version('django')\n", "def asked():\n    return version(__name__)\n", "V = 1\n"]
)
def test_who_does_not_need_it_is_left_alone(text: str, tmp_path: Path) -> None:
    assert found(tmp_path, text) is None


def test_a_project_without_a_name_is_left_alone(tmp_path: Path) -> None:
    assert found(tmp_path, "__version__ = version(__name__)\n", declared="version = '1'\n") is None
