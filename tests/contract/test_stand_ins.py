"""The images that the templates name keep the official images' contract, where the templates rely on it.

On the lab's engine these are its stand-ins; on any other engine the official images, which pass as well.
"""

import gzip
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

LABEL = f"devenv.test=stand-ins-{os.getpid()}"  # others may run these tests on the same engine
PYTHONS = ("3.9", "3.11", "3.13")


def docker(*arguments: str, text: str | None = None) -> str:
    """The command's output. Raises: AssertionError with everything it said, where it fails."""
    done = docker_process(*arguments, text=text)
    assert done.returncode == 0, f"docker {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def docker_process(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *arguments], input=text, capture_output=True, text=True, timeout=120, check=False
    )


def engine_answers() -> bool:
    try:
        return docker_process("version", "--format", "{{.Server.Version}}").returncode == 0
    except FileNotFoundError:
        return False


pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not engine_answers(), reason="no engine answers; `make lab` sets one up"),
]


@pytest.fixture(scope="module", autouse=True)
def no_container_is_left() -> Iterator[None]:
    yield
    if left := docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}").split():
        docker("rm", "--force", "--volumes", *left)


def on_the_labs_engine() -> bool:
    mirrors = json.loads(docker("info", "--format", "{{json .RegistryConfig.Mirrors}}")) or []
    return "http://127.0.0.1:5000/" in mirrors


def output(image: str, *command: str, options: tuple[str, ...] = ()) -> str:
    """What a container of the image prints that runs just this command."""
    return docker("run", "--rm", "--label", LABEL, *options, image, *command)


@dataclass(frozen=True)
class Container:
    id: str

    def run(self, *command: str) -> str:
        return docker("exec", self.id, *command)

    def run_as_root(self, *command: str) -> str:
        return docker("exec", "--user", "root", self.id, *command)

    def logs(self) -> str:
        done = docker_process("logs", self.id)
        return done.stdout + done.stderr

    def says(self, words: str) -> str:
        """Its log, which has the words. Raises: AssertionError, while it has not."""
        logs = self.logs()
        assert words in logs
        return logs

    def wait_until(self, works: Callable[[], str], *, timeout_seconds: float = 60) -> str:
        """The first answer of `works`, which fails until the service is ready."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                return works()
            except AssertionError as error:
                if time.monotonic() > deadline or f"{self.id} is not running" in str(error):
                    raise AssertionError(f"{error}\n{self.logs()}") from None
                time.sleep(0.1)

    def exit_code_when_stopped(self) -> int:
        docker("stop", "--time", "30", self.id)
        return int(docker("inspect", "--format", "{{.State.ExitCode}}", self.id))


def address_of(container: Container) -> str:
    return docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", container.id)


def start(image: str, *command: str, options: tuple[str, ...] = ()) -> Container:
    return Container(docker("run", "--detach", "--label", LABEL, *options, image, *command))


def environment(**values: str) -> tuple[str, ...]:
    return tuple(part for name, value in values.items() for part in ("--env", f"{name}={value}"))


# --- where images come from -----------------------------------------------------------------------


def test_a_plain_name_is_pulled_again_after_its_tag_was_removed() -> None:
    for image in ("memcached:1.6", "valkey/valkey:8"):
        docker("pull", "--quiet", image)
        docker("rmi", "--force", image)
        assert docker("pull", "--quiet", image) == f"docker.io/{'' if '/' in image else 'library/'}{image}"


def test_a_build_resolves_a_plain_name_from_the_registry() -> None:
    recipe = f"FROM python:3.13-slim\nLABEL {LABEL}\n"
    built = docker("build", "--pull", "--quiet", "-", text=recipe)
    assert docker("inspect", "--format", "{{.Config.Cmd}}", built) == "[python3]"


def test_a_stand_in_says_that_it_is_one() -> None:
    if not on_the_labs_engine():
        pytest.skip("not the lab's engine: these are the official images")
    for image in (*(f"python:{version}-slim" for version in PYTHONS), "postgres:17", "nginx:latest"):
        label = docker("inspect", "--format", '{{index .Config.Labels "devenv.lab.stand-in"}}', image)
        assert label == image.replace("latest", "1")
        assert output(image, "head", "-1", "/etc/devenv-lab-stand-in", options=("--entrypoint=",)).startswith(
            "This image is a stand-in."
        )


# --- python ---------------------------------------------------------------------------------------

FACTS = """
import json, os, platform, shutil, sys, sysconfig
import bz2, ctypes, curses, decimal, hashlib, lzma, readline, sqlite3, ssl, uuid, venv, zlib, zoneinfo
print(json.dumps({
    "version": platform.python_version() == os.environ["PYTHON_VERSION"],
    "prefix": sys.prefix,
    "packages": sysconfig.get_path("purelib"),
    "packages are on the path": sysconfig.get_path("purelib") in sys.path,
    "scripts": sysconfig.get_path("scripts"),
    "headers": os.path.exists(sysconfig.get_path("include") + "/Python.h"),
    "found": [shutil.which(name) for name in ("python", "python3", "pip", "gcc", "cc", "make")],
    "user": os.getuid(),
    "working folder": os.getcwd(),
}))
"""


@pytest.mark.parametrize("version", PYTHONS)
def test_python_is_in_usr_local_with_pip_and_headers_and_without_a_compiler(version: str) -> None:
    assert json.loads(output(f"python:{version}-slim", "python", "-c", FACTS)) == {
        "version": True,
        "prefix": "/usr/local",
        "packages": f"/usr/local/lib/python{version}/site-packages",
        "packages are on the path": True,
        "scripts": "/usr/local/bin",
        "headers": True,
        "found": ["/usr/local/bin/python", "/usr/local/bin/python3", "/usr/local/bin/pip", None, None, None],
        "user": 0,
        "working folder": "/",
    }


@pytest.mark.parametrize("version", PYTHONS)
def test_what_embeds_python_finds_its_headers_and_its_library(version: str) -> None:
    """As uwsgi asks for them."""
    script = """
