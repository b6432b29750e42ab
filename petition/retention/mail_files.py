"""Mails to signers that were written to files because no mail server was configured."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from petition.core.extensions import get_settings
from petition.core.files import UNFINISHED, delete_folders
from petition.mail import get_folder
from petition.retention.data_kind import PastData


def count_past_mail_files(before: datetime) -> PastData:
    """Return how many mails were written before ``before``."""
    moments = [at for _, at in _find(before)]
    return PastData(len(moments), min(moments, default=None))


def erase_mail_files(before: datetime, limit: int) -> int:
    """Delete up to ``limit`` mails on this host that were written before ``before``.

    - Raises StorageUnavailable.
    """
    names = {folder.name for folder, _ in sorted(_find(before), key=lambda one: one[1])[:limit]}
    if names:
        delete_folders(_find_folder(), names.__contains__)
    return len(names)


def _find(before: datetime) -> Iterator[tuple[Path, datetime]]:
    """Yield the folders of mails, complete or not, each with the time it was written."""
    parent = _find_folder()
    for folder in (*parent.glob("*"), *(parent / UNFINISHED).glob("*")):
        with suppress(FileNotFoundError):  # it has just been deleted with its signer's data
            at = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
            if folder.name != UNFINISHED and at < before:
                yield folder, at


def _find_folder() -> Path:
    return get_folder(get_settings()).folder
