"""Processes that are forked from one that has imported the service, instead of started anew.

A start takes a second of processor time before the first line of ours is run, a fork some
milliseconds. What is forked is a process of its own: it has its own environment, arguments and
output, it is killed with signals, and it ends with an exit code. It differs from a started one only
in what came before its first line, so each kind of process has a test that starts it truly.

- The process that is forked is multiprocessing's "forkserver", one for each test process. It has no
  app, no connection and no second thread (tests/preloaded.py).
"""

import atexit
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import IO, Any

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.preloaded"])
_NOWHERE = "/dev/null"


class Forked:
    """A process that runs ``python ARGUMENTS``; as much of subprocess.Popen as tests use.

    - ``arguments`` begin with ``-m`` and a module, or ``-c`` and a program.
    - ``output`` is where its standard output and error go, each nowhere where it is None.
    - Raises TimeoutExpired from ``wait``.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        output: IO[Any] | None = None,
        errors: IO[Any] | None = None,
    ) -> None:
        sys.audit("tests.forked", *arguments)  # a test on SQLite alone may not
        with open(_NOWHERE, "wb") as nowhere:
            streams = [_pass_on(stream or nowhere) for stream in (output, errors)]
        self._process = _FORKS.Process(
            target=_run,
            args=(list(map(str, arguments)), dict(environment), os.getcwd(), *streams),
            daemon=True,
        )
        self._process.start()
        for stream in streams:
            stream.close()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or the negative number of the signal that killed it; None until then."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return ``returncode``."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it has ended."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, where it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)


def run_forked(
    arguments: Sequence[str], environment: Mapping[str, str], timeout: float = 120
) -> "subprocess.CompletedProcess[bytes]":
    """Return what became of a forked process, as ``subprocess.run`` does."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = Forked(arguments, environment, output, errors)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(list(arguments), code, output.read(), errors.read())


def run_started(
    arguments: Sequence[str], environment: Mapping[str, str], timeout: float = 120
) -> "subprocess.CompletedProcess[bytes]":
    """Return what became of the same process, truly started."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        timeout=timeout,
        check=False,
    )


def run_role(
    arguments: Sequence[str], environment: Mapping[str, str], timeout: float = 120
) -> "subprocess.CompletedProcess[bytes]":
    """Return what became of a process, truly started on SQLite and forked on PostgreSQL."""
    run = run_started if environment["DATABASE_URL"].startswith("sqlite") else run_forked
    return run(arguments, environment, timeout)


def _pass_on(stream: IO[Any]) -> Connection:
    # multiprocessing hands the open file of a connection to the process that is made.
    return Connection(os.dup(stream.fileno()), readable=False)


def _run(
    arguments: list[str],
    environment: dict[str, str],
    folder: str,
    output: Connection,
    errors: Connection,
) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with open(_NOWHERE, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(output.fileno(), 1)
    os.dup2(errors.fileno(), 2)
    output.close()
    errors.close()
    kind, what, *rest = arguments
    sys.argv = [kind, *rest]
    try:
        if kind == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})
    finally:
        # A process of multiprocessing leaves out what others do at their end.
        atexit._run_exitfuncs()
