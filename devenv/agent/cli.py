"""The agent's commands. Each imports what it alone needs: a health check must cost next to nothing."""

from __future__ import annotations

import argparse
import sys
from typing import List

DEFAULT_ROOT = "/app"
DEFAULT_SOCKET = "/run/devenv/agent.sock"


def main(arguments: List[str]) -> int:  # noqa: C901, PLR0911 one return a command
    """Run one command and return its exit code."""
    if arguments[:1] == ["app"]:  # internal: what `run` executes with the app's interpreter
        from .application import main as run_application

        return run_application(arguments[1])
    options = _parser().parse_args(arguments)
    if options.command_name == "relay":
        from .relay import relay

        return relay(options.socket)
    if options.command_name == "install":
        from .installing import install

        return install(options.socket)
    if options.command_name == "health":
        from .health import health

        return health(options.socket)
    if options.command_name == "test":
        from .testcall import test

        return test(options, _without_dashes(options.command))
    if options.command_name == "attach":
        from .attach import attach

        return attach(options.socket)
    if options.command_name == "debugger":
        from .debugger import lead

        return lead(options.socket)
    if options.command_name == "debug":
        from .debugger import want

        return want(options.socket, off=options.off)
    if options.command_name == "record":
        from .source import Source

        Source(options.root).open()
        return 0
    if options.command_name == "forward":
        from .forward import forward

        return forward(options.here, _without_dashes(options.command))
    from .agent import run

    return run(options)


def _without_dashes(command: List[str]) -> List[str]:
    return command[1:] if command[:1] == ["--"] else command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="agent", description=sys.modules[__package__ or ""].__doc__)
    commands = parser.add_subparsers(dest="command_name", required=True)
    run = commands.add_parser("run", help="be the container's main process")
    run.add_argument("--name", required=True, help="the process's name in devenv.yaml")
    run.add_argument("--root", default=DEFAULT_ROOT, help="the source folder")
    run.add_argument("--port", type=int, default=0, help="the port to hold and serve")
    run.add_argument("--wsgi", default="", metavar="MODULE:ATTRIBUTE")
    run.add_argument("--asgi", default="", metavar="MODULE:ATTRIBUTE")
    run.add_argument("--python", default="", help="the app's interpreter")
    run.add_argument("--cold", default="", metavar="REASON", help="the app's Python keeps no checkpoints")
    run.add_argument("--exclusive", action="store_true", help="never two generations at once")
    run.add_argument("--no-refresh", action="store_true", help="pages do not refresh themselves")
    run.add_argument("--grace", type=float, default=5.0, metavar="SECONDS", help="for requests under way")
    run.add_argument(
        "--give-way",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="a command's process waits so long, at most, for the one that serves to have the same change",
    )
    run.add_argument(
        "--first-alone",
        type=float,
        default=0.15,
        metavar="SECONDS",
        help="a new process has its first request to itself for so long, at most",
    )
    record = commands.add_parser("record", help="while the image is built: the folder is what the host gave")
    record.add_argument("--root", default=DEFAULT_ROOT, help="the source folder")
    forward = commands.add_parser("forward", help="services at this container's own localhost")
    for command in (run, forward):
        command.add_argument(
            "--here",
            action="append",
            default=[],
            metavar="HERE=HOST:PORT",
            help="put through what connects here, to a port or to a socket's path",
        )
    test = commands.add_parser("test", help="run the project's tests in a process that is set up already")
    test.add_argument("--python", default="", help="the app's interpreter")
    test.add_argument("--runner", default="", choices=["", "pytest", "manage"])
    test.add_argument("--configured", action="store_true", help="the project configures pytest")
    test.add_argument("--settings", default="", help="the settings module of the tests")
    test.add_argument("--cold", default="", metavar="REASON", help='why from cold; "-" for no word of it')
    test.add_argument("--socket", default=DEFAULT_SOCKET, help="the agent's unix socket")
    test.add_argument("command", nargs=argparse.REMAINDER, help="-- the runner's arguments")
    run.add_argument("command", nargs=argparse.REMAINDER, help="-- a command, instead of --wsgi or --asgi")
    forward.add_argument("command", nargs=argparse.REMAINDER, help="-- a command to run meanwhile")
    relay = commands.add_parser("relay", help="connect stdin and stdout with the agent")
    health = commands.add_parser("health", help="0 when the process is ready, or shows why it is not")
    install = commands.add_parser("install", help="packages into this container, as stdin says")
    attach = commands.add_parser("attach", help="this terminal for whoever stops at a breakpoint()")
    debugger = commands.add_parser(
        "debugger", help="connect stdin and stdout with the newest process's debugpy"
    )
    debug = commands.add_parser("debug", help="have the process offer debugpy")
    debug.add_argument("--off", action="store_true", help="from its next start on, no more")
    for command in (run, relay, health, install, attach, debugger, debug):
        command.add_argument("--socket", default=DEFAULT_SOCKET, help="the agent's unix socket")
    return parser
