from __future__ import annotations

from dataclasses import replace

from devenv.compiler.compiled import Label
from devenv.engine.client import ContainerFacts, ImageFacts, State, VolumeFacts
from devenv.engine.environments import FoundEnvironment, observe_environments
from devenv.engine.observed import observed_container
from tests.contract.engine_world import Behaviour, MemoryContainer, MemoryEngine


def container(service: str, role: str, state: State = State.RUNNING, project: str = "shop") -> ContainerFacts:
    return ContainerFacts(
        container_id=f"{project}-{service}",
        name=f"{project}-{service}-1",
        image="any",
        image_id="any",
        state=state,
        labels={
            "com.docker.compose.project": project,
            "com.docker.compose.service": service,
            Label.ENVIRONMENT: "shop",
            Label.ROOT: f"/home/ada/{project}",
            Label.ROLE: role,
        },
        ports={8000: 8001} if service == "web" else {},
    )


DB, WEB = container("db", "service"), container("web", "process")
MIGRATE = container("migrate", "job", State.EXITED)
SHOP = FoundEnvironment(
    project_name="shop",
    root="/home/ada/shop",
    containers=tuple(map(observed_container, (DB, WEB, MIGRATE))),
    volumes=("shop_data",),
)


def engine(*containers: ContainerFacts) -> MemoryEngine:
    made = MemoryEngine()
    made.by_id = {each.container_id: MemoryContainer(each, Behaviour.RUNS) for each in containers}
    return made


def volume(project: str) -> VolumeFacts:
    return VolumeFacts(name=f"{project}_data", labels={"com.docker.compose.project": project})


def test_an_environment_is_what_its_containers_say_with_the_volumes_of_its_name() -> None:
    found = engine(DB, WEB, MIGRATE)
    found.volume_list = [volume("shop"), volume("somebody-elses")]
    assert observe_environments(found, {}) == (SHOP,)


def test_one_that_is_down_is_known_by_what_was_noted_when_it_came_up() -> None:
    found = engine()
    found.volume_list = [volume("shop")]
    assert observe_environments(found, {"shop": "/home/ada/shop", "forgotten": "/home/ada/old"}) == (
        replace(SHOP, containers=()),
    )


def test_one_that_nobody_knows_is_found_by_its_image_and_has_no_folder() -> None:
    image = ImageFacts(
        image_id="i1", names=("devenv/blog:dev", "devenv/blog@sha256:1"), labels={Label.ENVIRONMENT: "blog"}
    )
    found = engine()
    found.image_list = [image, ImageFacts(image_id="i2", names=("postgres:17",), labels={})]
    assert observe_environments(found, {}) == (FoundEnvironment(project_name="blog", images=(image,)),)


def test_containers_without_our_label_belong_to_nobody() -> None:
    foreign = replace(DB, labels={"com.docker.compose.project": "theirs"})
    assert observe_environments(engine(foreign), {}) == ()


def test_the_state_counts_what_should_run_and_no_finished_job() -> None:
    stopped = replace(WEB, state=State.EXITED)
    states = [
        replace(SHOP, containers=tuple(map(observed_container, containers))).state
        for containers in (
            (DB, WEB, MIGRATE),
            (DB, stopped, MIGRATE),
            (replace(DB, state=State.EXITED), stopped, MIGRATE),
            (),
        )
    ]
    assert states == ["running", "1 of 2 run", "stopped", "down; its data is kept"]
    assert FoundEnvironment(project_name="shop").state == "down; its image is kept"


def test_addresses_are_those_of_processes_only() -> None:
    db = replace(DB, ports={5432: 5433})
    assert replace(SHOP, containers=tuple(map(observed_container, (db, WEB)))).urls == (
        "http://localhost:8001/",
    )


def test_an_address_has_the_name_that_its_port_was_given() -> None:
    web = replace(WEB, labels={**WEB.labels, Label.HOST_NAME: "127.0.0.1"})
    assert replace(SHOP, containers=(observed_container(web),)).urls == ("http://127.0.0.1:8001/",)
