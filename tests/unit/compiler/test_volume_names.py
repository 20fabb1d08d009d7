"""Volumes by the names that the engine will know them by."""

from __future__ import annotations

from devenv.compiler.volume_names import volume_names


def test_each_form_of_a_mount_is_read_and_paths_are_none() -> None:
    mounts = [
        {"type": "volume", "source": "data", "target": "/data"},
        {"type": "bind", "source": "../folder", "target": "/folder"},
        {"type": "volume", "target": "/unnamed"},
        "media:/media:ro",
        "../up:/up",
        "/root:/root",
        "/unnamed-too",
    ]
    assert volume_names(mounts, None) == ("${COMPOSE_PROJECT_NAME}_data", "${COMPOSE_PROJECT_NAME}_media")


def test_a_volume_with_a_name_of_its_own_has_that() -> None:
    declared = {"a": {"name": "shared"}, "b": {"external": True}, "c": {"driver": "local"}, "d": None}
    mounts = ["a:/a", "b:/b", "c:/c", "d:/d"]
    assert volume_names(mounts, declared) == (
        "shared",
        "b",
        "${COMPOSE_PROJECT_NAME}_c",
        "${COMPOSE_PROJECT_NAME}_d",
    )
