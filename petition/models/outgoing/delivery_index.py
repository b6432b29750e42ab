"""DeliveryIndex and DeliveryCount: what the delivery log is searched and counted by."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import partial_index
from petition.core.database import Base

# Every list of the log is of some states, newest first.
_ORDER = ("state", "created_at", "id")


def _index(column: str) -> Index:
    return Index(f"ix_delivery_index_{column}", column, *_ORDER)


def _index_some(column: str) -> Index:
    where = f"{column} IS NOT NULL"
    return partial_index(f"ix_delivery_index_{column}", column, *_ORDER, where=where)


class DeliveryIndex(Base):
    """One delivery as the log is searched: a row for each, written by triggers only.

    - ``deliveries_index_insert`` and ``deliveries_index_update`` take it from the delivery;
      ``attempts_index_insert`` and ``attempts_index_update`` set its ``domain``, and
      ``events_index_insert`` its ``acted_by``. No code writes it.
    - ``code``: the last code of a reply or a bounce, ``550`` or ``5.1.1``; None before the first.
    - ``domain``: of the address of the last attempt, in lower case. ``acted_by``: the last actor of
      an event of it who is a person.
    """

    __tablename__ = "delivery_index"
    __table_args__ = (
        Index("ix_delivery_index_state", *_ORDER),
        *(_index(column) for column in ("campaign_id", "district_id", "post_id", "channel")),
        *(_index_some(column) for column in ("code", "domain", "acted_by")),
    )

    id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id"), primary_key=True, autoincrement=False
    )
    campaign_id: Mapped[int]
    district_id: Mapped[int]
    post_id: Mapped[int]
    channel: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    code: Mapped[str | None] = mapped_column(String(12))
    domain: Mapped[str | None] = mapped_column(String(255))
    acted_by: Mapped[str | None] = mapped_column(String(40))


class DeliveryCount(Base):
    """A part of the number of deliveries of a campaign in a state; the sum of the parts is exact.

    - Written by the triggers of DeliveryIndex, in the transaction that changes the delivery. On
      PostgreSQL each transaction adds to a part of its own, so that no two workers wait for each
      other; part 0 has what ``fold_counts`` put together. On SQLite there is only part 0.
    """

    __tablename__ = "delivery_counts"

    campaign_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(10), primary_key=True)
    part: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int]
