"""Consumers of Channels that another server has beside the one for pages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from devenv.config.fields import RESERVED_NAMES
from devenv.detect.compose_file import ComposeService
from devenv.detect.finding import Place
from devenv.detect.proposal import ProposedProcess
from devenv.detect.roots import path_of
from devenv.detect.tree import Tree
from devenv.detect.values import Namespace, plain
from devenv.detect.workers import slug

NAME = "websocket"
_CHANNELS_4 = date(2022, 10, 15)  # from then on a router without "http" has no pages of Django's
_SERVER = re.compile(r"\b(?:daphne|uvicorn|hypercorn)\b")
_OF_PAGES = re.compile(r"\b(?:gunicorn|uwsgi|runserver)\b(?!.*UvicornWorker)")
_PUBLISHED = re.compile(r"(?:[\d.]+:)?(\d{4,5}):\d+(?:/tcp)?")


def has_old_channels(version: str, day: date | None) -> bool:
    """Whether a router without "http" leads to Django's pages, as up to Channels 3. version: "" for any."""
    if number := re.match(r"\d+", version):
        return int(number[0]) < 4
    return day is not None and day < _CHANNELS_4


def without_pages(
    files: Tree, roots: Sequence[str], settings: Namespace, asgi: str, *, has_old_channels: bool
) -> tuple[str, Place] | None:
    """Why an ASGI application serves no page of Django's, and where that shows; None where it does."""
    named = str(plain(settings.values.get("ASGI_APPLICATION", ""))).rpartition(".")[0]
    modules = dict.fromkeys(module for module in (named, asgi.partition(":")[0]) if module)
    for path in filter(None, (path_of(files, roots, module) for module in modules)):
        for routed, line in _routers(files.module(path)):
            if "http" in routed and _are_consumers(routed["http"]):
                why = "the ASGI application routes requests to consumers only, none to Django"
                return why, Place(path, routed["http"].lineno)
            if "http" not in routed and routed and not has_old_channels:
                return "the ASGI application has websockets only, no http", Place(path, line)
    return None


def _routers(tree: ast.Module | None) -> Iterator[tuple[dict[str, ast.expr], int]]:
    """What each ProtocolTypeRouter with keys that are written down leads to, and its line."""
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.Call(args=[ast.Dict(keys=keys, values=values), *_]) if ast.unparse(node.func).endswith(
                "ProtocolTypeRouter"
            ):
                names = [key.value if isinstance(key, ast.Constant) else None for key in keys]
                if all(isinstance(name, str) for name in names):
                    yield dict(zip(map(str, names), values, strict=True)), node.lineno


def _are_consumers(http: ast.expr) -> bool:
    routes = [
        node.args[1]
        for node in ast.walk(http)
        if isinstance(node, ast.Call)
        and len(node.args) > 1
        and re.search(r"path$|url$", ast.unparse(node.func))
    ]
    return bool(routes) and all(re.search(r"\.as_asgi\(\)$", ast.unparse(each)) for each in routes)


def beside_pages(
    asgi: str, lacking: tuple[str, Place] | None, compose: Sequence[ComposeService], port: int
) -> tuple[str, ProposedProcess] | None:
    """The process that serves consumers, by its name: where no page comes with them, or where clients
    look for them at a port of their own. port: that of the pages.
    """
    pages = any(_OF_PAGES.search(each.command) for each in compose)
    own = next((each for each in compose if pages and _SERVER.search(each.command)), None)
    published = _published(own.ports) if own else 0
    if published == port:
        published = 0
    if not lacking and not published:
        return None
    note = str(own.place) if own else str(lacking[1]) if lacking else ""
    name = slug(own.name) if own else NAME
    name = name if name not in {"", "web", *RESERVED_NAMES} else NAME
    return name, ProposedProcess("", note, asgi=asgi, port=published or port + 1)


def _published(ports: Iterable[str]) -> int:
    """The port of this machine at which a compose file has a service, 0 for none."""
    found = (_PUBLISHED.fullmatch(each) for each in ports)
    return next((int(each[1]) for each in found if each and 1024 <= int(each[1]) < 65536), 0)
