"""What waits for what, replicas, mounts and raw keys, in the compose file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devenv.compiler.compiled import CompiledProject
from devenv.config.environment import DjangoProject, Job, Mount, Port, Process, Resources, Service, Sync
from tests.unit.compiler.environments import DB, MIGRATE, WEB, WORKER, compiled
from tests.unit.compiler.parsing import compose_content

PROXY = Service(name="proxy", kind="nginx", image="nginx:1", is_awaited=False)
BACKOFFICE = DjangoProject(
    working_dir="backoffice", settings="backoffice.settings", asgi="backoffice.asgi:application"
)


def waits(project: CompiledProject) -> dict[str, list[str]]:
    return {service.name: [*service.depends_on] for service in project.services}


def test_what_waits_for_a_process_comes_last_and_the_app_does_not_wait_for_it() -> None:
    front = replace(PROXY, name="front", after=("proxy", "web"), is_awaited=True)
    pool = Service(name="pool", kind="image", image="acme/pool:1", after=("db",))
    project = compiled(services=(front, pool, PROXY, DB), jobs=(), processes=(WEB,))

    assert [*waits(project).items()] == [
        ("proxy", []),
        ("db", []),
        ("pool", ["db"]),
        ("web", ["db", "pool"]),
        ("front", ["proxy", "web"]),
    ]
    assert compose_content(project)["services"]["front"]["depends_on"] == {
        "proxy": {"condition": "service_started"},
        "web": {"condition": "service_healthy"},
    }


def test_a_replica_is_a_container_of_its_own_that_its_process_names_too() -> None:
    project = compiled(processes=(WEB, replace(WORKER, replicas=3)))

    assert project.named("worker") == ("worker", "worker-2", "worker-3")
    assert (project.named("worker-2"), project.named("db"), project.named("x")) == (
        ("worker-2",),
        ("db",),
        (),
    )
    workers = [compose_content(project)["services"][name] for name in project.named("worker")]
    assert [each["command"][5] for each in workers] == ["worker", "worker-2", "worker-3"]
    assert len({project.service(name).config_hash for name in project.named("worker")}) == 3
    assert project.service("worker-3").inputs == project.service("worker").inputs


def test_another_project_has_its_own_folder_settings_and_server() -> None:
    other = Process(name="other", command=None, port=WEB.port, project=BACKOFFICE)
    job = Job(name="job", command=("true",), before=(), project=BACKOFFICE)
    project = compiled(processes=(WEB, other), jobs=(MIGRATE, job))

    services = compose_content(project)["services"]
    assert [services[name].get("working_dir") for name in ("web", "other", "migrate", "job")] == [
        *(None, "/app/backoffice"),
        *(None, "/app/backoffice"),
    ]
    assert services["other"]["command"][-2:] == ["--asgi", "backoffice.asgi:application"]
    assert services["job"]["environment"]["DJANGO_SETTINGS_MODULE"] == "backoffice.settings"
    assert services["web"]["environment"]["DJANGO_SETTINGS_MODULE"] == "shop.settings"
    assert {"processes.other.settings", "processes.other.working_dir", "processes.other.asgi"} <= {
        *project.service("other").inputs
    }


def test_a_folder_that_something_is_mounted_in_has_to_be_there() -> None:
    folder = Mount(target="/srv", folder="front")
    own = Mount(target="/srv/node_modules", volume="front-modules")
    front = replace(PROXY, mounts=(folder, own))
    media = Mount(target="/app/media", volume="app-media")

    assert compiled(services=(front,), app={"mounts": (media,)}).mount_points == ("front/node_modules",)
    mounted = compiled(services=(), app={"path": "src", "mounts": (media,)}, sync=Sync(mode="bind"))
    assert mounted.mount_points == ("src/media",)


def test_an_empty_volume_of_the_app_belongs_to_its_user() -> None:
    media = Mount(target="/app/my media", volume="app-media")
    fixtures = Mount(target="/fixtures", folder="fixtures")
    text = compiled(app={"mounts": (media, fixtures)}).files["Dockerfile"]

    assert 'RUN ["install", "-d", "-o", "app", "-g", "app", "/app/my media"]\n' in text


def test_files_that_a_service_works_from_make_it_anew_when_they_change() -> None:
    before, after = (
        compiled(services=(replace(PROXY, followed={"front/package.json": digest}),)).service("proxy")
        for digest in ("1", "2")
    )

    assert before.config_hash != after.config_hash
    assert {*before.inputs.items()} ^ {*after.inputs.items()} == {
        ("front/package.json", before.inputs["front/package.json"]),
        ("front/package.json", after.inputs["front/package.json"]),
    }


def test_what_downloads_gets_proxies_and_certificates_of_the_host() -> None:
    body = compose_content(compiled(services=(replace(PROXY, downloads=True),)))["services"]["proxy"]

    assert body["env_file"] == ["./host.env"]
    assert [mount["target"] for mount in body["volumes"]] == ["/run/devenv/certificates.pem"]


def test_limits_are_as_compose_has_them() -> None:
    limited = replace(DB, resources=Resources(cpus="0.5", memory="512m"))
    body = compose_content(compiled(services=(limited,)))["services"]["db"]

    assert (body["cpus"], body["mem_limit"]) == ("0.5", "512m")


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"shm_size": "1g"}, {"shm_size": "1g"}),
        ({"tmpfs": "/scratch"}, {"tmpfs": ["/run/devenv:mode=1777", "/scratch"]}),
        ({"tmpfs": ["/a", "/b"]}, {"tmpfs": ["/run/devenv:mode=1777", "/a", "/b"]}),
        ({"sysctls": {"a": "$1"}}, {"sysctls": {"a": "$$1"}}),
    ],
)
def test_raw_keys_are_added_to_ours(raw: dict[str, object], found: dict[str, object]) -> None:
    body = compose_content(compiled(processes=(replace(WEB, compose=raw),)))["services"]["web"]

    assert {key: body[key] for key in found} == found


def test_raw_labels_and_volumes_stand_beside_ours() -> None:
    project = compiled(
        services=(replace(DB, compose={"labels": {"team": "shop"}}),),
        compose={"volumes": {"db-postgres-17": {"external": True}, "other": None}, "networks": {"x": {}}},
    )
    content = compose_content(project)

    assert content["services"]["db"]["labels"]["team"] == "shop"
    assert content["services"]["db"]["labels"]["dev.devenv.role"] == "service"
    assert content["volumes"] == {"db-postgres-17": {"external": True}, "source": {}, "other": None}
    assert content["networks"] == {"x": {}}
    assert project.service("db").config_hash != compiled().service("db").config_hash


def test_pages_refresh_themselves_unless_the_file_says_otherwise() -> None:
    on, off = compiled(), compiled(app={"refresh": False})

    commands = [compose_content(project)["services"]["web"]["command"] for project in (on, off)]
    assert [word for word in commands[1] if word not in commands[0]] == ["--no-refresh"]
    assert "app.refresh" in off.service("web").inputs
    assert on.service("web").config_hash != off.service("web").config_hash


def test_a_name_of_this_machine_other_than_localhost_is_in_the_label_and_makes_the_container_anew() -> None:
    usual = compiled()
    port = Port(container=8000, host=8000, name="127.0.0.1")
    named = compiled(processes=(replace(WEB, port=port),))

    label = compose_content(named)["services"]["web"]["labels"]["dev.devenv.host-name"]
    assert (label, named.service("web").ports[0].name) == ("127.0.0.1", "127.0.0.1")
    assert "dev.devenv.host-name" not in compose_content(usual)["services"]["web"]["labels"]
    assert named.service("web").config_hash != usual.service("web").config_hash
