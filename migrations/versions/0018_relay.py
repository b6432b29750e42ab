"""Relay: messages of organizations to people who allowed it, and a lane of their own.

Going down drops the messages and what is known of their sending.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
MESSAGE_CHANGES = (
    "draft>sending sending>paused sending>done sending>stopped paused>sending paused>stopped"
)
SEND_CHANGES = (
    "queued>sending queued>cancelled "
    "sending>accepted sending>retry_wait sending>failed sending>unknown "
    "retry_wait>sending retry_wait>cancelled failed>retry_wait failed>cancelled "
    "unknown>accepted unknown>retry_wait unknown>cancelled"
)
FROZEN = "organization_id author_id subject body purpose campaign_id since people started_at"
IN_FORCE = (
    "EXISTS (SELECT 1 FROM consents c JOIN relay_messages m ON m.id = NEW.message_id"
    " JOIN signatures s ON s.id = c.signature_id"
    " WHERE c.id = NEW.consent_id AND c.organization_id = m.organization_id"
    " AND c.purpose = m.purpose AND c.withdrawn_at IS NULL AND s.seat IS NOT NULL"
    " AND s.proved_at IS NOT NULL AND s.ended_at IS NULL)"
)


def upgrade() -> None:
    _name_lanes("'signers', 'letters', 'relay'")
    _create_messages()
    _create_sends()
    _create_attempts()
    rules = _load_rules()
    for rule in _list_rules(rules):
        rules.create(rule)


def downgrade() -> None:
    rules = _load_rules()
    for rule in _list_rules(rules):
        rules.drop(rule)
    for table in ("relay_attempts", "relay_sends", "relay_messages"):
        op.drop_table(table)
    op.execute("DELETE FROM mail_lanes WHERE name = 'relay'")
    _name_lanes("'signers', 'letters'")


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _list_rules(rules: Any) -> list[Any]:
    frozen = " OR ".join(
        f"CAST(OLD.{column} AS text) IS DISTINCT FROM CAST(NEW.{column} AS text)"
        for column in FROZEN.split()
    )
    return [
        # Only the listed changes of state.
        rules.Rule(
            "relay_messages_refuse_change",
            "UPDATE OF state",
            "relay_messages",
            "no such change of a message",
            row=f"OLD.state <> NEW.state AND {_unlisted(MESSAGE_CHANGES)}",
        ),
        rules.Rule(
            "relay_messages_refuse_rewording",
            "UPDATE",
            "relay_messages",
            "a message that was sent is never changed",
            row=f"OLD.state <> 'draft' AND ({frozen})",
        ),
        rules.Rule(
            "relay_sends_refuse_change",
            "UPDATE OF state",
            "relay_sends",
            "no such change of a sending",
            row=f"OLD.state <> NEW.state AND {_unlisted(SEND_CHANGES)}",
        ),
        # 7, no consent, no data.
        rules.Rule(
            "relay_sends_refuse_unseen",
            "INSERT",
            "relay_sends",
            "nobody is written to without a consent in force",
            row="NEW.consent_id IS NOT NULL",
            found=f"NOT {IN_FORCE}",
        ),
        rules.Rule(
            "relay_sends_refuse_withdrawn",
            "UPDATE OF state",
            "relay_sends",
            "nobody is written to without a consent in force",
            row="NEW.state = 'sending' AND NEW.consent_id IS NOT NULL",
            found=f"NOT {IN_FORCE}",
        ),
    ]


def _unlisted(pairs: str) -> str:
    allowed = ", ".join(f"'{pair}'" for pair in pairs.split())
    return f"(OLD.state || '>' || NEW.state) NOT IN ({allowed})"


def _name_lanes(names: str) -> None:
    with op.batch_alter_table("mail_lanes") as table:
        table.drop_constraint(op.f("ck_mail_lanes_name_known"), type_="check")
        table.create_check_constraint(op.f("ck_mail_lanes_name_known"), f"name IN ({names})")


def _create_messages() -> None:
    op.create_table(
        "relay_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("since", TIME, nullable=True),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'sending', 'paused', 'done', 'stopped')",
            name=op.f("ck_relay_messages_state_known"),
        ),
        sa.CheckConstraint(
            "length(subject) BETWEEN 1 AND 120", name=op.f("ck_relay_messages_subject_short")
        ),
        sa.CheckConstraint(
            "length(body) BETWEEN 1 AND 5000", name=op.f("ck_relay_messages_body_short")
        ),
        sa.CheckConstraint(
            "(state = 'draft') = (started_at IS NULL)"
            " AND (started_at IS NULL) = (people IS NULL)"
            " AND (started_at IS NULL) = (sender_id IS NULL)",
            name=op.f("ck_relay_messages_started_with_people"),
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'stopped')) = (ended_at IS NOT NULL)",
            name=op.f("ck_relay_messages_ended"),
        ),
        _refer("relay_messages", "organization_id", "organizations.id"),
        _refer("relay_messages", "author_id", "users.id"),
        _refer("relay_messages", "sender_id", "users.id"),
        _refer("relay_messages", "campaign_id", "campaigns.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_messages")),
    )
    op.create_index(
        "ix_relay_messages_organization_id", "relay_messages", ["organization_id", "id"]
    )
    op.create_index("ix_relay_messages_state", "relay_messages", ["state"])


def _create_sends() -> None:
    due = sa.text("due_at IS NOT NULL")
    op.create_table(
        "relay_sends",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("settled_at", TIME, nullable=True),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'accepted', 'retry_wait', 'failed', 'unknown',"
            " 'cancelled')",
            name=op.f("ck_relay_sends_state_known"),
        ),
        sa.CheckConstraint(
            "(consent_id IS NULL) <> (user_id IS NULL)", name=op.f("ck_relay_sends_to_one")
        ),
        sa.CheckConstraint("attempt >= 0", name=op.f("ck_relay_sends_attempt_counts_up")),
        _refer("relay_sends", "message_id", "relay_messages.id"),
        _refer("relay_sends", "consent_id", "consents.id"),
        _refer("relay_sends", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_sends")),
        sa.UniqueConstraint(
            "message_id", "consent_id", name=op.f("uq_relay_sends_message_id_consent_id")
        ),
    )
    op.create_index(
        "ix_relay_sends_due",
        "relay_sends",
        ["state", "due_at"],
        sqlite_where=due,
        postgresql_where=due,
    )
    troubled = sa.text("state IN ('failed', 'unknown')")
    op.create_index(
        "ix_relay_sends_troubled",
        "relay_sends",
        ["settled_at"],
        sqlite_where=troubled,
        postgresql_where=troubled,
    )
    op.create_index("ix_relay_sends_message_id", "relay_sends", ["message_id", "state"])
    op.create_index("ix_relay_sends_consent_id", "relay_sends", ["consent_id"])


def _create_attempts() -> None:
    refused = sa.text("about IS NOT NULL")
    op.create_table(
        "relay_attempts",
        sa.Column("send_id", sa.Integer(), nullable=False),
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
        sa.CheckConstraint(
            "about IN ('ours', 'unsure')", name=op.f("ck_relay_attempts_about_known")
        ),
        sa.CheckConstraint(
            "spent OR about IS NOT NULL", name=op.f("ck_relay_attempts_unspent_has_cause")
        ),
        sa.CheckConstraint("recipient IS NULL", name=op.f("ck_relay_attempts_no_address")),
        _refer("relay_attempts", "send_id", "relay_sends.id"),
        sa.PrimaryKeyConstraint("send_id", "number", name=op.f("pk_relay_attempts")),
    )
    op.create_index(
        "ix_relay_attempts_refused",
        "relay_attempts",
        ["ended_at"],
        sqlite_where=refused,
        postgresql_where=refused,
    )


def _refer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))
