"""Mail lanes: mails that a server refuses wait together, and who was hit is known."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mail_lanes",
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("refused_since", MOMENT, nullable=True),
        sa.Column("cause", sa.String(length=60), nullable=True),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("probe_at", MOMENT, nullable=True),
        sa.Column("probes", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("revives", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.CheckConstraint("name IN ('signers')", name=op.f("ck_mail_lanes_name_known")),
        sa.CheckConstraint(
            "stopped_at IS NULL OR opened_at IS NOT NULL"
            " OR (probe_at IS NOT NULL AND refused_since IS NOT NULL AND cause IS NOT NULL)",
            name=op.f("ck_mail_lanes_stopped_is_probed"),
        ),
        sa.CheckConstraint(
            "opened_at IS NULL OR (stopped_at IS NOT NULL AND probe_at IS NULL)",
            name=op.f("ck_mail_lanes_opened_was_stopped"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mail_lanes")),
    )
    op.create_table(
        "refused_mails",
        sa.Column("signature_id", BIG, nullable=False),
        sa.Column("mail_id", BIG, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.CheckConstraint("times >= 0", name=op.f("ck_refused_mails_times_counted")),
        sa.ForeignKeyConstraint(
            ["signature_id"],
            ["signatures.id"],
            name=op.f("fk_refused_mails_signature_id_signatures"),
        ),
        sa.PrimaryKeyConstraint("signature_id", "mail_id", name=op.f("pk_refused_mails")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("refused_mails")
    op.drop_table("mail_lanes")
