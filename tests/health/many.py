"""Many signatures at once, past the path that each would take."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from petition.core.database import is_sqlite
from petition.models import Signature

_OWN = ("id", "email_digest")
_NUMBERS = {
    True: "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :number)"
    " SELECT i FROM n) AS numbers",
    False: "generate_series(1, :number) AS numbers(i)",
}
_DIGEST = {True: "randomblob(32)", False: "sha256(convert_to(s.id || '-' || i, 'UTF8'))"}


def multiply(session: Session, signature_id: int, number: int) -> None:
    """Add so many signatures that are like one, each of a mailbox of its own."""
    lite = is_sqlite(session)
    names = [column for column in Signature.__table__.columns.keys() if column not in _OWN]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f's."{name}"' for name in names)
    session.execute(
        text(
            f"INSERT INTO signatures (email_digest, {columns}) SELECT {_DIGEST[lite]}, {values} "
            f"FROM signatures s CROSS JOIN {_NUMBERS[lite]} WHERE s.id = :id"
        ),
        {"id": signature_id, "number": number},
    )
