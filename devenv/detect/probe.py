"""Runs inside the app's image, given as text: imports the settings, prints what they came to as JSON.

It needs the standard library and Django only, from Python 3.6 on; devenv itself never imports it.
"""

import json
import os
import sys
import traceback
from typing import Any

MARK = "devenv-settings:"
PARTS = ("ENGINE", "HOST", "NAME", "USER", "PASSWORD")


def watched(environ: Any) -> Any:
    """A list that fills with the names that are asked for and not set."""
    asked: Any = []
    look_up = type(environ).__getitem__

    def noting(self: Any, name: Any) -> Any:
        try:
            return look_up(self, name)
        except KeyError:
            if name not in asked:
                asked.append(name)
            raise

    type(environ).__getitem__ = noting
    return asked


def parts(entry: Any, *names: str) -> Any:
    """Those of a dict that a server is reached by."""
    return {name: str(entry.get(name) or "") for name in names}


def told(settings: Any) -> Any:
    """What devenv.yaml follows from."""
    channels = getattr(settings, "CHANNEL_LAYERS", {})
    return {
        "databases": {alias: parts(each, *PARTS) for alias, each in settings.DATABASES.items()},
        "caches": {alias: parts(each, "BACKEND", "LOCATION") for alias, each in settings.CACHES.items()},
        "channels": {alias: parts(each, "BACKEND") for alias, each in channels.items()},
        "apps": [str(app) for app in settings.INSTALLED_APPS],
        "hosts": [str(host) for host in settings.ALLOWED_HOSTS],
        "debug": bool(settings.DEBUG),
    }


def main() -> None:
    """Print one line, whatever happens."""
    asked = watched(os.environ)
    sys.path.insert(0, "")
    try:
        from django.conf import settings  # noqa: PLC0415 - what it loads is watched

        said = told(settings)
    except BaseException as error:  # sys.exit() in settings ends here, too
        last = traceback.extract_tb(sys.exc_info()[2])[-1]
        said = {"error": f"{type(error).__name__}: {error}", "at": f"{last[0]}:{last[1]}"}
    said["asked"] = asked
    sys.stdout.write("\n" + MARK + json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
