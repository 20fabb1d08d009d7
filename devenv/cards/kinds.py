"""Every kind of failure that is known, in the order in which they are asked; and the way in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from devenv.cards import builds, containers, database, fallback, imports, own_lines, servers, settings
from devenv.cards.clues import Clues, FindDay, of_no_day
from devenv.config.environment import Environment
from devenv.errors import Card, Failure

Recogniser = Callable[[Clues], Card | None]

# A cause comes before what it looks like: a full disk breaks builds, a missing variable the configuration.
KINDS: Mapping[str, Recogniser] = {
    "out-of-disk": containers.out_of_disk,
    "wrong-architecture": containers.wrong_architecture,
    "out-of-memory": containers.out_of_memory,
    "unknown-apt-package": builds.unknown_apt_package,
    "certificate-unknown": builds.certificate_unknown,
    "git-missing": builds.git_missing,
    "git-unreachable": builds.git_unreachable,
    "network-unreachable": builds.network_unreachable,
    "index-without-dates": builds.index_without_dates,
    "needs-newer-python": builds.needs_newer_python,
    "no-wheel": builds.no_wheel,
    "folder-not-there": builds.folder_not_there,
    "unknown-requirement": builds.unknown_requirement,
    "conflicting-requirements": builds.conflicting_requirements,
    "old-build": builds.old_build,
    "missing-build-tool": builds.missing_build_tool,
    "package-build-failed": builds.package_build_failed,
    "image-not-found": builds.image_not_found,
    "raw-key-refused": own_lines.raw_key_refused,
    "own-line-failed": own_lines.own_line_failed,
    "missing-variable": settings.missing_variable,
    "missing-secret-key": settings.missing_secret_key,
    "wrong-settings-module": settings.wrong_settings_module,
    "wrong-callable": settings.wrong_callable,
    "app-not-installed": settings.app_not_installed,
    "template-of-a-project": imports.template_of_a_project,
    "own-metadata": imports.own_metadata,
    "missing-library": imports.missing_library,
    "missing-driver": imports.missing_driver,
    "needs-older-python": imports.needs_older_python,
    "circular-import": imports.circular_import,
    "misspelt-module": imports.misspelt_module,
    "version-mismatch": imports.version_mismatch,
    "module-not-found": imports.module_not_found,
    "no-celery-app": servers.no_celery_app,
    "broker-unreachable": servers.broker_unreachable,
    "server-unreachable": servers.server_unreachable,
    "database-unknown-host": database.unknown_host,
    "database-refused": database.refused,
    "database-login": database.login_failed,
    "database-missing": database.database_missing,
    "schema-missing": database.schema_missing,
    "options-of-another-database": database.options_of_another,
    "migration-conflict": database.migration_conflict,
    "migration-missing": database.migration_missing,
    "migration-history": database.migration_history,
    "fixture-not-loaded": database.fixture_not_loaded,
    "unapplied-migrations": database.unapplied_migrations,
    "disallowed-host": settings.disallowed_host,
    "port-taken": servers.port_taken,
    "command-not-found": containers.command_not_found,
    "no-such-file": containers.no_manage_py,
    "permission-denied": containers.permission_denied,
    "missing-folder": containers.missing_folder,
    "improperly-configured": settings.improperly_configured,
    "template-missing": settings.template_missing,
    "syntax-error": fallback.syntax_error,
    "command-error": fallback.command_error,
    "version-rot": imports.version_rot,
    "exception": fallback.exception,
}
LAST_WORDS = "last-words"


def card_for(
    failure: Failure,
    environment: Environment,
    find_modules: Callable[[], tuple[str, ...]] = tuple,
    find_day: FindDay = of_no_day,
) -> Card:
    """The one card of a failure.

    find_modules: looks for the project's own, where one may be misspelt. find_day: for the day that its list
    of packages is of, where that leaves versions open.
    """
    clues = Clues(failure=failure, environment=environment, find_modules=find_modules, find_day=find_day)
    for kind, recognise in KINDS.items():
        if card := recognise(clues):
            return replace(card, kind=kind)
    return replace(fallback.last_words(clues), kind=LAST_WORDS)


def runtime_card(line: str, process: str, environment: Environment) -> Card | None:
    """The card of a single line of a running process's log that means that it cannot do its work."""
    clues = Clues(failure=Failure(subject=process, log=line), environment=environment)
    card = servers.broker_unreachable(clues)
    return replace(card, kind="broker-unreachable") if card else None
