"""Kinds of edits, from saved files to the very plan: every step, its causes and their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.workflows.edits import DEVENV_YAML, Edit, plan_of

NOTHING = ""
LAYER = """\
app:
  env:
    LAYER: one
"""
EXTENDING = f"extends: [base.yaml]\n{DEVENV_YAML}"
WITH_A_PROFILE = f"{DEVENV_YAML}profiles: {{mail: {{services: {{mail: mailpit}}}}}}\n"
WITH_A_STORE = DEVENV_YAML.replace("redis:8", "{type: store}")
DEFINITION = """\
description: a store
image: redis
versions: ["8"]
default_version: "8"
port: 6379
health_check: [CMD, redis-cli, ping]
env: {COLOUR: red}
gives: {STORE_URL: "redis://{host}:{port}/0"}
"""
EDITS = (
    Edit(
        what="a comment and blank lines",
        before="services:\n",
        after="\n# what keeps data\n\nservices:\n",
        plan=NOTHING,
    ),
    Edit(
        what="the keys in another order",
        before="  db: postgres:17\n  cache: redis:8\n",
        after="  cache: redis:8\n  db: postgres:17\n",
        plan=NOTHING,
    ),
    Edit(
        what="a short form written out",
        before="  cache: redis:8\n",
        after="  cache: {type: redis, version: '8'}\n",
        plan=NOTHING,
    ),
    Edit(
        what="a variable of the app changed",
        before='DEBUG: "true"',
        after='DEBUG: "false"',
        plan="""
            run migrate
            - app.env.DEBUG changed, devenv.yaml:9
            recreate web
            - app.env.DEBUG changed, devenv.yaml:9
            recreate worker
            - app.env.DEBUG changed, devenv.yaml:9
        """,
    ),
    Edit(
        what="a variable of the app added",
        before='    DEBUG: "true"\n',
        after='    DEBUG: "true"\n    SITE: shop\n',
        plan="""
            run migrate
            - app.env.SITE added, devenv.yaml:10
            recreate web
            - app.env.SITE added, devenv.yaml:10
            recreate worker
            - app.env.SITE added, devenv.yaml:10
        """,
    ),
    Edit(
        what="a variable of the app removed",
        before='  env:\n    DEBUG: "true"\n',
        after="",
        plan="""
            run migrate
            - app.env.DEBUG removed, devenv.yaml:3
            recreate web
            - app.env.DEBUG removed, devenv.yaml:3
            recreate worker
            - app.env.DEBUG removed, devenv.yaml:3
        """,
    ),
    Edit(
        what="a value in the env file",
        file=".env",
        before="first",
        after="second",
        plan="""
            run migrate
            - app.env_file.TOKEN changed, devenv.yaml:7
            recreate web
            - app.env_file.TOKEN changed, devenv.yaml:7
            recreate worker
            - app.env_file.TOKEN changed, devenv.yaml:7
        """,
    ),
    Edit(
        what="a name more in the env file",
        file=".env",
        after="KEY=1\n",
        plan="""
            run migrate
            - app.env_file.KEY added, devenv.yaml:7
            recreate web
            - app.env_file.KEY added, devenv.yaml:7
            recreate worker
            - app.env_file.KEY added, devenv.yaml:7
        """,
    ),
    Edit(
        what="no env file any more",
        before="  env_file: .env\n",
        after="",
        plan="""
            run migrate
            - app.env_file.TOKEN removed, devenv.yaml:3
            recreate web
            - app.env_file.TOKEN removed, devenv.yaml:3
            recreate worker
            - app.env_file.TOKEN removed, devenv.yaml:3
        """,
    ),
    Edit(
        what="other settings",
        before="shop.settings",
        after="shop.dev",
        plan="""
            run migrate
            - app.settings changed, devenv.yaml:4
            recreate web
            - app.settings changed, devenv.yaml:4
            recreate worker
            - app.settings changed, devenv.yaml:4
        """,
    ),
    Edit(
        what="another WSGI application",
        before="shop.wsgi:application",
        after="shop.wsgi:app",
        plan="""
            run migrate
            - web is recreated
            recreate web
            - app.wsgi changed, devenv.yaml:5
        """,
    ),
    Edit(
        what="ASGI",
        before="wsgi: shop.wsgi:application",
        after="asgi: shop.asgi:application",
        plan="""
            build devenv/bookstore:dev
            - app.asgi added, devenv.yaml:5
            run migrate
            - its image is rebuilt
            recreate web
            - app.asgi added, devenv.yaml:5
            - app.wsgi removed, devenv.yaml:3
            recreate worker
            - its image is rebuilt
        """,
    ),
    Edit(
        what="another Python",
        before="3.13",
        after="3.12",
        plan="""
            build devenv/bookstore:dev
            - python changed, devenv.yaml:2
            run migrate
            - its image is rebuilt
            recreate web
            - its image is rebuilt
            recreate worker
            - its image is rebuilt
        """,
    ),
    Edit(
        what="a system package",
        before="  env_file: .env\n",
        after="  env_file: .env\n  system_packages: [gettext]\n",
        plan="""
            build devenv/bookstore:dev
            - app.system_packages changed, devenv.yaml:8
            run migrate
            - its image is rebuilt
            recreate web
            - its image is rebuilt
            recreate worker
            - its image is rebuilt
        """,
    ),
    Edit(
        what="a line of one's own in the Dockerfile",
        before="  env_file: .env\n",
        after="  env_file: .env\n  dockerfile: {dev: RUN touch /x}\n",
        plan="""
            build devenv/bookstore:dev
            - app.dockerfile.dev added, devenv.yaml:8
            run migrate
            - its image is rebuilt
            recreate web
            - its image is rebuilt
            recreate worker
            - its image is rebuilt
        """,
    ),
    Edit(
        what="a package",
        file="requirements.txt",
        after="celery==5.5\n",
        plan="""
            build devenv/bookstore:dev
            - app.dependencies.requirements.txt changed, devenv.yaml:6
            run migrate
            - its image is rebuilt
            recreate web
            - its image is rebuilt
            recreate worker
            - its image is rebuilt
        """,
    ),
    Edit(
        what="another port of the host",
        before="port: 8000",
        after="port: 8001",
        plan="""
            run migrate
            - web is recreated
            recreate web
            - processes.web.port changed, devenv.yaml:15
        """,
    ),
    Edit(
        what="a command of web",
        before="    port: 8000\n",
        after="    port: 8000\n    command: gunicorn shop.wsgi\n",
        plan="""
            run migrate
            - web is recreated
            recreate web
            - processes.web.command added, devenv.yaml:16
            - app.wsgi removed, devenv.yaml:5
        """,
    ),
    Edit(
        what="a command of the worker",
        before="celery -A shop worker",
        after="celery -A shop worker -c 2",
        plan="""
            run migrate
            - worker is recreated
            recreate worker
            - processes.worker.command changed, devenv.yaml:16
        """,
    ),
    Edit(
        what="two workers",
        before="  worker: celery -A shop worker\n",
        after="  worker: {command: celery -A shop worker, replicas: 2}\n",
        plan="""
            run migrate
            - worker-2 is created
            create worker-2
            - it is not there yet
        """,
    ),
    Edit(
        what="a variable of one process",
        before="  worker: celery -A shop worker\n",
        after="  worker: {command: celery -A shop worker, env: {A: b}}\n",
        plan="""
            run migrate
            - worker is recreated
            recreate worker
            - processes.worker.env.A added, devenv.yaml:16
        """,
    ),
    Edit(
        what="a limit of memory",
        before="    port: 8000\n",
        after="    port: 8000\n    resources: {memory: 512m}\n",
        plan="""
            run migrate
            - web is recreated
            recreate web
            - processes.web.resources added, devenv.yaml:16
        """,
    ),
    Edit(
        what="a process more",
        before="  worker: celery -A shop worker\n",
        after="  worker: celery -A shop worker\n  beat: celery -A shop beat\n",
        plan="""
            run migrate
            - beat is created
            create beat
            - it is not there yet
        """,
    ),
    Edit(
        what="a process less",
        before="  worker: celery -A shop worker\n",
        after="",
        plan="""
            remove bookstore-worker-1
            - worker is not in devenv.yaml any more
        """,
    ),
    Edit(
        what="a process under another name",
        before="  worker: ",
        after="  tasks: ",
        plan="""
            remove bookstore-worker-1
            - worker is not in devenv.yaml any more
            run migrate
            - tasks is created
            create tasks
            - it is not there yet
        """,
    ),
    Edit(
        what="a raw key of the compose file",
        before="    port: 8000\n",
        after="    port: 8000\n    compose: {shm_size: 64m}\n",
        plan="""
            run migrate
            - web is recreated
            recreate web
            - processes.web.compose.shm_size added, devenv.yaml:16
        """,
    ),
    Edit(
        what="a job's command",
        before="manage.py migrate",
        after="manage.py migrate --noinput",
        plan="""
            run migrate
            - jobs.migrate.command changed, devenv.yaml:18
        """,
    ),
    Edit(
        what="a job more",
        after="  seed: python manage.py seed\n",
        plan="""
            run seed
            - it has not run here yet
        """,
    ),
    Edit(
        what="a job less",
        before="jobs:\n  migrate: python manage.py migrate\n",
        after="",
        plan="""
            remove bookstore-migrate-1
            - migrate is not in devenv.yaml any more
        """,
    ),
    Edit(
        what="a job for one process only",
        before="  migrate: python manage.py migrate\n",
        after="  migrate: {command: python manage.py migrate, before: web}\n",
        plan=NOTHING,
    ),
    Edit(
        what="a manual job",
        before="  migrate: python manage.py migrate\n",
        after="  migrate: {command: python manage.py migrate, when: manual}\n",
        plan=NOTHING,
    ),
    Edit(
        what="a job that works on files",
        before="  migrate: python manage.py migrate\n",
        after="  migrate: {command: python manage.py migrate, when: {change: '**/migrations/*.py'}}\n",
        plan=NOTHING,
    ),
    Edit(
        what="a service more",
        before="  cache: redis:8\n",
        after="  cache: redis:8\n  mail: mailpit\n",
        plan="""
            pull mail
            - axllent/mailpit:v1.27 is not on this machine
            create mail
            - it is not there yet
            run migrate
            - services.mail.gives.EMAIL_HOST added, devenv.yaml:13
            - services.mail.gives.EMAIL_PORT added, devenv.yaml:13
            - services.mail.gives.EMAIL_URL added, devenv.yaml:13
            recreate web
            - services.mail.gives.EMAIL_HOST added, devenv.yaml:13
            - services.mail.gives.EMAIL_PORT added, devenv.yaml:13
            - services.mail.gives.EMAIL_URL added, devenv.yaml:13
            recreate worker
            - services.mail.gives.EMAIL_HOST added, devenv.yaml:13
            - services.mail.gives.EMAIL_PORT added, devenv.yaml:13
            - services.mail.gives.EMAIL_URL added, devenv.yaml:13
        """,
    ),
    Edit(
        what="a service less",
        before="  cache: redis:8\n",
        after="",
        plan="""
            remove bookstore-cache-1
            - cache is not in devenv.yaml any more
            ! leaves its data behind, used by nothing, in volume bookstore_cache-redis-8
            run migrate
            - services.cache.gives.CACHE_URL removed, devenv.yaml:10
            - services.cache.gives.CELERY_BROKER_URL removed, devenv.yaml:10
            - services.cache.gives.REDIS_HOST removed, devenv.yaml:10
            - services.cache.gives.REDIS_PORT removed, devenv.yaml:10
            - services.cache.gives.REDIS_URL removed, devenv.yaml:10
            recreate web
            - services.cache.gives.CACHE_URL removed, devenv.yaml:10
            - services.cache.gives.CELERY_BROKER_URL removed, devenv.yaml:10
            - services.cache.gives.REDIS_HOST removed, devenv.yaml:10
            - services.cache.gives.REDIS_PORT removed, devenv.yaml:10
            - services.cache.gives.REDIS_URL removed, devenv.yaml:10
            recreate worker
            - services.cache.gives.CACHE_URL removed, devenv.yaml:10
            - services.cache.gives.CELERY_BROKER_URL removed, devenv.yaml:10
            - services.cache.gives.REDIS_HOST removed, devenv.yaml:10
            - services.cache.gives.REDIS_PORT removed, devenv.yaml:10
            - services.cache.gives.REDIS_URL removed, devenv.yaml:10
        """,
    ),
    Edit(
        what="a service under another name",
        before="  cache: redis:8\n",
        after="  store: redis:8\n",
        plan="""
            remove bookstore-cache-1
            - cache is not in devenv.yaml any more
            ! leaves its data behind, used by nothing, in volume bookstore_cache-redis-8
            create store
            - it is not there yet
            run migrate
            - services.store.gives.CACHE_URL added, devenv.yaml:12
            - services.store.gives.CELERY_BROKER_URL added, devenv.yaml:12
            - services.store.gives.REDIS_HOST added, devenv.yaml:12
            - services.store.gives.REDIS_PORT added, devenv.yaml:12
            - services.store.gives.REDIS_URL added, devenv.yaml:12
            - services.cache.gives.CACHE_URL removed, devenv.yaml:10
            - services.cache.gives.CELERY_BROKER_URL removed, devenv.yaml:10
            - services.cache.gives.REDIS_HOST removed, devenv.yaml:10
            - services.cache.gives.REDIS_PORT removed, devenv.yaml:10
            - services.cache.gives.REDIS_URL removed, devenv.yaml:10
            recreate web
            - services.store.gives.CACHE_URL added, devenv.yaml:12
            - services.store.gives.CELERY_BROKER_URL added, devenv.yaml:12
            - services.store.gives.REDIS_HOST added, devenv.yaml:12
            - services.store.gives.REDIS_PORT added, devenv.yaml:12
            - services.store.gives.REDIS_URL added, devenv.yaml:12
            - services.cache.gives.CACHE_URL removed, devenv.yaml:10
            - services.cache.gives.CELERY_BROKER_URL removed, devenv.yaml:10
            - services.cache.gives.REDIS_HOST removed, devenv.yaml:10
            - services.cache.gives.REDIS_PORT removed, devenv.yaml:10
            - services.cache.gives.REDIS_URL removed, devenv.yaml:10
            recreate worker
            - services.store.gives.CACHE_URL added, devenv.yaml:12
            - services.store.gives.CELERY_BROKER_URL added, devenv.yaml:12
            - services.store.gives.REDIS_HOST added, devenv.yaml:12
            - services.store.gives.REDIS_PORT added, devenv.yaml:12
            - services.store.gives.REDIS_URL added, devenv.yaml:12
            - services.cache.gives.CACHE_URL removed, devenv.yaml:10
            - services.cache.gives.CELERY_BROKER_URL removed, devenv.yaml:10
            - services.cache.gives.REDIS_HOST removed, devenv.yaml:10
            - services.cache.gives.REDIS_PORT removed, devenv.yaml:10
            - services.cache.gives.REDIS_URL removed, devenv.yaml:10
        """,
    ),
    Edit(
        what="another major version of the database",
        before="postgres:17",
        after="postgres:16",
        plan="""
            pull db
            - postgres:16 is not on this machine
            recreate db
            - services.db.image changed, devenv.yaml:11
            - services.db.volumes changed, devenv.yaml:11
            ! leaves its data behind in volume bookstore_db-postgres-17 and begins in bookstore_db-postgres-16
            run migrate
            - db is recreated
        """,
    ),
    Edit(
        what="another image of the database",
        before="  db: postgres:17\n",
        after="  db: {image: 'postgis/postgis:17-3.5', type: postgres}\n",
        plan="""
            pull db
            - postgis/postgis:17-3.5 is not on this machine
            recreate db
            - services.db.image changed, devenv.yaml:11
            run migrate
            - db is recreated
        """,
    ),
    Edit(
        what="another product in its place",
        before="cache: redis:8",
        after="cache: valkey:8",
        plan="""
            pull cache
            - valkey/valkey:8 is not on this machine
            recreate cache
            - services.cache.health_check changed, devenv.yaml:12
            - services.cache.image changed, devenv.yaml:12
            - services.cache.volumes changed, devenv.yaml:12
            ! leaves its data behind in volume bookstore_cache-redis-8 and begins in bookstore_cache-valkey-8
            run migrate
            - cache is recreated
        """,
    ),
    Edit(
        what="a service's variable",
        before="  db: postgres:17\n",
        after="  db: {image: 'postgres:17', env: {TZ: UTC}}\n",
        plan="""
            recreate db
            - services.db.env.TZ added, devenv.yaml:11
            run migrate
            - db is recreated
        """,
    ),
    Edit(
        what="a service's port of the host",
        before="  cache: redis:8\n",
        after="  cache: {image: 'redis:8', publish: 6380}\n",
        plan="""
            recreate cache
            - services.cache.ports changed, devenv.yaml:12
            run migrate
            - cache is recreated
        """,
    ),
    Edit(
        what="a volume of one's own at a service",
        before="  cache: redis:8\n",
        after="  cache: {image: 'redis:8', volumes: {more: /more}}\n",
        plan="""
            recreate cache
            - services.cache.volumes changed, devenv.yaml:12
            run migrate
            - cache is recreated
        """,
    ),
    Edit(
        what="a database for each branch",
        before="  db: postgres:17\n",
        after="  db: {image: 'postgres:17', branches: true}\n",
        plan=NOTHING,
    ),
    Edit(
        what="a volume at a process",
        before="    port: 8000\n",
        after="    port: 8000\n    volumes: {media: /media}\n",
        plan="""
            build devenv/bookstore:dev
            - processes.web.volumes added, devenv.yaml:16
            run migrate
            - its image is rebuilt
            recreate web
            - processes.web.volumes added, devenv.yaml:16
            recreate worker
            - its image is rebuilt
        """,
    ),
    Edit(
        what="a service on the app's own localhost",
        before="  cache: redis:8\n",
        after="  cache: {image: 'redis:8', localhost: true}\n",
        plan="""
            run migrate
            - services.cache.localhost added, devenv.yaml:12
            recreate web
            - services.cache.localhost added, devenv.yaml:12
            recreate worker
            - services.cache.localhost added, devenv.yaml:12
        """,
    ),
    Edit(
        what="a build argument",
        before="  env_file: .env\n",
        after="  env_file: .env\n  build_args: {INDEX: x}\n",
        plan="""
            build devenv/bookstore:dev
            - app.build_args.INDEX added, devenv.yaml:8
            run migrate
            - its image is rebuilt
            recreate web
            - its image is rebuilt
            recreate worker
            - its image is rebuilt
        """,
    ),
    Edit(
        what="a service restarted by its health check alone",
        before="  cache: redis:8\n",
        after="  cache: {image: 'redis:8', health_check: [CMD, 'true']}\n",
        plan="""
            recreate cache
            - services.cache.health_check changed, devenv.yaml:12
            run migrate
            - cache is recreated
        """,
    ),
    Edit(
        what="a command of a service",
        before="  cache: redis:8\n",
        after="  cache: {image: 'redis:8', command: redis-server --save ''}\n",
        plan="""
            recreate cache
            - services.cache.command added, devenv.yaml:12
            run migrate
            - cache is recreated
        """,
    ),
    Edit(
        what="a variable in place of the one that a service gives",
        before='    DEBUG: "true"\n',
        after='    DEBUG: "true"\n    REDIS_URL: redis://elsewhere\n',
        plan="""
            run migrate
            - app.env.REDIS_URL added, devenv.yaml:10
            - services.cache.gives.REDIS_URL removed, devenv.yaml:13
            recreate web
            - app.env.REDIS_URL added, devenv.yaml:10
            - services.cache.gives.REDIS_URL removed, devenv.yaml:13
            recreate worker
            - app.env.REDIS_URL added, devenv.yaml:10
            - services.cache.gives.REDIS_URL removed, devenv.yaml:13
        """,
    ),
    Edit(
        what="a process that is no web process any more",
        before="  web:\n    port: 8000\n",
        after="  web: python manage.py poll\n",
        plan="""
            run migrate
            - web is recreated
            recreate web
            - processes.web.command added, devenv.yaml:14
            - app.wsgi removed, devenv.yaml:5
        """,
    ),
    Edit(what="what is not sent", after="sync: {ignore: ['*.psd']}\n", plan=NOTHING),
    Edit(
        what="the folder mounted",
        after="sync: {mode: bind}\n",
        plan="""
            build devenv/bookstore:dev
            - sync.mode added, devenv.yaml:19
            run migrate
            - app.path added, devenv.yaml:3
            - sync.mode changed, devenv.yaml:19
            recreate web
            - app.path added, devenv.yaml:3
            - sync.mode changed, devenv.yaml:19
            recreate worker
            - app.path added, devenv.yaml:3
            - sync.mode changed, devenv.yaml:19
        """,
    ),
    Edit(
        what="rules for changed files",
        after="on_change:\n  - {paths: '*.toml', restart: worker}\n",
        plan=NOTHING,
    ),
    Edit(
        what="a local file beside",
        file="devenv.local.yaml",
        after="app:\n  env:\n    DEBUG: 'false'\n",
        plan="""
            run migrate
            - app.env.DEBUG changed, devenv.local.yaml:3
            recreate web
            - app.env.DEBUG changed, devenv.local.yaml:3
            recreate worker
            - app.env.DEBUG changed, devenv.local.yaml:3
        """,
    ),
    Edit(
        what="a layer below",
        before="name: bookstore\n",
        after="extends: [base.yaml]\nname: bookstore\n",
        files={"base.yaml": LAYER},
        plan="""
            run migrate
            - app.env.LAYER added, base.yaml:3
            recreate web
            - app.env.LAYER added, base.yaml:3
            recreate worker
            - app.env.LAYER added, base.yaml:3
        """,
    ),
    Edit(
        what="a value in a layer",
        file="base.yaml",
        before="one",
        after="two",
        files={"base.yaml": LAYER, "devenv.yaml": EXTENDING},
        plan="""
            run migrate
            - app.env.LAYER changed, base.yaml:3
            recreate web
            - app.env.LAYER changed, base.yaml:3
            recreate worker
            - app.env.LAYER changed, base.yaml:3
        """,
    ),
    Edit(
        what="a value that a higher layer says, too",
        file="base.yaml",
        before="one",
        after="two",
        files={"base.yaml": "app:\n  env:\n    DEBUG: one\n", "devenv.yaml": EXTENDING},
        plan=NOTHING,
    ),
    Edit(
        what="a profile used",
        after="use_profiles: [mail]\n",
        files={"devenv.yaml": WITH_A_PROFILE},
        plan="""
            pull mail
            - axllent/mailpit:v1.27 is not on this machine
            create mail
            - it is not there yet
            run migrate
            - services.mail.gives.EMAIL_HOST added, devenv.yaml:19
            - services.mail.gives.EMAIL_PORT added, devenv.yaml:19
            - services.mail.gives.EMAIL_URL added, devenv.yaml:19
            recreate web
            - services.mail.gives.EMAIL_HOST added, devenv.yaml:19
            - services.mail.gives.EMAIL_PORT added, devenv.yaml:19
            - services.mail.gives.EMAIL_URL added, devenv.yaml:19
            recreate worker
            - services.mail.gives.EMAIL_HOST added, devenv.yaml:19
            - services.mail.gives.EMAIL_PORT added, devenv.yaml:19
            - services.mail.gives.EMAIL_URL added, devenv.yaml:19
        """,
    ),
    Edit(
        what="a definition of one's own",
        file="devenv.d/services/store.yaml",
        before="COLOUR: red",
        after="COLOUR: blue",
        files={"devenv.yaml": WITH_A_STORE, "devenv.d/services/store.yaml": DEFINITION},
        plan="""
            recreate cache
            - services.cache.env.COLOUR changed, devenv.yaml:12
            run migrate
            - cache is recreated
        """,
    ),
    Edit(
        what="two edits at once",
        before='DEBUG: "true"\nservices:\n  db: postgres:17',
        after='DEBUG: "false"\nservices:\n  db: postgres:18',
        plan="""
            pull db
            - postgres:18 is not on this machine
            recreate db
            - services.db.image changed, devenv.yaml:11
            - services.db.volumes changed, devenv.yaml:11
            ! leaves its data behind in volume bookstore_db-postgres-17 and begins in bookstore_db-postgres-18
            run migrate
            - app.env.DEBUG changed, devenv.yaml:9
            recreate web
            - app.env.DEBUG changed, devenv.yaml:9
            recreate worker
            - app.env.DEBUG changed, devenv.yaml:9
        """,
    ),
)


@pytest.mark.parametrize("edit", EDITS, ids=[edit.what.replace(" ", "-") for edit in EDITS])
def test_the_plan_of_an_edit_is_as_the_table_says(edit: Edit, tmp_path: Path) -> None:
    assert plan_of(edit, tmp_path) == [line.strip() for line in edit.plan.splitlines() if line.strip()]
