"""Tokens of organizations for the API, and writes that are not to be done twice.

Going down drops them: programs of organizations are refused until they get new ones.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_api_tokens_digest_whole")),
        sa.CheckConstraint(
            "replaces IS NULL OR replaces <> id", name=op.f("ck_api_tokens_replaces_another")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_api_tokens_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["api_tokens.id"], name=op.f("fk_api_tokens_replaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_tokens_digest")),
        sa.UniqueConstraint("replaces", name=op.f("uq_api_tokens_replaces")),
    )
    op.create_index("ix_api_tokens_organization_id", "api_tokens", ["organization_id"])
    op.create_table(
        "api_writes",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("request", sa.LargeBinary(length=32), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "(status IS NULL) = (answer IS NULL)", name=op.f("ck_api_writes_answered_whole")
        ),
        sa.ForeignKeyConstraint(
            ["token_id"], ["api_tokens.id"], name=op.f("fk_api_writes_token_id")
        ),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_api_writes")),
    )
    op.create_index("ix_api_writes_started_at", "api_writes", ["started_at"])
    rules = _load_rules()
    for rule in _list_rules(rules):
        rules.create(rule)


def downgrade() -> None:
    rules = _load_rules()
    for rule in reversed(_list_rules(rules)):
        rules.drop(rule)
    op.drop_index("ix_api_writes_started_at", table_name="api_writes")
    op.drop_table("api_writes")
    op.drop_index("ix_api_tokens_organization_id", table_name="api_tokens")
    op.drop_table("api_tokens")


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _list_rules(rules: Any) -> list[Any]:
    return [
        # 7, no consent, no data: a token opens what it was made for, and never again once it ended.
        rules.Rule(
            "api_tokens_refuse_change",
            "UPDATE",
            "api_tokens",
            "a token stays what it was made, and does not come back",
            row="OLD.organization_id <> NEW.organization_id OR OLD.digest <> NEW.digest"
            " OR OLD.scopes <> NEW.scopes OR OLD.created_at <> NEW.created_at"
            " OR coalesce(OLD.replaces, 0) <> coalesce(NEW.replaces, 0)"
            " OR NEW.expires_at > OLD.expires_at"
            " OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL)",
        ),
        rules.Rule(
            "api_tokens_refuse_delete",
            "DELETE",
            "api_tokens",
            "a token is revoked, not deleted: what it did is told by its id",
        ),
    ]
