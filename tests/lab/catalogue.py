"""The stand-ins: which image is made from which recipe on which Debian."""

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """One image. `recipe` is a folder of images/; `debian` the suite it is made on, or made of."""

    name: str
    tag: str
    recipe: str
    debian: str
    arguments: dict[str, str] = field(default_factory=dict)
    also_tagged: tuple[str, ...] = ()
    required: bool = True
    # A variable that carries the exact version, and the command that prints it.
    version_variable: str = ""
    version_command: tuple[str, ...] = ()
    # A folder of the machine that the recipe takes files from, by its name there.
    machine_folders: dict[str, str] = field(default_factory=dict)

    @property
    def bases(self) -> tuple[str, ...]:
        """The Debians whose stand-ins the recipe begins with."""
        wheels = self.arguments.get("WHEELS", self.debian)
        return () if self.recipe == "debian" else tuple(dict.fromkeys((self.debian, wheels)))

    @property
    def repository(self) -> str:
        """The name in a registry, where names without a slash are in `library`."""
        return self.name if "/" in self.name else f"library/{self.name}"

    @property
    def reference(self) -> str:
        return f"{self.name}:{self.tag}"


def debian(suite: str, *, required: bool = True) -> StandIn:
    return StandIn(name="debian", tag=f"{suite}-slim", recipe="debian", debian=suite, required=required)


def python(
    version: str,
    suite: str,
    *also_tagged: str,
    wheels: str = "",
    required: bool = True,
    recipe: str = "python",
    **machine_folders: str,
) -> StandIn:
    """`wheels`: the Debian that pip comes from, where the suite's own is too old."""
    return StandIn(
        name="python",
        tag=f"{version}-slim",
        also_tagged=(f"{version}-slim-{suite}", *also_tagged),
        recipe=recipe,
        debian=suite,
        arguments={"PYTHON": version, "WHEELS": wheels or suite},
        version_variable="PYTHON_VERSION",
        version_command=("python", "-c", "import platform; print(platform.python_version())"),
        machine_folders=machine_folders,
        required=required,
    )


def service(
    name: str,
    tag: str,
    *also_tagged: str,
    recipe: str = "",
    suite: str = "trixie",
    required: bool = True,
    **arguments: str,
) -> StandIn:
    return StandIn(
        name=name,
        tag=tag,
        also_tagged=also_tagged,
        recipe=recipe or name,
        debian=suite,
        arguments=arguments,
        required=required,
    )


def postgres_with(name: str, *tags: str, package: str, extensions: str = "") -> StandIn:
    """Postgres 17 with Debian's package of an extension. extensions: those that each new database has."""
    more = {"PACKAGE": f"postgresql-17-{package}", "EXTENSIONS": extensions}
    return service(name, *tags, recipe="postgres_with", required=False, **more)


def pythons_of_the_machine() -> tuple[StandIn, ...]:
    """The versions that no Debian has, where pyenv built them on a Debian that is a stand-in as well."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    suite = platform.freedesktop_os_release().get("VERSION_CODENAME")
    versions = ("3.12", "3.10", "3.8", "3.7", "2.7")
    found = {version: sorted(root.glob(f"{version}.*/bin/python{version}")) for version in versions}
    return tuple(
        python(version, suite, required=False, recipe="pyenv", interpreter=str(programs[-1].parent.parent))
        for version, programs in found.items()
        if programs and suite == "bookworm"
    )


POSTGIS_TAGS = ("17-3.5", "16-3.4", "16-3.5", "15-3.4", "15-3.3", "14-3.3", "13-3.3", "latest")
POSTGIS_EXTENSIONS = "postgis postgis_topology fuzzystrmatch postgis_tiger_geocoder"

# In the order of need; a Debian comes before what is made on it.
STAND_INS = (
    debian("trixie"),
    debian("bookworm"),
    python("3.13", "trixie"),
    service("postgres", "17", MAJOR="17"),
    service("postgres", "15", suite="bookworm", MAJOR="15"),
    service("redis", "8", SERVER="redis"),
    python("3.11", "bookworm"),
    debian("bullseye"),
    service("valkey/valkey", "8", recipe="redis", SERVER="valkey"),
    service("rabbitmq", "4"),
    service("rabbitmq", "4-management", PLUGINS="rabbitmq_management"),
    service("mariadb", "11"),
    service("mariadb", "10", suite="bookworm"),
    service("memcached", "1.6"),
    service("nginx", "1", "latest"),
    service("edoburu/pgbouncer", "v1.25.2-p0", recipe="pgbouncer"),
    service("node", "20-slim", "20"),
    python("3.9", "bullseye", "3.9-slim-buster", wheels="bookworm"),
    debian("sid", required=False),
    python("3.14", "sid", required=False),
    service("mysql", "9", suite="sid", required=False),
    service("postgres", "18", suite="sid", recipe="postgres18", required=False, MAJOR="18"),
    *pythons_of_the_machine(),
    # Versions that projects name and no Debian has: the nearest one, from the same layers, under their names.
    service("postgres", "16", MAJOR="17"),
    service("postgres", "14", "13", "12", suite="bookworm", MAJOR="15"),
    service("redis", "7", "6", SERVER="redis"),
    service("rabbitmq", "3"),
    service("rabbitmq", "3-management", PLUGINS="rabbitmq_management"),
    service("memcached", "1"),
    service("node", "22-slim", "22", "18-slim", "18"),
    service("mysql", "8", suite="sid", required=False),
    postgres_with("postgis/postgis", *POSTGIS_TAGS, package="postgis-3", extensions=POSTGIS_EXTENSIONS),
    postgres_with("pgvector/pgvector", "pg17", "pg16", "pg15", package="pgvector"),
)
