from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from devenv.config import templates_folder
from devenv.detect.project import detect
from devenv.detect.projects import find_projects
from devenv.detect.proposal import ProposedService
from devenv.detect.service_kinds import load_kinds
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\nimport django\n'
KINDS = load_kinds(templates_folder())


def env_of(settings: str, **others: str) -> Mapping[str, str]:
    """The variables that are proposed for a project of these settings."""
    head = "import ast, json, os\n"
    files = tree(
        {"manage.py": MANAGE, "settings.py": head + settings, "requirements.txt": "Django==5.2", **others}
    )
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 9), (3, 14)))
    return {name: said.value for name, said in found.proposal.env.items()}


def services_of(settings: str) -> list[tuple[str, Mapping[str, str]]]:
    """Name, and what it gives beyond the usual, of each service."""
    return [(each.name, each.gives) for each in proposed(settings)]


def proposed(settings: str) -> Sequence[ProposedService]:
    """The services that are proposed for a project of these settings."""
    files = tree(
        {"manage.py": MANAGE, "settings.py": f"import os\n{settings}", "requirements.txt": "Django==5.2"}
    )
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 14),))
    return found.proposal.services


@pytest.mark.parametrize(
    ("debug", "value"),
    [
        ('os.environ.get("DEBUG", "False") == "True"', "True"),
        ('os.environ.get("DEBUG", "").lower() in ("1", "true")', "True"),
        ('bool(int(os.environ.get("DEBUG", 0)))', "1"),
        ('int(os.environ.get("DEBUG", default=0))', "1"),
        ('os.environ.get("DEBUG") == "1"', "1"),
        ('os.getenv("DEBUG", "off") == "on"', "on"),
        ('os.getenv("DEBUG", "no") == "yes"', "yes"),
        ('json.loads(os.environ.get("DEBUG", "false"))', None),
        ('bool(int(os.environ["DEBUG"]))', "1"),
        ('os.environ["DEBUG"] == "True"', "True"),
    ],
)
def test_debug_is_switched_on_in_the_words_that_the_settings_take(debug: str, value: str | None) -> None:
    assert env_of(f"DEBUG = {debug}\n").get("DEBUG") == value


@pytest.mark.parametrize(
    ("hosts", "value"),
    [
        ('os.environ["ALLOWED_HOSTS"].split(",")', "*"),
        ('os.environ.get("ALLOWED_HOSTS", "").split()', "*"),
        ('json.loads(os.environ["ALLOWED_HOSTS"])', '["*"]'),
        ('ast.literal_eval(os.environ["ALLOWED_HOSTS"])', '["*"]'),
        ('os.environ.get("ALLOWED_HOSTS", "localhost").split(",")', None),
    ],
)
def test_hosts_are_given_in_the_form_that_the_settings_take(hosts: str, value: str | None) -> None:
    found = env_of(f"DEBUG = False\nALLOWED_HOSTS = {hosts}\n")
    assert found.get("ALLOWED_HOSTS") == value


def test_http_is_not_sent_to_https() -> None:
    settings = 'DEBUG = True\nSECURE_SSL_REDIRECT = os.environ.get("SSL_REDIRECT") != "False"\n'
    assert env_of(settings) == {"SSL_REDIRECT": "False"}


def test_a_branch_that_debug_opens_may_need_more() -> None:
    settings = 'DEBUG = os.getenv("DEBUG") == "1"\nif DEBUG:\n    TOKEN = os.environ["TOKEN"]\n'
    assert env_of(settings) == {"DEBUG": "1", "TOKEN": "development-only"}


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ('X = "disable" if os.environ["POSTGRES_SSL_ON"] == "0" else "require"', {"POSTGRES_SSL_ON": "0"}),
        ('X = bool(os.environ["EMAIL_USE_TLS"])', {"EMAIL_USE_TLS": "0"}),
        ('X = os.environ["DB_SSLMODE"]', {"DB_SSLMODE": "prefer"}),
        ('X = os.environ["SSL_CERT_PATH"]', {"SSL_CERT_PATH": "development"}),
        ('X = os.environ["EMAIL_PORT"]', {"EMAIL_PORT": "25"}),
        ('X = os.environ["API_PORT"]', {"API_PORT": "8000"}),
        ('X = int(os.environ["ACCESS_TOKEN_LIFETIME"])', {"ACCESS_TOKEN_LIFETIME": "60"}),
        ('X = {"ALGORITHM": os.environ["JWT_ALGORITHM"]}', {"JWT_ALGORITHM": "HS256"}),
        ('X = os.environ["STATS_DB_PORT"]', {"STATS_DB_PORT": "5432"}),
        ('X = os.environ["LEGACY_REDIS_PORT"]', {"LEGACY_REDIS_PORT": "6379"}),
        ('CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]', {"CELERY_BROKER_URL": "memory://"}),
        ('X = os.getenv("CSRF_ORIGINS", []).split(",")', {"CSRF_ORIGINS": "http://localhost:8000"}),
        ('X = os.getenv("CSRF_ORIGINS", "").split(",")', {}),
        (
            'CSRF_TRUSTED_ORIGINS = os.getenv("CSRF_ORIGINS", "").split(",")',
            {"CSRF_ORIGINS": "http://localhost:8000"},
        ),
        ('CSRF_TRUSTED_ORIGINS = [x for x in os.getenv("CSRF_ORIGINS", "").split(",") if x]', {}),
        (
            'CSRF_TRUSTED_ORIGINS = [os.getenv("SHOP_URL"), "https://x"]',
            {"SHOP_URL": "http://localhost:8000"},
        ),
        ('CORS_ALLOWED_ORIGINS = [os.getenv("SHOP_URL", "https://x")]', {}),
    ],
)
def test_a_value_fits_the_name_of_its_variable(settings: str, found: Mapping[str, str]) -> None:
    assert env_of(f"DEBUG = True\n{settings}\n") == found


