"""`python -I /opt/devenv/agent <command>`: the folder runs as it lies there, whatever it is called.

The package is loaded under a name of its own and takes its folder off `sys.path`, so that neither the
app's `tree.py` nor ours can be taken for the other.
"""

import importlib.util
import os
import sys

PACKAGE = "devenv_agent"


def load_package() -> None:
    """Make `PACKAGE` importable from the folder of this file."""
    folder = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0]) == folder:
        del sys.path[0]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    load_package()
    from devenv_agent.cli import main  # type: ignore[import-not-found,unused-ignore]

    sys.exit(main(sys.argv[1:]))
