"""What mail servers report about letters, and offices answer, and the mailbox that it is read from.

- ``attempts``: whether reports were asked for, and which came.
- A delivery that was reported as delivered may still be returned, and an office may have one that
  was returned.

Going down, a letter that was returned after it had been reported as delivered stays ``bounced``,
and the answers of offices are dropped.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

OUTGOING_CHANGES = (
    "queued>sending queued>cancelled "
    "sending>accepted sending>retry_wait sending>failed sending>unknown "
    "retry_wait>sending retry_wait>cancelled failed>retry_wait failed>cancelled "
    "unknown>accepted unknown>retry_wait unknown>cancelled"
)
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
    _replace_changes(rules, f"{_list_changes(rules)} {MORE_CHANGES}")
    _create_polls()
    _create_answers()
    rules.create(_keep_to_changes(rules))


def downgrade() -> None:
    rules = _load_rules()
    rules.drop(_keep_to_changes(rules))
    for table in ("answer_attempts", "letter_answers", "mailbox_polls"):
        op.drop_table(table)
    _replace_changes(rules, _list_changes(rules))
    op.drop_column("attempts", "reports")
    op.drop_column("attempts", "notices_asked")


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _list_changes(rules: Any) -> str:
    held: Any = op.get_context().script.get_revision("0027").module
    return f"{rules.DELIVERY_CHANGES} {held.ADDED}"


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


def _keep_to_changes(rules: Any) -> Any:
    allowed = ", ".join(f"'{pair}'" for pair in OUTGOING_CHANGES.split())
    return rules.Rule(
        "letter_answers_refuse_change",
        "UPDATE OF state",
        "letter_answers",
        "no such change of an answer",
        row=f"OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN ({allowed})",
    )


def _create_answers() -> None:
    due = sa.text("due_at IS NOT NULL")
    op.create_table(
        "letter_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("bound_to", sa.LargeBinary(length=16), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("settled_at", TIME, nullable=True),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'accepted', 'retry_wait', 'failed', 'unknown',"
            " 'cancelled')",
            name=op.f("ck_letter_answers_state_known"),
        ),
        sa.CheckConstraint("attempt >= 0", name=op.f("ck_letter_answers_attempt_counts_up")),
        sa.CheckConstraint(
            "(content IS NULL) = (bound_to IS NULL)",
            name=op.f("ck_letter_answers_content_bound_to_its_row"),
        ),
        _refer("letter_answers", "delivery_id", "deliveries.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_answers")),
    )
    op.create_index(
        "ix_letter_answers_due",
        "letter_answers",
        ["state", "due_at"],
        sqlite_where=due,
        postgresql_where=due,
    )
    op.create_index("ix_letter_answers_delivery_id", "letter_answers", ["delivery_id"])
    op.create_index("ix_letter_answers_received_at", "letter_answers", ["received_at"])
    _create_attempts()


def _create_attempts() -> None:
    table, refused = "answer_attempts", sa.text("about IS NOT NULL")
    op.create_table(
        table,
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("detail", sa.String(length=120), nullable=True),
        sa.Column("about", sa.String(length=6), nullable=True),
        sa.Column("spent", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=True),
        sa.Column("said", sa.String(length=300), nullable=True),
        sa.CheckConstraint("about IN ('ours', 'unsure')", name=op.f(f"ck_{table}_about_known")),
        sa.CheckConstraint(
            "spent OR about IS NOT NULL", name=op.f(f"ck_{table}_unspent_has_cause")
        ),
        sa.CheckConstraint("recipient IS NULL", name=op.f(f"ck_{table}_no_address")),
        _refer(table, "answer_id", "letter_answers.id"),
        sa.PrimaryKeyConstraint("answer_id", "number", name=op.f(f"pk_{table}")),
    )
    op.create_index(
        f"ix_{table}_refused",
        table,
        ["ended_at"],
        sqlite_where=refused,
        postgresql_where=refused,
    )


def _refer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))
