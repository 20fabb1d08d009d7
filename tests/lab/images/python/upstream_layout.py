"""Make Debian's interpreter, copied to /usr/local, install where an upstream build does.

Debian sends packages to dist-packages and closes pip and ensurepip for its own interpreter.
Runs once, with the copied interpreter, while the stand-in is built.
"""

import sys
from pathlib import Path

DEBIAN_PACKAGES = Path("/usr/local/lib/python3/dist-packages")
STDLIB = Path("/usr/local/lib") / "python{}.{}".format(*sys.version_info[:2])

# Each entry: file, Debian's text, upstream's behaviour. A release has some of them, not all.
EDITS = (
    ("sysconfig.py", "prefix_scheme = 'posix_local'", "prefix_scheme = 'posix_prefix'"),
    ("sysconfig/__init__.py", "prefix_scheme = 'posix_local'", "prefix_scheme = 'posix_prefix'"),
    ("distutils/command/install.py", "self.prefix = self.exec_prefix = '/usr'", "pass"),
    ("distutils/command/install.py", "self.install_base = self.install_platbase = '/usr'", "pass"),
    ("distutils/command/install.py", 'self.select_scheme("unix_local")', 'self.select_scheme("unix_prefix")'),
    ("distutils/sysconfig.py", "in ('/usr', '/usr/local')", "in ()"),
    ("ensurepip/__init__.py", '    "pkg_resources",\n', ""),
    (
        "ensurepip/__init__.py",
        "def _ensurepip_is_disabled_in_debian_for_system():\n",
        "def _ensurepip_is_disabled_in_debian_for_system():\n    return\n",
    ),
)
HEADERS = "/include/python{}.{}".format(*sys.version_info[:2])
REMOVED = ("EXTERNALLY-MANAGED", "sitecustomize.py", "_distutils_system_mod.py")


def main() -> None:
    for name, debian, upstream in EDITS:
        path = STDLIB / name
        if path.exists() and debian in path.read_text():
            path.write_text(path.read_text().replace(debian, upstream))
    for path in STDLIB.glob("_sysconfigdata*.py"):
        path.write_text(path.read_text().replace(f"'/usr{HEADERS}", f"'/usr/local{HEADERS}"))
    for name in REMOVED:
        path = STDLIB / name
        if path.exists() or path.is_symlink():
            path.unlink()
    open_site_packages(STDLIB / "site-packages")


def open_site_packages(packages: Path) -> None:
    """Put `packages` on the path by a .pth file: Debian's `site` is frozen into the interpreter."""
    packages.mkdir(exist_ok=True)
    DEBIAN_PACKAGES.mkdir(parents=True)
    line = f'import site, sys; site.addsitedir("{packages}"); sys.path.remove("{DEBIAN_PACKAGES}")'
    (DEBIAN_PACKAGES / "upstream.pth").write_text(line + "\n")


if __name__ == "__main__":
    main()
