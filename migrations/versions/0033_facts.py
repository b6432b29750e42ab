"""What steers behaviour is a column, filled from the events that told of it so far."""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
EVENTS = sa.table(
    "events",
    sa.column("id", sa.BigInteger),
    sa.column("at", MOMENT),
    sa.column("action", sa.String),
    sa.column("subject", sa.String),
    sa.column("subject_id", sa.BigInteger),
    sa.column("detail", sa.JSON),
)
COLUMNS: Mapping[str, Mapping[str, sa.types.TypeEngine[object]]] = {
    "milestones": {"notified_at": MOMENT},
    "campaigns": {"closed_at": MOMENT},
    "signatures": {
        "unreachable_cause": sa.String(60),
        "resubscribed_at": MOMENT,
        "answered_at": MOMENT,
        "touched_at": MOMENT,
    },
}
ANSWERS = ("signature.home_named", "signature.address_given")


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_table(
        "successor_notices",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.Column("notified_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_successor_notices_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["campaigns.id"], name="fk_successor_notices_successor_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "successor_id", name="pk_successor_notices"),
    )
    _fill("milestones", "notified_at", "milestone", ("milestone.told",))
    _fill("campaigns", "closed_at", "campaign", ("campaign.closed",), "state = 'closed'")
    _fill("signatures", "resubscribed_at", "signature", ("signature.resubscribed",))
    _fill("signatures", "answered_at", "signature", ANSWERS)
    # Only what waits in review is ever asked for it, unless it is counted for good.
    _fill("signatures", "touched_at", "signature", (), "state = 'review'")
    _fill_causes()
    _fill_notices()


def downgrade() -> None:
    op.drop_table("successor_notices")
    for table, columns in COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)


def _fill(
    table: str, column: str, subject: str, actions: tuple[str, ...], which: str = "1 = 1"
) -> None:
    """Set a column to the moment of the last of some events; of any where none is named."""
    rows = sa.table(table, sa.column("id"), sa.column(column, MOMENT))
    told = EVENTS.c.subject == subject
    if actions:
        told = sa.and_(told, EVENTS.c.action.in_(actions))
    last = sa.select(sa.func.max(EVENTS.c.at)).where(told, EVENTS.c.subject_id == rows.c.id)
    known = sa.select(EVENTS.c.subject_id).where(told)
    op.execute(
        sa.update(rows)
        .values({column: last.scalar_subquery()})
        .where(rows.c.id.in_(known), sa.text(which))
    )


def _fill_causes() -> None:
    rows = sa.table(
        "signatures",
        sa.column("id"),
        sa.column("unreachable_at", MOMENT),
        sa.column("unreachable_cause", sa.String),
    )
    last = (
        sa.select(sa.func.substr(EVENTS.c.detail["code"].as_string(), 1, 60))
        .where(
            EVENTS.c.subject == "signature",
            EVENTS.c.subject_id == rows.c.id,
            EVENTS.c.action == "signature.unreachable",
        )
        .order_by(EVENTS.c.id.desc())
        .limit(1)
    )
    op.execute(
        sa.update(rows)
        .values(unreachable_cause=last.scalar_subquery())
        .where(rows.c.unreachable_at.is_not(None))
    )


def _fill_notices() -> None:
    campaigns = sa.table("campaigns", sa.column("id"))
    notices = sa.table(
        "successor_notices",
        sa.column("campaign_id"),
        sa.column("successor_id"),
        sa.column("notified_at", MOMENT),
    )
    successor = EVENTS.c.detail["successor"].as_integer()
    told = (
        sa.select(EVENTS.c.subject_id, successor, sa.func.max(EVENTS.c.at))
        .join(campaigns, campaigns.c.id == successor)
        .where(EVENTS.c.subject == "campaign", EVENTS.c.action == "campaign.successor_told")
        .group_by(EVENTS.c.subject_id, successor)
    )
    op.execute(sa.insert(notices).from_select(["campaign_id", "successor_id", "notified_at"], told))
