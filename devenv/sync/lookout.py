"""The host's side of a session: where its tree may have changed, and when to look there."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from devenv.agent.tree import Entry
from devenv.clock import Clock
from devenv.errors import SyncHalted
from devenv.events import Emit, Notice, SyncProblem
from devenv.sync.agenda import Agenda, Sign
from devenv.sync.ignore import RULE_FILES, load_rules
from devenv.sync.scan import HostTree
from devenv.sync.sights import Seen, WatchesExhausted, WatchEvent
from devenv.sync.watch import Watcher, watch

RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 30.0
POLL_SECONDS = 1.0
FRESH_SECONDS = 2.0
LONG_AGO = 0.0


class Lookout:
    """The tree at `root`, watched from `begin` on; `wake` is called from the watcher's thread.

    `is_lost`: only a look everywhere can tell what changed (lost events, other rules).
    """

    def __init__(
        self,
        root: Path,
        ignore: Sequence[str],
        *,
        cache: Path | None,
        emit: Emit,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self.tree = HostTree(root, load_rules(root, ignore), cache)
        self.is_lost = False
        self._root = root
        self._ignore = tuple(ignore)
        self._emit = emit
        self._clock = clock
        self._wake = wake
        self._seen: queue.SimpleQueue[tuple[float, WatchEvent]] = queue.SimpleQueue()
        self._is_woken = False  # `wake` was called for what was seen and not noted yet
        self._watcher: Watcher | None = None
        self._agenda = Agenda()
        self._failures: dict[str, tuple[int, str]] = {}
        self._polled: set[str] = set()
        self._next_poll = 0.0
        self._ahead: Future[float] | None = None  # the moment when the look everywhere that began is over

    def begin(self) -> None:
        """Watch, by the rules as they are now. From the return on no change is missed."""
        self._unwatch()
        self._polled.clear()
        try:
            self._watcher = watch(self._root, self.tree.rules, self._sink)
        except OSError:
            self._sink(WatchesExhausted(("",)))

    def end(self) -> None:
        """Watch no more."""
        self._unwatch()
        if self._ahead is not None:
            wait([self._ahead])
        self.tree.save()

    def _unwatch(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None

    def look_everywhere(self) -> None:
        """Make the manifest anew. Raises SyncHalted when the folder is gone."""
        self.is_lost = False
        self._agenda.clear()
        before = self._rule_files()
        with self._halting():
            self.tree.scan()
            if before and self._rule_files() != before:  # the event that would have told was lost
                self._change_rules()
                self.is_lost = False
                self.tree.scan()
        self._tell_problems(self.tree.problems)

    def look_ahead(self) -> None:
        """Begin to look everywhere, in a thread, while somebody else is waited for."""
        self.is_lost = False
        self._agenda.clear()
        looker = ThreadPoolExecutor(1, "devenv-sync look")
        self._ahead = looker.submit(self._look_ahead)
        looker.shutdown(wait=False)

    def _look_ahead(self) -> float:
        self.tree.scan()
        return self._clock.monotonic()

    def look_everywhere_unless_just_done(self) -> None:
        """The same, but for what `look_ahead` finds just now. Raises SyncHalted."""
        ahead, self._ahead = self._ahead, None
        with self._halting():
            looked_at = LONG_AGO if ahead is None else ahead.result()
        is_fresh = self._clock.monotonic() - looked_at < FRESH_SECONDS
        if ahead is None or not is_fresh or self.is_lost:
            self.look_everywhere()
        else:
            self._tell_problems(self.tree.problems)

    @contextmanager
    def _halting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SyncHalted(
                "sync stopped: the app's folder is gone",
                details=f"{self._root}: {error.strerror}",
                hint="bring it back and run devenv up; nothing was removed from the containers",
            ) from error

    def look_where_due(self) -> tuple[set[str], float]:
        """Look at the paths whose time has come: what is or was there, and since when it waits."""
        now = self._clock.monotonic()
        due = self._agenda.take(now)
        touched: set[str] = set()
        if any(path.rpartition("/")[2] in RULE_FILES for path in due):
            self._change_rules()
        touched = self.tree.look_at(due)
        if self._polled and now >= self._next_poll:
            self._next_poll = now + POLL_SECONDS
            touched |= self.tree.look_at(self._polled, trusting=True)
        self._tell_problems(touched & self.tree.problems.keys())
        return touched, min(due.values(), default=now)

    def next_due(self) -> float | None:
        """When `look_where_due` will have something to do, None for never."""
        if not self._seen.empty():
            return LONG_AGO
        times = [self._next_poll] if self._polled else []
        due = self._agenda.next_due()
        return min([*times, due] if due is not None else times, default=None)

    def note_seen(self) -> None:
        """Put what the watcher saw on the agenda."""
        self._is_woken = False  # before the first is taken: whatever comes after that wakes again
        while True:
            try:
                at, event = self._seen.get_nowait()
            except queue.Empty:
                return
            if isinstance(event, Seen):
                for path, sign in event.signs:
                    self._agenda.note(path, sign, at)
            elif isinstance(event, WatchesExhausted):
                self._poll(event.folders)
            else:
                self.is_lost = True

    def look_again(self, paths: Iterable[str]) -> None:
        """Have a look at `paths` as soon as possible."""
        now = self._clock.monotonic()
        for path in paths:
            self._agenda.note(path, Sign.SETTLED, now)

    def fail(self, reasons: Mapping[str, str], *, free_failures: int = 0) -> float:
        """Paths could not be moved: told once for each reason, tried ever more seldom; when the first is.

        free_failures: how many are ordinary: not told, and tried again at once.
        """
        told: dict[str, list[str]] = {}
        moments = []
        for path, reason in reasons.items():
            count, known = self._failures.get(path, (0, ""))
            is_free = count < free_failures
            self._failures[path] = (count + 1, known if is_free else reason)
            if not is_free and reason != known:
                told.setdefault(reason, []).append(path)
            delay = 0.0 if is_free else min(LONGEST_RETRY_SECONDS, RETRY_SECONDS * 2.0 ** min(count, 10))
            moments.append(self.postpone(path, delay))
        for reason, paths in told.items():
            self._emit(SyncProblem(tuple(paths), reason))
        return min(moments)

    def postpone(self, path: str, seconds: float) -> float:
        """Look at `path` again in a while; when that is."""
        until = self._clock.monotonic() + seconds
        self._agenda.postpone(path, until)
        return until

    def succeed(self, paths: Iterable[str]) -> None:
        """Whatever was the matter with `paths` is over."""
        for path in paths:
            self._failures.pop(path, None)

    def _sink(self, event: WatchEvent) -> None:
        """The watcher's thread comes here."""
        self._seen.put((self._clock.monotonic(), event))
        if not self._is_woken:
            self._is_woken = True
            self._wake()

    def _poll(self, folders: Iterable[str]) -> None:
        if not self._polled:
            self._emit(
                Notice(
                    "the system gives no more file watches: the rest of the tree is looked at every second",
                    hint="raise fs.inotify.max_user_watches (sysctl), or ignore what need not be watched",
                )
            )
        self._polled.update(folders)

    def _change_rules(self) -> None:
        self.tree.rules = load_rules(self._root, self._ignore)
        self.is_lost = True
        if self._watcher is not None or self._polled:
            self.begin()

    def _rule_files(self) -> dict[str, Entry]:
        return {p: entry for p, entry in self.tree.entries.items() if p.rpartition("/")[2] in RULE_FILES}

    def _tell_problems(self, paths: Iterable[str]) -> None:
        if reasons := {path: self.tree.problems[path] for path in paths}:
            self.fail(reasons)
