"""Inside the app: what Django keeps of templates and translations is forgotten, so that it is read again."""

from __future__ import annotations

import sys
from typing import Any, List


def reset(kinds: List[str]) -> None:
    """Forget what was read of `kinds`; nothing that is not loaded gets loaded by it."""
    _forget_folders()
    if "template" in kinds and "django.template.engine" in sys.modules:
        _reset_templates()
    if "translation" in kinds and "django.utils.translation.trans_real" in sys.modules:
        _reset_translations()


def _forget_folders() -> None:
    """Django remembers for good which apps have templates or static files; any may get its first one."""
    finders = sys.modules.get("django.contrib.staticfiles.finders")
    if finders is not None:
        finders.get_finder.cache_clear()
    utils = sys.modules.get("django.template.utils")
    if utils is not None:
        utils.get_app_template_dirs.cache_clear()


def _reset_templates() -> None:
    from django.template import engines

    backends: List[Any] = list(engines.all())
    renderers = sys.modules.get("django.forms.renderers")
    if renderers is not None:
        backends.append(getattr(renderers.get_default_renderer(), "engine", None))
    for backend in backends:
        for loader in getattr(getattr(backend, "engine", None), "template_loaders", ()):
            loader.reset()
        environment = getattr(backend, "env", None)
        if environment is not None:
            _reset_jinja2(backend, environment)


def _reset_jinja2(backend: Any, environment: Any) -> None:
    """It looks again at the templates that it has, not for others that come before them."""
    if environment.cache is not None:
        environment.cache.clear()
    folders = list(map(str, vars(backend).pop("template_dirs", ())))
    if folders and getattr(environment.loader, "searchpath", None) == folders:
        environment.loader.searchpath = list(map(str, backend.template_dirs))


def _reset_translations() -> None:
    """What Django's own reloader does when a .mo file changes."""
    import gettext

    from asgiref.local import Local
    from django.utils.translation import trans_real

    setattr(gettext, "_translations", {})  # noqa: B010 (private there, and the only way)
    trans_real._translations = {}
    trans_real._default = None
    trans_real._active = Local()
