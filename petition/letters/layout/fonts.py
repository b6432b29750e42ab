"""The fonts of a process, in a temporary folder that is removed even if the process is killed."""

import atexit
import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from weasyprint.text.fonts import FontConfiguration

_PREFIX = "hundredth-fonts-"
_LOCK = ".lock"


class Fonts(FontConfiguration):  # type: ignore[misc] # the base has no types
    """The fonts of one process and of those it forks.

    - WeasyPrint reads a font from a copy in a folder, which is removed when the process that made
      it ends, not when a forked child ends; the folder of a killed process at the next start.
    """

    def __init__(self) -> None:
        super().__init__()
        _sweep_folders()
        self._owner = os.getpid()
        self._folder, self._lock = _claim_folder()
        atexit.register(self.close)

    def close(self) -> None:
        """Remove the folder; later renderings have no fonts."""
        if os.getpid() == self._owner:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __del__(self) -> None:
        """Do nothing, as ``close`` cleans up: here the interpreter may be partly shut down."""


def _claim_folder() -> tuple[Path, int]:
    """Create a folder, locked for as long as this process or a fork of it runs."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


def _sweep_folders() -> None:
    """Remove the folders whose lock is no longer held."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError):
            lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.parent)
            finally:
                os.close(lock)
