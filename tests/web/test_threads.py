"""One thread leads, and another takes the lead once it waits for something."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event, Lock, current_thread
from typing import Any, TypeVar

import pytest

from petition.web.request_threads import Threads

T = TypeVar("T")

# A busy machine must not fail a test.
PATIENCE = 20.0
QUICK = 0.02


class Crowd:
    """Counts how many functions run side by side."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.now = 0
        self.most = 0
        self.order: list[int] = []

    def run(self, number: int, until: Event | None = None) -> int:
        with self.lock:
            self.order.append(number)
            self.now += 1
            self.most = max(self.most, self.now)
        if until is not None:
            assert until.wait(PATIENCE)
        with self.lock:
            self.now -= 1
        return number


def run_alone(scenario: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a scenario in a thread of its own: browser tests keep an event loop in the main one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(scenario())).result()


async def wait_for(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(QUICK / 4)


def test_quick_functions_run_one_by_one_in_their_order() -> None:
    crowd = Crowd()

    async def scenario() -> list[int]:
        threads = Threads(quick_seconds=PATIENCE)
        return await asyncio.gather(*(threads.run(partial(crowd.run, n)) for n in range(500)))

    assert run_alone(scenario) == list(range(500))
    assert crowd.order == list(range(500))
    assert crowd.most == 1


def test_functions_that_wait_hold_nobody_until_every_thread_has_one() -> None:
    crowd = Crowd()
    end = Event()

    async def scenario() -> None:
        threads = Threads(3, QUICK)
        waiting = [asyncio.create_task(threads.run(partial(crowd.run, n, end))) for n in range(2)]
        for number in range(10, 30):
            assert await threads.run(partial(crowd.run, number)) == number
        waiting.append(asyncio.create_task(threads.run(partial(crowd.run, 2, end))))
        await wait_for(lambda: crowd.now == 3)
        last = asyncio.create_task(threads.run(partial(crowd.run, 99)))
        await asyncio.sleep(QUICK * 5)
        assert 99 not in crowd.order
        end.set()
        assert await last == 99
        assert await asyncio.gather(*waiting) == [0, 1, 2]

    run_alone(scenario)
    assert crowd.most == 3


def test_threads_that_waited_are_there_again() -> None:
    crowd = Crowd()

    async def scenario() -> None:
        threads = Threads(2, QUICK)
        for number in range(6):
            end = Event()
            slow = asyncio.create_task(threads.run(partial(crowd.run, number, end)))
            await wait_for(lambda: crowd.now == 1)
            assert await threads.run(partial(crowd.run, -number)) == -number
            end.set()
            assert await slow == number

    run_alone(scenario)


def test_what_a_function_raises_is_raised_and_stops_no_thread() -> None:
    def fail() -> None:
        raise ValueError("no")

    async def scenario() -> None:
        threads = Threads(1)
        for _ in range(3):
            with pytest.raises(ValueError, match="no"):
                await threads.run(fail)
        assert (await threads.run(current_thread)).daemon

    run_alone(scenario)


def test_whoever_goes_away_leaves_the_others_their_answers() -> None:
    crowd = Crowd()
    end = Event()

    async def scenario() -> None:
        threads = Threads(1, QUICK)
        gone = asyncio.create_task(threads.run(partial(crowd.run, 0, end)))
        other = asyncio.create_task(threads.run(partial(crowd.run, 1)))
        await wait_for(lambda: crowd.now == 1)
        gone.cancel()
        end.set()
        assert await other == 1

    run_alone(scenario)
