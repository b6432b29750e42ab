"""Public counts: what is told of counts is a snapshot, from several networks and a level on.

What was shown before goes on to be shown where it is above any level: nobody knows any more from
which networks those people came.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SHOWN = sa.text("people IS NOT NULL")
# The highest level there is, and one more.
ENOUGH = 20
WORDS = "several networks, once seen, are not taken back"
TAKES_BACK = "OLD.several_networks AND NOT NEW.several_networks"


def upgrade() -> None:
    for table in ("tallies", "area_counts"):
        op.add_column(
            table,
            sa.Column("several_networks", sa.Boolean(), nullable=False, server_default=sa.false()),
        )
    # Both databases take a check with a column that is added, and SQLite no other.
    op.execute(
        "ALTER TABLE area_counts ADD COLUMN is_told BOOLEAN DEFAULT false NOT NULL"
        " CONSTRAINT ck_area_counts_told_from_ten"
        " CHECK (NOT is_told OR (several_networks AND people >= 10))"
    )
    op.execute(f"UPDATE tallies SET several_networks = (1 = 1) WHERE live >= {ENOUGH}")
    op.execute(
        "UPDATE area_counts SET several_networks = (1 = 1), is_told = (1 = 1)"
        f" WHERE people >= {ENOUGH}"
    )
    _create_trigger()
    op.create_table(
        "public_counts",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "people IS NULL OR people >= 10", name=op.f("ck_public_counts_people_not_few")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "district_id"],
            ["tallies.campaign_id", "tallies.district_id"],
            name=op.f("fk_public_counts_campaign_id_district_id_tallies"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "district_id", name=op.f("pk_public_counts")),
    )
    op.create_index(
        "ix_public_counts_shown",
        "public_counts",
        ["campaign_id", "people"],
        sqlite_where=SHOWN,
        postgresql_where=SHOWN,
    )
    op.create_table(
        "public_totals",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("is_exact", sa.Boolean(), nullable=False),
        sa.Column("is_rounded", sa.Boolean(), nullable=False),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "people IS NULL OR people >= 10", name=op.f("ck_public_totals_people_not_few")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_public_totals_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_public_totals")),
    )
    op.create_table(
        "network_buckets",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "bucket BETWEEN 0 AND 255", name=op.f("ck_network_buckets_bucket_is_a_byte")
        ),
        sa.CheckConstraint("people > 0", name=op.f("ck_network_buckets_people_positive")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "district_id"],
            ["tallies.campaign_id", "tallies.district_id"],
            name=op.f("fk_network_buckets_campaign_id_district_id_tallies"),
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "district_id", "bucket", name=op.f("pk_network_buckets")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("network_buckets", "public_totals", "public_counts"):
        op.drop_table(table)
    _drop_trigger()
    op.drop_column("area_counts", "is_told")  # and its check with it
    op.drop_column("area_counts", "several_networks")
    op.drop_column("tallies", "several_networks")


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def _create_trigger() -> None:
    if _is_sqlite():
        op.execute(
            "CREATE TRIGGER tallies_keep_networks BEFORE UPDATE OF several_networks ON tallies "
            f"WHEN {TAKES_BACK} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )
        return
    op.execute(
        "CREATE TRIGGER tallies_keep_networks BEFORE UPDATE OF several_networks ON tallies "
        f"FOR EACH ROW WHEN ({TAKES_BACK}) EXECUTE FUNCTION refuse('{WORDS}')"
    )


def _drop_trigger() -> None:
    where = "" if _is_sqlite() else " ON tallies"
    op.execute(f"DROP TRIGGER tallies_keep_networks{where}")
