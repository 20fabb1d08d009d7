"""A project's own compose files: the best source of working names, versions, commands and values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from posixpath import dirname, join, normpath

from devenv.config.document import Document, Scalar, Tree
from devenv.config.loader import read_document
from devenv.detect.dockerfiles import base_image
from devenv.detect.env_files import read_env_text, sample_of
from devenv.detect.finding import Place
from devenv.detect.tree import Tree as Files
from devenv.errors import ConfigError

_NAME = re.compile(r"(?:(?:docker-)?compose|local|dev|development)(?:[.-][\w.-]+)?\.ya?ml")
_ELSEWHERE = re.compile(
    r"prod|staging|deploy|test|\bci\b|docs|e2e|swarm|traefik|release|caprover|upgrade|backup|letsencrypt"
)
_VARIABLE = re.compile(r"\$\{(\w+)(?::?([-?+])([^}]*))?\}|\$(\w+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class ComposeService:
    """A service of a compose file, variables filled in."""

    name: str
    place: Place
    image: str = ""  # of a service that is built: what its Dockerfile is made from
    built: bool = False
    dockerfile: str = ""
    command: str = ""
    entrypoint: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()

    @property
    def repository(self) -> str:
        """The image without registry, organisation and tag."""
        return self.image.partition("@")[0].rpartition("/")[2].partition(":")[0]

    @property
    def tag(self) -> str:
        """The image's tag, "" where it has none."""
        return self.image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def read_compose(files: Files, folders: Iterable[str]) -> tuple[ComposeService, ...]:
    """The services of the compose files for development, of the first of the folders that has any."""
    for folder in folders:
        names = [path for path in files.inside(folder) if _NAME.fullmatch(path.rpartition("/")[2])]
        chosen = [path for path in names if not _ELSEWHERE.search(path.rpartition("/")[2])]
        services: dict[str, ComposeService] = {}
        for path in sorted(chosen, key=_rank):
            for service in _read_file(files, path):
                services[service.name] = _merged(services.get(service.name), service)
        if services:
            return tuple(services.values())
    return ()


def _rank(path: str) -> tuple[int, str]:
    """The plain file, then its override, then one for development; a later one wins."""
    name = path.rpartition("/")[2]
    order = 2 if re.search(r"local|dev", name) else 1 if "override" in name else 0
    return order, name


def _merged(below: ComposeService | None, above: ComposeService) -> ComposeService:
    if below is None:
        return above
    return replace(
        below,
        image=above.image or below.image,
        built=above.built or below.built,
        dockerfile=above.dockerfile or below.dockerfile,
        command=above.command or below.command,
        entrypoint=above.entrypoint or below.entrypoint,
        env={**below.env, **above.env},
        ports=above.ports or below.ports,
    )


def _read_file(files: Files, path: str) -> list[ComposeService]:
    try:
        document = read_document(files.read(path), path)
    except (ConfigError, OSError):
        return []
    services = document.at(("services",))
    if not isinstance(services, dict):
        return []
    variables = _variables(files, dirname(path))
    return [_service(name, tree, document, files, variables) for name, tree in services.items()]


def _variables(files: Files, folder: str) -> Mapping[str, str]:
    """What compose would fill in for ${…}: of .env, or of its example."""
    found = sample_of(files, join(folder, ".env"))
    return read_env_text(files.text(found)) if found else {}


def _service(
    name: str, tree: Tree, document: Document, files: Files, variables: Mapping[str, str]
) -> ComposeService:
    place = Place(document.file, document.origin(("services", name)).line)
    if not isinstance(tree, dict):
        return ComposeService(name=name, place=place)
    folder = dirname(document.file)
    dockerfile = _dockerfile(tree.get("build"), folder, variables)
    built = "build" in tree
    image = base_image(files, dockerfile) if built else _text(tree.get("image"), variables)
    return ComposeService(
        name=name,
        place=place,
        image=image,
        built=built,
        dockerfile=dockerfile,
        command=_command(tree.get("command"), variables),
        entrypoint=_command(tree.get("entrypoint"), variables),
        env={**_env_files(tree.get("env_file"), files, folder), **_env(tree.get("environment"), variables)},
        ports=tuple(_port(each, variables) for each in _items(tree.get("ports"))),
    )


def _dockerfile(build: Tree | None, folder: str, variables: Mapping[str, str]) -> str:
    if build is None:
        return ""
    if isinstance(build, dict):
        context = _text(build.get("context"), variables) or "."
        name = _text(build.get("dockerfile"), variables) or "Dockerfile"
    else:
        context, name = _text(build, variables) or ".", "Dockerfile"
    return normpath(join(folder, context, name))


def _items(tree: Tree | None) -> list[Tree]:
    return tree if isinstance(tree, list) else [] if tree is None else [tree]


def _text(tree: Tree | None, variables: Mapping[str, str]) -> str:
    if not isinstance(tree, Scalar) or tree.value is None:
        return ""
    return _VARIABLE.sub(lambda match: _filled(match, variables), tree.text.replace("$$", "\0")).replace(
        "\0", "$"
    )


def _filled(match: re.Match[str], variables: Mapping[str, str]) -> str:
    name = match[1] or match[4]
    return variables.get(name) or (match[3] if match[2] == "-" else "") or ""


def _command(tree: Tree | None, variables: Mapping[str, str]) -> str:
    if isinstance(tree, list):
        return " ".join(_text(each, variables) for each in tree)
    return " ".join(_text(tree, variables).split())


def _port(tree: Tree, variables: Mapping[str, str]) -> str:
    if isinstance(tree, dict):
        return f"{_text(tree.get('published'), variables)}:{_text(tree.get('target'), variables)}"
    return _text(tree, variables)


def _env(tree: Tree | None, variables: Mapping[str, str]) -> dict[str, str]:
    if isinstance(tree, dict):
        return {name: _text(value, variables) for name, value in tree.items()}
    pairs = (_text(each, variables).partition("=") for each in _items(tree))
    return {name: value for name, equals, value in pairs if equals}


def _env_files(tree: Tree | None, files: Files, folder: str) -> dict[str, str]:
    """The values of the env files, or of the examples beside them where those are not committed."""
    values: dict[str, str] = {}
    for each in _items(tree):
        written = each.get("path") if isinstance(each, dict) else each
        path = sample_of(files, normpath(join(folder, _text(written, {}))))
        values |= read_env_text(files.text(path)) if path else {}
    return values
