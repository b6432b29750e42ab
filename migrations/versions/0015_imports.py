"""Imports: files of signatures, how far each was read, and the proofs of those vouched for.

Going down keeps the signatures that were imported and drops what is known of their files.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

IDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVE = sa.text("undone_at IS NULL")
IN_BATCH = sa.text("batch IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "import_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("vouched", sa.Boolean(), nullable=False),
        sa.Column("proof_sha256", sa.String(length=64), nullable=True),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("signed", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("withdrew", sa.Integer(), nullable=False),
        sa.Column("report_bytes", IDS, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "rows_done = signed + refused + known + withdrew",
            name=op.f("ck_import_batches_all_told"),
        ),
        sa.CheckConstraint(
            "vouched = (proof_sha256 IS NOT NULL)",
            name=op.f("ck_import_batches_vouched_with_proof"),
        ),
        sa.CheckConstraint(
            "undone_at IS NULL OR undone_at >= started_at",
            name=op.f("ck_import_batches_undone_later"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_import_batches_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_import_batches_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    op.create_index(
        "uq_import_batches_one_live",
        "import_batches",
        ["campaign_id", "sha256"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table(
        "import_proofs",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_import_proofs_batch_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_import_proofs")),
    )
    op.create_index(
        "ix_signatures_batch",
        "signatures",
        ["batch", "id"],
        sqlite_where=IN_BATCH,
        postgresql_where=IN_BATCH,
    )


def downgrade() -> None:
    op.drop_index("ix_signatures_batch", table_name="signatures")
    op.drop_table("import_proofs")
    op.drop_index("uq_import_batches_one_live", table_name="import_batches")
    op.drop_table("import_batches")
