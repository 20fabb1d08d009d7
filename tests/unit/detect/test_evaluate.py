from __future__ import annotations

import pytest

from devenv.detect.evaluate import Interpreter
from devenv.detect.finding import Place
from devenv.detect.values import UNKNOWN, UrlConfig, plain, reads_of
from tests.unit.detect.trees import gone_through, tree

HELPERS = """
import os

def need(name):
    return os.environ[name]

def get_env(name, default=None):
    value = os.getenv(name, default)
    if value is None or value == "":
        if default is None:
            raise ValueError(name)
        return default
    return value
"""


def test_a_variable_without_a_default_is_required() -> None:
    _, seen = gone_through('import os\nKEY = os.environ["KEY"]\n')
    assert seen.required == {"KEY": Place("settings.py", 2)}


@pytest.mark.parametrize(
    "source",
    [
        'import os\nX = os.environ.get("X")',
        'import os\nX = os.getenv("X", "a")',
        'from os import environ as e\nX = e.get("X", default="a")',
        'import environ\nenv = environ.Env()\nX = env("X", default="a")',
        'import environ\nenv = environ.Env(X=(str, "a"))\nX = env("X")',
        'import environ\nenv = environ.Env()\nX = env.bool("X", False)',
        'from decouple import config\nX = config("X", default="a")',
        'from environs import Env\nenv = Env()\nX = env.str("X", "a")',
        'import os\nX = os.environ["X"] if "X" in os.environ else "a"',
        'import os\ntry:\n    X = os.environ["X"]\nexcept KeyError:\n    X = "a"',
        'import os\nif os.environ.get("ON"):\n    X = os.environ["X"]',
        'import os, sys\nif sys.platform == "win32":\n    X = os.environ["X"]',
        'import os\ndef late():\n    return os.environ["X"]',
    ],
)
def test_a_variable_that_may_be_missing_is_not_required(source: str) -> None:
    _, seen = gone_through(source)
    assert seen.required == {}


@pytest.mark.parametrize(
    "source",
    [
        'import environ\nenv = environ.Env()\nX = env("X")',
        'import environ\nenv = environ.Env(X=str)\nX = env("X")',
        'from decouple import config as c\nX = c("X", cast=int)',
        'from environs import Env\nenv = Env()\nX = env.int("X")',
        'import os\nX = os.environ.get("X").split(",")',
        'import os\nX = int(os.environ.get("X"))',
        'import os\nX = os.environ.get("X")\nif not X:\n    raise ValueError("X")',
        'import os\ntry:\n    X = os.environ["X"]\nexcept KeyError:\n    raise RuntimeError from None',
        'import os\ndef need(name):\n    return os.environ[name]\nX = need("X")',
        'from helpers import need\nX = need("X")',
        'from helpers import get_env\nY = get_env("Y", "a")\nX = get_env("X")',
    ],
)
def test_a_variable_that_the_code_insists_on_is_required(source: str) -> None:
    _, seen = gone_through(source, helpers=HELPERS)
    assert list(seen.required) == ["X"]


def test_what_is_given_decides_which_branch_is_taken() -> None:
    source = (
        'import os\nDEBUG = os.environ.get("DEBUG") == "1"\n'
        'if DEBUG:\n    KEY = "x"\nelse:\n    KEY = os.environ["KEY"]\n'
    )
    assert list(gone_through(source)[1].required) == ["KEY"]
    assert list(gone_through(source, {"DEBUG": "1"})[1].required) == []


def test_only_the_imports_of_the_chosen_module_are_followed() -> None:
    _, seen = gone_through(
        "from base import *\n",
        base='import os\nKEY = os.environ["KEY"]\n',
        production='import os\nTOKEN = os.environ["TOKEN"]\n',
    )
    assert list(seen.required) == ["KEY"]


