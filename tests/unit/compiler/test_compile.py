from __future__ import annotations

from dataclasses import replace

import pytest

from devenv.compiler.compile import compile_project
from devenv.compiler.compiled import PublishedPort, Role
from devenv.config.environment import (
    Dependencies,
    DependencyFile,
    Job,
    Mount,
    Port,
    Process,
    Service,
    Sync,
)
from devenv.errors import ConfigError
from tests.unit.compiler.environments import APP, DB, MIGRATE, SHOP, TEMPLATES, WEB, WORKER, compiled
from tests.unit.compiler.parsing import compose_content, inputs_label, instructions


def _changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def test_the_same_environment_compiles_to_the_same_bytes() -> None:
    assert compile_project(SHOP, TEMPLATES) == compile_project(SHOP, dict(reversed([*TEMPLATES.items()])))


def test_services_come_before_what_depends_on_them() -> None:
    project = compiled()
    assert [(service.name, service.role, service.built) for service in project.services] == [
        ("db", Role.SERVICE, False),
        ("migrate", Role.JOB, True),
        ("web", Role.PROCESS, True),
        ("worker", Role.PROCESS, True),
    ]


def test_processes_wait_for_healthy_services_and_for_the_jobs_before_them() -> None:
    plain = Service(name="mail", kind="image", image="mailpit:1")
    seed = Job(name="seed", command=("python", "seed.py"), before=("web",))
    project = compiled(services=(DB, plain), jobs=(MIGRATE, seed))
    ready = {"db": "service_healthy", "mail": "service_started"}
    done = "service_completed_successfully"
    assert {service.name: service.depends_on for service in project.services} == {
        "db": {},
        "mail": {},
        "migrate": ready,
        "seed": {**ready, "migrate": done},
        "web": {**ready, "migrate": done, "seed": done},
        "worker": {**ready, "migrate": done},
    }


def test_a_changed_variable_of_the_app_is_named_in_every_container_of_the_app_and_no_other() -> None:
    before, after = compiled(), compiled(app={"env": {"DEBUG": "false"}})
    changed = {
        service.name: _changed(dict(service.inputs), dict(after.service(service.name).inputs))
        for service in before.services
    }
    variable = {"app.env.DEBUG"}
    assert changed == {"db": set(), "migrate": variable, "web": variable, "worker": variable}
    assert [
        service.name
        for service in before.services
        if service.config_hash != after.service(service.name).config_hash
    ] == ["migrate", "web", "worker"]
    assert before.build_hash == after.build_hash


def test_a_changed_version_is_a_changed_image_however_it_is_written() -> None:
    newer = replace(DB, image="postgres:18")
    before, after = compiled().service("db"), compiled(services=(newer,)).service("db")
    assert _changed(dict(before.inputs), dict(after.inputs)) == {"services.db.image"}


@pytest.mark.parametrize(
    ("app", "python", "key"),
    [
        ({}, "3.12", "python"),
        ({"system_packages": ("libmagic1",)}, "3.13", "app.system_packages"),
        ({"working_dir": "site"}, "3.13", "app.working_dir"),
        (
            {"dependencies": replace(APP.dependencies, files=(DependencyFile("requirements.txt", "bb"),))},
            "3.13",
            "app.dependencies.requirements.txt",
        ),
    ],
)
def test_what_goes_into_the_image_changes_the_build_hash_by_name(
    app: dict[str, object], python: str, key: str
) -> None:
    before, after = compiled(), compiled(app=app, python=python)
    assert _changed(dict(before.build_inputs), dict(after.build_inputs)) == {key}
    assert before.build_hash != after.build_hash


def test_a_new_agent_makes_a_new_image() -> None:
    before = compile_project(SHOP, TEMPLATES, agent_digest="1")
    after = compile_project(SHOP, TEMPLATES, agent_digest="2")
    assert _changed(dict(before.build_inputs), dict(after.build_inputs)) == {"devenv"}
    assert before.build_hash != after.build_hash


def test_production_does_not_decide_the_development_image() -> None:
    templates = {**TEMPLATES, "production.j2": "FROM base AS production"}
    assert compile_project(SHOP, templates).build_hash == compiled().build_hash
    assert compile_project(SHOP, templates).files["Dockerfile"].endswith("FROM base AS production\n")


def test_a_template_of_the_user_replaces_ours_and_changes_the_image() -> None:
    mine = "FROM python:{{ python }}-slim AS base\nRUN touch /mine"
    project = compile_project(SHOP, {**TEMPLATES, "base.j2": mine})
    assert ("RUN", "touch /mine") in instructions(project.files["Dockerfile"])
    assert project.build_hash != compiled().build_hash


