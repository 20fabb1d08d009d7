"""Where a change reaches into what a process has done, and what the process does about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devenv.agent.decision import FOREIGN, PYTHON, WEB, Decision, decide
from devenv.agent.history import COLD, Record, Touch, earliest_touch, meant_for

HISTORY: list[Record] = [
    ["miss", "django"],
    ["file", "site/__init__.py"],
    ["file", "site/settings.py"],
    ["miss", "site.local_settings"],
    ["file", "shop/__init__.py"],
    ["file", "shop/models.py"],
    ["file", "shop/views.py"],
    ["uses", "django.template.loaders.cached"],
]
PACKAGES = {"site", "shop", "shop/tests"}


def touch(*reactions: tuple[str, str]) -> Touch | None:
    return earliest_touch(HISTORY, reactions, PACKAGES.__contains__)


def decision(
    kind: str, *reactions: tuple[str, str], broken: bool = False, starting: bool = False
) -> Decision:
    return decide(
        kind=kind,
        broken=broken,
        starting=starting,
        history=HISTORY,
        reactions=reactions,
        is_package=PACKAGES.__contains__,
    )


def test_an_edited_file_reaches_to_where_it_was_imported() -> None:
    assert touch(("code", "shop/models.py")) == Touch(5, "shop/models.py")


def test_of_several_changes_the_earliest_counts() -> None:
    assert touch(("code", "shop/views.py"), ("code", "site/settings.py")) == Touch(2, "site/settings.py")


def test_a_file_that_was_never_loaded_reaches_nothing() -> None:
    assert touch(("code", "shop/tests/test_views.py")) is None


def test_any_code_reaches_to_where_child_processes_began_that_nobody_sees() -> None:
    history = [*HISTORY[:6], ["blind", "multiprocessing.popen_spawn_posix"], *HISTORY[6:]]
    for kind in ("code", "modules"):
        found = earliest_touch(history, [(kind, "tasks/new.py")], PACKAGES.__contains__)
        assert found == Touch(6, "tasks/new.py (what child processes load cannot be seen)")
    assert earliest_touch(history, [("template", "a.html")], PACKAGES.__contains__) is None


def test_a_new_file_reaches_to_where_its_name_was_looked_for() -> None:
    found = touch(("modules", "site/local_settings.py"))
    assert found is not None
    assert found.position == 1  # its package may list its folder, and came before the lookup


def test_a_new_file_that_shadows_an_installed_module_reaches_to_its_import() -> None:
    assert touch(("modules", "django/__init__.py")) == Touch(
        0, "django/__init__.py: a module 'django' was looked for"
    )
    assert touch(("modules", "django.py")) == Touch(0, "django.py: a module 'django' was looked for")


def test_a_new_file_in_a_package_reaches_to_that_package_which_may_list_its_folder() -> None:
    assert touch(("modules", "shop/plugins.py")) == Touch(
        4, "shop/plugins.py came or went in the package shop"
    )


def test_a_new_file_in_a_package_that_was_not_loaded_reaches_nothing() -> None:
    assert touch(("modules", "shop/tests/test_new.py")) is None


def test_a_new_file_below_a_folder_that_is_no_package_counts_for_the_package_above() -> None:
    assert touch(("modules", "shop/data/loader.py")) == Touch(
        4, "shop/data/loader.py came or went in the package shop"
    )


def test_a_deleted_module_reaches_to_its_import() -> None:
    assert touch(("modules", "shop/views.py")) == Touch(6, "shop/views.py")


def test_a_restart_reaches_before_everything() -> None:
    found = touch(("code", "shop/views.py"), ("restart", ".env"))
    assert found is not None
    assert found.position == COLD


@given(
    st.lists(
        st.tuples(st.sampled_from(["code", "modules"]), st.sampled_from([record[1] for record in HISTORY]))
    )
)
def test_more_changes_never_reach_less_far(reactions: list[tuple[str, str]]) -> None:
    reach = [touch(reaction) for reaction in reactions]
    together = touch(*reactions)
    assert together == min((one for one in reach if one), default=None, key=lambda one: one.position)


def test_a_template_is_reset_in_a_server_and_reloads_a_command() -> None:
    assert decision(WEB, ("template", "a.html")) == Decision("reset", 0, ["template"], "a.html")
    assert decision(PYTHON, ("template", "a.html")) == Decision("reload", 7, [], "a.html")


def test_a_translation_that_nobody_loaded_changes_nothing() -> None:
    assert decision(WEB, ("translation", "de.mo")) == Decision("none", 0, [], "not loaded: de.mo")


def test_code_comes_before_a_reset() -> None:
    found = decision(WEB, ("template", "a.html"), ("code", "shop/views.py"))
    assert found == Decision("reload", 6, [], "shop/views.py")


def test_a_broken_process_tries_again_on_any_change_that_could_heal_it() -> None:
    assert decision(WEB, ("code", "new.py"), broken=True) == Decision("reload", 0, [], "new.py may heal it")
    assert decision(WEB, ("template", "a.html"), broken=True).action == "reload"
    assert decision(WEB, ("static", "a.css"), broken=True).action == "none"


def test_a_process_that_is_starting_may_have_loaded_what_it_did_not_tell_yet() -> None:
    found = decision(WEB, ("code", "new.py"), starting=True)
    assert found == Decision("reload", len(HISTORY), [], "new.py, during a start")
    assert decision(WEB, ("code", "shop/models.py"), starting=True).position == 5
    assert decision(WEB, ("static", "a.css"), starting=True).action == "none"


@pytest.mark.parametrize(
    ("reaction", "action"),
    [
        ("code", "reload"),
        ("modules", "reload"),
        ("restart", "reload"),
        ("template", "none"),
        ("none", "none"),
    ],
)
def test_what_another_program_loads_cannot_be_seen(reaction: str, action: str) -> None:
    assert decision(FOREIGN, (reaction, "x")).action == action


def test_a_reaction_may_be_meant_for_one_process_alone() -> None:
    reactions = [["code", "a.py"], ["restart@worker", "b.toml"], ["restart@web", "b.toml"]]
    assert meant_for("worker", reactions) == [["code", "a.py"], ["restart", "b.toml"]]
    assert meant_for("beat", reactions) == [["code", "a.py"]]
