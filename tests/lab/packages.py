"""The engine and its tools, from Debian. The machine's own apt configuration is read, never changed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.ground import GROUND, LabError, answer, run

# The first release whose engine, compose and buildx are recent enough for devenv.
TOOLS_SUITE = "trixie"
# What the lab needs: a package, and the command that works where it is installed.
NEEDED = (
    (f"docker.io/{TOOLS_SUITE}", ("dockerd", "--version")),
    (f"docker-cli/{TOOLS_SUITE}", ("docker", "--version")),
    (f"docker-compose/{TOOLS_SUITE}", ("docker", "compose", "version")),
    (f"docker-buildx/{TOOLS_SUITE}", ("docker", "buildx", "version")),
    (f"docker-registry/{TOOLS_SUITE}", ("docker-registry", "--version")),
    ("iptables", ("iptables", "--version")),
    ("mmdebstrap", ("mmdebstrap", "--version")),
)

APT = GROUND / "apt"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
POLICY = Path("/usr/sbin/policy-rc.d")


def missing() -> list[str]:
    return [package for package, command in NEEDED if answer(command) is None]


def install(packages: list[str]) -> None:
    """Install what names the tools' suite from there, the rest from the machine's own. Raises: LabError."""
    options = _private_apt()
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", *options, "update"], log="packages", environment=environment)
    quick = ("--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-unsafe-io")
    with _services_not_started():
        run(["apt-get", *options, "install", *quick, *packages], log="packages", environment=environment)


def archive_uri() -> str:
    """Where apt gets this machine's release from. Raises: LabError."""
    codename = _codename()
    wanted = (
        # From the configuration alone: a bare machine has never fetched a list.
        *("apt-get", "indextargets", "--no-release-info"),
        *("--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"),
    )
    for line in (answer(wanted) or "").splitlines():
        release, component, uri = line.split(maxsplit=2)
        if (release, component) == (codename, "main"):
            return uri
    raise LabError(f"apt's configuration names no source for {codename}, so the lab cannot install an engine")


def _codename() -> str | None:
    return answer(["sh", "-c", '. /etc/os-release && echo "$VERSION_CODENAME"'])


def _private_apt() -> list[str]:
    """Options for an apt that also knows the tools' suite, behind everything the machine prefers."""
    shutil.rmtree(APT, ignore_errors=True)
    shutil.copytree("/etc/apt/sources.list.d", APT / "sources")
    if Path("/etc/apt/sources.list").exists():
        shutil.copy("/etc/apt/sources.list", APT / "sources" / "machine.list")
    if _codename() != TOOLS_SUITE:
        source = f"deb [signed-by={KEYRING}] {archive_uri()} {TOOLS_SUITE} main\n"
        (APT / "sources" / "lab.list").write_text(source)
    (APT / "preferences").mkdir()
    (APT / "preferences" / "lab").write_text(f"Package: *\nPin: release n={TOOLS_SUITE}\nPin-Priority: 100\n")
    (APT / "lists" / "partial").mkdir(parents=True)
    settings = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": APT / "sources",
        "Dir::Etc::PreferencesParts": APT / "preferences",
        "Dir::State::Lists": APT / "lists",
    }
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]


@contextmanager
def _services_not_started() -> Iterator[None]:
    """Keep the packages from starting services: the lab's engine would meet one that is not its own."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