def test_a_template_that_does_not_render_is_named_with_its_line() -> None:
    with pytest.raises(ConfigError) as raised:
        compile_project(SHOP, {**TEMPLATES, "base.j2": "FROM x\nRUN {{ nothing }}"})
    assert raised.value.summary == "the template base.j2 of the Dockerfile does not render"
    with pytest.raises(ConfigError) as raised:
        compile_project(SHOP, {**TEMPLATES, "dev.j2": "FROM x\n{% if %}"})
    assert "dev.j2:2: " in raised.value.details


def test_a_template_cannot_reach_the_machine_that_renders_it() -> None:
    with pytest.raises(ConfigError):
        compile_project(SHOP, {**TEMPLATES, "base.j2": "{{ ''.__class__.__mro__[1].__subclasses__() }}"})


def test_the_value_of_an_env_file_is_in_app_env_and_nowhere_else() -> None:
    secret = "correct horse $battery"
    project = compiled(app={"env_files": ("secrets.env",), "env_file_values": {"API_KEY": secret}})
    assert {name for name, text in project.files.items() if "horse" in text} == {"app.env"}
    assert project.files["app.env"].splitlines()[-1] == f"API_KEY='{secret}'"
    assert "horse" not in repr(project.services)
    assert project.files["Dockerfile.dockerignore"].splitlines()[-1] == "secrets.env"


def test_another_secret_recreates_the_apps_containers_and_is_named() -> None:
    before = compiled(app={"env_file_values": {"API_KEY": "1", "OTHER": "x"}})
    after = compiled(app={"env_file_values": {"API_KEY": "2", "OTHER": "x"}})
    assert before.files["app.env"] != after.files["app.env"]
    assert _changed(dict(before.service("web").inputs), dict(after.service("web").inputs)) == {
        "app.env_file.API_KEY"
    }
    assert before.service("web").config_hash != after.service("web").config_hash
    assert before.service("db").config_hash == after.service("db").config_hash


def test_the_same_secret_under_two_names_shows_as_two_digests() -> None:
    inputs = compiled(app={"env_file_values": {"ONE": "same", "TWO": "same"}}).service("web").inputs
    assert inputs["app.env_file.ONE"] != inputs["app.env_file.TWO"]


def test_env_wins_over_env_files_and_both_win_over_what_services_give() -> None:
    other = Service(
        name="replica", kind="image", image="x", gives={"DATABASE_URL": "later", "CACHE": "given"}
    )
    worker = replace(WORKER, env={"DEBUG": "own"})
    project = compiled(
        services=(DB, other),
        processes=(WEB, worker),
        app={
            "env": {"DEBUG": "true", "LEVEL": "yaml"},
            "env_file_values": {"LEVEL": "file", "CACHE": "file"},
        },
    )
    content = compose_content(project)["services"]
    assert content["web"]["environment"] == {
        "DATABASE_URL": "postgres://app:app@db:5432/app",
        "DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "LEVEL": "yaml",
    }
    assert content["worker"]["environment"]["DEBUG"] == "own"
    assert content["web"]["env_file"] == ["./host.env", "./app.env"]


def test_an_empty_variable_is_set_to_nothing() -> None:
    assert compose_content(compiled(app={"env": {"X": ""}}))["services"]["web"]["environment"]["X"] == ""


def test_one_service_builds_and_the_others_never_pull() -> None:
    services = compose_content(compiled())["services"]
    assert {name: ("build" in body, body.get("pull_policy")) for name, body in services.items()} == {
        "db": (False, None),
        "migrate": (True, None),
        "web": (False, "never"),
        "worker": (False, "never"),
    }
    without_jobs = compose_content(compiled(jobs=()))["services"]
    assert [name for name, body in without_jobs.items() if "build" in body] == ["web"]


@pytest.mark.parametrize(
    ("path", "context", "dockerfile"),
    [
        (".", "..", ".devenv/Dockerfile"),
        ("src", "../src", "../.devenv/Dockerfile"),
        ("./examples/bookstore/", "../examples/bookstore", "../../.devenv/Dockerfile"),
    ],
)
def test_the_build_finds_its_files_from_wherever_the_app_is(path: str, context: str, dockerfile: str) -> None:
    build = compose_content(compiled(app={"path": path}))["services"]["migrate"]["build"]
    assert (build["context"], build["dockerfile"]) == (context, dockerfile)


def test_ports_are_on_the_loopback_and_can_be_moved() -> None:
    search = Service(name="my-search", kind="image", image="x", ports=(Port(container=9200, host=19200),))
    project = compiled(services=(search,), processes=(WEB,), jobs=())
    assert project.service("my-search").ports == (PublishedPort(9200, 19200, "DEVENV_PORT_MY_SEARCH_9200"),)
    services = compose_content(project)["services"]
    assert services["my-search"]["ports"] == ["127.0.0.1:${DEVENV_PORT_MY_SEARCH_9200:-19200}:9200"]
    assert services["web"]["ports"] == ["127.0.0.1:${DEVENV_PORT_WEB_8000:-8000}:8000"]


