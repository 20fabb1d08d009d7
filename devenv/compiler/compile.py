"""The entry: one environment, and the Dockerfile's templates, to everything that goes into .devenv/."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devenv.compiler import words
from devenv.compiler.base_images import pinned
from devenv.compiler.compiled import CompiledProject
from devenv.compiler.composefile import compose_file
from devenv.compiler.containers import containers_of, fetched_images, pin_inputs
from devenv.compiler.digests import digest_of_inputs, hash_of
from devenv.compiler.dockerfile import path_word, render_dockerfile, serves_asgi
from devenv.compiler.env_text import env_text
from devenv.compiler.ignores import dockerignore_text
from devenv.compiler.installation import without_packages
from devenv.compiler.mount_points import mount_points
from devenv.compiler.yaml_text import yaml_text
from devenv.config.environment import Environment
from devenv.errors import ConfigError

HEADING = "Made by devenv from devenv.yaml; the next `devenv up` or `devenv compile` overwrites it."
COMPOSE_HEADING = f"""{HEADING}
It also works without devenv, in the folder of devenv.yaml:
  docker compose -f .devenv/compose.yaml up --build
"""


def compile_project(
    environment: Environment,
    dockerfile_templates: Mapping[str, str],
    *,
    agent_digest: str = "",
    pins: Mapping[str, str] | None = None,
) -> CompiledProject:
    """The same texts, byte for byte, for the same values.

    dockerfile_templates: the texts of templates/dockerfile/ by file name. agent_digest: of the agent that
    goes into the image; a new one makes a new image. pins: digests by image, as devenv.lock has them.
    Raises ConfigError where a value cannot be written.
    """
    _check_names(environment)
    pins = pins or {}
    dockerfile = render_dockerfile(environment, dockerfile_templates, HEADING, pins)
    build_inputs = digest_of_inputs(
        _build_inputs(environment, dockerfile_templates, agent_digest)
        | pin_inputs(dockerfile.development_images, pins)
    )
    build_hash = hash_of(dockerfile.development_text, build_inputs)
    containers = containers_of(environment, pins)
    compose = compose_file(environment, containers, build_hash, build_inputs)
    comments = "".join(f"# {line}\n" for line in COMPOSE_HEADING.splitlines())
    app = environment.app
    secrets = [path_word(path, "app.env_file") for path in app.env_files if not path.startswith("../")]
    return CompiledProject(
        name=environment.name,
        files={
            "Dockerfile": dockerfile.text,
            "Dockerfile.dockerignore": dockerignore_text(
                heading=HEADING,
                own=app.dockerignore,
                needed=[path_word(file.path, "app.dependencies") for file in app.dependencies.files],
                ignore=environment.sync.ignore,
                env_files=secrets,
            ),
            "app.env": env_text(app.env_file_values, f"{HEADING}\nWhat the env files of devenv.yaml say."),
            "compose.yaml": comments + "\n" + yaml_text(compose.content),
        },
        services=compose.services,
        build_hash=build_hash,
        build_inputs=build_inputs,
        recipe_hash=hash_of(*without_packages(dockerfile.development_text, build_inputs, app.dependencies)),
        system_packages=dockerfile.system_packages,
        images=_unpinned([*fetched_images(environment), *dockerfile.images]),
        mount_points=mount_points(containers, environment),
        base_images=tuple(pinned(image, pins) for image in dockerfile.development_images if image in pins),
    )


def _unpinned(images: Iterable[str]) -> tuple[str, ...]:
    """Each once, without those whose digest is in devenv.yaml."""
    return tuple(dict.fromkeys(image for image in images if "@" not in image))


def _build_inputs(
    environment: Environment, templates: Mapping[str, str], agent_digest: str
) -> dict[str, object]:
    """What decides the image, by dotted config path; "templates" and "devenv" are not in devenv.yaml."""
    app = environment.app
    needs = app.dependencies
    inputs: dict[str, object] = {
        "python": environment.python,
        "app.system_packages": sorted(app.system_packages),
        "app.working_dir": app.working_dir,
        "app.dependencies": [needs.kind, needs.groups, *([needs.extras] if needs.extras else [])],
        "templates": {name: text for name, text in templates.items() if name != "production.j2"},
        "devenv": agent_digest,
        **{f"app.build_args.{name}": value for name, value in app.build_args.items()},
        **{
            f"app.dockerfile.{stage}": text for stage, text in app.dockerfile.items() if stage != "production"
        },
    }
    if serves_asgi(environment):
        inputs["app.asgi"] = "uvicorn"
    if environment.sync.mode == "bind":
        inputs["sync.mode"] = "bind"
    if needs.as_of:
        inputs["app.dependencies.as_of"] = needs.as_of
    inputs |= {f"app.dependencies.{file.path}": file.digest for file in app.dependencies.files}
    return inputs | _folder_inputs(environment)


def _folder_inputs(environment: Environment) -> dict[str, object]:
    """The folders that the image has for volumes and for sockets of services."""
    mounts = {
        "app": environment.app.mounts,
        **{f"processes.{process.name}": process.mounts for process in environment.processes},
        **{f"jobs.{job.name}": job.mounts for job in environment.jobs},
    }
    folders = {
        f"{key}.volumes": sorted(mount.target for mount in found if mount.volume)
        for key, found in mounts.items()
    }
    sockets = {
        f"services.{service.name}.localhost": [path for path in service.localhost if path.startswith("/")]
        for service in environment.services
    }
    return {key: paths for key, paths in (folders | sockets).items() if paths}


def _check_names(environment: Environment) -> None:
    """Names are unique where compose has one space for them. Raises ConfigError."""
    words.checked(environment.name, words.NAME, "name", "a name of small letters, digits, _ and -")
    names = [service.name for service in environment.services]
    names += [job.name for job in environment.jobs]
    names += [process.name for process in environment.processes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(
            f"{', '.join(twice)}: services, processes and jobs share one space of names",
            hint="rename one of them in devenv.yaml",
        )
