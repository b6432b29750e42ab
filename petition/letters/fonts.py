"""The fonts of a process, in a temporary folder that does not outlive it, however it ends."""

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

    - WeasyPrint reads a font from a copy in a folder. It goes when the process that made it ends,
      not when a forked child of it does; what a killed process left goes with the next start.
    """

    def __init__(self) -> None:
        super().__init__()
        _sweep_folders()
        self._owner = os.getpid()
        self._folder, self._lock = _claim_folder()
        atexit.register(self.close)

    def close(self) -> None:
        """Remove the folder; later renderings find no font."""
        if os.getpid() == self._owner:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __del__(self) -> None:
        """Leave it to ``close``: at this point the interpreter may be half gone."""


def _claim_folder() -> tuple[Path, int]:
    """Make a folder and lock it for as long as this process or a fork of it lives."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


def _sweep_folders() -> None:
    """Remove the folders whose lock nobody holds any more."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError):
            lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.parent)
            finally:
                os.close(lock)
