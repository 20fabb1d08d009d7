"""Inside the app: what Django keeps of templates and translations is forgotten, so that it is read again."""

from __future__ import annotations

import sys
from typing import Any, List


def reset(kinds: List[str]) -> None:
    """Forget what was read of `kinds`; nothing that is not loaded gets loaded by it."""
    if "template" in kinds and "django.template.engine" in sys.modules:
        _reset_templates()
    if "translation" in kinds and "django.utils.translation.trans_real" in sys.modules:
        _reset_translations()


def _reset_templates() -> None:
    from django.template import engines

    backends: List[Any] = list(engines.all())
    renderers = sys.modules.get("django.forms.renderers")
    if renderers is not None:
        backends.append(getattr(renderers.get_default_renderer(), "engine", None))
    for backend in backends:
        for loader in getattr(getattr(backend, "engine", None), "template_loaders", ()):
            loader.reset()


def _reset_translations() -> None:
    """What Django's own reloader does when a .mo file changes."""
    import gettext

    from asgiref.local import Local
    from django.utils.translation import trans_real

    setattr(gettext, "_translations", {})  # noqa: B010 (private there, and the only way)
    trans_real._translations = {}
    trans_real._default = None
    trans_real._active = Local()
