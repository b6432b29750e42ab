"""The tests' forked processes are as any other: own environment and output, killed by signals."""

import os
import signal
import subprocess
import tempfile
import time

import pytest

from tests.forked import Forked, run_forked, run_started

TELLS = """
import os, sys
print(sys.argv[1:], os.environ["WHOSE"], __name__, os.getpid() == os.getsid(0))
print("beside", file=sys.stderr)
sys.exit(4)
"""
DIES = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
WAITS = "import signal; print('ready', flush=True); signal.pause()"
AT_ITS_END = "import atexit; atexit.register(print, 'the end')"


def test_it_has_the_arguments_the_environment_and_the_exit_code_that_it_was_given() -> None:
    done = run_forked(["-c", TELLS, "a", "b"], os.environ | {"WHOSE": "its own"})

    assert done.stdout == b"['a', 'b'] its own __main__ True\n"
    assert done.stderr == b"beside\n"
    assert done.returncode == 4


@pytest.mark.parametrize("program", [DIES, AT_ITS_END, "import sys; sys.exit(1)", "pass"])
def test_it_ends_as_a_started_one_does(program: str) -> None:
    forked, started = (run(["-c", program], os.environ) for run in (run_forked, run_started))

    assert forked.returncode == started.returncode
    assert (forked.stdout, forked.stderr) == (started.stdout, started.stderr)


def test_a_module_runs_as_by_the_command_line() -> None:
    done = run_forked(["-m", "petition", "worker", "nonsense"], os.environ)

    assert done.returncode == 2
    assert b"nonsense" in done.stderr


def test_it_is_killed_by_a_signal_and_not_waited_for_longer_than_asked() -> None:
    with tempfile.TemporaryFile() as output:
        process = Forked(["-c", WAITS], os.environ, output)
        while not os.fstat(output.fileno()).st_size:
            time.sleep(0.01)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        assert process.poll() is None

        process.kill()

        assert process.wait(60) == -signal.SIGKILL
