"""The container's health check: one question to the agent.

A process whose code does not start counts as healthy: its agent answers requests with the traceback and
waits for the next save; a container engine that restarted it could only make that worse.
"""

from __future__ import annotations

import socket
import sys

from .protocol import VERSION, Decoder, Hello, ProtocolError, State, encode

HEALTHY = ("ready", "broken")
TIMEOUT_SECONDS = 4.0


def health(path: str) -> int:
    """0 when the process is ready or shows its failure, else 1."""
    try:
        state = _ask(path)
    except (OSError, ProtocolError) as error:
        sys.stdout.write("no answer from the agent: %s\n" % error)
        return 1
    sys.stdout.write(state.state + (": " + state.detail if state.detail else "") + "\n")
    return 0 if state.state in HEALTHY else 1


def _ask(path: str) -> State:
    decoder = Decoder()
    with socket.socket(socket.AF_UNIX) as agent:
        agent.settimeout(TIMEOUT_SECONDS)
        agent.connect(path)
        agent.sendall(encode(Hello(VERSION)))
        while True:
            block = agent.recv(65536)
            if not block:
                raise ProtocolError("the agent closed the connection")
            for message in decoder.feed(block):
                if isinstance(message, State):
                    return message
