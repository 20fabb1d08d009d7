"""`requires`: whether this devenv can read a file, said before anything else is found wrong with it."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from devenv import __version__
from devenv.config.document import Document, Scalar
from devenv.config.problems import Problem, config_error
from devenv.errors import WrongVersion

KEY = "requires"


def check_version(document: Document) -> str:
    """The range that a file asks for, "" where it asks for none or cannot be read. Raises: WrongVersion."""
    written = document.at((KEY,))
    wanted = written.text.strip() if isinstance(written, Scalar) else ""
    try:
        if SpecifierSet(wanted).contains(__version__, prereleases=True):
            return wanted
    except InvalidSpecifier:
        return ""
    problem = Problem(document.origin((KEY,)), KEY, f"expected devenv {wanted}, this is {__version__}")
    described = config_error(document.file, [problem], {document.file: document.text})
    raise WrongVersion(
        f"{document.file} needs another version of devenv",
        details=described.details,
        hint=f'`pip install -U "django-devenv{wanted}"` (or `uv tool install`)',
    )
