"""Overlays: districts of a layer may lie over each other, and a signature counts in each."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

LIVE = sa.text("left_at IS NULL")
OVERLAYS = sa.text("overlays")
# What an older version cannot hold: who is in a layer's own district and in one over it.
BESIDE = (
    "EXISTS (SELECT 1 FROM {table} own JOIN districts base ON base.id = own.district_id"
    " WHERE own.signature_id = {table}.signature_id AND own.layer = {table}.layer"
    " AND own.district_id <> {table}.district_id AND NOT base.overlays{live})"
)
OVER = "district_id IN (SELECT id FROM districts WHERE overlays)"


def upgrade() -> None:
    op.add_column(
        "districts",
        sa.Column("overlays", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_districts_overlays",
        "districts",
        ["layer"],
        sqlite_where=OVERLAYS,
        postgresql_where=OVERLAYS,
    )
    _key_placements("signature_id", "district_id")
    _index_one_live("signature_id", "district_id")


def downgrade() -> None:
    """Who was counted in a district and in one over it stays in the former alone."""
    op.execute(
        f"DELETE FROM placements WHERE {OVER} AND {BESIDE.format(table='placements', live='')}"
    )
    leave = f"left_at IS NULL AND {OVER} AND " + BESIDE.format(
        table="ledger", live=" AND own.left_at IS NULL"
    )
    op.execute(
        "UPDATE tallies SET live = live - (SELECT count(*) FROM ledger"
        " WHERE ledger.campaign_id = tallies.campaign_id"
        f" AND ledger.district_id = tallies.district_id AND {leave})"
        f" WHERE {OVER}"
    )
    op.execute(f"UPDATE ledger SET left_at = CURRENT_TIMESTAMP WHERE {leave}")
    _index_one_live("signature_id", "layer")
    _key_placements("signature_id", "layer")
    op.drop_index("ix_districts_overlays", "districts")
    op.drop_column("districts", "overlays")


def _key_placements(*columns: str) -> None:
    """Change the primary key; the table has no triggers, and nothing refers to it."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pk_placements", "placements")
        op.create_primary_key("pk_placements", "placements", list(columns))
        return
    op.rename_table("placements", "placements_before")
    op.create_table(
        "placements",
        sa.Column("signature_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(length=8), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("found_by", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_placements_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signatures.id"], name=op.f("fk_placements_signature_id")
        ),
        sa.PrimaryKeyConstraint(*columns, name=op.f("pk_placements")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO placements (signature_id, layer, district_id, found_by)"
        " SELECT signature_id, layer, district_id, found_by FROM placements_before"
    )
    op.drop_table("placements_before")


def _index_one_live(*columns: str) -> None:
    op.drop_index("uq_ledger_one_live", "ledger")
    op.create_index(
        "uq_ledger_one_live",
        "ledger",
        list(columns),
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
