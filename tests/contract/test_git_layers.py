"""Layers over git, with the real git: fetched once, the same for everybody, harmless."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from devenv.config.environment import Origin
from devenv.config.layering import FetchedLayer, GitLayer
from devenv.config.lock import Lock, LockedLayer
from devenv.errors import DevenvError, LayerChanged, LayerUnavailable, LockStale
from devenv.workspace.layer_cache import GitLayers
from tests.contract.platform_repository import PlatformRepository

NO_REPOSITORY = (
    "git says: fatal: '{}' does not appear to be a git repository; "
    "fatal: Could not read from remote repository.; "
    "Please make sure you have the correct access rights; and the repository exists."
)
BASE = "services: {db: postgres:17}\n"


def digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


@pytest.fixture
def platform(tmp_path: Path) -> PlatformRepository:
    return PlatformRepository(tmp_path)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def layers(
    cache: Path, lock: Lock | None = None, environ: Mapping[str, str] = os.environ, *, frozen: bool = False
) -> GitLayers:
    return GitLayers(cache, lock, environ, frozen=frozen)


def layer(
    platform: PlatformRepository, ref: str, file: str = "django/devenv.yaml", url: str = ""
) -> GitLayer:
    return GitLayer(url=url or platform.url, ref=ref, file=file, origin=Origin("devenv.yaml", 3, 5))


def refusal(found: GitLayers, wanted: GitLayer) -> DevenvError:
    with pytest.raises(DevenvError) as raised:
        found(wanted)
    return raised.value


def test_a_layer_is_fetched_once_and_then_needs_no_repository(
    platform: PlatformRepository, cache: Path
) -> None:
    commit = platform.publish("v1", {"django/devenv.yaml": BASE, "more.yaml": "x-: 1\n"})
    first = layers(cache)
    assert first(layer(platform, "v1")) == FetchedLayer(BASE.encode(), commit)

    platform.move_away()

    again = layers(cache, Lock(layers=first.used))
    assert again(layer(platform, "v1")) == FetchedLayer(BASE.encode(), commit)
    assert again(layer(platform, "v1", "more.yaml")).commit == commit
    assert again.used == {
        f"{platform.url}#v1": LockedLayer(
            commit=commit, files={"django/devenv.yaml": digest(BASE), "more.yaml": digest("x-: 1\n")}
        )
    }
    assert layers(cache)(layer(platform, "v1")).commit == commit


@pytest.mark.parametrize("is_old", [False, True], ids=["the newest", "not the newest"])
def test_a_commit_needs_no_tag(platform: PlatformRepository, cache: Path, is_old: bool) -> None:
    commit = platform.publish("v1", {"django/devenv.yaml": BASE})
    if is_old:
        platform.publish("v2", {"django/devenv.yaml": "{}"})

    assert layers(cache)(layer(platform, commit)) == FetchedLayer(BASE.encode(), commit)


def test_a_tag_that_moved_stops_who_fetches_and_leaves_alone_who_has_it(
    platform: PlatformRepository, cache: Path
) -> None:
    before = platform.publish("v1", {"django/devenv.yaml": BASE})
    colleague = layers(cache)
    colleague(layer(platform, "v1"))
    after = platform.publish("v1", {"django/devenv.yaml": "services: {}\n"})
    lock = Lock(layers=colleague.used)

    assert layers(cache, lock)(layer(platform, "v1")).commit == before
    stopped = refusal(layers(cache.with_name("new"), lock), layer(platform, "v1"))
    assert isinstance(stopped, LayerChanged)
    assert stopped.summary == (
        f"the tag v1 of {platform.url} has moved: devenv.lock has commit {before}, now it is {after}"
    )
    assert stopped.hint.startswith(f"`devenv lock --update {platform.url}#v1` ")

    renewed = GitLayers(cache, lock, os.environ, renews=lambda name: name == f"{platform.url}#v1")
    assert renewed(layer(platform, "v1")) == FetchedLayer(b"services: {}\n", after)


def test_bytes_that_are_not_those_of_the_lock_stop(platform: PlatformRepository, cache: Path) -> None:
    commit = platform.publish("v1", {"django/devenv.yaml": BASE})
    other = LockedLayer(commit=commit, files={"django/devenv.yaml": digest("other")})

    stopped = refusal(layers(cache, Lock(layers={f"{platform.url}#v1": other})), layer(platform, "v1"))

    assert isinstance(stopped, LayerChanged)
    assert f"{digest('other')} there, {digest(BASE)} here" in stopped.summary


def test_frozen_fetches_nothing_that_the_lock_does_not_have(
    platform: PlatformRepository, cache: Path
) -> None:
    platform.publish("v1", {"django/devenv.yaml": BASE})

    stopped = refusal(layers(cache, frozen=True), layer(platform, "v1"))

    assert isinstance(stopped, LockStale)
    assert not cache.exists()


def test_what_cannot_be_had_is_told(platform: PlatformRepository, cache: Path, tmp_path: Path) -> None:
    commit = platform.publish(
        "v1", {"django/devenv.yaml": BASE, "big.yaml": "#" * 1_000_001}, links={"link.yaml": "/etc/passwd"}
    )
    found = layers(cache)
    gone = (tmp_path / "nowhere.git").as_uri()
    told = {
        "tag": refusal(found, layer(platform, "v9")),
        "commit": refusal(found, layer(platform, "f" * 40)),
        "file": refusal(found, layer(platform, "v1", "nothing.yaml")),
        "folder": refusal(found, layer(platform, "v1", "django")),
        "link": refusal(found, layer(platform, "v1", "link.yaml")),
        "big": refusal(found, layer(platform, "v1", "big.yaml")),
        "repository": refusal(found, layer(platform, "v1", url=gone)),
        "git": refusal(layers(tmp_path / "other", environ={"PATH": ""}), layer(platform, "v1")),
    }

    assert {type(error) for error in told.values()} == {LayerUnavailable}
    assert {name: error.summary for name, error in told.items()} == {
        "tag": "there is no tag v9",
        "commit": f"there is no commit {'f' * 40}",
        "file": f"there is no file nothing.yaml at its commit {commit[:12]}",
        "folder": "django is no file there; a layer is read from plain files only",
        "link": "link.yaml is a symbolic link there; a layer is read from plain files only",
        "big": "big.yaml has 1,000,001 bytes; at most 1,000,000 are read",
        "repository": NO_REPOSITORY.format(tmp_path / "nowhere.git"),
        "git": "there is no git program on this machine; install git",
    }
    assert not list(cache.glob("*/new-*"))


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% /tmp/owned",
        "--upload-pack=touch /tmp/owned",
        "fd::17",
        "http://example.com/platform.git",
        "git://example.com/platform.git",
        "../platform.git",
        "host:platform.git",
        "https://token@example.com/platform.git",
        "https://example.com/\nplatform.git",
        "",
    ],
)
def test_an_address_that_could_run_or_give_away_something_is_refused(
    platform: PlatformRepository, cache: Path, url: str
) -> None:
    wanted = GitLayer(url=url, ref="v1", file="devenv.yaml", origin=Origin("devenv.yaml", 1, 1))

    assert isinstance(refusal(layers(cache), wanted), LayerUnavailable)
    assert not cache.exists()


@pytest.mark.parametrize("file", ["../x.yaml", "/etc/passwd", "a/../../x", "./x.yaml", "a//b"])
def test_a_file_is_one_of_the_repository(platform: PlatformRepository, cache: Path, file: str) -> None:
    assert "no path inside the repository" in refusal(layers(cache), layer(platform, "v1", file)).summary


@pytest.mark.parametrize("ref", ["-v1", "v1..v2", "v1:main", "v 1", "v^1"])
def test_a_tag_is_a_tag(platform: PlatformRepository, cache: Path, ref: str) -> None:
    assert refusal(layers(cache), layer(platform, ref)).summary == f"{ref!r} is no tag"


def test_nothing_of_the_user_or_the_repository_runs(
    platform: PlatformRepository, cache: Path, tmp_path: Path
) -> None:
    platform.publish(
        "v1", {"django/devenv.yaml": BASE, ".gitmodules": "[submodule 'x']\npath = x\nurl = y\n"}
    )
    template = tmp_path / "template" / "hooks"
    template.mkdir(parents=True)
    marks = tmp_path / "ran"
    for hook in ("post-checkout", "reference-transaction", "post-update"):
        (template / hook).write_text(f"#!/bin/sh\ntouch {marks}\n")
        (template / hook).chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(f"[init]\ntemplateDir = {template.parent}\n[core]\nhooksPath = {template}\n")
    environ = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_DIR": str(tmp_path / "elsewhere"),
        "GIT_TRACE": str(tmp_path / "trace"),
    }

    assert layers(cache, environ=environ)(layer(platform, "v1")).data == BASE.encode()
    assert not marks.exists()
    assert not (tmp_path / "elsewhere").exists()


def test_a_copy_that_was_removed_is_fetched_again(platform: PlatformRepository, cache: Path) -> None:
    commit = platform.publish("v1", {"django/devenv.yaml": BASE})
    layers(cache)(layer(platform, "v1"))
    shutil.rmtree(next(cache.glob(f"*/{commit}")))

    assert layers(cache)(layer(platform, "v1")).commit == commit
