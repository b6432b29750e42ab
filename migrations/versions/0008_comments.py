"""Words of strangers: what a campaign prints of them, where each stands, what a letter has printed.

Plain ADD COLUMN with its constraints: SQLite could add them in no other way without making the
table anew, which would drop its triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = (
    "campaigns ADD COLUMN comments VARCHAR(8) DEFAULT 'reviewed' NOT NULL"
    " CONSTRAINT ck_campaigns_comments_known CHECK (comments IN ('reviewed', 'all', 'none'))",
    "campaigns ADD COLUMN comment_wait INTEGER DEFAULT '0' NOT NULL"
    " CONSTRAINT ck_campaigns_comment_wait_hours CHECK (comment_wait >= 0 AND comment_wait <= 72)",
    "signatures ADD COLUMN comment_state VARCHAR(8)"
    " CONSTRAINT ck_signatures_comment_state_known"
    " CHECK (comment_state IN ('waiting', 'allowed', 'struck'))"
    " CONSTRAINT ck_signatures_comment_to_publish"
    " CHECK (comment_state IS NULL OR comment_state = 'struck' OR publish_comment)",
    "signatures ADD COLUMN comment_decided_at {moment}"
    " CONSTRAINT ck_signatures_comment_decided CHECK ("
    "(comment_decided_at IS NULL OR coalesce(comment_state, '') IN ('allowed', 'struck'))"
    " AND (comment_decided_at IS NOT NULL OR coalesce(comment_state, '') <> 'struck'))",
    "letters ADD COLUMN words VARCHAR(64)",
)
# (name, table, column, condition, what the error says)
RULES = (
    (
        "signatures_refuse_unread",
        "signatures",
        "comment_state",
        "OLD.comment_state IN ('waiting', 'struck') AND NEW.comment_state = 'allowed'"
        " AND NEW.comment_decided_at IS NULL",
        "words that waited, or were struck, are allowed by a decision",
    ),
    (
        "letters_refuse_rewording",
        "letters",
        "words",
        "coalesce(OLD.words, '') <> coalesce(NEW.words, '')",
        "a letter never changes",
    ),
)


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    moment = "DATETIME" if sqlite else "TIMESTAMP WITH TIME ZONE"
    for column in COLUMNS:
        op.execute(f"ALTER TABLE {column.format(moment=moment)}")
    undecided = sa.text(
        "comment_state IS NOT NULL AND comment_decided_at IS NULL AND ended_at IS NULL"
    )
    op.create_index(
        "ix_signatures_comments_undecided",
        "signatures",
        ["campaign_id", "comment_state", "id"],
        sqlite_where=undecided,
        postgresql_where=undecided,
    )
    decided = sa.text("comment_decided_at IS NOT NULL")
    op.create_index(
        "ix_signatures_comments_decided",
        "signatures",
        ["comment_decided_at"],
        sqlite_where=decided,
        postgresql_where=decided,
    )
    # Nobody has read what was written before: in letters that have not gone yet it waits.
    op.execute(
        "UPDATE signatures SET comment_state = 'waiting' WHERE publish_comment AND ended_at IS NULL"
    )
    for name, table, column, condition, words in RULES:
        if sqlite:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE UPDATE OF {column} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE UPDATE OF {column} ON {table} FOR EACH ROW "
                f"WHEN ({condition}) EXECUTE FUNCTION refuse('{words}')"
            )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, *_ in RULES:
        op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {table}")
    op.drop_index("ix_signatures_comments_decided", "signatures")
    op.drop_index("ix_signatures_comments_undecided", "signatures")
    op.drop_column("letters", "words")
    # The one whose constraint names the other goes first.
    op.drop_column("signatures", "comment_decided_at")
    op.drop_column("signatures", "comment_state")
    op.drop_column("campaigns", "comment_wait")
    op.drop_column("campaigns", "comments")
