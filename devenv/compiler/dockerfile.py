"""Environment and templates -> the text of the Dockerfile."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from packaging.specifiers import SpecifierSet

from devenv.compiler import words
from devenv.compiler.agent import agent_python
from devenv.compiler.base_images import images_of, pin_images
from devenv.compiler.own_lines import needs_stage, with_certificates
from devenv.compiler.packages import TABLE, system_packages
from devenv.config.environment import App, Dependencies, DjangoProject, Environment, is_old
from devenv.errors import ConfigError

DEVELOPMENT_PARTS = ("base", "dependencies", "dev")
OWN_LINES = "own_lines"
PARTS = (*DEVELOPMENT_PARTS, "production")
CONTEXTS = ("devenv-agent",)  # what the build is given beside the app's folder

# Settings often refuse to load without these; collecting static files needs none of them to be true.
HARMLESS_VALUES = {"DJANGO_SECRET_KEY": "collectstatic", "SECRET_KEY": "collectstatic"}

_UPLOADED_ANEW = "atomicwrites"  # what an older pytest needs; it was gone for a day
_THERE_AGAIN = "2022-12-31T23:59:59Z"

# In place of its "standard": python-dotenv takes the place of other packages whose module is `dotenv`.
BESIDE_UVICORN = ("httptools", "uvloop", "websockets")

MOST_HAVE_WHEELS = "2022-01-01"
OUT_OF_REACH = ("2.7", "3.5")  # Pythons whose Debian no mirror has
FIRST_WITHOUT_SETUPTOOLS = 12  # of Python 3
FIRST_RESOLVED = 9  # of Python 3: the first that came with a pip that refuses contradictions
PIP_RESOLVES = "2020-11-30"  # pip 20.3

SECRET_NAME = re.compile(r"PASS|SECRET|TOKEN|KEY", re.IGNORECASE)
LONGEST_VALUE = 8_000  # six times that, as JSON may be, still fits into a line of the builder's
CREDENTIALS = re.compile(r"://.*@", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The text, and what of it decides the development image: production's stages do not.

    `images`: all that it is built from, as they are written, without pins; `development_images` likewise.
    `system_packages`: what apt brings, to build and to run.
    """

    text: str
    development_text: str
    images: tuple[str, ...]
    development_images: tuple[str, ...]
    system_packages: tuple[str, ...]