@pytest.mark.parametrize(
    ("account", "is_given"),
    [
        ("{'CLOUDINARY_URL': os.environ.get('CLOUDINARY_URL')}", True),
        ("{'CLOUD_NAME': os.environ.get('CLOUD_NAME'), 'API_KEY': os.environ.get('API_KEY')}", True),
        ("{'CLOUD_NAME': 'shop', 'API_KEY': '1', 'API_SECRET': '2'}", False),
    ],
)
def test_pictures_that_lie_with_cloudinary_have_an_account(account: str, is_given: bool) -> None:
    storage = "DEFAULT_FILE_STORAGE = 'cloudinary_storage.storage.MediaCloudinaryStorage'\n"
    said = {"CLOUDINARY_URL": "cloudinary://0:development-only@development"} if is_given else {}
    assert env_of(f"DEBUG = True\n{storage}CLOUDINARY_STORAGE = {account}\n") == said
    assert env_of(f"DEBUG = True\nCLOUDINARY_STORAGE = {account}\n") == {}


def test_a_required_address_of_a_server_brings_that_server() -> None:
    assert services_of('X = os.environ["LEGACY_REDIS_URL"]\nY = os.environ["RABBIT_MQ_URL"]\n') == [
        ("redis", {"LEGACY_REDIS_URL": "redis://{host}:{port}/0"}),
        ("rabbitmq", {"RABBIT_MQ_URL": "amqp://{user:url}:{password:url}@{host}:{port}/{vhost:url}"}),
    ]


def test_what_the_module_of_celerys_own_configuration_reads_is_required_too() -> None:
    celery = """
from celery import Celery
app = Celery("shop")
app.config_from_object("celeryconfig")
"""
    config = """
from decouple import config
broker_url = config("QUEUE_URL", default="redis://queue/0")
timezone = config("QUEUE_TIMEZONE")
"""
    others = {"celery.py": celery, "celeryconfig.py": config, "requirements.txt": "Django==5.2\ncelery==5.5"}
    assert env_of("DEBUG = True\n", **others) == {"QUEUE_TIMEZONE": "UTC"}


def test_a_key_that_the_app_makes_a_client_of_is_set() -> None:
    settings = """
from decouple import config
DEBUG = True
INSTALLED_APPS = ["shop"]
AI_KEY = config("AI_KEY", default=None)
MAP_KEY = config("MAP_KEY", default=None)
"""
    client = "from django.conf import settings\nclass Writer:\n    ai = Client(api_key=settings.AI_KEY)\n"
    others = {"shop/__init__.py": "", "shop/admin.py": client}
    assert env_of(settings, **others) == {"AI_KEY": "development-only"}


def test_what_settings_of_a_package_read_is_set_as_in_the_compose_file() -> None:
    compose = """
services:
  web:
    build: .
    command: python manage.py runserver
    environment: {SECRET_KEY: abc, CACHE: "queue:6379", EMPTY: "", DJANGO_SETTINGS_MODULE: settings}
"""
    of_a_package = "from open_framework.conf.base import *\nDEBUG = True\n"
    found = env_of(of_a_package, **{"compose.yaml": compose})
    assert (found["CACHE"], found["SECRET_KEY"][:15], len(found)) == ("queue:6379", "django-insecure", 2)
    assert env_of("from os.path import *\nDEBUG = True\n", **{"compose.yaml": compose}) == {}


def test_an_examples_port_is_taken_only_if_it_is_one() -> None:
    settings = 'DEBUG = True\nX = os.environ["EMAIL_PORT"]\n'
    assert env_of(settings, **{".env.example": "EMAIL_PORT=2525\n"}) == {"EMAIL_PORT": "2525"}
    assert env_of(settings, **{".env.example": "EMAIL_PORT=your_port\n"}) == {"EMAIL_PORT": "25"}


