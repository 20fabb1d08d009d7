"""A repository that projects share layers from: bare and local, made for one test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "platform",
    "GIT_AUTHOR_EMAIL": "platform@example.com",
    "GIT_COMMITTER_NAME": "platform",
    "GIT_COMMITTER_EMAIL": "platform@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


class PlatformRepository:
    """`bare` is what projects name; each `publish` is one commit with a tag."""

    def __init__(self, folder: Path) -> None:
        self.bare = folder / "platform.git"
        self.work = folder / "platform"
        self.git("init", "--quiet", "--bare", str(self.bare), cwd=folder)
        self.git("init", "--quiet", str(self.work), cwd=folder)

    @property
    def url(self) -> str:
        return self.bare.as_uri()

    def publish(self, tag: str, files: Mapping[str, str], *, links: Mapping[str, str] | None = None) -> str:
        """Commit and tag, moving a tag that is there; returns the commit."""
        for name, text in files.items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_text(text, encoding="utf-8")
        for name, target in (links or {}).items():
            (self.work / name).symlink_to(target)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", tag)
        self.git("tag", "--force", "--annotate", "--message", tag, tag)
        self.git("push", "--quiet", "--force", str(self.bare), f"refs/tags/{tag}", "HEAD:refs/heads/main")
        return self.git("rev-parse", "HEAD")

    def move_away(self) -> None:
        self.bare.rename(self.bare.with_name("away.git"))

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd or self.work,
            env={**os.environ, **IDENTITY},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.strip()