def render_dockerfile(
    environment: Environment, templates: Mapping[str, str], heading: str, pins: Mapping[str, str]
) -> Dockerfile:
    """Every part of the Dockerfile, in order.

    templates: the texts of templates/dockerfile/ by file name. pins: digests by image.
    Raises ConfigError where a value cannot stand in a Dockerfile or a template does not render.
    """
    values = _template_values(environment, templates.get(TABLE, ""))
    jinja = ImmutableSandboxedEnvironment(
        loader=DictLoader(dict(templates)),
        undefined=StrictUndefined,
        autoescape=False,  # the text is no HTML; every value is checked or quoted by `words`
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Lines of the user's own stay as they are, empty ones too: they are put in last.
    fragments = environment.app.dockerfile
    own = {f"\0{stage}\0": with_certificates(text) for stage, text in fragments.items()}
    lines = {stage: f"\0{stage}\0" for stage in fragments}
    quoting = {"json_words": words.json_words, "json_lines": words.json_lines, "shell_word": shlex.quote}
    jinja.globals.update(values, lines=lines, version_among=_version_among, **quoting)
    first = (OWN_LINES,) if needs_stage(fragments) else ()
    rendered = {part: _with_lines(_render(jinja, f"{part}.j2"), own) for part in (*first, *PARTS)}
    comment = "".join(f"# {line}".rstrip() + "\n" for line in heading.splitlines())
    system = tuple(sorted({*values["build_packages"], *values["runtime_packages"]}))
    text = "\n\n".join([comment.rstrip("\n"), *rendered.values()]) + "\n"
    development_text = "\n\n".join(rendered[part] for part in (*first, *DEVELOPMENT_PARTS))
    return Dockerfile(
        text=pin_images(text, pins, CONTEXTS),
        development_text=pin_images(development_text, pins, CONTEXTS),
        images=images_of(text, CONTEXTS),
        development_images=images_of(development_text, CONTEXTS),
        system_packages=system,
    )


def _with_lines(text: str, own: Mapping[str, str]) -> str:
    """A rendered part without needless empty lines, and with the lines of the user's own."""
    text = text.replace("\n\n\n", "\n\n")
    for place, lines in own.items():
        text = text.replace(place, lines)
    return text


def _render(jinja: ImmutableSandboxedEnvironment, name: str) -> str:
    try:
        return jinja.get_template(name).render().strip()
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise ConfigError(
            f"the template {name} of the Dockerfile does not render",
            details=f"{name}{f':{line}' if line else ''}: {error}",
            hint="compare it with the one that devenv brings, in templates/dockerfile/",
        ) from error


def _template_values(environment: Environment, packages_table: str) -> Mapping[str, Any]:
    """Everything that a template may use. Each value is checked, or a list that a filter quotes."""
    app = environment.app
    packages = system_packages(app.system_packages, app.dependencies.packages, packages_table)
    return {
        "python": words.checked(
            environment.python, words.PYTHON_VERSION, "python", 'a version such as "3.13"'
        ),
        # Python's own venv brings it up to 3.11, and what was written then imports its pkg_resources.
        "seeds_setuptools": seeds_setuptools(environment.python),
        "resolves_loosely": resolves_loosely(environment),
        "socket_folders": _socket_folders(environment),
        "installer": "pip" if is_old(environment.python) else "uv",
        "agent_python": agent_python(environment.python),
        "runtime_packages": packages.runtime,
        "build_packages": sorted({*packages.build, *_compiler(environment)}),
        "dependencies": app.dependencies.kind,
        "dependency_files": [path_word(file.path, "app.dependencies") for file in app.dependencies.files],
        "installed_files": [file.path for file in app.dependencies.files[: app.dependencies.roots]],
        "uv_versions": app.dependencies.uv_versions,
        "groups": [
            words.checked(group, words.GROUP, "app.dependencies.groups", "the name of a dependency group")
            for group in app.dependencies.groups
        ],
        "extras": [
            words.checked(extra, words.GROUP, "app.dependencies.extras", "the name of an extra")
            for extra in app.dependencies.extras
        ],
        "as_of": last_moment(app.dependencies),
        "uploaded_anew": _UPLOADED_ANEW,
        "dated": () if is_old(environment.python) else dated_words(app.dependencies),
        "app_path": path_word(app.path, "app.path"),
        "working_dir": in_app(app.working_dir),
        "manage": shlex.join(app.manage),
        "settings": app.settings
        and words.checked(app.settings, words.MODULE, "app.settings", "a module such as shop.settings"),
        "server": server_of(app),
        "serves_asgi": serves_asgi(environment),
        "beside_uvicorn": BESIDE_UVICORN,
        "callable": served_callable(app),
        "collectstatic_env": _collectstatic_env(environment),
        "build_args": _build_args(app),
        "own_folders": _own_folders(environment),
        "is_mounted": environment.sync.mode == "bind",
    }


def _version_among(pinned: str, versions: str) -> str:
    """The pinned version of a tool, or else what the project insists on, as pip takes it."""
    return f"=={pinned}" if SpecifierSet(versions).contains(pinned) else versions


def last_moment(needs: Dependencies) -> str:
    """Of the day as of which packages are taken, as uv has it in whatever time zone; "" for none."""
    if not needs.as_of:
        return ""
    day = words.checked(needs.as_of, words.DAY, "app.dependencies.as_of", "a date such as 2022-03-01")
    return f"{day}T23:59:59Z"


def _compiler(environment: Environment) -> tuple[str, ...]:
    """What compiles packages of a day with fewer wheels; not where apt reaches nothing any more."""
    day = environment.app.dependencies.as_of
    is_needed = day and day < MOST_HAVE_WHEELS and environment.python not in OUT_OF_REACH
    return ("gcc", "libc6-dev") if is_needed else ()


def dated_words(needs: Dependencies) -> tuple[str, ...]:
    """What holds uv to that moment."""
    moment = last_moment(needs)
    anew = ("--exclude-newer-package", f"{_UPLOADED_ANEW}={_THERE_AGAIN}")
    return ("--exclude-newer", moment, *anew) if moment else ()


def _socket_folders(environment: Environment) -> str:
    """Where the agent and what it puts through have sockets, as words of a shell's command."""
    paths = [here for service in environment.services for here in service.localhost if here.startswith("/")]
    return shlex.join(["/run/devenv", *sorted({path.rpartition("/")[0] for path in paths})])


def seeds_setuptools(python: str) -> bool:
    """Whether a venv of this Python has setuptools though nobody asked for it."""
    return int(python.split(".")[1]) < FIRST_WITHOUT_SETUPTOOLS


def resolves_loosely(environment: Environment) -> bool:
    """Whether the list may be of the days when pip took requirements that contradict each other."""
    day = environment.app.dependencies.as_of
    return day < PIP_RESOLVES if day else int(environment.python.split(".")[1]) < FIRST_RESOLVED


def server_of(app: App) -> str | None:
    """What serves the app in the image, where the project's own packages bring nothing."""
    return "gunicorn" if app.wsgi else "uvicorn" if app.asgi else None


def serves_asgi(environment: Environment) -> bool:
    """Whether the app or a process is served by devenv as ASGI, which takes a server in the image."""
    of_processes = (each.project for each in environment.processes if each.command is None)
    return server_of(environment.app) == "uvicorn" or any(each and each.asgi for each in of_processes)


def _build_args(app: App) -> list[str]:
    """Names only: the values come from compose, as they are."""
    expected = "a variable's name of letters, digits and _"
    return [
        words.checked(name, words.VARIABLE, "app.build_args", expected) for name in sorted(app.build_args)
    ]


def _own_folders(environment: Environment) -> list[str]:
    """Where volumes of the app's containers go: an empty one takes the owner of the folder that it covers."""
    mounts = [*environment.app.mounts]
    mounts += [mount for process in environment.processes for mount in process.mounts]
    mounts += [mount for job in environment.jobs for mount in job.mounts]
    return sorted({mount.target for mount in mounts if mount.volume})


def in_app(working_dir: str) -> str:
    """The folder of manage.py in the containers."""
    path = path_word(working_dir, "app.working_dir")
    return "/app" if path == "." else f"/app/{path.removeprefix('./').rstrip('/')}"


def served_callable(served: App | DjangoProject) -> str | None:
    """ "package.module:attribute" of what the web process serves. Raises ConfigError."""
    written, key = (served.wsgi, "app.wsgi") if served.wsgi else (served.asgi, "app.asgi")
    return written and words.checked(written, words.CALLABLE, key, "a callable such as shop.wsgi:application")


def path_word(path: str, dotted_path: str) -> str:
    """The path, which may stand unquoted in both generated files. Raises ConfigError."""
    return words.checked(path, words.PATH, dotted_path, "a relative path inside the folder, without .. or $")


def _collectstatic_env(environment: Environment) -> list[str]:
    """NAME=value of all that the settings may read, less every secret.

    DEBUG and the like stay unset as in production, or the static files' manifest is not made.
    """
    given = {name: value for service in environment.services for name, value in service.gives.items()}
    from_files = dict.fromkeys(environment.app.env_file_values, "1")  # as good a number, flag or text as any
    values = {**from_files, **given, **environment.app.env}
    words.check_variables(values, "app.env")
    harmless = {name: _harmless(name, value) for name, value in values.items() if "DEBUG" not in name.upper()}
    return [f"{name}={value}" for name, value in sorted({**harmless, **HARMLESS_VALUES}.items())]


def _harmless(name: str, value: str) -> str:
    """The value as an image's history may show it: still a URL, without who logs in."""
    if SECRET_NAME.search(name) or len(value) > LONGEST_VALUE:
        return "collectstatic"
    return CREDENTIALS.sub("://", value)
