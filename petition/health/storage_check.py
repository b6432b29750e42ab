"""Check that the folders of letters and the outbox are writable and their disks have space."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from petition.core.content.location import FolderLocation
from petition.core.extensions import get_settings
from petition.health.findings import Fault

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
# A letter takes 50 to 200 KiB; SQLite's journal and Valkey's may take some megabytes at once.
LEAST_FREE = 256 * MEBIBYTE
# A disk with a small share free will fill up; with ENOUGH_FREE there is time, whatever the share.
LEAST_SHARE = 0.02
ENOUGH_FREE = 10 * GIBIBYTE


@dataclass(frozen=True, slots=True)
class Room:
    """The free space of a disk in bytes and in files; ``files_total`` 0 where there is no limit."""

    free: int
    total: int
    files_free: int
    files_total: int


def check_storage() -> str:
    """Letters, where they are in a folder, and the outbox can be written, and disks have room."""
    settings = get_settings()
    for folder in _list_kept():
        _try_write(folder)
    for folder, room in list_rooms().items():
        shortage = find_shortage(room)
        if shortage is not None:
            remedy = "Free space on its disk, or move it to a larger one."
            raise Fault(f"{folder}: {shortage}", remedy)
    free = _read_room(settings.data_dir).free
    return f"{free // MEBIBYTE:,} MiB free in {settings.data_dir}"


def list_rooms() -> dict[Path, Room]:
    """Return the room of each disk, by the folder of the service's data that is on it."""
    folders = (get_settings().data_dir, *_list_kept())
    there = [folder for folder in folders if folder.is_dir()]
    by_disk = {os.stat(folder).st_dev: folder for folder in reversed(there)}
    return {folder: _read_room(folder) for folder in by_disk.values()}


def _list_kept() -> list[Path]:
    settings = get_settings()
    kept = [settings.outbox_dir]
    if isinstance(settings.storage, FolderLocation):
        kept.append(settings.letters_dir)
    return kept


def find_shortage(room: Room) -> str | None:
    """Return what a disk has too little of, in words; None where it has enough."""
    share = room.free / room.total if room.total else 1.0
    left = f"{room.free // MEBIBYTE:,} MiB are free, {share:.1%} of the disk"
    if room.free < LEAST_FREE or (share < LEAST_SHARE and room.free < ENOUGH_FREE):
        return left
    if room.files_total and room.files_free / room.files_total < LEAST_SHARE / 2:
        return f"{room.files_free:,} more files fit on the disk, although {left}"
    return None


def _read_room(folder: Path) -> Room:
    found = os.statvfs(folder)
    return Room(
        free=found.f_bavail * found.f_frsize,
        total=found.f_blocks * found.f_frsize,
        files_free=found.f_favail,
        files_total=found.f_files,
    )


def _try_write(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".check-")
        try:
            os.write(handle, b"x" * 4096)
            os.fsync(handle)
        finally:
            os.close(handle)
            os.unlink(name)
    except OSError as error:
        raise Fault(
            f"{folder} cannot be written ({error.strerror})",
            "Let this user write there, or free space on the disk.",
        ) from error
