"""Corrections of rosters, laid over them; and the web forms that offices have instead of e-mail."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# (name, when, condition, words)
RULES = (
    (
        "corrections_refuse_change",
        "UPDATE",
        "OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR {}".format(
            " OR ".join(
                f"OLD.{column} {{differs}} NEW.{column}"
                for column in (
                    "id post_id official_id field value roster_said because source until "
                    "made_by made_at"
                ).split()
            )
        ),
        "a correction is withdrawn once and never changed",
    ),
    ("corrections_refuse_delete", "DELETE", "OLD.id IS NOT NULL", "corrections are never deleted"),
)


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("official_id", sa.Integer(), nullable=True),
        sa.Column("field", sa.String(8), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("roster_said", sa.String(), nullable=True),
        sa.Column("because", sa.String(200), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(80), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(200), nullable=True),
        sa.CheckConstraint(
            "field IN ('holder', 'email', 'office')", name=op.f("ck_corrections_field_known")
        ),
        sa.CheckConstraint(
            "field <> 'holder' OR (official_id IS NULL) = (value IS NULL)",
            name=op.f("ck_corrections_holder_named"),
        ),
        sa.CheckConstraint(
            "value <> '' AND because <> '' AND made_by <> ''",
            name=op.f("ck_corrections_filled_in"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)"
            " AND (withdrawn_at IS NULL) = (withdrawn_because IS NULL)",
            name=op.f("ck_corrections_withdrawn_whole"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_corrections_post_id")),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_corrections_official_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_post_id"), "corrections", ["post_id"])
    # Of a post's holders one stands; of its addresses, one for each holder and one of its own.
    op.execute(
        "CREATE UNIQUE INDEX uq_corrections_holder ON corrections (post_id)"
        " WHERE withdrawn_at IS NULL AND field = 'holder'"
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_corrections_contact"
        " ON corrections (post_id, field, coalesce(official_id, 0))"
        " WHERE withdrawn_at IS NULL AND field <> 'holder'"
    )
    for name, when, condition, words in RULES:
        if _is_sqlite():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {when} ON corrections "
                f"WHEN {condition.format(differs='IS NOT')} "
                f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {when} ON corrections FOR EACH ROW "
                f"WHEN ({condition.format(differs='IS DISTINCT FROM')}) "
                f"EXECUTE FUNCTION refuse('{words}')"
            )
    if not _is_sqlite():
        op.execute(
            "CREATE TRIGGER corrections_refuse_truncate BEFORE TRUNCATE ON corrections "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse('this table is never emptied')"
        )
    op.add_column("offices", sa.Column("form", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("offices") as batch:
        batch.drop_column("form")
    op.drop_table("corrections")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