def test_a_port_that_is_not_published_is_not_in_the_compose_file() -> None:
    quiet = replace(DB, ports=(Port(container=5432),))
    assert "ports" not in compose_content(compiled(services=(quiet,)))["services"]["db"]


def test_processes_run_under_the_agent_and_jobs_do_not() -> None:
    beat = Process(name="beat", command=("celery", "beat"), overlap=False)
    services = compose_content(compiled(processes=(WEB, WORKER, beat)))["services"]
    agent = ["/usr/local/bin/python", "-I", "/opt/devenv/agent"]
    assert {name: services[name]["command"] for name in ("web", "worker", "beat", "migrate")} == {
        "web": [*agent, "run", "--name", "web", "--port", "8000", "--wsgi", "shop.wsgi:application"],
        "worker": [*agent, "run", "--name", "worker", "--", "celery", "-A", "shop", "worker"],
        "beat": [*agent, "run", "--name", "beat", "--exclusive", "--", "celery", "beat"],
        "migrate": ["python", "manage.py", "migrate"],
    }
    assert {name: services[name]["restart"] for name in ("web", "migrate", "db")} == {
        "web": "unless-stopped",
        "migrate": "no",
        "db": "unless-stopped",
    }


def test_an_asgi_app_is_served_as_such_in_both_images() -> None:
    project = compiled(app={"wsgi": None, "asgi": "shop.asgi:application"})
    assert compose_content(project)["services"]["web"]["command"][-2:] == ["--asgi", "shop.asgi:application"]
    assert instructions(project.files["Dockerfile"])[-1] == (
        "CMD",
        '["uvicorn", "--host", "0.0.0.0", "--port", "8000", "shop.asgi:application"]',
    )


def test_bind_mounts_the_apps_folder_in_place_of_the_volume() -> None:
    content = compose_content(compiled(app={"path": "src"}, sync=Sync(mode="bind"), services=()))
    web = content["services"]["web"]
    assert web["volumes"][0] == {"type": "bind", "source": "../src", "target": "/app"}
    assert web["user"] == "${DEVENV_USER:-1000:1000}"
    assert "volumes" not in content


def test_volumes_of_services_and_the_source_are_named() -> None:
    assert compose_content(compiled())["volumes"] == {"db-postgres-17": {}, "source": {}}


def test_a_service_cannot_take_the_sources_volume() -> None:
    with pytest.raises(ConfigError) as raised:
        compiled(services=(replace(DB, mounts=(Mount(target="/data", volume="source"),)),))
    assert raised.value.summary.startswith("services.db.volumes: ")


def test_two_containers_cannot_have_one_name() -> None:
    with pytest.raises(ConfigError) as raised:
        compiled(services=(replace(DB, name="web"),))
    assert raised.value.summary == "web: services, processes and jobs share one space of names"


def test_labels_say_what_planning_compares() -> None:
    project = compiled()
    services = compose_content(project)["services"]
    for service in project.services:
        labels = services[service.name]["labels"]
        assert labels["dev.devenv.config-hash"] == service.config_hash
        assert labels["dev.devenv.role"] == service.role.value
        assert labels.get("dev.devenv.build-hash") == (project.build_hash if service.built else None)
        assert inputs_label(services[service.name]) == service.inputs
    build = services["migrate"]["build"]
    assert build["labels"]["dev.devenv.build-hash"] == project.build_hash
    assert inputs_label(build) == project.build_inputs


def test_uv_projects_are_synced_with_extras_and_groups_and_without_groups_in_production() -> None:
    files = (DependencyFile("pyproject.toml", "a"), DependencyFile("uv.lock", "b"))
    dependencies = Dependencies(kind="uv", files=files, groups=("dev", "docs"), extras=("keys",))
    text = compiled(app={"dependencies": dependencies}).files["Dockerfile"]
    syncs = [line.strip() for line in text.splitlines() if "uv sync" in line]
    sync = "uv sync --frozen --no-install-project --no-default-groups"
    assert syncs == [f"{sync} --extra keys --group dev --group docs", f"{sync} --extra keys"]


def test_every_requirements_file_is_copied_and_only_the_roots_are_installed() -> None:
    paths = ("base.txt", "dev tools.txt", "requirements/pins.txt")
    dependencies = Dependencies(
        kind="requirements", files=tuple(DependencyFile(path, "a") for path in paths), roots=2
    )
    text = compiled(app={"dependencies": dependencies}).files["Dockerfile"]
    copies = [
        arguments for keyword, arguments in instructions(text) if keyword == "COPY" and "txt" in arguments
    ]
    assert copies == [f'["{path}", "./{path}"]' for path in paths]
    assert "uv pip install --requirement base.txt --requirement 'dev tools.txt'" in text


