"""What somebody changed behind devenv's back: seen, said with its cause, and kept or undone as asked."""

from __future__ import annotations

from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario


def test_edits_of_generated_files_are_shown_and_survive_once_they_are_adopted(
    scenario: Scenario, shop: Shop
) -> None:
    project, before = shop.project, checks.container_ids(shop.project)
    compose = project.root / ".devenv" / "compose.yaml"
    generated = compose.read_text()

    with scenario.step("an edit by hand: `up` stops and shows it, `status` does, too"):
        edited = generated.replace("  worker:\n", "  worker:\n    shm_size: 128m\n", 1)
        compose.write_text(edited)
        assert "+    shm_size: 128m" in project.devenv("up", "-d", code=9).stderr
        seen = project.devenv("status").stdout
        assert "!! compose     .devenv/compose.yaml edited by hand" in seen
        assert "+    shm_size: 128m" in seen
        assert compose.read_text() == edited

    with scenario.step("adopted, it is a key of devenv.local.yaml, and the plan follows it"):
        assert project.devenv("adopt").stdout == "processes.worker.compose.shm_size\n"
        local = (project.root / "devenv.local.yaml").read_text().splitlines()
        line = local.index('      shm_size: "128m"') + 1
        cause = f"processes.worker.compose.shm_size added, devenv.local.yaml:{line}"
        planned = project.devenv("plan").stdout
        assert f"recreate  worker   {cause}" in planned
        project.devenv("up", "-d")
        inside = project.engine.docker(
            "inspect", "--format", "{{.HostConfig.ShmSize}}", project.container("worker")
        )
        assert int(inside) == 128 << 20
        assert project.devenv("plan").stdout == "nothing to do\n"

    with scenario.step("what no key says is refused, and stays until it is replaced"):
        compose.write_text(compose.read_text().replace("image: redis:8", "image: valkey:8"))
        refused = project.devenv("adopt", code=9).stderr
        assert "services.cache.image: write `image` of a service" in refused
        project.devenv("up", "-d", "--force")
        assert "image: redis:8" in compose.read_text()

    after = checks.container_ids(project)
    assert {name for name in before if before[name] != after[name]} == {"worker"}


def test_leftovers_and_another_image_under_the_name_are_seen(scenario: Scenario, shop: Shop) -> None:
    project = shop.project
    with scenario.step("an image under another one's name: the container that runs the old one is made anew"):
        image, other = f"devenv/{project.name}:dev", f"devenv/{project.name}:kept"
        project.engine.docker("tag", image, other)
        try:
            project.engine.docker("tag", "redis:8", image)
            seen = project.devenv("status").stdout
            assert f"!! image       {image} is older than its inputs" in seen
            assert "build     " in project.devenv("plan").stdout
        finally:
            project.engine.docker("tag", other, image)
            project.engine.docker("rmi", other)
        assert project.devenv("plan").stdout == "nothing to do\n"

    with scenario.step("a volume that nothing mounts is left over"):
        volume = f"{project.name}_old"
        label = f"com.docker.compose.project={project.name}"
        project.engine.docker("volume", "create", "--label", label, volume)
        try:
            assert f"!! left over   volume {volume}, mounted by nothing" in project.devenv("status").stdout
        finally:
            project.engine.docker("volume", "rm", volume)
