from __future__ import annotations

import pytest

from devenv.detect.roots import module_of, path_of, roots_of
from tests.unit.detect.trees import tree

HEAD = "import os\nimport sys\nfrom pathlib import Path\n\nHERE = Path(__file__).resolve().parent\n"


@pytest.mark.parametrize(
    "line",
    [
        'sys.path.insert(0, os.path.join(os.path.dirname(__file__), "apps"))',
        'sys.path.append(str(HERE / "apps"))',
        'sys.path.extend([str(HERE / "apps")])',
        'sys.path += [str(HERE / "apps")]',
        'sys.path = [str(HERE / "apps")] + sys.path',
        'sys.path.insert(0, os.path.abspath("apps"))',
        'def main():\n    sys.path.insert(0, "apps")\n\n\nif __name__ == "__main__":\n    main()',
    ],
)
def test_what_manage_py_puts_on_the_path_is_a_root(line: str) -> None:
    files = tree({"site/manage.py": f"{HEAD}{line}\n", "site/apps/shop/models.py": ""})
    assert roots_of(files, "site/manage.py") == ("site/apps",)


@pytest.mark.parametrize(
    "line", ['sys.path.insert(0, "/usr/lib")', "sys.path.insert(0, '')", "sys.path.pop()"]
)
def test_folders_that_are_not_in_the_tree_are_none(line: str) -> None:
    assert roots_of(tree({"manage.py": f"{HEAD}{line}\n", "apps/shop.py": ""}), "manage.py") == ()


def test_a_module_has_the_name_that_the_nearest_root_gives_it() -> None:
    roots = (".", "apps")
    assert module_of("apps/shop/models.py", roots) == "shop.models"
    assert module_of("config/__init__.py", roots) == "config"


def test_a_module_is_looked_for_from_root_to_root() -> None:
    files = tree({"apps/shop/__init__.py": "", "config.py": ""})
    assert path_of(files, (".", "apps"), "shop") == "apps/shop/__init__.py"
    assert path_of(files, (".", "apps"), "config") == "config.py"
    assert path_of(files, (".", "apps"), "stock") is None
