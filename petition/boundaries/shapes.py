"""A boundary set's polygons as one file: packed, hashed, cached on the host, rewritten if corrupt.

The bytes, of which the set's digest is the SHA-256:

- the line ``hundredth shapes 1``;
- the number of districts, 4 bytes, little-endian;
- their GEOIDs in ascending order, 12 bytes each, ASCII, padded with NUL;
- the lengths of their polygons in bytes, 8 bytes each, little-endian;
- their polygons, WKB.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from petition.core.errors import StorageCorrupt
from petition.core.files import write_file
from petition.core.logs import get_logger

log = get_logger(__name__)

MAGIC = b"hundredth shapes 1\n"
COUNT = np.dtype("<u4")
GEOID = np.dtype("S12")
LENGTH = np.dtype("<u8")

Geometries = NDArray[Any]


def pack_shapes(polygons: Mapping[str, bytes]) -> bytes:
    """Return the polygons (WKB by GEOID) as the bytes of a file."""
    geoids = sorted(polygons)
    return b"".join(
        [
            MAGIC,
            np.array([len(geoids)], COUNT).tobytes(),
            np.array([geoid.encode() for geoid in geoids], GEOID).tobytes(),
            np.array([len(polygons[geoid]) for geoid in geoids], LENGTH).tobytes(),
            *(polygons[geoid] for geoid in geoids),
        ]
    )


def digest_shapes(packed: bytes) -> str:
    """Return the digest of a boundary set with these shapes."""
    return hashlib.sha256(packed).hexdigest()


def unpack_shapes(packed: bytes) -> tuple[list[str], Geometries]:
    """Return the GEOIDs in ascending order and a parallel array of their geometries."""
    start = len(MAGIC) + COUNT.itemsize
    count = int(np.frombuffer(packed, COUNT, 1, len(MAGIC))[0])
    geoids = np.frombuffer(packed, GEOID, count, start)
    start += geoids.nbytes
    lengths = np.frombuffer(packed, LENGTH, count, start)
    ends = np.cumsum(lengths) + (start + lengths.nbytes)
    polygons = [
        packed[end - length : end]
        for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)
    ]
    geometries: Geometries = shapely.from_wkb(np.array(polygons, object))
    return [geoid.decode() for geoid in geoids.tolist()], geometries


def name_file(folder: Path, digest: str) -> Path:
    """Return the path of the file of shapes with this digest."""
    return folder / f"{digest}.shapes"


def read_shapes(folder: Path, digest: str) -> bytes | None:
    """Return the cached bytes; None when there is no file.

    - Raises StorageCorrupt when the file does not match its digest, or cannot be read.
    """
    path = name_file(folder, digest)
    try:
        packed = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageCorrupt(f"{path.name}: {type(error).__name__}") from error
    if digest_shapes(packed) != digest:
        raise StorageCorrupt(f"{path.name}: its SHA-256 differs from its name")
    return packed


def keep_shapes(folder: Path, packed: bytes) -> bool:
    """Cache the bytes on this host; return whether that succeeded.

    - Other processes see the whole file or none: it is written to a temporary file, synced and
      renamed.
    - A full disk or a read-only folder only costs loading time at each start.
    """
    path = name_file(folder, digest_shapes(packed))
    try:
        write_file(path, packed)
    except OSError as error:
        log.warning("boundaries.not-cached", file=path.name, error=type(error).__name__)
        return False
    return True
