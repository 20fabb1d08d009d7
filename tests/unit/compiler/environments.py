"""Environments as the loader would make them, small and complete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from devenv.compiler.compile import compile_project
from devenv.compiler.compiled import CompiledProject
from devenv.config import templates_folder
from devenv.config.environment import (
    App,
    Dependencies,
    DependencyFile,
    Environment,
    HealthCheck,
    Job,
    Mount,
    Port,
    Process,
    Service,
    Sync,
)
from devenv.workspace.sources import read_dockerfile_templates

TEMPLATES = read_dockerfile_templates(templates_folder() / "dockerfile")

APP = App(
    path=".",
    working_dir=".",
    settings="shop.settings",
    wsgi="shop.wsgi:application",
    asgi=None,
    dependencies=Dependencies(kind="requirements", files=(DependencyFile("requirements.txt", "aa"),)),
    system_packages=(),
    env={"DEBUG": "true"},
    env_files=(),
    env_file_values={},
)
DB = Service(
    name="db",
    kind="postgres",
    image="postgres:17",
    env={"POSTGRES_DB": "app"},
    mounts=(Mount(target="/var/lib/postgresql/data", volume="db-postgres-17"),),
    health_check=HealthCheck(test=("CMD", "pg_isready")),
    gives={"DATABASE_URL": "postgres://app:app@db:5432/app"},
)
WEB = Process(name="web", command=None, port=Port(container=8000, host=8000))
WORKER = Process(name="worker", command=("celery", "-A", "shop", "worker"))
MIGRATE = Job(name="migrate", command=("python", "manage.py", "migrate"), before=("web", "worker"))

SHOP = Environment(
    name="shop",
    python="3.13",
    app=APP,
    services=(DB,),
    processes=(WEB, WORKER),
    jobs=(MIGRATE,),
    sync=Sync(),
    origins={},
)


def shop(*, app: dict[str, Any] | None = None, **changes: Any) -> Environment:
    """SHOP with other values; `app` names those of its app."""
    return replace(SHOP, app=replace(APP, **(app or {})), **changes)


def compiled(*, app: dict[str, Any] | None = None, **changes: Any) -> CompiledProject:
    """SHOP with other values, compiled."""
    return compile_project(shop(app=app, **changes), TEMPLATES)
