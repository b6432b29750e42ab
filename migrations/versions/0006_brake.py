"""The brake: a hundred is looked at before its letter is made, and where its people came from.

- A milestone has a state; its verdict is for one exact list of members, so a list that was judged
  is opened anew before it changes.
- A signature keeps what tells where it came from; staff may put back whom they rejected.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SIGNATURES_BEFORE = (
    "pending>confirmed pending>withdrawn pending>rejected pending>expired pending>erased "
    "confirmed>located confirmed>review confirmed>withdrawn confirmed>rejected confirmed>erased "
    "located>counted located>confirmed located>review located>withdrawn located>rejected "
    "located>erased review>confirmed review>located review>withdrawn review>rejected review>erased "
    "counted>confirmed counted>withdrawn counted>rejected counted>erased "
    "withdrawn>erased rejected>erased expired>erased"
)
SIGNATURE_CHANGES = SIGNATURES_BEFORE.replace(
    "rejected>erased", "rejected>confirmed rejected>erased"
)
# Held or cleared goes back to reached when the list of members changes.
MILESTONE_CHANGES = "reached>cleared reached>held held>cleared held>reached cleared>reached"


def _member(row: str, judged: str) -> str:
    return (
        f"SELECT 1 FROM milestones m WHERE m.campaign_id = {row}.campaign_id "
        f"AND m.district_id = {row}.district_id AND m.number = {row}.carried_by "
        f"AND ({judged})"
    )


SEALED = "m.sealed_at IS NOT NULL"
JUDGED = "m.sealed_at IS NOT NULL OR m.state <> 'reached'"
JUDGED_UNSEALED = "m.sealed_at IS NULL AND m.state <> 'reached'"
# As 0003 has it: an inherited milestone has no letter, and who was named comes back.
NOT_NAMED_BEFORE = (
    "m.sealed_at IS NOT NULL AND NOT m.inherited AND NOT EXISTS (SELECT 1 FROM ledger l "
    "WHERE l.campaign_id = NEW.campaign_id AND l.district_id = NEW.district_id "
    "AND l.carried_by = NEW.carried_by AND l.signature_id = NEW.signature_id)"
)
CARRIED_ELSEWHERE = "coalesce(OLD.carried_by, 0) <> coalesce(NEW.carried_by, 0)"

# (name, when, table, condition, query that must find nothing, words): these are new.
RULES = (
    (
        "milestones_refuse_change",
        "UPDATE OF state",
        "milestones",
        "OLD.state <> NEW.state AND (OLD.sealed_at IS NOT NULL "
        "OR (OLD.state || '>' || NEW.state) NOT IN ({}))".format(
            ", ".join(f"'{pair}'" for pair in MILESTONE_CHANGES.split())
        ),
        None,
        "no such change of a milestone",
    ),
    (
        "milestones_refuse_sealing",
        "UPDATE OF sealed_at",
        "milestones",
        "NEW.sealed_at IS NOT NULL AND NEW.state <> 'cleared'",
        None,
        "only a cleared hundred is sealed",
    ),
    (
        "milestones_refuse_inserting_sealed",
        "INSERT",
        "milestones",
        "NEW.sealed_at IS NOT NULL AND NEW.state <> 'cleared'",
        None,
        "only a cleared hundred is sealed",
    ),
    (
        "letters_refuse_uncleared",
        "INSERT",
        "letters",
        "1 = 1",
        "SELECT 1 FROM milestones m WHERE m.id = NEW.milestone_id AND m.state <> 'cleared'",
        "only a cleared hundred has a letter",
    ),
    (
        "ledger_refuse_leaving_judged",
        "UPDATE OF left_at",
        "ledger",
        "NEW.left_at IS NOT NULL AND OLD.left_at IS NULL AND OLD.carried_by IS NOT NULL",
        _member("OLD", JUDGED_UNSEALED),
        "a judged list is opened before somebody leaves it",
    ),
    (
        "signatures_refuse_coming_back",
        "UPDATE OF state",
        "signatures",
        "OLD.state = 'rejected' AND NEW.state = 'confirmed' "
        "AND coalesce(OLD.reject_reason, '') <> 'forged'",
        None,
        "only whom staff rejected comes back",
    ),
)
# (name, when, condition, query before, query now, words): these knew only of sealed lists.
LEDGER_RULES = (
    (
        "ledger_refuse_leaving_sealed",
        "UPDATE OF carried_by",
        f"OLD.carried_by IS NOT NULL AND {CARRIED_ELSEWHERE}",
        _member("OLD", SEALED),
        _member("OLD", JUDGED),
        "a sealed letter keeps its names",
    ),
    (
        "ledger_refuse_joining_sealed",
        "UPDATE OF carried_by",
        f"NEW.carried_by IS NOT NULL AND {CARRIED_ELSEWHERE}",
        _member("NEW", SEALED),
        _member("NEW", JUDGED),
        "a sealed letter takes no more names",
    ),
    (
        "ledger_refuse_inserting_sealed",
        "INSERT",
        "NEW.carried_by IS NOT NULL",
        _member("NEW", NOT_NAMED_BEFORE),
        _member("NEW", f"({JUDGED_UNSEALED}) OR ({NOT_NAMED_BEFORE})"),
        "a sealed letter takes no more names",
    ),
)


def upgrade() -> None:
    op.execute(
        "ALTER TABLE milestones ADD COLUMN state VARCHAR(8) DEFAULT 'reached' NOT NULL "
        "CONSTRAINT ck_milestones_state_known CHECK (state IN ('reached', 'held', 'cleared'))"
    )
    op.add_column("milestones", sa.Column("evidence", sa.JSON(), nullable=True))
    op.add_column("milestones", sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("milestones", sa.Column("judged_list", sa.String(length=64), nullable=True))
    op.add_column("milestones", sa.Column("released_list", sa.String(length=64), nullable=True))
    # What has begun to go was looked at by nobody, and is not called back.
    op.execute("UPDATE milestones SET state = 'cleared' WHERE sealed_at IS NOT NULL")
    op.create_index(
        "ix_milestones_held",
        "milestones",
        ["id"],
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.add_column("signatures", sa.Column("networks", sa.LargeBinary(length=16), nullable=True))
    op.add_column("signatures", sa.Column("loaded_form", sa.Boolean(), nullable=True))
    op.add_column("signatures", sa.Column("form_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("signatures", sa.Column("batch", sa.String(length=40), nullable=True))
    op.add_column("signatures", sa.Column("invalidated_with", sa.Integer(), nullable=True))
    for name, when, table, condition, found, words in RULES:
        _create(name, when, table, condition, found, words)
    for name, when, condition, _, now, words in LEDGER_RULES:
        _replace_query(name, when, condition, now, words)
    _replace_changes(SIGNATURE_CHANGES)


def downgrade() -> None:
    _replace_changes(SIGNATURES_BEFORE)
    for name, when, condition, before, _, words in LEDGER_RULES:
        _replace_query(name, when, condition, before, words)
    for name, _, table, _, found, _ in RULES:
        if _is_sqlite():
            op.execute(f"DROP TRIGGER {name}")
            continue
        op.execute(f"DROP TRIGGER {name} ON {table}")
        if found:
            op.execute(f"DROP FUNCTION {name}_where()")
    for column in ("invalidated_with", "batch", "form_at", "loaded_form", "networks"):
        op.drop_column("signatures", column)
    op.drop_index("ix_milestones_held", "milestones")
    for column in ("released_list", "judged_list", "judged_at", "evidence", "state"):
        op.drop_column("milestones", column)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _create(
    name: str, when: str, table: str, condition: str, found: str | None, words: str
) -> None:
    if _is_sqlite():
        where = f" WHERE EXISTS ({found})" if found else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{words}'){where}; END"
        )
        return
    function = "refuse"
    if found:
        function = f"{name}_where"
        op.execute(f"CREATE FUNCTION {_write_function(function, found)}")
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW "
        f"WHEN ({condition}) EXECUTE FUNCTION {function}('{words}')"
    )


def _replace_query(name: str, when: str, condition: str, found: str, words: str) -> None:
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {name}")
        _create(name, when, "ledger", condition, found, words)
        return
    op.execute(f"CREATE OR REPLACE FUNCTION {_write_function(f'{name}_where', found)}")


def _replace_changes(pairs: str) -> None:
    allowed = ", ".join(f"'{pair}'" for pair in pairs.split())
    changed = f"OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN ({allowed})"
    name, table = "signatures_refuse_change", "signatures"
    op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else f" ON {table}"))
    _create(name, "UPDATE OF state", table, changed, None, "no such change of a signature")


def _write_function(name: str, found: str) -> str:
    return (
        f"{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF EXISTS ({found}) THEN RAISE EXCEPTION '%', TG_ARGV[0] "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
