"""Servers that only the app's own code speaks to."""

from __future__ import annotations

from collections.abc import Mapping

from devenv.config import templates_folder
from devenv.detect.project import detect
from devenv.detect.projects import find_projects
from devenv.detect.proposal import ProposedService
from devenv.detect.service_kinds import load_kinds
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.dev")\nimport django\n'
COMPOSE = """\
services:
  web:
    build: .
    environment:
      QUEUE_HOST: mq
      QUEUE_USERNAME: myuser
      QUEUE_PASSWORD: secret
      LOCK_URL: redis://locks:6379/3
      MONGO_HOST: documents
      MONGO_PASSWORD: admin
  mq: {image: "rabbitmq:3.13-management"}
  locks: {image: "redis:7"}
  documents: {image: "mongo:8.0", environment: {MONGO_INITDB_ROOT_PASSWORD: admin}}
"""


def proposed(code: str, others: Mapping[str, str]) -> Mapping[str, ProposedService]:
    """The services of a project that has this code beside its settings."""
    files = {
        "manage.py": MANAGE,
        "shop/settings/dev.py": "import os\nINSTALLED_APPS = ['orders']\n",
        "orders/publisher.py": code,
        "Dockerfile": "FROM python:3.13\n",
        "compose.yaml": COMPOSE,
        "requirements.txt": "Django==5.2\npika\n",
        **others,
    }
    seen = tree(files)
    found = detect(seen, find_projects(seen)[0], load_kinds(templates_folder()), name="x", pythons=((3, 13),))
    return {each.name: each for each in found.proposal.services}


def test_a_server_whose_address_the_code_reads_is_there_with_the_names_that_it_reads() -> None:
    code = "import os\nADDRESS = os.getenv('QUEUE_HOST') or 'localhost'\n"
    service = proposed(code, {})["mq"]
    assert (service.kind, service.image) == ("rabbitmq", "rabbitmq:3.13")
    assert (service.prefix, service.gives) == ("QUEUE", {})  # host, user name and password
    assert service.settings == {"vhost": "/"}


def test_an_address_in_one_variable_keeps_its_database() -> None:
    service = proposed("import os\nLOCKS = os.environ.get('LOCK_URL')\n", {})["locks"]
    assert service.gives == {"LOCK_URL": "redis://{host}:{port}/3"}


def test_a_server_that_devenv_has_no_definition_of_is_taken_as_the_compose_file_has_it() -> None:
    service = proposed("import os\nos.getenv('MONGO_HOST')\nos.getenv('MONGO_PASSWORD')\n", {})["documents"]
    assert (service.kind, service.image) == ("", "mongo:8.0")
    assert service.gives == {"MONGO_HOST": "{host}", "MONGO_PASSWORD": "admin"}
    assert service.env == {"MONGO_INITDB_ROOT_PASSWORD": "admin"}


def test_a_setting_that_the_code_uses_counts_and_one_that_only_stands_in_the_settings_does_not() -> None:
    settings = {"shop/settings/dev.py": "import os\nQUEUE_HOST = os.getenv('QUEUE_HOST', '')\n"}
    assert proposed("", settings) == {}
    code = "from django.conf import settings\nconnect(settings.QUEUE_HOST)\n"
    assert list(proposed(code, settings)) == ["mq"]


def test_what_only_settings_for_production_or_tests_read_is_left_out() -> None:
    reading = "import os\nX = os.environ.get('QUEUE_HOST')\n"
    others = {"shop/settings/prod.py": reading, "orders/tests/test_publisher.py": reading}
    assert proposed("", others) == {}
