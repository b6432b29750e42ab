"""Webhooks of organizations, and the e-mail that tells owners that one was switched off.

Going down drops them: their receivers hear nothing more, and get other keys if they come back.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
MAILS_BEFORE = (
    "'invitation', 'reset', 'new-place', 'password', 'recovery', 'factor-reset', 'application'"
)
CHANGES = (
    "queued>sending queued>cancelled "
    "sending>accepted sending>retry_wait sending>failed sending>unknown accepted>queued "
    "retry_wait>sending retry_wait>cancelled failed>queued failed>retry_wait failed>cancelled "
    "unknown>accepted unknown>retry_wait unknown>cancelled"
)
STATES = "'queued', 'sending', 'accepted', 'retry_wait', 'failed', 'unknown', 'cancelled'"
EVENTS = (
    "'consent.given', 'consent.withdrawn', 'consent.erased', 'consent.bounced',"
    " 'consent.corrected', 'webhook.test'"
)


def upgrade() -> None:
    _create_endpoints()
    _create_keys()
    _create_deliveries()
    _create_attempts()
    rules = _load_rules()
    for rule in _list_rules(rules):
        rules.create(rule)
    with op.batch_alter_table("account_mails") as table:
        table.add_column(sa.Column("endpoint_id", sa.Integer(), nullable=True))
        table.drop_constraint(op.f("ck_account_mails_kind_known"), type_="check")
        table.create_check_constraint(
            op.f("ck_account_mails_kind_known"), f"kind IN ({MAILS_BEFORE}, 'webhook')"
        )
        table.create_check_constraint(
            op.f("ck_account_mails_endpoint_named"),
            "(kind = 'webhook') = (endpoint_id IS NOT NULL)",
        )
        table.create_foreign_key(
            op.f("fk_account_mails_endpoint_id"), "webhook_endpoints", ["endpoint_id"], ["id"]
        )


def downgrade() -> None:
    op.execute("DELETE FROM account_mails WHERE kind = 'webhook'")
    with op.batch_alter_table("account_mails") as table:
        table.drop_constraint(op.f("fk_account_mails_endpoint_id"), type_="foreignkey")
        table.drop_constraint(op.f("ck_account_mails_endpoint_named"), type_="check")
        table.drop_constraint(op.f("ck_account_mails_kind_known"), type_="check")
        table.create_check_constraint(
            op.f("ck_account_mails_kind_known"), f"kind IN ({MAILS_BEFORE})"
        )
        table.drop_column("endpoint_id")
    rules = _load_rules()
    for rule in _list_rules(rules):
        rules.drop(rule)
    for table in ("webhook_attempts", "webhook_deliveries", "webhook_keys", "webhook_endpoints"):
        op.drop_table(table)


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _list_rules(rules: Any) -> list[Any]:
    changes = ", ".join(f"'{pair}'" for pair in CHANGES.split())
    return [
        # Webhooks: what was promised to an endpoint is not another's, and is not told anew.
        rules.Rule(
            "webhook_endpoints_refuse_change",
            "UPDATE",
            "webhook_endpoints",
            "an endpoint keeps its organization, goes forward, and does not come back",
            row="OLD.organization_id <> NEW.organization_id OR OLD.signing <> NEW.signing"
            " OR NEW.told_number < OLD.told_number"
            " OR (OLD.removed_at IS NOT NULL AND NEW.removed_at IS NULL)",
        ),
        rules.Rule(
            "webhook_deliveries_refuse_change",
            "UPDATE OF state",
            "webhook_deliveries",
            "no such change of a delivery",
            row=f"OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN ({changes})",
        ),
        rules.Rule(
            "webhook_deliveries_refuse_rewrite",
            "UPDATE",
            "webhook_deliveries",
            "an event stays what it was, under its name",
            row="OLD.endpoint_id <> NEW.endpoint_id OR OLD.kind <> NEW.kind"
            " OR OLD.name <> NEW.name OR OLD.at <> NEW.at"
            " OR coalesce(OLD.number, 0) <> coalesce(NEW.number, 0)",
        ),
        rules.Rule(
            "webhook_deliveries_refuse_removed",
            "UPDATE OF state",
            "webhook_deliveries",
            "nothing is sent to an endpoint that was removed",
            row="OLD.state <> NEW.state AND NEW.state = 'sending'",
            found="EXISTS (SELECT 1 FROM webhook_endpoints e WHERE e.id = NEW.endpoint_id"
            " AND e.removed_at IS NOT NULL)",
        ),
    ]


def _create_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("kinds", sa.String(length=200), nullable=False),
        sa.Column("signing", sa.String(length=9), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("told_number", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", TIME, nullable=True),
        sa.Column("quiet_until", TIME, nullable=True),
        sa.Column("disabled_at", TIME, nullable=True),
        sa.Column("disabled_why", sa.String(length=7), nullable=True),
        sa.Column("removed_at", TIME, nullable=True),
        sa.CheckConstraint(
            "signing IN ('symmetric', 'ed25519')", name=op.f("ck_webhook_endpoints_signing_known")
        ),
        sa.CheckConstraint(
            "disabled_why IN ('member', 'gone', 'failing')",
            name=op.f("ck_webhook_endpoints_disabled_why_known"),
        ),
        sa.CheckConstraint("url LIKE 'http%://%'", name=op.f("ck_webhook_endpoints_url_of_web")),
        sa.CheckConstraint(
            "length(kinds) > 0", name=op.f("ck_webhook_endpoints_told_of_something")
        ),
        sa.CheckConstraint(
            "(disabled_at IS NULL) = (disabled_why IS NULL)",
            name=op.f("ck_webhook_endpoints_disabled_for_a_reason"),
        ),
        sa.CheckConstraint(
            "told_number >= 0 AND failures >= 0", name=op.f("ck_webhook_endpoints_counts_up")
        ),
        sa.CheckConstraint(
            "(failures = 0) = (failing_since IS NULL)",
            name=op.f("ck_webhook_endpoints_failing_since_failure"),
        ),
        _refer("webhook_endpoints", "organization_id", "organizations.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index(
        "ix_webhook_endpoints_organization_id", "webhook_endpoints", ["organization_id"]
    )


def _create_keys() -> None:
    current = sa.text("expires_at IS NULL")
    op.create_table(
        "webhook_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(length=16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        _refer("webhook_keys", "endpoint_id", "webhook_endpoints.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_keys")),
    )
    op.create_index(
        "uq_webhook_keys_current",
        "webhook_keys",
        ["endpoint_id"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_index("ix_webhook_keys_endpoint_id", "webhook_keys", ["endpoint_id"])


def _create_deliveries() -> None:
    due = sa.text("due_at IS NOT NULL")
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("settled_at", TIME, nullable=True),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_webhook_deliveries_state_known")),
        sa.CheckConstraint(f"kind IN ({EVENTS})", name=op.f("ck_webhook_deliveries_kind_known")),
        sa.CheckConstraint(
            "(kind = 'webhook.test') = (number IS NULL)",
            name=op.f("ck_webhook_deliveries_test_has_no_number"),
        ),
        sa.CheckConstraint("attempt >= 0", name=op.f("ck_webhook_deliveries_attempt_counts_up")),
        _refer("webhook_deliveries", "endpoint_id", "webhook_endpoints.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "endpoint_id", "number", name=op.f("uq_webhook_deliveries_endpoint_id_number")
        ),
        sa.UniqueConstraint(
            "endpoint_id", "name", name=op.f("uq_webhook_deliveries_endpoint_id_name")
        ),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["state", "due_at"],
        sqlite_where=due,
        postgresql_where=due,
    )
    op.create_index(
        "ix_webhook_deliveries_endpoint_id_state", "webhook_deliveries", ["endpoint_id", "state"]
    )
    op.create_index(
        "ix_webhook_deliveries_endpoint_id", "webhook_deliveries", ["endpoint_id", "id"]
    )
    op.create_index("ix_webhook_deliveries_created_at", "webhook_deliveries", ["created_at"])


def _create_attempts() -> None:
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
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
            "about IN ('ours', 'unsure')", name=op.f("ck_webhook_attempts_about_known")
        ),
        sa.CheckConstraint(
            "spent OR about IS NOT NULL", name=op.f("ck_webhook_attempts_unspent_has_cause")
        ),
        sa.CheckConstraint(
            "recipient IS NULL AND said IS NULL", name=op.f("ck_webhook_attempts_keeps_no_answer")
        ),
        _refer("webhook_attempts", "delivery_id", "webhook_deliveries.id"),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_webhook_attempts")),
    )


def _refer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))
