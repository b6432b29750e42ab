"""The bytes of uploads as sealed rows, a piece at a time in memory."""

import base64
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from petition.core.errors import SealBroken
from petition.core.extensions import db, transaction
from petition.models import PieceKind, UploadPiece
from petition.models.signatures.import_upload import BROKEN_PIECE, PieceContent
from petition.models.signatures.signature import make_link_secret

PIECE_BYTES = 1 << 20
# Where an open file can be opened again by its number.
_OPEN_FILES = Path("/proc/self/fd")


def split_file(file: IO[bytes], most: int) -> Iterator[bytes]:
    """Yield the bytes of a file piece by piece, at most one byte more than ``most``."""
    left = most + 1
    while left > 0 and (content := file.read(min(PIECE_BYTES, left))):
        left -= len(content)
        yield content


def store_list(upload_id: int, path: Path) -> None:
    """Store a file's bytes; each piece is a transaction, so that others may write in between."""
    with path.open("rb") as file:
        _store(upload_id, iter(partial(file.read, PIECE_BYTES), b""))


def _store(upload_id: int, pieces: Iterable[bytes]) -> None:
    for number, content in enumerate(pieces, 1):
        with transaction() as session:
            add_piece(session, upload_id, PieceKind.LIST, number, content)


def add_piece(
    session: Session, upload_id: int, kind: PieceKind, number: int, content: bytes
) -> None:
    """Add one piece of a file."""
    secret = make_link_secret()
    sealed = PieceContent(base64.b64encode(content).decode(), secret)
    session.add(
        UploadPiece(
            upload_id=upload_id, kind=kind.value, number=number, content=sealed, bound_to=secret
        )
    )
    session.flush()


def count_pieces(upload_id: int, kind: PieceKind) -> int:
    """Return how many pieces of a kind an upload has."""
    query = select(func.count()).where(*_which(upload_id, kind))
    return db.session.scalar(query) or 0


def read_pieces(upload_id: int, kind: PieceKind) -> Iterator[bytes]:
    """Yield the pieces of a file in their order; no transaction is open between two.

    - Raises SealBroken where one does not open: a list without it would be another.
    """
    number = 0
    while True:
        number += 1
        found = db.session.scalar(
            select(UploadPiece.content).where(
                *_which(upload_id, kind), UploadPiece.number == number
            )
        )
        db.session.rollback()
        if found is None:
            return
        if found == BROKEN_PIECE:
            raise SealBroken
        yield base64.b64decode(found.base64)


def delete_pieces(session: Session, upload_id: int, kind: PieceKind) -> None:
    """Delete a file's pieces."""
    session.execute(delete(UploadPiece).where(*_which(upload_id, kind)))


@contextmanager
def keep_on_disk(pieces: Iterable[bytes]) -> Iterator[Path]:
    """Give some bytes as a file of this host that nobody else can read, while it is used.

    - Where the system allows it the file has no name, so that none is left after a kill.
    """
    descriptor, name = tempfile.mkstemp(prefix="hundredth-list-")
    path = Path(name)
    try:
        if _OPEN_FILES.is_dir():
            path.unlink()
            path = _OPEN_FILES / str(descriptor)
        for content in pieces:
            _write(descriptor, content)
        yield path
    finally:
        os.close(descriptor)
        Path(name).unlink(missing_ok=True)


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _which(upload_id: int, kind: PieceKind) -> tuple[ColumnElement[bool], ...]:
    return UploadPiece.upload_id == upload_id, UploadPiece.kind == kind.value
