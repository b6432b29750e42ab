"""Rules of signatures: on PostgreSQL one trigger holds what six checks held.

PostgreSQL reads the text of every check of a table anew for each INSERT statement, and a signature
is one; a function is read once a connection. SQLite compiles its checks with the statement, which
is kept, so there they stay.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# By the name of the check, as in petition/models/signatures/signature.py.
RULES = {
    "ck_signatures_seat_known": "{0}seat IN (1, 2)",
    "ck_signatures_seat_once_confirmed": (
        "{0}ended_at IS NOT NULL OR ({0}state = 'pending') = ({0}seat IS NULL)"
    ),
    "ck_signatures_name_changes_few": "{0}name_changes BETWEEN 0 AND 3",
    "ck_signatures_comment_state_known": "{0}comment_state IN ('waiting', 'allowed', 'struck')",
    "ck_signatures_comment_to_publish": (
        "{0}comment_state IS NULL OR {0}comment_state = 'struck' OR {0}publish_comment"
    ),
    "ck_signatures_comment_decided": (
        "({0}comment_decided_at IS NULL"
        " OR coalesce({0}comment_state, '') IN ('allowed', 'struck'))"
        " AND ({0}comment_decided_at IS NOT NULL OR coalesce({0}comment_state, '') <> 'struck')"
    ),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    # As with a check, what is neither true nor false is let through.
    refusals = "".join(
        f" IF NOT ({rule.format('NEW.')}) THEN"
        f" RAISE EXCEPTION 'new row for signatures breaks {name}'"
        f" USING ERRCODE = 'check_violation', TABLE = 'signatures', CONSTRAINT = '{name}'; END IF;"
        for name, rule in RULES.items()
    )
    op.execute(
        "CREATE FUNCTION signatures_keep_rules() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN{refusals} RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER signatures_keep_rules_at_insert BEFORE INSERT ON signatures"
        " FOR EACH ROW EXECUTE FUNCTION signatures_keep_rules()"
    )
    # An UPDATE is of many rows: its condition is read once, and the function is not called.
    kept = " AND ".join(f"({rule.format('NEW.')})" for rule in RULES.values())
    op.execute(
        "CREATE TRIGGER signatures_keep_rules_at_update BEFORE UPDATE ON signatures"
        f" FOR EACH ROW WHEN (NOT ({kept})) EXECUTE FUNCTION signatures_keep_rules()"
    )
    for name in RULES:
        op.execute(f"ALTER TABLE signatures DROP CONSTRAINT {name}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for name, rule in RULES.items():
        op.execute(f"ALTER TABLE signatures ADD CONSTRAINT {name} CHECK ({rule.format('')})")
    for moment in ("insert", "update"):
        op.execute(f"DROP TRIGGER signatures_keep_rules_at_{moment} ON signatures")
    op.execute("DROP FUNCTION signatures_keep_rules()")
