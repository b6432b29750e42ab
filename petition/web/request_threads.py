"""Threads for requests: one takes jobs, and a new one takes over when it is busy for too long.

Python runs one thread at a time, and SQLite has one writer, so parallel requests in one process
slow each other down. Throughput comes from processes; further threads are for requests that wait
for a geocoder or a slow disk.
"""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import Any, TypeVar

T = TypeVar("T")

# All but one of these may be blocked, and signing and health checks still work.
THREADS = 4
# A request that takes longer than this is assumed to be blocked.
QUICK_SECONDS = 0.05


class Threads:
    """Runs functions for the coroutines of one event loop, in the order of their arrival.

    - ``threads``: how many may be busy at once.
    - ``quick_seconds``: after so long, and at most twice that, waiting functions are run by a
      further thread if the current one does not return.
    """

    def __init__(self, threads: int = THREADS, quick_seconds: float = QUICK_SECONDS) -> None:
        self._free = threads
        self._quick_seconds = quick_seconds
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._unanswered = 0
        self._begun: _Job | None = None
        # The thread that takes jobs; earlier threads only finish their current one.
        self._leader: Thread | None = None
        self._watch: asyncio.TimerHandle | None = None

    async def run(self, function: Callable[[], T]) -> T:
        """Return what the function returns, or raise what it raises."""
        job = _Job(function, asyncio.get_running_loop())
        self._jobs.put(job)
        self._unanswered += 1
        if self._leader is None:
            self._change_leader()
        if self._watch is None:
            self._watch_on()
        try:
            answer: T = await job.answer
            return answer
        finally:
            self._unanswered -= 1

    def _watch_on(self) -> None:
        loop = asyncio.get_running_loop()
        self._watch = loop.call_later(self._quick_seconds, self._look, self._begun)

    def _look(self, last: "_Job | None") -> None:
        """Change the leader if jobs wait and none has begun since ``last``."""
        if self._begun is last and self._free and not self._jobs.empty():
            self._change_leader()
        self._watch = None
        if self._unanswered:
            self._watch_on()

    def _change_leader(self) -> None:
        self._free -= 1
        # A daemon: shutdown waits for the responses, not for idle threads.
        self._leader = Thread(target=self._work, name="web", daemon=True)
        self._leader.start()

    def _work(self) -> None:
        """Run jobs as long as this thread is the leader; the last one may end after that."""
        while True:
            job = self._begun = self._jobs.get()
            job.run()
            if self._leader is not current_thread():
                job.loop.call_soon_threadsafe(self._give_back)
                return

    def _give_back(self) -> None:
        self._free += 1


class _Job:
    """A function, and the future that a coroutine of the loop awaits."""

    def __init__(self, function: Callable[[], object], loop: asyncio.AbstractEventLoop) -> None:
        self.function = function
        self.loop = loop
        self.answer: asyncio.Future[Any] = loop.create_future()

    def run(self) -> None:
        try:
            answer = self.function()
        except BaseException as error:  # noqa: BLE001  it is raised where the future is awaited
            self.loop.call_soon_threadsafe(self._settle, self.answer.set_exception, error)
        else:
            self.loop.call_soon_threadsafe(self._settle, self.answer.set_result, answer)

    def _settle(self, settle: Callable[[Any], None], answer: object) -> None:
        if not self.answer.done():  # its coroutine may have been cancelled
            settle(answer)
