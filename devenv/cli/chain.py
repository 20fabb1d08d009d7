"""`devenv status` in words: a line for each link of the chain, with its causes or its containers below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from devenv.cli.render import columns

if TYPE_CHECKING:
    from devenv.workflows.status import ContainerStatus, Link, Status

SHOWN_REASONS = 12
MARKS = {"ok": "ok", "stale": "!!", "none": "--"}
STYLES = {"ok": "green", "stale": "yellow", "none": "dim"}
_PINNED = re.compile(r"(@sha256:[0-9a-f]{12})[0-9a-f]+")
BELOW = " " * 17
Line = tuple[str, str]  # and its style, "" for plain


def status_lines(status: Status) -> Iterator[Line]:
    """Short: what is as it should be takes a line."""
    name = "" if status.project_name == status.environment else f", compose project {status.project_name}"
    yield f"{status.environment}{name}  {status.devenv_yaml}", "bold"
    yield "", ""
    for link in status.chain:
        yield from _link(link)
        if link.name == "containers" and link.state != "none":
            yield from _containers(status.containers)
    for text in status.leftovers:
        yield f"  {MARKS['stale']} left over   {text}", STYLES["stale"]
    if status.cold:
        yield f"  {MARKS['none']} reloads     are cold: {status.cold}", STYLES["none"]
    yield "", ""
    if any(link.is_edited for link in status.chain):
        yield "`devenv adopt` keeps what was edited by hand; `devenv up --force` replaces it", "yellow"
    elif status.has_nothing_to_do:
        yield "`devenv up` has nothing to do", "green" if status.is_up_to_date else ""
    else:
        yield "`devenv plan` shows what `devenv up` would do", ""


def _link(link: Link) -> Iterator[Line]:
    yield f"  {MARKS[link.state]} {link.name:<10}  {link.text}", STYLES[link.state]
    if link.name == "containers":
        return  # each says it of itself
    for reason in link.why[:SHOWN_REASONS]:
        yield f"{BELOW}{reason}", STYLES["stale"]
    if len(link.why) > SHOWN_REASONS:
        yield f"{BELOW}and {len(link.why) - SHOWN_REASONS} more", STYLES["stale"]


def _containers(containers: tuple[ContainerStatus, ...]) -> Iterator[Line]:
    """The app's image is a link of its own, so only those of services are named."""
    rows = [
        (
            each.name,
            _state(each),
            _PINNED.sub(r"\1…", each.image) if each.role == "service" else "",
            ", ".join(each.urls),
        )
        for each in containers
    ]
    table = columns(("", "", "", ""), rows)[1:]
    for each, text in zip(containers, table, strict=True):
        yield f"{BELOW}{text}", "yellow" if each.stale else "red" if each.code == "broken" else "dim"
        yield from ((f"{BELOW}  {cause}", "yellow") for cause in each.stale)


def _state(container: ContainerStatus) -> str:
    """What a reader wants to know of it: a job that ended well is done, a process has its code's state."""
    if container.state == "exited (0)":
        return "done"
    state = container.state.removeprefix("running, ")
    if state == "starting" and container.code == "ready":
        return "ready"  # as its agent says; the engine looks some seconds later
    return f"{state}, code does not start" if container.code == "broken" else state
