"""The text of the compose file: block style, keys in the order given, nothing left to a parser's taste."""

from __future__ import annotations

import re
from typing import Any

import yaml

# Words that YAML 1.1 and 1.2, and every compose, read as the same text.
_PLAIN = re.compile(r"(?:\.\.|\.?[A-Za-z/])[A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*")
_JSON = re.compile(r"\{[ !\"#-&(-~]*\}")  # printable ASCII without '
_NOT_TEXT = {"", "y", "n", "yes", "no", "on", "off", "true", "false", "null", ".inf", ".nan"}


class _ComposeDumper(yaml.SafeDumper):
    """Lists indented under their key, no anchors, strings quoted unless they are plain words."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """A scalar in quotes unless it is a plain word; JSON in single ones, to be readable."""
        is_plain = _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT
        quote = "'" if _JSON.fullmatch(text) else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_plain else quote)

    def represent_words(self, items: list[Any]) -> yaml.SequenceNode:
        """Texts on one line, as commands are read; anything else a line each."""
        is_flow = all(isinstance(item, str) for item in items)
        return self.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=is_flow)


_ComposeDumper.add_representer(str, _ComposeDumper.represent_text)
_ComposeDumper.add_representer(list, _ComposeDumper.represent_words)


def yaml_text(value: object) -> str:
    """`value` (of dicts, lists, texts, numbers) as YAML."""
    text: str = yaml.dump(
        value,
        Dumper=_ComposeDumper,
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=10**9,
    )
    return text
