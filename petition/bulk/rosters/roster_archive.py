"""Unpacks a ZIP of roster files, such as a folder of the OpenStates repository."""

import lzma
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from petition.bulk.rosters.roster_problems import RosterProblem
from petition.core.errors import InvalidInput, Problem
from petition.officials.rosters.readers.roster_files import SUFFIXES, TABLES

LARGEST_UNPACKED = 10_000_000  # bytes of all its files together
MOST_FILES = 5_000
# Names that unpacking on other systems adds.
_HIDDEN = ("__MACOSX", ".")
_PIECE = 1 << 16
# What the unpackers raise for damaged bytes; RuntimeError includes a method that is not known.
PACKED = (zlib.error, lzma.LZMAError)


def unpack_rosters(archive: Path, folder: Path) -> list[Path]:
    """Write the roster files of a ZIP into a folder; return what is to be read, in order.

    - The YAML files keep their folders, whose names say what is in them. Other files are left out.
    - Raises InvalidInput for what is no ZIP, is locked, leads out of its folder or is too large.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            wanted = [one for one in opened.infolist() if _is_roster(one)]
            if not wanted:
                raise _refuse(RosterProblem.ARCHIVE_EMPTY)
            if len(wanted) > MOST_FILES:
                raise _refuse(RosterProblem.ARCHIVE_MANY, MOST_FILES)
            left = LARGEST_UNPACKED
            for one in wanted:
                left -= _write(opened, one, folder, left)
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, ValueError, *PACKED) as error:
        raise _refuse(RosterProblem.ARCHIVE_BROKEN) from error
    tables = sorted(path for path in folder.rglob("*") if path.suffix.lower() in TABLES)
    has_yaml = any(path.suffix.lower() in (".yml", ".yaml") for path in folder.rglob("*"))
    return [*([folder] if has_yaml else []), *tables]


def _is_roster(one: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(one.filename)
    is_hidden = any(part.startswith(_HIDDEN) and part != ".." for part in path.parts)
    return not one.is_dir() and not is_hidden and path.suffix.lower() in SUFFIXES


def _write(opened: zipfile.ZipFile, one: zipfile.ZipInfo, folder: Path, left: int) -> int:
    path = PurePosixPath(one.filename.replace("\\", "/"))
    is_link = stat.S_ISLNK(one.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or is_link:
        raise _refuse(RosterProblem.ARCHIVE_BROKEN)
    target = folder.joinpath(*path.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with opened.open(one) as source, target.open("wb") as file:
        while piece := source.read(_PIECE):
            written += len(piece)
            if written > left:
                raise _refuse(RosterProblem.ARCHIVE_LARGE, LARGEST_UNPACKED // 1_000_000)
            file.write(piece)
    return written


def _refuse(code: RosterProblem, most: int | None = None) -> InvalidInput:
    return InvalidInput({"file": Problem(code, {"most": most} if most is not None else {})})
