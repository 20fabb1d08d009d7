"""Inside the app: every import is seen, and before some of them the process leaves a checkpoint behind.

A checkpoint is this very process, stopped in the middle of a real start: the process forks, the parent
waits, the child goes on. To resume it is to let it fork once more. Nothing is patched and nothing is
undone, so what runs after a change has the history of a cold start.
"""

from __future__ import annotations

import fcntl
import gc
import itertools
import mmap
import os
import signal
import socket
import struct
import sys
import threading
import time
from importlib.machinery import ModuleSpec
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

from . import control, limit, pages
from .control import MAX_RECORDS, Exited, Frozen, Imported, Refused, Resume, Spare, Started
from .history import BLIND, FILE, KEEPERS, MISS, SPAWNS, USES, Record
from .stages import RESUMED

GAP_SECONDS = 0.05
"""CPU time worth a checkpoint: a fork, and the pages copied after it, cost some fifteen ms."""
RESUMED_GAP_SECONDS = 0.15
"""The same while somebody waits for a reload; what was edited gets its checkpoint all the same."""
GAP_SHARE = 0.08
"""The same for long starts, as a share of the time spent so far, so that their number stays small."""
NUMBER = struct.Struct("=q")
FOREIGN = ("/site-packages/", "/dist-packages/")


class Link:
    """This process's channel with the agent, the generation it answers as, the socket it may serve.

    boot: names the agent's life in marks of pages (see news.py); "" where pages do not refresh themselves.
    """

    def __init__(
        self, channel: socket.socket, listener: Optional[socket.socket], generation: int, boot: str = ""
    ) -> None:
        self.boot = boot
        self.checks_first = False
        self.use(channel)
        self.listener = listener
        self._number = generation
        self._shared: Optional[mmap.mmap] = None
        self.stages: List[List[Any]] = []
        self.vital = True  # the start is under way: if the agent does not want it any more, it ends
        self._inherited = open_files()

    def use(self, channel: socket.socket) -> None:
        """Talk on `channel`; it closes, and so tells, where the process goes on as another program."""
        os.set_inheritable(channel.fileno(), False)
        self.channel = channel

    @property
    def generation(self) -> int:
        """What this process answers as; the newest also in children, once it is shared."""
        return self._number if self._shared is None else int(NUMBER.unpack_from(self._shared)[0])

    @generation.setter
    def generation(self, number: int) -> None:
        self._number = number
        if self._shared is not None:
            NUMBER.pack_into(self._shared, 0, number)

    def share_generation(self) -> None:
        """From here on, past the last checkpoint, children that a server forks are told by it, too."""
        self._shared = mmap.mmap(-1, NUMBER.size)
        self.generation = self._number

    def note(self, stage: str) -> None:
        """A stage of the start is passed (see stages.py)."""
        self.stages.append([stage, time.monotonic()])

    def tell(self, message: Any, files: Iterable[int] = ()) -> None:
        """Send to the agent. A start that nobody waits for any more ends here."""
        try:
            control.send(self.channel, message, list(files))
        except OSError:
            if self.vital:
                os._exit(0)

    def announce(self, message: Any) -> None:
        """Tell that the work begins now. Whom the agent does not want any more must not begin it."""
        try:
            control.send(self.channel, message)
        except OSError:
            os._exit(0)

    def descriptors(self) -> Set[str]:
        """The open files that the app did not open."""
        return self._inherited | {str(self.channel.fileno())}


