"""Keeping what the first attempt said, so that every later one says the same.

The PDF is stored by its hash already. A subject, a sender's name or a template may be edited
between two attempts, so what the message says beside the PDF is kept when it is first composed.
"""

import errno
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from petition.core.errors import StorageUnavailable
from petition.delivery.letter_message import Envelope
from petition.mail import write_file


def keep_envelope(
    folder: Path, message_id: str, sha256: str, compose: Callable[[], Envelope]
) -> Envelope:
    """Return the envelope of the message's first attempt: the kept one, else a new one, kept now.

    - ``sha256`` is the letter's; one that was kept for another letter, as after the restore of a
      backup, is replaced.
    - Raises StorageUnavailable where it can be neither read nor written.
    """
    kept = read_envelope(folder, message_id, sha256)
    if kept is not None:
        return kept
    envelope = compose()
    try:
        write_file(_find_path(folder, message_id), json.dumps(asdict(envelope)).encode())
    except OSError as error:
        raise StorageUnavailable(errno.errorcode.get(error.errno or 0, "unknown")) from None
    return envelope


def read_envelope(folder: Path, message_id: str, sha256: str) -> Envelope | None:
    """Return the kept envelope of a message with that letter; None before its first attempt."""
    try:
        kept = _read(_find_path(folder, message_id))
    except OSError as error:
        raise StorageUnavailable(errno.errorcode.get(error.errno or 0, "unknown")) from None
    return kept if kept is not None and kept.sha256 == sha256 else None


def _find_path(folder: Path, message_id: str) -> Path:
    name = hashlib.sha256(message_id.encode()).hexdigest()[:32]
    return folder / name[:2] / f"{name}.json"


def _read(path: Path) -> Envelope | None:
    try:
        return Envelope(**json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):  # none, or of another release's shape
        return None
