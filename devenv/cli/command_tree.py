"""The commands and their options as plain values, for completion: made from the application, kept in a cache.

Loading the application takes three times as long as all else that a key takes to complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, EnumType
from typing import Any, TypeAlias, get_args, get_type_hints

import typer

Tree: TypeAlias = dict[str, Any]
"""help, commands, passes_on, options: {names, takes, repeats, help, values}, arguments: {repeats, values}

`values` is what can be proposed: a list, the name of a completer, or None. `passes_on`: after its first
argument all words belong to the command that it runs.
"""


def read_tree(app: typer.Typer) -> Tree:
    """What an application's commands are."""
    return _tree(typer.main.get_command(app), _callbacks(app))


def _callbacks(app: typer.Typer) -> dict[str, Any]:
    """The functions by the commands' names, "" for the options before them; of a group, all of its own."""
    found: dict[str, Any] = {"": app.registered_callback and app.registered_callback.callback}
    for command in app.registered_commands:
        assert command.callback is not None
        found[command.name or command.callback.__name__] = command.callback
    for group in app.registered_groups:
        assert group.typer_instance is not None
        found[str(group.typer_instance.info.name)] = _callbacks(group.typer_instance)
    return found


def _tree(command: Any, callback: Any) -> Tree:
    """One command; `callback` is its function, or those of a group."""
    below = callback if isinstance(callback, dict) else {"": callback}
    values = _values(below[""])
    parameters = command.get_params(typer.Context(command))
    shown = [each for each in parameters if not getattr(each, "hidden", False)]
    return {
        "help": command.get_short_help_str(limit=100),
        "options": [
            {
                "names": [*each.opts, *each.secondary_opts],
                "takes": not (each.is_flag or each.count),
                "repeats": each.multiple,
                "help": each.help or "",
                "values": values.get(each.name),
            }
            for each in shown
            if each.param_type_name == "option"
        ],
        "arguments": [
            {"repeats": each.nargs == -1, "values": values.get(each.name)}
            for each in shown
            if each.param_type_name == "argument"
        ],
        "commands": {
            name: _tree(each, below[name])
            for name, each in getattr(command, "commands", {}).items()
            if not each.hidden
        },
        "passes_on": not command.context_settings.get("allow_interspersed_args", True),
    }


def _values(callback: Any) -> Mapping[str, list[str] | str]:
    """By parameter, what can be proposed for it: its completer's name, or the members of its type."""
    found: dict[str, list[str] | str] = {}
    for name, hint in get_type_hints(callback, include_extras=True).items() if callback else ():
        kind, *more = get_args(hint) or (hint,)
        completers = [each.autocompletion for each in more if getattr(each, "autocompletion", None)]
        if completers:
            found[name] = completers[0].__name__
        elif isinstance(kind, EnumType):
            members: list[Enum] = [*kind]
            found[name] = [str(member.value) for member in members]
    return found
