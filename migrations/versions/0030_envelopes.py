"""Envelopes: what a message says beside its PDF stands, sealed, in the row of its delivery.

Files that earlier versions wrote into messages/ are read where a row has none. Going down drops
the column: the next try at a delivery then says what its file says, or is worded anew.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BLOB = {"sqlite": "BLOB", "postgresql": "BYTEA"}


def upgrade() -> None:
    blob = BLOB[op.get_bind().dialect.name]
    op.execute(f"ALTER TABLE deliveries ADD COLUMN envelope {blob}")
    # With the column: SQLite adds a constraint to a table only by copying all of it.
    op.execute(
        f"ALTER TABLE deliveries ADD COLUMN bound_to {blob}"
        " CONSTRAINT ck_deliveries_envelope_bound_to_its_row"
        " CHECK ((envelope IS NULL) = (bound_to IS NULL))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE deliveries DROP COLUMN bound_to")
    op.execute("ALTER TABLE deliveries DROP COLUMN envelope")
