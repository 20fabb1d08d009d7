"""`devenv help`: a section of the reference, by a key of devenv.yaml, a command or a service."""

from __future__ import annotations

from collections.abc import Mapping

from devenv.config.locate import docs_folder
from devenv.config.problems import likely
from devenv.config.reference import WHOLE_FILE, sections_of
from devenv.errors import UsageError

DOCUMENTS = ("devenv-yaml.md", "commands.md", "services.md", "sharing.md", "lock.md", "troubleshooting.md")


def read_help(topic: str) -> str:
    """The section about `topic`; of a key that has none of its own, that of its parent. Raises UsageError."""
    sections = _sections()
    name = topic.lower()
    while name:
        if name in sections:
            return sections[name]
        name = name.rpartition(".")[0]
    if f"| `{topic}` |" in sections[WHOLE_FILE]:
        return sections[WHOLE_FILE]
    guess = likely(topic, sections)
    hint = f"did you mean `devenv help {guess}`?" if guess else "`devenv help` alone lists what there is"
    raise UsageError(f"the reference has nothing about {topic!r}", hint=hint)


def topics() -> tuple[str, ...]:
    """All that there is a section about, in the documents' order."""
    return tuple(_sections())


def _sections() -> Mapping[str, str]:
    """By topic; the documents that come first win."""
    found: dict[str, str] = {}
    for name in DOCUMENTS:
        for topic, text in sections_of((docs_folder() / name).read_text("utf-8")).items():
            found.setdefault(topic, text)
    return found
