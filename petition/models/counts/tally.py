"""Ledger, tally and milestone: the tables of counting, whose constraints enforce its rules."""

from datetime import datetime
from typing import Any

import h3
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
    and_,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from petition.core.columns import BigId, PrimaryKey, one_of, partial_index
from petition.core.database import HELD_BY_TRIGGER, Base
from petition.models.campaigns.campaign import Campaign
from petition.models.officials.district import District
from petition.models.states import MilestoneState

CARRIED_ROWS = "carried_by IS NOT NULL"
WAITING_ROWS = "carried_by IS NULL AND left_at IS NULL"


class LedgerEntry(Base):
    """One signature counted in one of its districts; the row exists exactly when it was counted.

    - 2, one count: ``uq_ledger_one_live`` allows a signature one live row in a district;
      in a layer it may have several, if districts overlap.
    - 3, in order: the primary key gives each joining its own ``ordinal`` (1, 2, ...) there.
    - 4, members: ``carried_by`` is the number of the milestone whose letter names it, and the
      foreign key makes that a milestone of the same campaign and district.
    - ``left_at``: when a withdrawal removed it from the count.

    On PostgreSQL the triggers ``ledger_keep_rules_at_insert`` and ``..._at_update`` enforce its
    three foreign keys under their names: once per statement, not once per row. The rows that they
    refer to are never deleted, and ``ledger_refuse_other_key``, ``tallies_refuse_other_key`` and
    ``signatures_refuse_other_key`` refuse any change of a key.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "district_id"],
            ["tallies.campaign_id", "tallies.district_id"],
            info={HELD_BY_TRIGGER: True},
        ),
        ForeignKeyConstraint(
            ["campaign_id", "district_id", "carried_by"],
            ["milestones.campaign_id", "milestones.district_id", "milestones.number"],
            info={HELD_BY_TRIGGER: True},
        ),
        ForeignKeyConstraint(["signature_id"], ["signatures.id"], info={HELD_BY_TRIGGER: True}),
        partial_index(
            "uq_ledger_one_live",
            "signature_id",
            "district_id",
            where="left_at IS NULL",
            unique=True,
        ),
        partial_index(
            "ix_ledger_carried",
            "campaign_id",
            "district_id",
            "carried_by",
            "ordinal",
            where=CARRIED_ROWS,
        ),
        # Those who wait for the next milestone, found without reading those of earlier ones.
        partial_index(
            "ix_ledger_waiting",
            "campaign_id",
            "district_id",
            "ordinal",
            where=WAITING_ROWS,
        ),
        # The earlier districts of a signature that is counted again.
        partial_index("ix_ledger_left", "signature_id", where="left_at IS NOT NULL"),
        CheckConstraint("ordinal >= 1", name="ordinal_positive"),
        {"sqlite_with_rowid": False},
    )

    campaign_id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    signature_id: Mapped[int] = mapped_column(BigId)
    layer: Mapped[str] = mapped_column(String(8))
    carried_by: Mapped[int | None]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    @classmethod
    def of(cls, signature_id: int) -> ColumnElement[bool]:
        """Return the condition for all rows of a signature, in two parts with an index each."""
        whose = cls.signature_id == signature_id
        return (whose & cls.left_at.is_not(None)) | (whose & cls.left_at.is_(None))


class Tally(Base):
    """The count of a campaign in a district.

    - ``live``: those who have signed and not left. ``joined``: all who ever joined.
    - ``reached``: the highest milestone, None before the first.
    - 3, every hundred: ``ck_tallies_no_hundred_missed`` refuses a count that has passed a hundred
      whose milestone was not raised, and the deferred foreign key refuses, at commit, a ``reached``
      without its row. Together with the chain in Milestone there is no gap and no duplicate.
    - 7, no small count: ``several_networks`` is set once its signers came from several networks
      (petition/counting/network_spread.py); until then the count is not shown.
      ``tallies_keep_networks`` refuses to unset it.
    """

    __tablename__ = "tallies"
    __table_args__ = (
        CheckConstraint("live >= 0 AND live <= joined", name="live_within_joined"),
        CheckConstraint("live < (coalesce(reached, 0) + 1) * step", name="no_hundred_missed"),
        ForeignKeyConstraint(
            ["campaign_id", "district_id", "reached"],
            ["milestones.campaign_id", "milestones.district_id", "milestones.number"],
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), primary_key=True)
    step: Mapped[int]
    live: Mapped[int]
    joined: Mapped[int]
    reached: Mapped[int | None]
    updated_at: Mapped[datetime]
    several_networks: Mapped[bool] = mapped_column(default=False, server_default=false())

    district: Mapped[District] = relationship()


class Milestone(Base):
    """The k-th hundred reached in a district.

    - 3, exactly once: ``uq_milestones_campaign_id_district_id_number``; in order and without a
      gap: ``follows`` must be ``number - 1`` and must exist.
    - ``threshold``: the live count that raised it, ``number`` times the step.
    - ``code``: printed in a letter as ``/letters/<code>``.
    - ``notified_at``: when the mails were planned to those whom its letter names and who asked for
      one; None until then (petition/notifications/arrival_notices.py).
    - ``inherited``: the hundred was reached, and its letter sent, in the district of the division
      before new boundaries; the row prevents a second letter, and has none itself.
    - ``sealed_at``: when a letter of it was first handed to a channel; from then on its members are
      never refilled.
    - 9, a hundred people of that district: it is reviewed before its letter is made.
      ``letters_refuse_uncleared`` and ``milestones_refuse_sealing`` refuse one that was not
      cleared, ``milestones_refuse_change`` allows only listed changes of ``state``, and a list that
      was judged must be reopened (``reached``) before it changes: ``ledger_refuse_leaving_judged``,
      ``ledger_refuse_leaving_sealed``, ``ledger_refuse_joining_sealed``.
    - ``evidence``: the numbers that were found, without personal data; None until it is judged.
      ``judged_list`` and ``released_list``: the lists of members (by their SHA-256) that it was
      judged on, and that a person released.
    """

    __tablename__ = "milestones"
    __table_args__ = (
        UniqueConstraint("campaign_id", "district_id", "number"),
        ForeignKeyConstraint(
            ["campaign_id", "district_id", "follows"],
            ["milestones.campaign_id", "milestones.district_id", "milestones.number"],
        ),
        CheckConstraint(
            "(number = 1 AND follows IS NULL) OR (number > 1 AND follows = number - 1)",
            name="in_order",
        ),
        CheckConstraint("threshold % number = 0", name="threshold_is_a_multiple"),
        one_of("state", MilestoneState),
        partial_index("ix_milestones_held", "id", where="state = 'held'"),
        partial_index(
            "ix_milestones_unsealed",
            "campaign_id",
            "district_id",
            "threshold",
            where="sealed_at IS NULL",
        ),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    number: Mapped[int]
    follows: Mapped[int | None]
    threshold: Mapped[int]
    code: Mapped[str] = mapped_column(String(16), unique=True)
    reached_at: Mapped[datetime]
    sealed_at: Mapped[datetime | None]
    inherited: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[str] = mapped_column(
        String(8), default=MilestoneState.REACHED, server_default=MilestoneState.REACHED.value
    )
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    judged_at: Mapped[datetime | None]
    judged_list: Mapped[str | None] = mapped_column(String(64))
    released_list: Mapped[str | None] = mapped_column(String(64))
    notified_at: Mapped[datetime | None]

    campaign: Mapped[Campaign] = relationship()
    district: Mapped[District] = relationship()

    def carries(self) -> ColumnElement[bool]:
        """Return the condition for the ledger rows of the people whom its letter names.

        - Callers exclude ended signatures by their state: the ledger may be updated later.
        - A signer who moved away after it was sealed is still named: they lived there at that time.
        """
        lives_there = LedgerEntry.left_at.is_(None)
        if self.sealed_at is not None:
            return self.carried() & (lives_there | (LedgerEntry.left_at >= self.sealed_at))
        return self.carried() & lives_there

    def carried(self) -> ColumnElement[bool]:
        """Return the condition for the ledger rows assigned to it, including those that left."""
        return and_(
            LedgerEntry.campaign_id == self.campaign_id,
            LedgerEntry.district_id == self.district_id,
            LedgerEntry.carried_by == self.number,
        )


# Joins any milestone to the ledger rows that are assigned to it (``Milestone.carried``).
CARRIED = and_(
    Milestone.campaign_id == LedgerEntry.campaign_id,
    Milestone.district_id == LedgerEntry.district_id,
    Milestone.number == LedgerEntry.carried_by,
)
# Fewer people than this could be identified by those who know them.
SMALLEST_COUNT = 10
# Of H3: areas about 40 km across, one fixed partition for counts near a place; and the cells that
# signatures keep, about 5 square kilometres (docs/invariants.md, rule 7).
AREA_RESOLUTION = 4
CELL_RESOLUTION = 7


def find_area(cell: str) -> str:
    """Return the area that contains a cell."""
    return str(h3.cell_to_parent(cell, AREA_RESOLUTION))


class AreaCount(Base):
    """How many have signed in an area of the map (an H3 cell of resolution 4), as of an hour.

    - For queries about the area near a person: it is renewed once an hour, so that no single
      signing is visible in it. Areas without signers have no row:
      ``ck_area_counts_people_positive``.
    - ``several_networks``: its signers have come from several networks, as in Tally. ``is_told``:
      that, and they are enough (``ck_area_counts_told_from_ten``) for the number to be published.
    """

    __tablename__ = "area_counts"
    __table_args__ = (
        CheckConstraint("people > 0", name="people_positive"),
        CheckConstraint("NOT is_told OR (several_networks AND people >= 10)", name="told_from_ten"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    area: Mapped[str] = mapped_column(String(15), primary_key=True)
    people: Mapped[int]
    counted_at: Mapped[datetime]
    several_networks: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_told: Mapped[bool] = mapped_column(default=False, server_default=false())
