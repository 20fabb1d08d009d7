"""Services at this container's own localhost: what connects to a port or a socket here is put through.

A project whose settings have "localhost" written down finds its database there, nothing edited.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import List, Tuple

READY = b"ready\n"
LOOPBACKS = ("127.0.0.1", "::1")
CHUNK = 65536


def begin(forwards: List[str]) -> None:
    """Put through in a process beside this one; returns once it listens."""
    if not forwards:
        return
    command = [sys.executable, "-I", str(Path(__file__).parent), "forward"]
    command += [word for each in forwards for word in ("--here", each)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    if child.stdout:
        child.stdout.readline()
        child.stdout.close()


def forward(forwards: List[str], command: List[str]) -> int:
    """Put through until a signal comes, or for as long as a command runs; its exit code."""
    return asyncio.run(_forward([parts_of(each) for each in forwards], command))


def parts_of(text: str) -> Tuple[str, str, int]:
    """ "5432=db:5432" -> where to listen (a port or a socket's path), the host, the port."""
    here, _, there = text.partition("=")
    host, _, port = there.rpartition(":")
    return here, host, int(port)


async def _forward(forwards: List[Tuple[str, str, int]], command: List[str]) -> int:
    for here, host, port in forwards:
        await _listen(here, host, port)
    if command:
        return await _run(command)
    sys.stdout.buffer.write(READY)
    sys.stdout.close()
    await asyncio.Event().wait()
    return 0


async def _listen(here: str, host: str, port: int) -> None:
    async def put_through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            beyond_reader, beyond_writer = await asyncio.open_connection(host, port)
            await asyncio.gather(_copy(reader, beyond_writer), _copy(beyond_reader, writer))
        writer.close()

    if not here.isdecimal():
        await asyncio.start_unix_server(put_through, here)
        return
    for loopback in LOOPBACKS:
        with suppress(OSError):  # no IPv6 here, or the app itself listens there
            await asyncio.start_server(put_through, loopback, int(here))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One direction until its end, which is passed on."""
    try:
        while True:
            data = await reader.read(CHUNK)
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def _run(command: List[str]) -> int:
    try:
        process = await asyncio.create_subprocess_exec(*command)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.send_signal, number)
    code = await process.wait()
    return 128 - code if code < 0 else code