def test_a_local_module_that_is_not_there_is_passed_over() -> None:
    namespace, _ = gone_through("A = 1\ntry:\n    from .local import *\nexcept ImportError:\n    B = 2\n")
    assert (namespace.values["A"], namespace.values["B"]) == (1, 2)


def test_a_package_that_imports_its_settings_adds_to_them() -> None:
    files = {
        "shop/__init__.py": "from shop import more\n",
        "shop/more.py": 'from shop.settings import APPS\nAPPS.append("b")\n',
        "shop/settings.py": 'APPS = ["a"]\n',
    }
    namespace = Interpreter.of(tree(files), (".",), {}).module("shop.settings")
    assert namespace is not None
    assert namespace.values["APPS"] == ["a", "b"]


def test_settings_are_read_as_they_are_in_development_not_in_tests() -> None:
    namespace, _ = gone_through(
        'import sys\nTESTING = "test" in sys.argv or "pytest" in sys.modules\n'
        'CACHE = "redis"\nif TESTING:\n    CACHE = "database"\n'
        'if "pytest" not in sys.modules:\n    DEBUG = True\n'
    )
    assert (namespace.values["CACHE"], namespace.values["DEBUG"]) == ("redis", True)


def test_lists_grow_as_they_would() -> None:
    namespace, _ = gone_through(
        'APPS = ["a"]\nAPPS += ["b"]\nAPPS.append("c")\nAPPS = ["z", *APPS]\n'
        'APPS.insert(0, "y")\nDEBUG = True\n'
        'if DEBUG and not False:\n    APPS = APPS + ["d"]\n'
    )
    assert namespace.values["APPS"] == ["y", "z", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    "expression",
    [
        "Path(__file__).resolve().parent / 'db'",
        "os.path.join(os.path.dirname(os.path.abspath(__file__)), 'db')",
        "(environ.Path(__file__) - 1).path('db')",
        "str(Path(__file__).parents[0]) + '/db'",
    ],
)
def test_paths_are_followed(expression: str) -> None:
    namespace, _ = gone_through(f"import os\nimport environ\nfrom pathlib import Path\nDB = {expression}\n")
    assert str(plain(namespace.values["DB"])) == "/project/db"


def test_a_text_made_of_variables_remembers_each() -> None:
    namespace, _ = gone_through(
        "import os\nURL = f\"redis://{os.environ.get('HOST', 'redis')}:{os.getenv('PORT', 6379)}/0\"\n"
    )
    assert plain(namespace.values["URL"]) == "redis://redis:6379/0"
    assert [read.name for read in reads_of(namespace.values["URL"])] == ["HOST", "PORT"]


def test_what_is_filled_into_a_text_by_name_is_remembered() -> None:
    settings, _ = gone_through('import os\nX = "redis://{host}/1".format(host=os.getenv("HOST"))\n')
    assert plain(settings.values["X"]) == "redis://None/1"
    assert [read.name for read in reads_of(settings.values["X"])] == ["HOST"]


def test_the_separator_of_hosts_is_seen() -> None:
    namespace, _ = gone_through('import os\nHOSTS = os.environ.get("HOSTS", "a b").split(" ")\n')
    hosts = namespace.values["HOSTS"]
    assert (plain(hosts), getattr(hosts, "separator", None)) == (["a", "b"], " ")


