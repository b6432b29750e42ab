"""Words that staff have struck: later words of the same mailbox are read first.

The database writes the table itself, from the signatures; each road that stores words or makes
answers a signature is held by a trigger, whichever code took it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Words that screening alone allowed, in a signature that may be printed.
ALLOWED_UNREAD = (
    "NEW.comment_state = 'allowed' AND NEW.comment_decided_at IS NULL"
    " AND NEW.ended_at IS NULL AND NEW.state <> 'pending'"
)
# Those that are so from now on, or may be others. What another signature of the mailbox was allowed
# before stays so until its person changes: words are sealed in there.
BECAME = (
    f"{ALLOWED_UNREAD} AND (coalesce(OLD.comment_state, '') <> 'allowed'"
    " OR OLD.comment_decided_at IS NOT NULL OR OLD.ended_at IS NOT NULL OR OLD.state = 'pending'"
    " OR OLD.person <> NEW.person)"
)
STRUCK = "NEW.comment_state = 'struck' AND NEW.email_digest IS NOT NULL"
ERASED = "OLD.email_digest IS NOT NULL AND NEW.email_digest IS NULL"
MAILBOX = "campaign_id = {0}.campaign_id AND email_digest = {0}.email_digest"
HAS_ROW = f"EXISTS (SELECT 1 FROM struck_mailboxes WHERE {MAILBOX.format('NEW')})"
# By an index of each half.
HAS_SIGNATURE = " OR ".join(
    f"EXISTS (SELECT 1 FROM signatures WHERE {MAILBOX.format('OLD')} AND ended_at IS {which})"
    for which in ("NULL", "NOT NULL")
)
REMEMBER = (
    "INSERT INTO struck_mailboxes (campaign_id, email_digest, struck_at)"
    " SELECT NEW.campaign_id, NEW.email_digest, NEW.comment_decided_at"
    f" WHERE NOT {HAS_ROW}"
)
FORGET = f"DELETE FROM struck_mailboxes WHERE {MAILBOX.format('OLD')} AND NOT ({HAS_SIGNATURE})"
# On SQLite the row is changed after it was written, on PostgreSQL before.
HELD = "UPDATE signatures SET comment_state = 'waiting' WHERE id = NEW.id AND " + HAS_ROW
HOLD = f"IF {HAS_ROW} THEN NEW.comment_state := 'waiting'; END IF; RETURN NEW;"
# By name: when, on which condition, what SQLite does, and the function of PostgreSQL. There those
# that withhold come after signatures_refuse_unread, by their names.
TRIGGERS = {
    "signatures_withhold_words_at_insert": ("INSERT", ALLOWED_UNREAD, HELD, HOLD),
    "signatures_withhold_words_at_update": (
        "UPDATE OF comment_state, comment_decided_at, person, state",
        BECAME,
        HELD,
        HOLD,
    ),
    "signatures_remember_struck": (
        "UPDATE OF comment_state",
        STRUCK,
        REMEMBER,
        f"{REMEMBER} ON CONFLICT DO NOTHING; RETURN NULL;",
    ),
    # Of two that are erased at once, the second looks after the first: it waits for the row.
    "signatures_forget_struck": (
        "UPDATE OF email_digest",
        ERASED,
        FORGET,
        f"PERFORM 1 FROM struck_mailboxes WHERE {MAILBOX.format('OLD')} FOR UPDATE;"
        f" {FORGET}; RETURN NULL;",
    ),
}


def upgrade() -> None:
    op.create_table(
        "struck_mailboxes",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("email_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_struck_mailboxes_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "email_digest", name=op.f("pk_struck_mailboxes")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO struck_mailboxes (campaign_id, email_digest, struck_at)"
        " SELECT campaign_id, email_digest, min(comment_decided_at) FROM signatures"
        " WHERE comment_state = 'struck' AND email_digest IS NOT NULL"
        " GROUP BY campaign_id, email_digest"
    )
    for name in TRIGGERS:
        _create(name)
    rule = _make_update_rule()
    _load_rules().create(rule)
    _refuse_delete()


def downgrade() -> None:
    _drop("struck_mailboxes_refuse_delete", "struck_mailboxes")
    _load_rules().drop(_make_update_rule())
    for name in reversed(TRIGGERS):
        _drop(name, "signatures")
    op.drop_table("struck_mailboxes")


def _create(name: str) -> None:
    on, condition, action, function = TRIGGERS[name]
    if _is_sqlite():
        op.execute(
            f"CREATE TRIGGER {name} AFTER {on} ON signatures FOR EACH ROW WHEN {condition}"
            f" BEGIN {action}; END"
        )
        return
    moment = "BEFORE" if function is HOLD else "AFTER"
    _make_function(name, function)
    op.execute(
        f"CREATE TRIGGER {name} {moment} {on} ON signatures FOR EACH ROW WHEN ({condition})"
        f" EXECUTE FUNCTION {name}()"
    )


def _refuse_delete() -> None:
    name, words = "struck_mailboxes_refuse_delete", "what was struck is kept with its signatures"
    head = f"CREATE TRIGGER {name} BEFORE DELETE ON struck_mailboxes FOR EACH ROW"
    if _is_sqlite():
        op.execute(f"{head} BEGIN SELECT RAISE(ABORT, '{words}') WHERE {HAS_SIGNATURE}; END")
        return
    _make_function(
        name,
        f"IF {HAS_SIGNATURE} THEN RAISE EXCEPTION '{words}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
    )
    op.execute(f"{head} EXECUTE FUNCTION {name}()")


def _make_function(name: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
    )


def _drop(name: str, table: str) -> None:
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}()")


def _make_update_rule() -> Any:
    return _load_rules().Rule(
        "struck_mailboxes_refuse_update",
        "UPDATE",
        "struck_mailboxes",
        "what was struck is never changed",
    )


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
