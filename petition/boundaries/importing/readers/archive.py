"""The parts of a boundary file: the members of a zip, or files with the same stem."""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from petition.core.errors import ImportRefused

JSON_SUFFIXES = (".geojson", ".json")
NEEDED = (".shp", ".shx", ".dbf")
WANTED = (*NEEDED, ".prj", ".cpg")
# All ZIP areas of the country, in full resolution, unpack to less than 1 GiB.
LARGEST_BYTES = 3 * 2**30
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)

Parts = dict[str, IO[bytes]]


@contextmanager
def open_parts(path: Path) -> Iterator[Parts]:
    """Yield the open parts of a boundary file by suffix: of a shapefile, or one GeoJSON.

    - A zip may hold one shapefile or one GeoJSON, in folders or not; other members are ignored.
    - A zip is unpacked to unnamed temporary files, never to paths from the archive.
    - Raises ImportRefused for a zip that is invalid, damaged, encrypted, too large, or does not
      hold exactly one boundary file; for a shapefile without its .shx or .dbf.
    """
    suffix = path.suffix.lower()
    with ExitStack() as stack:
        if suffix == ".zip":
            yield _unpack(path, stack)
        elif suffix in JSON_SUFFIXES:
            yield {".geojson": stack.enter_context(path.open("rb"))}
        elif suffix == ".shp":
            beside = {
                other.suffix.lower(): other
                for other in path.parent.iterdir()
                if other.stem == path.stem and other.suffix.lower() in WANTED
            }
            _check_complete(path.name, list(beside))
            yield {kind: stack.enter_context(other.open("rb")) for kind, other in beside.items()}
        else:
            raise ImportRefused(
                f"{path.name}: expected a .zip, a .shp or a .geojson file; give the Census "
                "Bureau's file unchanged"
            )


def _unpack(path: Path, stack: ExitStack) -> Parts:
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
        members = _choose_members(path.name, archive)
        size = sum(member.file_size for member in members.values())
        if size > LARGEST_BYTES:
            raise ImportRefused(
                f"{path.name}: unpacked it would be {size / 2**30:,.1f} GiB; expected at most "
                f"{LARGEST_BYTES / 2**30:,.1f}: this is not a boundary file of the Census Bureau"
            )
        parts: Parts = {}
        for suffix, member in members.items():
            # zipfile yields no more bytes than the size summed above, and checks their CRC.
            parts[suffix] = stack.enter_context(tempfile.TemporaryFile())
            with archive.open(member) as packed:
                shutil.copyfileobj(packed, parts[suffix], 2**20)
            parts[suffix].seek(0)
        return parts
    except BROKEN as error:
        raise ImportRefused(
            f"{path.name}: not a readable zip ({type(error).__name__}); it is incomplete, damaged "
            "or another kind of file, such as an error page: fetch it again"
        ) from error


def _choose_members(name: str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the members of the one boundary file in the zip, by suffix."""
    files = [member for member in archive.infolist() if not member.is_dir()]
    files = [m for m in files if not any(p.startswith((".", "__")) for p in _split(m.filename))]
    found = [m for m in files if _suffix(m.filename) in (".shp", *JSON_SUFFIXES)]
    if len(found) != 1:
        there = ", ".join(sorted(m.filename for m in found)[:5]) or "none"
        raise ImportRefused(
            f"{name}: expected one shapefile or one GeoJSON in it, but found {there}; give each "
            "in its own zip"
        )
    [main] = found
    if main.flag_bits & 1:
        raise ImportRefused(f"{name}: {main.filename} is encrypted; unpack it and import that")
    if _suffix(main.filename) in JSON_SUFFIXES:
        return {".geojson": main}
    stem = main.filename[: -len(".shp")]
    members = {
        _suffix(m.filename): m
        for m in files
        if m.filename[: -len(_suffix(m.filename))] == stem and _suffix(m.filename) in WANTED
    }
    _check_complete(name, list(members))
    return members


def _check_complete(name: str, suffixes: Sequence[str]) -> None:
    missing = [suffix for suffix in NEEDED if suffix not in suffixes]
    if missing:
        raise ImportRefused(
            f"{name}: not readable without its {' and '.join(missing)}; expected them next to the "
            ".shp, under the same name: copy or fetch all files"
        )


def _split(filename: str) -> tuple[str, ...]:
    return PurePosixPath(filename).parts


def _suffix(filename: str) -> str:
    return PurePosixPath(filename).suffix.lower()