class Trail:
    """The finder that comes first: it notes what is looked for, and answers as the others do."""

    def __init__(self, root: str, link: Link, recent: Iterable[str]) -> None:
        self._root = root + os.sep
        self._link = link
        self._checkpoints = Checkpoints(link, recent)
        self._noted: Set[str] = set()
        self._modules: List[str] = []
        self._unsent: List[Record] = []
        self._position = 0
        self._examined = 0
        self.on_lookup: Dict[str, Callable[[], None]] = {}
        self.is_prompt = False  # tell each project file at once: a command may never finish starting

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        """What the other finders say of `name`."""
        if name in self.on_lookup:
            self.on_lookup.pop(name)()
        spec = self._ask_others(name, path, target)
        file = self._project_file(spec)
        if file is not None and self._checkpoints.is_due(file) and self._freeze(name):
            self._forget_folders()
            spec = self._ask_others(name, path, target)
            file = self._project_file(spec)
        if file is not None:
            self._modules.append(name)
            self.note(FILE, file)
        elif name in KEEPERS:
            self.note(USES, KEEPERS[name])
        elif name in SPAWNS:
            self.note(BLIND, name)
        elif path is None or any(str(item).startswith(self._root) for item in path):
            self.note(MISS, name)
        return spec

    def note(self, kind: str, name: str) -> None:
        """Add one record to the history, once."""
        if name in self._noted:
            return
        self._noted.add(name)
        if self._link.vital:
            self._unsent.append([kind, name])
            self._position += 1
            if self.is_prompt and kind != MISS:
                self.flush()
        else:
            self._link.tell(Imported([[kind, name]]))

    def note_file(self, file: str) -> None:
        """Add a file of the project that is run, not imported."""
        path = os.path.abspath(file)
        if path.startswith(self._root):
            self.note(FILE, path[len(self._root) :])

    def failed_module(self) -> Optional[str]:
        """The first project module whose import began and did not succeed."""
        return next((name for name in self._modules if name not in sys.modules), None)

    def flush(self) -> None:
        """Send the history as far as it goes."""
        while self._unsent:
            self._link.tell(Imported(self._unsent[:MAX_RECORDS]))
            del self._unsent[:MAX_RECORDS]

    def finish(self, *, always: bool = False) -> None:
        """The start is over, and nothing was opened yet: a last checkpoint. Threads may begin now.

        always: it is worth its cost, whatever was done since the one before.
        """
        if self._checkpoints.is_due("") or (always and self._checkpoints.is_possible()):
            self._freeze("")
        self.close()

    def close(self) -> None:
        """No more checkpoints; from here on each record is told at once."""
        self._checkpoints.close()
        self._note_unseen()
        self.flush()
        self._link.vital = False

    def _note_unseen(self) -> None:
        """Project files that became modules by other means than import.

        Only new modules are looked at: to touch one from before a fork copies its page.
        """
        new = len(sys.modules) - self._examined
        for module in list(itertools.islice(reversed(sys.modules.values()), max(0, new))):
            file = self._inside(getattr(module, "__file__", None))
            if file is not None:
                self.note(FILE, file)
        self._examined = len(sys.modules)

    def _forget_folders(self) -> None:
        """The project's part of importlib.invalidate_caches(), which would import importlib.metadata."""
        for path, finder in list(sys.path_importer_cache.items()):
            if finder is None:
                del sys.path_importer_cache[path]
            elif (path + os.sep).startswith(self._root) and hasattr(finder, "invalidate_caches"):
                finder.invalidate_caches()

    def _freeze(self, before: str) -> bool:
        self._note_unseen()
        self.flush()
        return self._checkpoints.freeze(self._position, before)

    def _ask_others(self, name: str, path: Any, target: Any) -> Optional[ModuleSpec]:
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: Optional[ModuleSpec] = find(name, path, target) if find else None
            if spec is not None:
                return spec
        return None

    def _project_file(self, spec: Optional[ModuleSpec]) -> Optional[str]:
        return self._inside(spec.origin) if spec is not None and spec.has_location else None

    def _inside(self, file: Optional[str]) -> Optional[str]:
        if not isinstance(file, str) or (file.startswith("/") and not file.startswith(self._root)):
            return None
        path = os.path.abspath(file)
        if not path.startswith(self._root) or any(part in path for part in FOREIGN):
            return None
        return path[len(self._root) :]