def test_dj_database_url_reads_a_name_that_is_not_written() -> None:
    namespace, seen = gone_through(
        'import dj_database_url\nDATABASES = {"default": dj_database_url.config(default="sqlite:///x")}\n'
    )
    default = namespace.values["DATABASES"]["default"]  # type: ignore[index]
    assert isinstance(default, UrlConfig)
    assert [read.name for read in seen.reads] == ["DATABASE_URL"]
    assert seen.required == {}


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    return f()\nX = f()\n",
        "from settings import *\nX = 1\n",
        "X = " + "-" * 3000 + "1\n",
        "X = [" * 80 + "]" * 80,
        "X = 'a' * 10 ** 9\nY = X * 2\n",
        "X = 'a' * 99999999999\nY = [0] * 99999999999\n",
        "X = '%99999999999d' % 1\nY = '{:>99999999999}'.format(1)\n",
        "X = 9\n" + "X = X * X\n" * 60,
        "def f(n):\n    return " + "[" + "f(n), " * 100 + "]\nX = f(1)\n",
        "f = lambda n: [f(n) for i in range(9) for j in [" + "1," * 60 + "]]\nX = f(1)\n",
        "while True:\n    X = 1\n",
        "for i in range(10 ** 9):\n    X = i\n",
        "X = {**unknown, 1: 2}[3][4].five(6)(7)\n",
        "class A:\n    x = A\n    def f(self): return self.x\nX = A().f()\n",
        "X = 1 / 0\nY = [][0]\nZ = None.x\n",
        "print 'python 2'\n",
        "\0",
    ],
)
def test_nothing_that_a_project_contains_stops_the_reading(source: str) -> None:
    namespace, _ = gone_through(source)
    assert namespace.name == "settings"


def test_what_cannot_be_known_is_unknown() -> None:
    namespace, _ = gone_through("import subprocess\nX = subprocess.check_output(['git'])\nY = X + 'a'\n")
    assert namespace.values["X"] is UNKNOWN
    assert namespace.values["Y"] is UNKNOWN


def test_a_variable_whose_name_only_running_tells_is_none_that_is_required() -> None:
    _, ledger = gone_through("import os\nfrom x import name\nKEY = os.environ[name()]")
    assert (ledger.required, ledger.reads) == ({}, [])


@pytest.mark.parametrize(
    ("subject", "expected"),
    [('"a"', 1), ('"b"', 2), ("None", 3), ('"other"', 4), ("3", 4)],
)
def test_a_match_takes_the_case_that_fits(subject: str, expected: int) -> None:
    cases = 'case "a": X = 1\n    case "b" | "c": X = 2\n    case None: X = 3\n    case _: X = 4'
    namespace, _ = gone_through(f"match {subject}:\n    {cases}")
    assert plain(namespace.values["X"]) == expected


def test_what_is_spread_into_a_reader_is_declared() -> None:
    source = 'import environ\nMORE = {"A": (bool, False)}\nenv = environ.Env(**MORE)\nX = env("A")'
    _, ledger = gone_through(source)
    assert ledger.required == {}


def test_a_module_of_the_project_that_is_imported_by_name_and_not_there_is_missed() -> None:
    source = """
from importlib import import_module
try:
    conf = import_module("parts.configuration")
except ImportError:
    raise SystemExit
A = import_module("beside").A
"""
    others = {"beside": "A = 3", "parts/__init__": ""}
    namespace, ledger = gone_through(source, None, **others)
    assert ledger.absent == {"parts/configuration.py": Place("settings.py", 4)}
    assert namespace.values["A"] == 3


@pytest.mark.parametrize(
    "line",
    [
        'with open(os.path.join(os.path.dirname(__file__), "mine.py")) as f:\n    exec(f.read(), globals())',
        'exec(open(os.path.join(os.path.dirname(__file__), "mine.py")).read())',
        'exec(compile(open("mine.py", "rb").read(), "mine.py", "exec"), globals())',
        'exec(Path(__file__).with_name("mine.py").read_text())',
        'execfile(os.path.join(os.path.dirname(__file__), "mine.py"))',
    ],
)
def test_a_file_that_is_executed_among_the_settings_adds_to_them(line: str) -> None:
    source = f"import os\nfrom pathlib import Path\nDEBUG = False\n{line}\n"
    settings, seen = gone_through(
        source, mine='DEBUG = True\nTOKEN = os.environ["TOKEN"]\n' + "# long\n" * 2000
    )
    assert plain(settings.values["DEBUG"]) is True
    assert seen.required == {"TOKEN": Place("mine.py", 2)}


