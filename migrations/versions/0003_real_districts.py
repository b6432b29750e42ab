"""Real districts: who receives, which districts are in force, what a ZIP may decide, who waits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BEFORE = (
    "pending>confirmed pending>withdrawn pending>rejected pending>expired pending>erased "
    "confirmed>located confirmed>review confirmed>withdrawn confirmed>rejected confirmed>erased "
    "located>counted located>confirmed located>review located>withdrawn located>rejected "
    "located>erased review>confirmed review>located review>withdrawn review>rejected review>erased "
    "counted>withdrawn counted>rejected counted>erased "
    "withdrawn>erased rejected>erased expired>erased"
)
# Boundaries change and people correct their address: who was counted is located once more.
SIGNATURE_CHANGES = BEFORE.replace("counted>withdrawn", "counted>confirmed counted>withdrawn", 1)
SEALED = (
    "SELECT 1 FROM milestones m WHERE m.campaign_id = NEW.campaign_id "
    "AND m.district_id = NEW.district_id AND m.number = NEW.carried_by "
    "AND m.sealed_at IS NOT NULL"
)
# Its letter takes no more names: but an inherited milestone has none, and who was named in it
# before, and left, may come back to where they were.
NOT_NAMED_BEFORE = (
    SEALED + " AND NOT m.inherited AND NOT EXISTS (SELECT 1 FROM ledger l "
    "WHERE l.campaign_id = NEW.campaign_id AND l.district_id = NEW.district_id "
    "AND l.carried_by = NEW.carried_by AND l.signature_id = NEW.signature_id)"
)


def upgrade() -> None:
    op.add_column(
        "boundary_sets", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("boundary_sets", sa.Column("compared", sa.JSON(), nullable=True))
    op.add_column(
        "districts",
        sa.Column("in_force", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_districts_in_force",
        "districts",
        ["layer", "geoid"],
        sqlite_where=sa.text("in_force"),
        postgresql_where=sa.text("in_force"),
    )
    # A state's own set comes before the country's.
    op.execute(
        "UPDATE districts SET in_force = (1 = 1) WHERE boundary_set_id IN ("
        " SELECT id FROM boundary_sets WHERE state = 'active') AND NOT EXISTS ("
        " SELECT 1 FROM boundary_sets mine JOIN boundary_sets own ON own.layer = mine.layer"
        " WHERE mine.id = districts.boundary_set_id AND mine.scope = 'us'"
        " AND own.state = 'active' AND own.scope = lower(districts.state))"
    )
    op.add_column(
        "posts",
        sa.Column("role", sa.String(length=20), nullable=False, server_default="board"),
    )
    op.add_column(
        "terms", sa.Column("listed", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column(
        "campaigns", sa.Column("recipients", sa.JSON(), nullable=False, server_default="{}")
    )
    op.add_column(
        "milestones",
        sa.Column("inherited", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "signatures",
        sa.Column("relocated", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_ledger_left",
        "ledger",
        ["signature_id"],
        sqlite_where=sa.text("left_at IS NOT NULL"),
        postgresql_where=sa.text("left_at IS NOT NULL"),
    )
    op.create_table(
        "postal_districts",
        sa.Column("postal_code", sa.String(length=5), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "share > 0 AND share <= 1", name=op.f("ck_postal_districts_share_is_a_part")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_postal_districts_district_id")
        ),
        sa.PrimaryKeyConstraint("postal_code", "district_id", name=op.f("pk_postal_districts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_postal_districts_district_id", "postal_districts", ["district_id"])
    op.create_table(
        "candidates",
        sa.Column(
            "signature_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_candidates_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signatures.id"], name=op.f("fk_candidates_signature_id")
        ),
        sa.PrimaryKeyConstraint("signature_id", "district_id", name=op.f("pk_candidates")),
        sqlite_with_rowid=False,
    )
    _replace_rules(SIGNATURE_CHANGES, NOT_NAMED_BEFORE)


def downgrade() -> None:
    _replace_rules(BEFORE, SEALED)
    op.drop_table("candidates")
    op.drop_table("postal_districts")
    op.drop_index("ix_ledger_left", "ledger")
    op.drop_column("signatures", "relocated")
    op.drop_column("milestones", "inherited")
    op.drop_column("campaigns", "recipients")
    op.drop_column("terms", "listed")
    op.drop_column("posts", "role")
    op.drop_index("ix_districts_in_force", "districts")
    op.drop_column("districts", "in_force")
    op.drop_column("boundary_sets", "compared")
    op.drop_column("boundary_sets", "approved_at")


def _replace_rules(pairs: str, sealed: str) -> None:
    allowed = ", ".join(f"'{pair}'" for pair in pairs.split())
    changed = f"OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN ({allowed})"
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER signatures_refuse_change")
        op.execute(
            "CREATE TRIGGER signatures_refuse_change BEFORE UPDATE OF state ON signatures "
            f"WHEN {changed} "
            "BEGIN SELECT RAISE(ABORT, 'no such change of a signature'); END"
        )
        op.execute("DROP TRIGGER ledger_refuse_inserting_sealed")
        op.execute(
            "CREATE TRIGGER ledger_refuse_inserting_sealed BEFORE INSERT ON ledger "
            "WHEN NEW.carried_by IS NOT NULL "
            "BEGIN SELECT RAISE(ABORT, 'a sealed letter takes no more names') "
            f"WHERE EXISTS ({sealed}); END"
        )
        return
    op.execute("DROP TRIGGER signatures_refuse_change ON signatures")
    op.execute(
        "CREATE TRIGGER signatures_refuse_change BEFORE UPDATE OF state ON signatures "
        f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION refuse('no such change of a signature')"
    )
    op.execute(
        "CREATE OR REPLACE FUNCTION ledger_refuse_inserting_sealed_where() RETURNS trigger "
        f"LANGUAGE plpgsql AS $$ BEGIN IF EXISTS ({sealed}) THEN "
        "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; "
        "END IF; RETURN NEW; END $$"
    )