class Checkpoints:
    """Decides where a checkpoint is worth its cost, and makes it."""

    def __init__(self, link: Link, recent: Iterable[str]) -> None:
        self._link = link
        self._last = time.process_time()
        self._spent = 0.0
        self._gap = GAP_SECONDS
        self._recent = set(recent)
        self._closed = False
        self._pid = os.getpid()  # in the app's own children everything here is quiet

    def is_possible(self) -> bool:
        """Whether this process may be forked here at all."""
        is_ours = os.getpid() == self._pid
        return not self._closed and is_ours and _in_main_thread() and not _is_logging_locked()

    def is_due(self, file: str) -> bool:
        """Whether to leave a checkpoint now: much was done since the last one, or `file` is being edited."""
        if not self.is_possible():
            return False
        worth = max(self._gap, GAP_SHARE * self._spent)
        return file in self._recent or time.process_time() - self._last >= worth

    def close(self) -> None:
        """Make no more of them."""
        self._closed = True

    def freeze(self, position: int, before: str) -> bool:
        """Leave a checkpoint behind. True where it was resumed, False in the process that just goes on."""
        obstacle = find_obstacle(self._link.descriptors())
        if obstacle:
            self._closed = True
            self._link.tell(Refused(obstacle))
            return False
        cost = time.process_time() - self._last
        _flush_output()
        mine, theirs = control.pair()
        gc.freeze()
        seconds_left = limit.suspend()
        pid = os.fork()
        if pid:
            theirs.close()
            self._link.channel.close()
            self._wait(mine)
            limit.resume(limit.START_SECONDS if seconds_left else 0)
            return True
        limit.resume(seconds_left)
        mine.close()
        os.setpgid(0, 0)
        message = Frozen(position, before, 1000 * cost, os.getppid(), os.getpid())
        self._link.tell(message, [theirs.fileno()])
        theirs.close()
        self._pid = os.getpid()
        self._last = time.process_time()
        self._spent += cost
        return False

    def _wait(self, channel: socket.socket) -> None:
        """The life of a checkpoint. Returns only in processes that were resumed from it."""

        def report(*_: Any) -> None:
            for pid, status in dead_children():
                control.send(channel, Exited(pid, status))

        previous = signal.signal(signal.SIGCHLD, report)
        while True:
            try:
                message, files = control.receive(channel)
            except OSError:
                os._exit(0)
            if not isinstance(message, (Resume, Spare)):
                os._exit(0)
            pid = os.fork()
            if pid == 0:
                break
            for file in files:
                os.close(file)
        signal.signal(signal.SIGCHLD, previous if previous is not None else signal.SIG_DFL)
        channel.close()
        os.setpgid(0, 0)
        self._link.use(socket.socket(fileno=files[0]))
        self._link.tell(Started(os.getpid()))
        if isinstance(message, Spare):
            pages.copy_as(message.brother)
            message = self._await_resume()
        self._link.generation = message.generation
        self._link.checks_first = message.checks_first
        self._link.stages.clear()
        self._link.note(RESUMED)
        self._pid = os.getpid()
        self._recent = set(message.recent)
        self._last = time.process_time()
        self._gap = RESUMED_GAP_SECONDS

    def _await_resume(self) -> Resume:
        """The life of a spare."""
        try:
            message, _ = control.receive(self._link.channel)
        except OSError:
            message = None
        if not isinstance(message, Resume):
            os._exit(0)
        return message


def find_obstacle(own: Set[str]) -> str:
    """Why this process cannot be forked faithfully, or ""."""
    if len(os.listdir("/proc/self/task")) > 1:
        names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
        return "a thread was started" + (" (%s)" % ", ".join(names) if names else "")
    for number in sorted(open_files() - own, key=int):  # the same answer from every process
        obstacle = _describe_file(int(number))
        if obstacle:
            return obstacle
    return ""


def open_files() -> Set[str]:
    """The numbers of this process's open files, less the one by which it looks: the next file gets that."""
    return {name for name in os.listdir("/proc/self/fd") if os.path.lexists("/proc/self/fd/" + name)}


def _describe_file(number: int) -> str:
    try:
        target = os.readlink("/proc/self/fd/%d" % number)
        flags = fcntl.fcntl(number, fcntl.F_GETFL)
    except OSError:
        return ""
    if target.startswith(("socket:", "pipe:", "anon_inode:")):
        return "a %s was opened" % target.partition(":")[0].replace("anon_inode", "poll object")
    exclusive = flags & os.O_ACCMODE == os.O_RDWR and not flags & os.O_APPEND
    return "%s was opened for writing" % target if exclusive and not target.startswith("/dev/") else ""


def dead_children() -> Iterable[Tuple[int, int]]:
    """Each child that ended, with its wait status."""
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
        while pid:
            yield pid, status
            pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _is_logging_locked() -> bool:
    """Whether this thread is inside of logging: a fork gives the child a new lock, which nobody holds.

    `dictConfig` imports handler classes of the project while it holds the lock.
    """
    lock = getattr(sys.modules.get("logging"), "_lock", None)
    return bool(lock is not None and lock._is_owned())


def _flush_output() -> None:
    """What is not written yet would be written twice after a fork."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass
