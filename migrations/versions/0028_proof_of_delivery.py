"""What mail servers report about letters, and the mailbox that their reports are read from.

- ``attempts``: whether reports were asked for, and which came.
- A delivery that was reported as delivered may still be returned, and an office may have one that
  was returned.

Going down, a letter that was returned after it had been reported as delivered stays ``bounced``.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
MORE_CHANGES = "delivered>bounced bounced>delivered"
# In one statement: SQLite would otherwise copy the table, and lose its triggers.
REPORTS = (
    "reports VARCHAR(60) DEFAULT '' NOT NULL CONSTRAINT ck_attempts_reports_short"
    " CHECK (length(reports) <= 60)"
)


def upgrade() -> None:
    op.add_column(
        "attempts",
        sa.Column("notices_asked", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(f"ALTER TABLE attempts ADD COLUMN {REPORTS}")
    rules = _load_rules()
    _replace_changes(rules, f"{rules.DELIVERY_CHANGES} {MORE_CHANGES}")
    _create_polls()


def downgrade() -> None:
    op.drop_table("mailbox_polls")
    rules = _load_rules()
    _replace_changes(rules, rules.DELIVERY_CHANGES)
    op.drop_column("attempts", "reports")
    op.drop_column("attempts", "notices_asked")


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _replace_changes(rules: Any, pairs: str) -> None:
    allowed = ", ".join(f"'{pair}'" for pair in pairs.split())
    rule = rules.Rule(
        "deliveries_refuse_change",
        "UPDATE OF state",
        "deliveries",
        "no such change of a delivery",
        row=f"OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN ({allowed})",
    )
    rules.drop(rule)
    rules.create(rule)


def _create_polls() -> None:
    op.create_table(
        "mailbox_polls",
        sa.Column("mailbox", sa.String(length=64), nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("leased_until", TIME, nullable=True),
        sa.Column("uid_validity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("failing_since", TIME, nullable=True),
        sa.Column("problem", sa.String(length=40), nullable=True),
        sa.Column("put_aside", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("turn >= 0", name=op.f("ck_mailbox_polls_turn_counts_up")),
        sa.CheckConstraint("last_uid >= 0", name=op.f("ck_mailbox_polls_last_uid_counted")),
        sa.CheckConstraint(
            "(failing_since IS NULL) = (problem IS NULL)",
            name=op.f("ck_mailbox_polls_failing_has_problem"),
        ),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_mailbox_polls")),
    )