import ctypes, os, sysconfig
ctypes.CDLL(sysconfig.get_config_var("LDLIBRARY"))
print(os.path.exists(os.path.join(sysconfig.get_config_var("INCLUDEPY"), "Python.h")))
"""
    assert output(f"python:{version}-slim", "python", "-c", script) == "True"


@pytest.mark.parametrize("version", PYTHONS)
def test_pip_installs_an_extension_module_beside_the_interpreter_and_into_a_venv(version: str) -> None:
    script = """
        set -e
        found='import markupsafe._speedups as module; print(module.__file__.rpartition("/")[0])'
        pip install --quiet --no-deps --root-user-action=ignore markupsafe==3.0.2
        python -c "$found"
        python -m venv /srv/venv
        /srv/venv/bin/pip install --quiet --no-deps markupsafe==3.0.2
        /srv/venv/bin/python -c "$found"
    """
    assert output(f"python:{version}-slim", "sh", "-c", script, options=certificates_of_the_host()) == (
        f"/usr/local/lib/python{version}/site-packages/markupsafe\n"
        f"/srv/venv/lib/python{version}/site-packages/markupsafe"
    )


def certificates_of_the_host() -> tuple[str, ...]:
    """What a container needs to reach the package index through a proxy that the host trusts."""
    bundle = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    if not bundle:
        return ()
    inside = "/run/certificates.pem"
    quiet = environment(PIP_ROOT_USER_ACTION="ignore", PIP_DISABLE_PIP_VERSION_CHECK="1")
    return ("--volume", f"{bundle}:{inside}:ro", *environment(PIP_CERT=inside), *quiet)


def test_the_interpreter_is_the_default_command() -> None:
    assert (
        docker("run", "--rm", "--interactive", "--label", LABEL, "python:3.13-slim", text="print(6 * 7)")
        == "42"
    )


def test_packages_can_be_installed_and_their_archives_stay_where_docker_clean_is_removed() -> None:
    script = """
        set -e
        rm /etc/apt/apt.conf.d/docker-clean
        apt-get update -qq
        apt-get install -qq -y --no-install-recommends gettext > /dev/null 2>&1
        command -v msgfmt
        ls /var/cache/apt/archives | grep -c '^gettext_'
    """
    assert output("python:3.13-slim", "sh", "-c", script) == "/usr/bin/msgfmt\n1"


def test_an_image_trusts_only_the_certificates_that_its_distribution_ships() -> None:
    script = """
        ls -A /usr/local/share/ca-certificates
        find /usr/share/ca-certificates -name '*.crt' | wc -l
        grep -c 'BEGIN CERTIFICATE' /etc/ssl/certs/ca-certificates.crt
    """
    shipped, trusted = output("python:3.13-slim", "sh", "-c", script).split()
    assert shipped == trusted


# --- postgres -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Container:
    folder = tmp_path_factory.mktemp("postgres")
    (folder / "password").write_text("it's a $ecret\n")
    init = folder / "init"
    init.mkdir()
    (init / "1-table.sql").write_text("CREATE TABLE origin (file text); INSERT INTO origin VALUES ('sql');")
    (init / "2-script.sh").write_text(
        """psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "INSERT INTO origin VALUES ('sh')"\n"""
    )
    (init / "3-packed.sql.gz").write_bytes(gzip.compress(b"INSERT INTO origin VALUES ('gz');"))
    folder.chmod(0o755)
    return start(
        "postgres:17",
        *("postgres", "-c", "max_connections=42"),
        options=(
            *environment(POSTGRES_USER="store", POSTGRES_DB="book-store"),
            *environment(POSTGRES_PASSWORD_FILE="/run/password", POSTGRES_INITDB_ARGS="--data-checksums"),
            *("--volume", f"{folder / 'password'}:/run/password:ro"),
            *("--volume", f"{init}:/docker-entrypoint-initdb.d:ro"),
        ),
    )


def ask_postgres(container: Container, statement: str) -> str:
    """Over the network: the server that runs the init files can only be reached by its socket."""
    address = f"host={address_of(container)} user=store dbname=book-store password='it\\'s a $ecret'"
    return container.wait_until(lambda: container.run("psql", address, "-Atc", statement))


def test_postgres_makes_the_database_the_user_and_the_init_files_rows(postgres: Container) -> None:
    assert ask_postgres(postgres, "SELECT string_agg(file, ' ') FROM origin") == "sql sh gz"


def test_postgres_takes_arguments_of_the_server_and_of_initdb(postgres: Container) -> None:
    names = ("max_connections", "data_checksums", "data_directory", "server_encoding")
    settings = [ask_postgres(postgres, f"SHOW {name}") for name in names]
    assert settings == ["42", "on", "/var/lib/postgresql/data", "UTF8"]


def test_postgres_asks_for_the_password_over_the_network(postgres: Container) -> None:
    ask_postgres(postgres, "SELECT 1")
    refused = docker_process(
        "exec",
        "--env",
        "PGPASSWORD=wrong",
        postgres.id,
        "psql",
        "-h",
        address_of(postgres),
        "-U",
        "store",
        "-c",
        "SELECT 1",
        "book-store",
    )
    assert "password authentication failed" in refused.stderr


def test_postgres_has_its_tools_in_the_path_and_runs_as_user_999(postgres: Container) -> None:
    ask_postgres(postgres, "SELECT 1")
    assert postgres.run("pg_isready", "-U", "store", "-d", "book-store").endswith("accepting connections")
    assert "CREATE TABLE public.origin" in postgres.run("pg_dump", "-U", "store", "book-store")
    assert postgres.run("stat", "-c", "%u:%g", "/proc/1", "/var/lib/postgresql/data") == "999:999\n999:999"


def test_postgres_runs_init_files_only_once_and_stops_at_sigint(postgres: Container) -> None:
    ask_postgres(postgres, "INSERT INTO origin VALUES ('kept')")
    assert postgres.exit_code_when_stopped() == 0
    docker("start", postgres.id)
    assert ask_postgres(postgres, "SELECT string_agg(file, ' ') FROM origin") == "sql sh gz kept"


def test_postgres_keeps_its_data_in_a_volume_and_is_told_to_stop_by_sigint() -> None:
    docker("pull", "--quiet", "postgres:17")
    wanted = "{{json .Config.Volumes}} {{.Config.StopSignal}}"
    assert docker("inspect", "--format", wanted, "postgres:17") == '{"/var/lib/postgresql/data":{}} SIGINT'


def test_postgres_refuses_an_empty_folder_without_a_password() -> None:
    refused = docker_process("run", "--rm", "--label", LABEL, "postgres:17")
    assert refused.returncode == 1
    assert "POSTGRES_PASSWORD" in refused.stderr


def test_postgres_lets_everybody_in_where_it_is_told_to_trust() -> None:
    container = start("postgres:17", options=environment(POSTGRES_HOST_AUTH_METHOD="trust"))
    asked = ("psql", "-h", "127.0.0.1", "-U", "postgres", "-Atc", "SELECT current_database()")
    assert container.wait_until(lambda: container.run(*asked)) == "postgres"


# --- redis and valkey -----------------------------------------------------------------------------


@pytest.mark.parametrize(("image", "name"), [("redis:8", "redis"), ("valkey/valkey:8", "valkey")])
def test_a_key_value_server_takes_arguments_answers_others_and_keeps_its_data(image: str, name: str) -> None:
    server = start(image, f"{name}-server", "--appendonly", "yes")
    server.wait_until(lambda: server.run(f"{name}-cli", "ping"))
    neighbour = address_of(server)
    assert output(image, f"{name}-cli", "-h", neighbour, "set", "book", "Dune") == "OK"
    assert server.run("sh", "-c", "pwd; ls /data; stat -c %U /data") == f"/data\nappendonlydir\n{name}"
    assert server.exit_code_when_stopped() == 0
    docker("start", server.id)
    assert server.wait_until(lambda: server.run(f"{name}-cli", "get", "book")) == "Dune"


@pytest.mark.parametrize(("image", "name"), [("redis:8", "redis"), ("valkey/valkey:8", "valkey")])
def test_a_key_value_server_starts_without_a_command_or_with_options_alone(image: str, name: str) -> None:
    plain, with_options = start(image), start(image, "--requirepass", "pw")
    assert plain.wait_until(lambda: plain.run(f"{name}-cli", "ping")) == "PONG"
    asked = (f"{name}-cli", "--no-auth-warning", "-a", "pw", "ping")
    assert with_options.wait_until(lambda: with_options.run(*asked)) == "PONG"


# --- rabbitmq -------------------------------------------------------------------------------------


def test_rabbitmq_makes_the_default_user_and_virtual_host_and_keeps_its_data() -> None:
    options = environment(
        RABBITMQ_DEFAULT_USER="store",
        RABBITMQ_DEFAULT_PASS="p#w",
        RABBITMQ_DEFAULT_VHOST="books",
        RABBITMQ_NODENAME="rabbit@localhost",
    )
    broker = start("rabbitmq:4", options=options)
    broker.wait_until(lambda: broker.run("rabbitmq-diagnostics", "-q", "check_port_connectivity"))
    broker.run("rabbitmq-diagnostics", "-q", "ping")
    assert broker.run("rabbitmqctl", "-q", "list_vhosts", "--no-table-headers") == "books"
    assert broker.run("rabbitmqctl", "-q", "authenticate_user", "store", "p#w") == "Success"
    assert broker.run("stat", "-c", "%U", "/var/lib/rabbitmq/mnesia", "/proc/1") == "rabbitmq\nrabbitmq"
    assert (
        docker("inspect", "--format", "{{json .Config.Volumes}}", "rabbitmq:4") == '{"/var/lib/rabbitmq":{}}'
    )


def test_rabbitmq_has_a_variant_with_the_management_pages() -> None:
    plugins = output("rabbitmq:4-management", "cat", "/etc/rabbitmq/enabled_plugins")
    assert "rabbitmq_management" in plugins


# --- mariadb --------------------------------------------------------------------------------------


def ask_mariadb(container: Container, user: str, password: str, statement: str) -> str:
    command = ("mariadb", "-h127.0.0.1", f"-u{user}", f"-p{password}", "-Nse", statement, "book_store")
    return container.run(*command)


def wait_for_mariadb(container: Container) -> None:
    container.wait_until(lambda: container.run("healthcheck.sh", "--connect", "--innodb_initialized"))


def test_mariadb_makes_the_database_the_user_and_the_init_files_rows(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text("CREATE TABLE origin (file text); INSERT INTO origin VALUES ('sql');")
    (tmp_path / "2.sql.gz").write_bytes(gzip.compress(b"INSERT INTO origin VALUES ('gz');"))
    tmp_path.chmod(0o755)
    options = environment(
        MARIADB_ROOT_PASSWORD="r'oot",
        MARIADB_DATABASE="book_store",
        MARIADB_USER="store",
        MARIADB_PASSWORD='p"w\\',
    )
    server = start(
        "mariadb:11",
        "--character-set-server=utf8mb4",
        options=(*options, "--volume", f"{tmp_path}:/docker-entrypoint-initdb.d:ro"),
    )
    wait_for_mariadb(server)
    rows = "SELECT group_concat(file ORDER BY file DESC SEPARATOR ' ') FROM origin"
    assert ask_mariadb(server, "store", 'p"w\\', rows) == "sql gz"
    assert ask_mariadb(server, "root", "r'oot", "SELECT @@datadir") == "/var/lib/mysql/"
    assert server.exit_code_when_stopped() == 0
    docker("start", server.id)
    wait_for_mariadb(server)
    assert ask_mariadb(server, "store", 'p"w\\', rows) == "sql gz"


def test_mariadb_knows_the_variables_by_their_mysql_names() -> None:
    options = environment(
        MYSQL_ROOT_PASSWORD="root", MYSQL_DATABASE="book_store", MYSQL_USER="store", MYSQL_PASSWORD="pw"
    )
    server = start("mariadb:11", options=options)
    wait_for_mariadb(server)
    assert ask_mariadb(server, "store", "pw", "SELECT database()") == "book_store"
    assert docker("inspect", "--format", "{{json .Config.Volumes}}", "mariadb:11") == '{"/var/lib/mysql":{}}'


def test_mariadb_refuses_an_empty_folder_without_a_password() -> None:
    refused = docker_process("run", "--rm", "--label", LABEL, "mariadb:11")
    assert refused.returncode == 1
    assert "MARIADB_ROOT_PASSWORD" in refused.stderr


# --- memcached, nginx, node -----------------------------------------------------------------------


MEMCACHED_LIMIT = """
import socket
server = socket.create_connection(("{address}", 11211))
server.sendall(b"stats settings\\r\\n")
print(server.recv(65536).decode().split("STAT maxbytes ")[1].split()[0])
"""


def test_memcached_takes_options_alone_and_answers_others() -> None:
    server = start("memcached:1.6", "-m", "16")
    client = MEMCACHED_LIMIT.format(address=address_of(server))
    limit = server.wait_until(lambda: output("python:3.13-slim", "python", "-c", client))
    assert limit == "16777216"


@pytest.mark.parametrize("tag", ["1", "latest"])
def test_nginx_serves_its_folder_through_its_default_site_and_logs_to_the_output(
    tag: str, tmp_path: Path
) -> None:
    (tmp_path / "book.html").write_text("Dune")
    tmp_path.chmod(0o755)
    server = start(f"nginx:{tag}", options=("--volume", f"{tmp_path}:/usr/share/nginx/html:ro"))
    asked = ("curl", "-sf", "http://localhost/book.html")
    assert server.wait_until(lambda: server.run(*asked)) == "Dune"
    server.wait_until(lambda: server.says('"GET /book.html HTTP/1.1" 200'))  # once it has answered
    server.run("grep", "-q", "/usr/share/nginx/html", "/etc/nginx/conf.d/default.conf")
    assert server.exit_code_when_stopped() == 0


def test_node_runs_scripts_has_npm_and_a_user_of_its_own() -> None:
    script = "node -p 'process.version.split(`.`)[0]'; npm --version | wc -l; id -u node"
    assert output("node:20-slim", "sh", "-c", script) == "v20\n1\n1000"
    assert output("node:20-slim", "-p", "6 * 7") == "42"