def test_an_address_among_the_hosts_stays_an_address() -> None:
    settings = """
from urllib.parse import urlparse
DEBUG = True
BASE_URL = os.environ["BASE_URL"]
ALLOWED_HOSTS = os.environ.get("HOSTS", urlparse(BASE_URL).hostname).split(",")
"""
    assert env_of(settings)["BASE_URL"] == "http://localhost:8000"


def test_a_key_that_a_file_or_a_variable_holds_is_given_by_the_variable() -> None:
    settings = """
FOLDER = os.environ.get("FOLDER", "/data/keys")
SECRET_KEY = ""
if os.environ.get("SECRET_KEY"):
    SECRET_KEY = os.environ["SECRET_KEY"]
if not SECRET_KEY and os.path.exists(os.path.join(FOLDER, "key")):
    with open(os.path.join(FOLDER, "key")) as file:
        SECRET_KEY = file.read()
"""
    assert [*env_of(f"DEBUG = True\n{settings}")] == ["SECRET_KEY"]


@pytest.mark.parametrize(
    "location",
    [
        "f'redis://{os.environ.get(\"REDIS_SERVER\")}:6379'",
        "f'redis://{os.environ[\"REDIS_SERVER\"]}:6379'",
        "'redis://' + os.environ['REDIS_SERVER'] + ':6379'",
    ],
)
def test_a_variable_inside_of_an_address_is_a_part_of_it(location: str) -> None:
    found = services_of(f"DEBUG = True\nCELERY_BROKER_URL = {location}\n")
    assert found == [("redis", {"REDIS_SERVER": "{host}"})]


def test_a_port_beside_a_host_is_no_other_server() -> None:
    settings = """
DEBUG = True
CHANNEL_LAYERS = {"default": {
    "BACKEND": "channels_redis.core.RedisChannelLayer",
    "CONFIG": {"hosts": [("queue", os.environ.get("QUEUE_PORT"))]},
}}
"""
    assert services_of(settings) == [("queue", {"QUEUE_PORT": "{port}"})]


@pytest.mark.parametrize(("port", "localhost"), [("6379", "true"), ("6380", "6380"), ("'6380'", "6380")])
def test_the_port_beside_a_host_is_the_one_that_is_looked_for(port: str, localhost: str) -> None:
    settings = f"""
DEBUG = True
CHANNEL_LAYERS = {{"default": {{
    "BACKEND": "channels_redis.core.RedisChannelLayer",
    "CONFIG": {{"hosts": [("localhost", {port})]}},
}}}}
"""
    assert [service.localhost for service in proposed(settings)] == [localhost]


def test_a_key_that_is_made_at_each_start_is_given_so_that_sessions_last() -> None:
    files = tree(
        {
            "manage.py": MANAGE,
            "settings.py": 'import os\nDEBUG = True\nSECRET_KEY = os.environ.get("KEY", made())\n',
            "requirements.txt": "Django==5.2",
        }
    )
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 14),))
    assert [said.note for said in found.proposal.env.values()] == [
        "settings.py:3: a new one at each start ends all sessions"
    ]


def test_settings_are_read_as_the_server_sees_them_not_as_tests_do() -> None:
    settings = """
import sys
DEBUG = True
if "test" in sys.argv or os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".test"):
    TOKEN = os.environ["TEST_TOKEN"]
else:
    TOKEN = os.environ["TOKEN"]
"""
    assert [*env_of(settings)] == ["TOKEN"]


def test_no_real_server_of_mail_is_taken_from_an_example() -> None:
    settings = "EMAIL_HOST = os.environ['EMAIL_HOST']\nDATABASES = {}\n"
    example = {".env.example": "EMAIL_HOST=smtp.example.com\n"}
    assert env_of(settings, **example)["EMAIL_HOST"] == "localhost"
    example = {".env.example": "EMAIL_HOST=mailhog\n"}
    assert env_of(settings, **example)["EMAIL_HOST"] == "mailhog"


POSTGRES = 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "a", "HOST": "db"}}\n'


@pytest.mark.parametrize(
    ("last", "without"),
    [
        ("django_heroku.settings(locals())", "DATABASE_URL"),
        ("django_on_heroku.settings(locals(), staticfiles=False)", "DATABASE_URL"),
        ("django_heroku.settings(locals(), databases=False)", ""),
        ("X = os.environ.get('DATABASE_URL'); django_heroku.settings(locals())", ""),
        ("", ""),
    ],
)
def test_an_address_that_herokus_settings_would_ask_for_tls_with_is_not_given(
    last: str, without: str
) -> None:
    (db,) = proposed(f"{POSTGRES}{last}\n")
    assert (db.without.value if db.without else "") == without


def test_what_becomes_a_number_is_one() -> None:
    settings = 'DATABASES = {}\nPAGE = int(os.environ["PAGE_SIZE"])\nREST = {"N": int(os.environ["N"])}\n'
    assert {name: env_of(settings)[name] for name in ("PAGE_SIZE", "N")} == {"PAGE_SIZE": "1", "N": "1"}
