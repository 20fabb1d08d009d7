from __future__ import annotations

from dataclasses import replace

from devenv.engine.client import DiskUsage, ImageFacts
from devenv.engine.environments import FoundEnvironment
from devenv.engine.leftovers import Kind, Leftover, find_leftovers
from tests.unit.engine.test_environments import SHOP

IMAGE = ImageFacts(image_id="sha256:0123456789abcdef", names=("devenv/shop:dev",), labels={})
OLDER = ImageFacts(image_id="sha256:fedcba9876543210", names=(), labels={})
USAGE = DiskUsage(
    images_bytes=0,
    containers_bytes=0,
    volumes_bytes=0,
    build_cache_bytes=0,
    by_image={IMAGE.image_id: 30, OLDER.image_id: 20},
    by_volume={"shop_data": 10},
)
HERE = replace(SHOP, images=(IMAGE,))


def leftovers(
    *environments: FoundEnvironment,
    images: tuple[ImageFacts, ...] = (),
    used: frozenset[str] = frozenset(),
    there: bool = False,
) -> list[Leftover]:
    return list(find_leftovers(environments, images, used, USAGE, is_there=lambda _: there))


def test_everything_of_a_checkout_that_is_gone_is_left_over_its_processes_first() -> None:
    found = leftovers(HERE)
    assert [(each.kind, each.name, each.size_bytes) for each in found] == [
        (Kind.CONTAINER, "shop-migrate-1", None),
        (Kind.CONTAINER, "shop-web-1", None),
        (Kind.CONTAINER, "shop-db-1", None),
        (Kind.IMAGE, "devenv/shop:dev", 30),
        (Kind.VOLUME, "shop_data", 10),
    ]
    assert {(each.project_name, each.why) for each in found} == {("shop", "/home/ada/shop is gone")}


def test_nothing_of_a_checkout_that_is_there_is_left_over() -> None:
    assert leftovers(HERE, there=True) == []


def test_nothing_is_left_over_of_one_whose_folder_nobody_knows() -> None:
    assert leftovers(replace(HERE, root="")) == []


def test_an_image_that_lost_its_name_is_left_over_unless_a_container_is_made_from_it() -> None:
    assert leftovers(images=(IMAGE, OLDER)) == [
        Leftover(
            kind=Kind.IMAGE,
            key=OLDER.image_id,
            name="fedcba987654",
            why="a newer build has taken its place",
            size_bytes=20,
        )
    ]
    assert leftovers(images=(IMAGE, OLDER), used=frozenset({OLDER.image_id})) == []