def test_packages_without_wheels_bring_what_compiles_them_into_a_stage_of_its_own() -> None:
    dependencies = replace(APP.dependencies, packages=("django", "mysqlclient"))
    text = compiled(app={"dependencies": dependencies, "system_packages": ("gettext",)}).files["Dockerfile"]
    stages = {stage.partition("\n")[0].split()[-1]: stage for stage in text.split("\nFROM ")[1:]}
    assert {name for name, stage in stages.items() if " gcc " in stage} == {"build"}
    assert {name for name, stage in stages.items() if "libmariadb3" in stage and "gettext" in stage} == {
        "base"
    }


def test_a_package_that_brings_its_own_library_needs_none_of_the_system() -> None:
    dependencies = replace(APP.dependencies, packages=("psycopg", "psycopg-binary"))
    assert "apt-get" not in compiled(app={"dependencies": dependencies}).files["Dockerfile"]


def test_no_password_is_shown_to_the_build() -> None:
    gives = {"DATABASE_URL": "postgres://me:hun@ter2@db/app", "DB_PASSWORD": "hunter3", "DB_HOST": "db"}
    project = compiled(
        services=(replace(DB, gives=gives),), app={"env": {"API_TOKEN": "hunter4", "DEBUG": "true"}}
    )
    text = project.files["Dockerfile"]
    assert "hunter" not in text
    assert "ter2" not in text
    assert '"DATABASE_URL=postgres://db/app"' in text
    assert "DEBUG" not in text


def test_the_files_say_that_they_are_generated_and_how_to_go_without_devenv() -> None:
    files = compiled().files
    for name in ("Dockerfile", "Dockerfile.dockerignore", "compose.yaml", "app.env"):
        assert files[name].startswith("# Made by devenv from devenv.yaml; ")
    assert "docker compose -f .devenv/compose.yaml up" in files["compose.yaml"]
    assert "# syntax" not in files["Dockerfile"]


PINS = {"postgres:17": f"sha256:{'1' * 64}", "python:3.13-slim": f"sha256:{'2' * 64}", "redis:8": "unused"}


def test_what_has_a_pin_is_pinned_where_it_is_run_and_where_it_is_built_from() -> None:
    project = compile_project(SHOP, TEMPLATES, pins=PINS)

    assert project.service("db").image == f"postgres:17@{PINS['postgres:17']}"
    assert f"FROM python:3.13-slim@{PINS['python:3.13-slim']} AS base" in project.files["Dockerfile"]
    assert project.images == ("postgres:17", "python:3.13-slim")
    assert project.base_images == (f"python:3.13-slim@{PINS['python:3.13-slim']}",)


def test_another_pin_is_the_named_cause_of_what_it_changes_and_of_nothing_else() -> None:
    before = compile_project(SHOP, TEMPLATES, pins=PINS)
    after = compile_project(SHOP, TEMPLATES, pins={**PINS, "postgres:17": f"sha256:{'3' * 64}"})
    rebuilt = compile_project(SHOP, TEMPLATES, pins={**PINS, "python:3.13-slim": f"sha256:{'3' * 64}"})

    assert [each.name for each in after.services if each != before.service(each.name)] == ["db"]
    changed = _changed(dict(before.service("db").inputs), dict(after.service("db").inputs))
    assert changed == {"images.postgres:17"}
    assert after.build_hash == before.build_hash
    assert _changed(dict(before.build_inputs), dict(rebuilt.build_inputs)) == {"images.python:3.13-slim"}
    assert rebuilt.build_hash != before.build_hash


def test_an_image_that_has_its_digest_in_devenv_yaml_is_nothing_to_lock() -> None:
    fixed = Service(name="search", kind="image", image=f"search:1@sha256:{'4' * 64}")

    assert compiled(services=(fixed,)).images == ("python:3.13-slim",)


@pytest.mark.parametrize(
    ("versions", "requirement"),
    [("", "uv==0.13.9"), (">=0.5", "uv==0.13.9"), ("==0.9.*", "'uv==0.9.*'"), ("<0.9", "'uv<0.9'")],
)
def test_uv_is_ours_unless_the_project_insists_on_another(versions: str, requirement: str) -> None:
    needs = Dependencies(kind="uv", files=APP.dependencies.files, uv_versions=versions)
    text = compiled(app={"dependencies": needs}).files["Dockerfile"]
    installed = [line.rpartition(" ")[2] for line in text.splitlines() if "pip install" in line]
    assert requirement in installed
