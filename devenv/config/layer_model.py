"""The keys of devenv.yaml that say which layers there are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from devenv.config.fields import Text, expected, matching, read_text
from devenv.config.section import Section

_NO_REPOSITORY = "a tag or commit is of a repository: write `git:` beside it"
_ONE_OF_BOTH = "expected a tag or a commit of the repository, one of both"
_URL = r"(?!-)[^\s\\]+"
_COMMIT = r"[0-9a-f]{40}|[0-9a-f]{64}"
_TAG = rf"(?!(?:{_COMMIT})$)(?!.*\.\.)[A-Za-z0-9][\w./+-]*"


def _readable(text: str) -> str:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        raise expected('a range of versions such as ">=0.1,<1"') from None
    return text


def _path(text: str) -> str:
    """A layer's file: it may lie above, not anywhere."""
    if not text or text.startswith(("/", "~")) or text[1:2] == ":":
        raise expected("a path relative to this file")
    if "\\" in text:
        raise expected("a path with /", f"write {text.replace(chr(92), '/')}")
    return text


def _mapping(value: Any) -> Any:
    if not isinstance(value, dict):
        raise expected("a mapping, part of a devenv.yaml")
    return value


VersionRange = Annotated[str, BeforeValidator(read_text), AfterValidator(_readable)]
Partial = Annotated[dict[str, Any], BeforeValidator(_mapping), WithJsonSchema({"type": "object"})]
"""A devenv.yaml of which anything may be missing; validated when it is merged."""


class ExtendsSection(Section):
    """A layer below this file; `../base.yaml` is short for {file: ../base.yaml}."""

    short_for = "file"

    file: Annotated[Text, AfterValidator(_path)] = Field(
        default="devenv.yaml",
        description="its path, relative to this file; with `git` in the repository",
        examples=["../shared/base.yaml"],
    )
    git: Annotated[Text, AfterValidator(matching(_URL, "the URL of a git repository"))] | None = Field(
        default=None,
        description="the repository that it is in",
        examples=["https://example.com/platform.git"],
    )
    tag: Annotated[Text, AfterValidator(matching(_TAG, "a tag such as v3"))] | None = Field(
        default=None, description="the repository's tag", examples=["v3"]
    )
    commit: Annotated[Text, AfterValidator(matching(_COMMIT, "a commit's 40 hexadecimal digits"))] | None = (
        Field(default=None, description="the commit, instead of a tag", examples=["4b825dc642cb…"])
    )


def disagreement(keys: Collection[str]) -> str:
    """What is wrong with these keys of an item of `extends` standing beside each other, "" for nothing."""
    if "git" not in keys:
        return "" if {"tag", "commit"}.isdisjoint(keys) else _NO_REPOSITORY
    return _ONE_OF_BOTH if ("tag" in keys) == ("commit" in keys) else ""
