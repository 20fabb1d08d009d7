"""`devenv help`: a section of the reference, by a key of devenv.yaml, a command or a service."""

from __future__ import annotations

from collections.abc import Mapping

from devenv.config.locate import docs_folder
from devenv.config.problems import likely
from devenv.config.reference import keys_of, sections_of
from devenv.errors import UsageError

LANGUAGE = "devenv-yaml"
DOCUMENTS = (
    *(LANGUAGE, "commands", "services", "sharing", "lock", "troubleshooting"),
    *("browser", "debugging", "events"),
)


def read_help(topic: str) -> str:
    """The section about `topic`; of what has none of its own, that of its parent. Raises UsageError."""
    sections = _sections()
    name = topic.lower()
    while name:
        if name in sections:
            return sections[name]
        name = name[: max(name.rfind("."), name.rfind(" "), 0)]
    if rows := [(section, meaning) for section, key, meaning in keys_of(_text(LANGUAGE)) if key == topic]:
        return sections[rows[0][0]] if len(rows) == 1 else _key_of_many(topic, rows)
    guess = likely(topic, sections)
    hint = f"did you mean `devenv help {guess}`?" if guess else "`devenv help` alone lists what there is"
    raise UsageError(f"the reference has nothing about {topic!r}", hint=hint)


def _key_of_many(key: str, rows: list[tuple[str, str]]) -> str:
    """A key that stands in several places: what it means in each."""
    lines = (f"- in `{section}`: {meaning} (`devenv help {section}`)\n" for section, meaning in rows)
    return f"## `{key}`\n\n{''.join(lines)}"


def topics() -> tuple[str, ...]:
    """All that there is a section about, in the documents' order."""
    return tuple(_sections())


def _sections() -> Mapping[str, str]:
    """By topic, a whole document by its name; the documents that come first win."""
    found: dict[str, str] = {}
    texts = {name: _text(name) for name in DOCUMENTS}
    for text in texts.values():
        for topic, section in sections_of(text).items():
            found.setdefault(topic, section)
    return texts | found


def _text(document: str) -> str:
    return (docs_folder() / f"{document}.md").read_text("utf-8")
