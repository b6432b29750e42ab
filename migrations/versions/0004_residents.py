"""Residents: what a campaign shows and guards against, groups on the map, mails that are due."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def campaigns() -> tuple[sa.Column, ...]:
    return (
        sa.Column("message", sa.String(), nullable=False, server_default=""),
        sa.Column("issues", sa.String(), nullable=False, server_default=""),
        sa.Column("video_url", sa.String(), nullable=True),
        sa.Column("video_title", sa.String(), nullable=True),
        sa.Column("accent", sa.String(length=7), nullable=True),
        sa.Column("recent_shown", sa.Integer(), nullable=False, server_default="10"),
        sa.Column("embed_origins", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("guards", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("successor", sa.String(), nullable=True),
    )


def organizations() -> tuple[sa.Column, ...]:
    return (
        sa.Column("locality", sa.String(), nullable=False, server_default=""),
        sa.Column("about", sa.String(), nullable=False, server_default=""),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_type", sa.String(length=20), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
    )


def signatures() -> tuple[sa.Column, ...]:
    return (
        sa.Column("show_name", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("notify", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("tell_successor", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("language", sa.String(length=5), nullable=False, server_default="en"),
        sa.Column("reject_reason", sa.String(length=20), nullable=True),
        sa.Column("unreachable_at", sa.DateTime(timezone=True), nullable=True),
    )


def upgrade() -> None:
    for table, columns in (
        ("campaigns", campaigns()),
        ("organizations", organizations()),
        ("signatures", signatures()),
    ):
        for column in columns:
            op.add_column(table, column)
    op.create_index(
        "ix_signatures_shown",
        "signatures",
        ["campaign_id", "confirmed_at"],
        sqlite_where=sa.text("show_name"),
        postgresql_where=sa.text("show_name"),
    )
    op.create_index(
        "ix_signatures_near",
        "signatures",
        ["campaign_id", "cell"],
        sqlite_where=sa.text("show_name"),
        postgresql_where=sa.text("show_name"),
    )
    op.create_table(
        "campaign_partners",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_partners_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_campaign_partners_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "organization_id", name=op.f("pk_campaign_partners")
        ),
    )
    op.create_table(
        "area_counts",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(length=15), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("ck_area_counts_people_positive")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_area_counts_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "area", name=op.f("pk_area_counts")),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "signature_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("about", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('reminder', 'link', 'delivered', 'successor')",
            name=op.f("ck_mails_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signatures.id"], name=op.f("fk_mails_signature_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint(
            "signature_id", "kind", "about", name=op.f("uq_mails_signature_id_kind_about")
        ),
    )
    op.create_index(
        "ix_mails_due",
        "mails",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "used_challenges",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_challenges")),
    )
    op.create_index("ix_used_challenges_expires_at", "used_challenges", ["expires_at"])


def downgrade() -> None:
    op.drop_table("used_challenges")
    op.drop_table("mails")
    op.drop_table("area_counts")
    op.drop_table("campaign_partners")
    op.drop_index("ix_signatures_near", "signatures")
    op.drop_index("ix_signatures_shown", "signatures")
    for table, columns in (
        ("signatures", signatures()),
        ("organizations", organizations()),
        ("campaigns", campaigns()),
    ):
        for column in reversed(columns):
            op.drop_column(table, column.name)
