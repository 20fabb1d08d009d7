"""What an image's name stands for now: asked of its registry, else of this machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from devenv.engine.client import Engine
from devenv.engine.observed import familiar, repository_of


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageDigest:
    """`digest` "sha256:…", or "" where nobody can say. `remark`: why it is not the registry's, or is none.

    `is_here`: an image of that name is on this machine.
    """

    image: str
    digest: str = ""
    remark: str = ""
    is_here: bool = False


def find_digest(engine: Engine, image: str) -> ImageDigest:
    """The registry's answer; where there is none, the digest that the image here was pulled by.

    A registry that wants a login knows us through `docker pull` only, so what was pulled counts.
    """
    answer = engine.resolve(image)
    if answer.digest:
        return ImageDigest(image=image, digest=answer.digest)
    # By its repository: an engine that is asked for a tag tells the tag alone of an image's names.
    of_repository = engine.images([repository_of(image)])
    here = [each for each in of_repository if familiar(image) in each.names]
    pulled = _digests((name for each in here for name in each.names), repository_of(image))
    remark = f"{answer.problem}; as it is on this machine" if pulled else answer.problem
    return ImageDigest(image=image, digest=next(iter(pulled), ""), remark=remark, is_here=bool(here))


def _digests(names: Iterable[str], repository: str) -> list[str]:
    """The digests among an image's names that are of its repository, and not of a mirror's."""
    return [name.partition("@")[2] for name in names if "@" in name and repository_of(name) == repository]
