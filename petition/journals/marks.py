"""Marks: distinguish a signature from another that is assigned its id after a restore."""

from datetime import datetime

from petition.core.sealing import get_sealer

PURPOSE = "journal"
MARK_BYTES = 16


def make_mark(signature_id: int, digest: bytes | None, created_at: datetime) -> str:
    """Return the keyed hash of a signature's id, digest and creation time; not personal data."""
    value = f"{signature_id}|{(digest or b'').hex()}|{created_at.isoformat()}"
    return get_sealer().digest(value, PURPOSE)[:MARK_BYTES].hex()
