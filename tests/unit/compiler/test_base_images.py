"""Which images a Dockerfile fetches, and where each is pinned."""

from __future__ import annotations

import pytest

from devenv.compiler.base_images import images_of, pin_images

DIGEST = "sha256:" + "a" * 64
SEVERAL_STAGES = """\
# FROM comment:1
FROM --platform=linux/amd64 python:3.13-slim AS Base
RUN --mount=type=bind,from=ghcr.io/acme/tools:2,target=/t \\
    # FROM comment:2

    --mount=from=base,target=/b \\
    echo FROM word:1 && \\
FROM continued:1 --from=word:2
copy --from=ghcr.io/acme/uv:1 --chown=app /uv /bin/
COPY --from=devenv-agent . /agent
COPY --from=0 /x /x
COPY word --from=word:3 /
from base as next
FROM \\
  debian:trixie-slim
FROM scratch
FROM $ANY
"""


def test_images_are_told_from_stages_contexts_comments_and_words() -> None:
    assert images_of(SEVERAL_STAGES, ["devenv-agent"]) == (
        "python:3.13-slim",
        "ghcr.io/acme/tools:2",
        "ghcr.io/acme/uv:1",
        "debian:trixie-slim",
    )


def test_a_here_document_is_no_instruction() -> None:
    text = (
        "RUN <<EOF cat <<-'SQL'\nFROM word:1\nEOF\nFROM word:2\n\tSQL\nFROM debian\nENV X=<<EOF\nFROM redis\n"
    )
    assert images_of(text) == ("debian", "redis")


def test_every_place_of_a_pinned_image_gets_its_digest_and_nothing_else_changes() -> None:
    pins = {"python:3.13-slim": DIGEST, "ghcr.io/acme/tools:2": DIGEST, "word:1": DIGEST, "base": DIGEST}
    wanted = SEVERAL_STAGES.replace("python:3.13-slim", f"python:3.13-slim@{DIGEST}").replace(
        "tools:2", f"tools:2@{DIGEST}"
    )
    assert pin_images(SEVERAL_STAGES, pins, ["devenv-agent"]) == wanted


@pytest.mark.parametrize("text", ["", "\\", "RUN <<EOF", "FROM", "FROM \\\n", "COPY --from="])
def test_what_is_no_dockerfile_has_no_images(text: str) -> None:
    assert images_of(text) == ()
    assert pin_images(text, {}) == text
