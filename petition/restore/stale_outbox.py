"""Letters in the outbox from before a restore, whose delivery ids are assigned again."""

from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path

from sqlalchemy import select

from petition.core.extensions import db, get_settings
from petition.models import Delivery

NEWEST = 1_000
MESSAGE = "message.eml"


def describe_old_outbox() -> list[str]:
    """Return a sentence if this host's outbox holds letters of deliveries that do not exist."""
    old = count_old_letters()
    if not old:
        return []
    path = get_settings().outbox_dir
    return [
        f"{path.name}/ contains {old} letters under numbers that this database uses, or will use, "
        "for others: move that folder away before any worker starts"
    ]


def count_old_letters(newest: int = NEWEST) -> int:
    """Return how many of the newest folders do not belong to the delivery with their id."""
    folder = get_settings().outbox_dir
    numbers = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    looked_at = sorted(numbers, reverse=True)[:newest]
    rows = db.session.execute(
        select(Delivery.id, Delivery.message_id).where(Delivery.id.in_(looked_at))
    )
    names = {row.id: row.message_id for row in rows}
    db.session.rollback()
    return sum(_read_name(folder / str(number)) != names.get(number) for number in looked_at)


def _read_name(folder: Path) -> str | None:
    """Return the Message-ID of the message in a folder; empty where it cannot be read."""
    try:
        with (folder / MESSAGE).open("rb") as message:
            found = BytesHeaderParser(policy=default).parse(message)["Message-ID"]
    except OSError:
        return ""
    return str(found).strip() if found else ""