def test_a_file_that_may_be_missing_is_noted_as_one() -> None:
    source = (
        "try:\n    with open('/project/mine.py') as f:\n        exec(f.read())\nexcept IOError:\n    pass\n"
    )
    _, seen = gone_through(source)
    assert (dict(seen.absent), dict(seen.optional)) == ({}, {"mine.py": Place("settings.py", 2)})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('getattr(mine, "HOST")', "db"),
        ('getattr(mine, "PORT", 5432)', 5432),
        ('getattr(mine, "PORT")', UNKNOWN),
        ('hasattr(mine, "HOST")', True),
        ('hasattr(mine, "PORT")', False),
        ('hasattr(os, "getuid")', UNKNOWN),
    ],
)
def test_a_name_of_the_projects_own_module_is_asked_for_by_a_text(expression: str, value: object) -> None:
    settings, _ = gone_through(f"import os\nimport mine\nX = {expression}\n", mine='HOST = "db"\n')
    assert plain(settings.values["X"]) == value


def test_the_cast_of_get_value_is_no_default() -> None:
    source = (
        'import environ\nenv = environ.Env()\nX = env.get_value("X", str)\nY = env.get_value("Y", int, 5)\n'
    )
    settings, seen = gone_through(source, {"X": "a"})
    assert ([*seen.required], plain(settings.values["X"]), plain(settings.values["Y"])) == (["X"], "a", 5)


def test_a_part_of_the_settings_reads_what_they_have_said_so_far() -> None:
    part = 'from django.conf import settings\nMEDIA_ROOT = settings.FOLDER + "/media"\n'
    source = 'FOLDER = "/data"\nfrom part import MEDIA_ROOT\n'
    settings, _ = gone_through(source, {"DJANGO_SETTINGS_MODULE": "settings"}, part=part)
    assert settings.values["MEDIA_ROOT"] == "/data/media"


def test_a_prefix_stands_before_each_name_that_is_read() -> None:
    source = 'import environ\nenv = environ.Env()\nenv.prefix = "SHOP_"\nA = env("A")\nB = env.db()\n'
    _, seen = gone_through(source)
    assert [*seen.required] == ["SHOP_A", "SHOP_DATABASE_URL"]


def test_a_file_that_decouple_opens_is_made() -> None:
    source = (
        "from pathlib import Path\nfrom decouple import Config, RepositoryEnv\n"
        'config = Config(RepositoryEnv(Path(__file__).parent / ".env"))\nX = config("X", default="a")\n'
    )
    settings, seen = gone_through(source)
    assert seen.own_files == {".env": Place("settings.py", 3)}
    assert plain(settings.values["X"]) == "a"


def test_the_environment_over_env_files_is_the_environment() -> None:
    source = 'import os\nfrom dotenv import dotenv_values\nenv = {**dotenv_values(".env"), **os.environ}\n'
    settings, seen = gone_through(f'{source}X = env["X"]\nY = env.get("Y", "a")\n')
    assert seen.required == {"X": Place("settings.py", 4)}
    assert plain(settings.values["Y"]) == "a"


@pytest.mark.parametrize(
    "line",
    [
        'os.environ.setdefault("OWNER", str(os.getuid()))',
        'os.environ["OWNER"] = str(os.getuid())',
        "os.environ.update(OWNER=str(os.getuid()))",
        'os.environ.update({"OWNER": str(os.getuid())})',
    ],
)
def test_a_variable_that_the_settings_set_themselves_is_not_required(line: str) -> None:
    _, ledger = gone_through(f'import os\n{line}\nOWNER = int(os.environ["OWNER"])\n')
    assert ledger.required == {}


def test_what_the_settings_set_is_what_they_read_unless_it_was_given() -> None:
    source = 'import os\nos.environ.setdefault("SIZE", "7")\nSIZE = int(os.environ["SIZE"])\n'
    assert plain(gone_through(source)[0].values["SIZE"]) == 7
    assert plain(gone_through(source, {"SIZE": "8"})[0].values["SIZE"]) == 8
