"""branches.json: which branch each live database is of, and the branches that ever had one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from devenv.workspace.files import Content, write_files

FILE_NAME = "branches.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class BranchRecord:
    """`live`: the branch of the live database, "" where nothing says. `known`: the latest last.

    `towards`: the branch whose database is about to become the live one, "" where none is.
    """

    live: str = ""
    known: tuple[str, ...] = ()
    towards: str = ""

    def is_of(self, branch: str) -> bool:
        """Whether the live database is known to be the branch's."""
        return self.live == branch and not self.towards

    def now(self, branch: str) -> BranchRecord:
        """The same after a switch."""
        return BranchRecord(live=branch, known=(*(each for each in self.known if each != branch), branch))


def read_record(folder: Path, service: str) -> BranchRecord:
    """Of one service's database; empty where the file is missing or damaged."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        content = json.loads((folder / FILE_NAME).read_text("utf-8"))[service]
        return BranchRecord(
            live=str(content["live"]),
            known=tuple(map(str, content["known"])),
            towards=str(content.get("towards", "")),
        )
    return BranchRecord()


def write_record(folder: Path, service: str, record: BranchRecord) -> None:
    """Keep it beside those of other services. Raises WorkspaceError."""
    content: dict[str, Mapping[str, object]] = {}
    with suppress(OSError, ValueError):
        content = json.loads((folder / FILE_NAME).read_text("utf-8"))
    content = {**content, service: asdict(record)}
    write_files(folder, {FILE_NAME: Content(json.dumps(content, indent=2).encode())})


def forget_branches(folder: Path) -> None:
    """The data is gone."""
    (folder / FILE_NAME).unlink(missing_ok=True)
