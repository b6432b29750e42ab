"""The rules that only a trigger can hold: which changes of state exist, and what never changes.

- One trigger a rule, the same on SQLite and PostgreSQL; docs/invariants.md has them by the number
  or the heading that stands above each group here.
- The pairs are written out and not read from petition/models/states.py: a migration must do next
  year what it does today. tests/models/test_rules.py compares the two.
- A later migration makes and drops rules with ``create`` and ``drop``: CONTRIBUTING.md says how.
- Going down drops the triggers and keeps every row.
"""

from dataclasses import dataclass

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Boundaries change and people correct their address: who was counted is located once more. Staff
# put back whom they rejected.
SIGNATURE_CHANGES = (
    "pending>confirmed pending>withdrawn pending>rejected pending>expired pending>erased "
    "confirmed>located confirmed>review confirmed>withdrawn confirmed>rejected confirmed>erased "
    "located>counted located>confirmed located>review located>withdrawn located>rejected "
    "located>erased review>confirmed review>located review>withdrawn review>rejected review>erased "
    "counted>confirmed counted>withdrawn counted>rejected counted>erased "
    "withdrawn>erased rejected>confirmed rejected>erased expired>erased"
)
# Held or cleared goes back to reached when the list of members changes.
MILESTONE_CHANGES = "reached>cleared reached>held held>cleared held>reached cleared>reached"
DELIVERY_CHANGES = (
    "queued>rendered queued>held queued>cancelled "
    "rendered>sending rendered>queued rendered>held rendered>cancelled "
    "sending>accepted sending>retry_wait sending>failed sending>unknown "
    "accepted>delivered accepted>bounced retry_wait>sending retry_wait>cancelled "
    "failed>retry_wait failed>cancelled bounced>retry_wait bounced>cancelled "
    "unknown>accepted unknown>retry_wait unknown>cancelled held>queued held>cancelled"
)


@dataclass(frozen=True)
class Rule:
    """A trigger that refuses a change of one row.

    - ``when``: which change, as in "UPDATE OF state".
    - ``words``: what the error says.
    - ``row``: it refuses only where this is so of OLD and NEW, which reads no table; None: always.
    - ``found``: and only where this is so of other rows; None: whatever they are.
    - ``waits``: what PostgreSQL does before it looks at them, so that two transactions that do not
      see each other yet come one after the other; SQLite has one writer anyway.
    - ``after_wait``: PostgreSQL's ``found``, where what it did before tells.
    """

    name: str
    when: str
    table: str
    words: str
    row: str | None = None
    found: str | None = None
    waits: str = ""
    after_wait: str | None = None


def _unlisted(pairs: str) -> str:
    allowed = ", ".join(f"'{pair}'" for pair in pairs.split())
    return f"(OLD.state || '>' || NEW.state) NOT IN ({allowed})"


def _differs(columns: str) -> str:
    # JSON has no equality in PostgreSQL; its text has.
    return " OR ".join(
        f"CAST(OLD.{column} AS text) IS DISTINCT FROM CAST(NEW.{column} AS text)"
        for column in columns.split()
    )


def _carried(row: str, judged: str) -> str:
    """Return the condition that the milestone which carries a row of the ledger is ``judged``."""
    return (
        f"EXISTS (SELECT 1 FROM milestones m WHERE m.campaign_id = {row}.campaign_id "
        f"AND m.district_id = {row}.district_id AND m.number = {row}.carried_by AND ({judged}))"
    )


def _has_signers(campaign: str) -> str:
    """Return the condition that anybody has signed a campaign, or had, by an index of each."""
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM signatures WHERE campaign_id = {campaign} AND ended_at IS {which})"
        for which in ("NULL", "NOT NULL")
    )


JUDGED = "m.sealed_at IS NOT NULL OR m.state <> 'reached'"
JUDGED_UNSEALED = "m.sealed_at IS NULL AND m.state <> 'reached'"
# An inherited milestone has no letter, and who was named in it before, and left, may come back.
NOT_NAMED_BEFORE = (
    "m.sealed_at IS NOT NULL AND NOT m.inherited AND NOT EXISTS (SELECT 1 FROM ledger l "
    "WHERE l.campaign_id = NEW.campaign_id AND l.district_id = NEW.district_id "
    "AND l.carried_by = NEW.carried_by AND l.signature_id = NEW.signature_id)"
)
CARRIED_ELSEWHERE = "coalesce(OLD.carried_by, 0) <> coalesce(NEW.carried_by, 0)"
# What people read before they sign and campaigns hold.
TEXT = "title letter opening closing topic language message layers recipients step"

RULES = (
    # 1, no lost signature.
    Rule(
        "signatures_refuse_delete", "DELETE", "signatures", "a signature is erased, never deleted"
    ),
    # 2, one signature, one count: a campaign whose people were erased counts nobody again.
    Rule(
        "campaigns_refuse_people_back",
        "UPDATE OF people_erased_at",
        "campaigns",
        "people who were erased do not come back",
        row="OLD.people_erased_at IS NOT NULL AND (NEW.people_erased_at IS NULL"
        " OR NEW.people_erased_at <> OLD.people_erased_at)",
    ),
    # 2, a row of the ledger is counted once, and stays.
    Rule("ledger_refuse_delete", "DELETE", "ledger", "the ledger is never dropped"),
    Rule(
        "ledger_refuse_coming_back",
        "UPDATE OF left_at",
        "ledger",
        "who left has left",
        row="OLD.left_at IS NOT NULL AND (NEW.left_at IS NULL OR NEW.left_at <> OLD.left_at)",
    ),
    # 3, every hundred, exactly once: neither a count nor a milestone is made a second time.
    Rule("tallies_refuse_delete", "DELETE", "tallies", "a count is never dropped"),
    Rule(
        "tallies_refuse_going_back",
        "UPDATE OF reached",
        "tallies",
        "what was reached stays reached",
        row="OLD.reached IS NOT NULL AND (NEW.reached IS NULL OR NEW.reached < OLD.reached)",
    ),
    Rule("milestones_refuse_delete", "DELETE", "milestones", "a milestone never changes"),
    Rule(
        "milestones_refuse_update",
        "UPDATE",
        "milestones",
        "a milestone never changes",
        row=_differs("campaign_id district_id number threshold code reached_at")
        + " OR (OLD.sealed_at IS NOT NULL"
        " AND (NEW.sealed_at IS NULL OR NEW.sealed_at <> OLD.sealed_at))",
    ),
    # 4, a letter names the people it counts; 10, a list that was judged stays as it was.
    Rule(
        "ledger_refuse_leaving_sealed",
        "UPDATE OF carried_by",
        "ledger",
        "a sealed letter keeps its names",
        row=f"OLD.carried_by IS NOT NULL AND {CARRIED_ELSEWHERE}",
        found=_carried("OLD", JUDGED),
    ),
    Rule(
        "ledger_refuse_joining_sealed",
        "UPDATE OF carried_by",
        "ledger",
        "a sealed letter takes no more names",
        row=f"NEW.carried_by IS NOT NULL AND {CARRIED_ELSEWHERE}",
        found=_carried("NEW", JUDGED),
    ),
    Rule(
        "ledger_refuse_inserting_sealed",
        "INSERT",
        "ledger",
        "a sealed letter takes no more names",
        row="NEW.carried_by IS NOT NULL",
        found=_carried("NEW", f"({JUDGED_UNSEALED}) OR ({NOT_NAMED_BEFORE})"),
    ),
    Rule(
        "ledger_refuse_leaving_judged",
        "UPDATE OF left_at",
        "ledger",
        "a judged list is opened before somebody leaves it",
        row="NEW.left_at IS NOT NULL AND OLD.left_at IS NULL AND OLD.carried_by IS NOT NULL",
        found=_carried("OLD", JUDGED_UNSEALED),
    ),
    # 5, one letter to one post: what was tried is never lost, and never another.
    Rule("deliveries_refuse_delete", "DELETE", "deliveries", "a delivery is never lost"),
    Rule("attempts_refuse_delete", "DELETE", "attempts", "an attempt is never lost"),
    Rule(
        "deliveries_refuse_rewrite",
        "UPDATE",
        "deliveries",
        "a delivery keeps its letter, post, channel and message id",
        row=_differs("milestone_id post_id channel message_id") + " OR NEW.attempt < OLD.attempt",
    ),
    Rule(
        "deliveries_refuse_other_letter",
        "UPDATE OF letter_id",
        "deliveries",
        "from the first attempt on the letter stays the same",
        row="OLD.attempt > 0 AND coalesce(OLD.letter_id, 0) <> coalesce(NEW.letter_id, 0)",
    ),
    # 6, old letters never change.
    Rule("letters_refuse_delete", "DELETE", "letters", "a letter never changes"),
    Rule(
        "letters_refuse_update",
        "UPDATE",
        "letters",
        "a letter never changes",
        row="OLD.superseded_at IS NOT NULL OR "
        + _differs("milestone_id post_id sha256 pages size names addressee rendered_at"),
    ),
    Rule(
        "letters_refuse_supersede",
        "UPDATE OF superseded_at",
        "letters",
        "a letter that was tried is never replaced",
        row="NEW.superseded_at IS NOT NULL",
        found="EXISTS (SELECT 1 FROM deliveries d WHERE d.letter_id = OLD.id AND d.attempt > 0)",
    ),
    # 6, and words of strangers: a letter keeps those that it printed.
    Rule(
        "letters_refuse_rewording",
        "UPDATE OF words",
        "letters",
        "a letter never changes",
        row="coalesce(OLD.words, '') <> coalesce(NEW.words, '')",
    ),
    # 7, no small count, nor one that one or two networks made.
    Rule(
        "tallies_keep_networks",
        "UPDATE OF several_networks",
        "tallies",
        "several networks, once seen, are not taken back",
        row="OLD.several_networks AND NOT NEW.several_networks",
    ),
    # 9, the audit trail is append-only.
    Rule("events_refuse_update", "UPDATE", "events", "the trail is append-only"),
    Rule("events_refuse_delete", "DELETE", "events", "the trail is append-only"),
    # 10, a hundred is a hundred people of that district: only a cleared one has a letter.
    Rule(
        "letters_refuse_uncleared",
        "INSERT",
        "letters",
        "only a cleared hundred has a letter",
        found="EXISTS (SELECT 1 FROM milestones m"
        " WHERE m.id = NEW.milestone_id AND m.state <> 'cleared')",
    ),
    Rule(
        "milestones_refuse_sealing",
        "UPDATE OF sealed_at",
        "milestones",
        "only a cleared hundred is sealed",
        row="NEW.sealed_at IS NOT NULL AND NEW.state <> 'cleared'",
    ),
    Rule(
        "milestones_refuse_inserting_sealed",
        "INSERT",
        "milestones",
        "only a cleared hundred is sealed",
        row="NEW.sealed_at IS NOT NULL AND NEW.state <> 'cleared'",
    ),
    # 10, only whom staff rejected comes back.
    Rule(
        "signatures_refuse_coming_back",
        "UPDATE OF state",
        "signatures",
        "only whom staff rejected comes back",
        row="OLD.state = 'rejected' AND NEW.state = 'confirmed'"
        " AND coalesce(OLD.reject_reason, '') <> 'forged'",
    ),
    # What people sign is frozen once anyone has signed. Whoever is signing now holds the row by
    # its foreign key, and is waited for.
    Rule(
        "campaigns_refuse_mending_signed",
        f"UPDATE OF text_version, {', '.join(TEXT.split())}",
        "campaigns",
        "what people have signed is not changed",
        row=_differs(f"{TEXT} text_version"),
        found=f"{_has_signers('OLD.id')}"
        " OR (OLD.state <> 'draft' AND NEW.text_version <= OLD.text_version)",
        waits="PERFORM 1 FROM campaigns WHERE id = OLD.id FOR UPDATE;",
    ),
    # What people sign is what they had before them. Waits for a mending, and keeps the next one
    # waiting until this signature is there.
    Rule(
        "signatures_refuse_other_text",
        "INSERT",
        "signatures",
        "the text of the campaign is another by now",
        found="NEW.text_version <> (SELECT text_version FROM campaigns WHERE id = NEW.campaign_id)",
        waits="PERFORM 1 FROM campaigns WHERE id = NEW.campaign_id"
        " AND text_version = NEW.text_version FOR KEY SHARE;",
        after_wait="NOT FOUND",
    ),
    # What people sign: what a bill says is part of it.
    Rule("bills_refuse_change", "UPDATE", "bills", "bills are never changed"),
    # Words of strangers are allowed by a decision only.
    Rule(
        "signatures_refuse_unread",
        "UPDATE OF comment_state",
        "signatures",
        "words that waited, or were struck, are allowed by a decision",
        row="OLD.comment_state IN ('waiting', 'struck') AND NEW.comment_state = 'allowed'"
        " AND NEW.comment_decided_at IS NULL",
    ),
    # States: they change only as listed, and a sealed milestone's no more.
    Rule(
        "signatures_refuse_change",
        "UPDATE OF state",
        "signatures",
        "no such change of a signature",
        row=f"OLD.state <> NEW.state AND {_unlisted(SIGNATURE_CHANGES)}",
    ),
    Rule(
        "milestones_refuse_change",
        "UPDATE OF state",
        "milestones",
        "no such change of a milestone",
        row="OLD.state <> NEW.state AND (OLD.sealed_at IS NOT NULL"
        f" OR {_unlisted(MILESTONE_CHANGES)})",
    ),
    Rule(
        "deliveries_refuse_change",
        "UPDATE OF state",
        "deliveries",
        "no such change of a delivery",
        row=f"OLD.state <> NEW.state AND {_unlisted(DELIVERY_CHANGES)}",
    ),
    # Corrections of rosters: who said what is kept.
    Rule("corrections_refuse_delete", "DELETE", "corrections", "corrections are never deleted"),
    Rule(
        "corrections_refuse_change",
        "UPDATE",
        "corrections",
        "a correction is withdrawn once and never changed",
        row="OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR "
        + _differs(
            "id post_id official_id field value roster_said because source until made_by made_at"
        ),
    ),
)

SAYS = (
    "EXISTS (SELECT 1 FROM bills WHERE id = {row}.bill_id"
    " AND (identifier IS NOT NULL OR title IS NOT NULL))"
)
SAYS_THE_SAME = (
    "EXISTS (SELECT 1 FROM bills AS before JOIN bills AS now"
    " ON coalesce(before.identifier, '') = coalesce(now.identifier, '')"
    " AND coalesce(before.title, '') = coalesce(now.title, '')"
    " WHERE before.id = OLD.bill_id AND now.id = NEW.bill_id)"
)


@dataclass(frozen=True)
class TextChange:
    """A trigger after which a campaign that is no draft has another text.

    - ``row``: OLD or NEW, the one whose campaign it is.
    - ``waits``: PostgreSQL takes the campaign first, which waits for those who are signing.
    """

    name: str
    when: str
    table: str
    row: str
    condition: str
    waits: bool = False


# What people sign has who sends the letter and its subject in it: campaigns_refuse_mending_signed
# refuses another text once anyone has signed.
TEXT_CHANGES = (
    # The first owner is no change.
    TextChange(
        "campaign_organizations_text_insert",
        "INSERT",
        "campaign_organizations",
        "NEW",
        "NEW.role = 'owner' AND EXISTS (SELECT 1 FROM campaign_organizations AS other"
        " WHERE other.campaign_id = NEW.campaign_id AND other.role = 'owner'"
        " AND other.id <> NEW.id)",
    ),
    TextChange(
        "campaign_organizations_text_update",
        "UPDATE OF campaign_id, role, name, position",
        "campaign_organizations",
        "OLD",
        "OLD.role = 'owner' AND (NEW.role <> 'owner' OR NEW.name <> OLD.name"
        " OR NEW.position <> OLD.position OR NEW.campaign_id <> OLD.campaign_id)",
    ),
    TextChange(
        "campaign_organizations_text_delete",
        "DELETE",
        "campaign_organizations",
        "OLD",
        "OLD.role = 'owner'",
    ),
    # Whoever adds a first subject to a text that nobody has signed raises the version themselves.
    TextChange(
        "campaign_bills_text_insert",
        "INSERT",
        "campaign_bills",
        "NEW",
        f"NEW.relation = 'subject' AND {SAYS.format(row='NEW')}"
        f" AND ({_has_signers('NEW.campaign_id')})",
        waits=True,
    ),
    TextChange(
        "campaign_bills_text_update",
        "UPDATE OF campaign_id, bill_id, relation",
        "campaign_bills",
        "OLD",
        "(OLD.relation = 'subject' OR NEW.relation = 'subject')"
        " AND (OLD.relation <> NEW.relation OR OLD.campaign_id <> NEW.campaign_id"
        f" OR NOT {SAYS_THE_SAME})",
        waits=True,
    ),
    TextChange(
        "campaign_bills_text_delete",
        "DELETE",
        "campaign_bills",
        "OLD",
        f"OLD.relation = 'subject' AND {SAYS.format(row='OLD')}",
        waits=True,
    ),
)

# 2, seats and name changes, and words of strangers: on PostgreSQL one function has what are checks
# of SQLite's table, by their names (0001 says why).
CHECKS_OF_SIGNATURES = {
    "ck_signatures_seat_known": "NEW.seat IN (1, 2)",
    "ck_signatures_seat_once_confirmed": (
        "NEW.ended_at IS NOT NULL OR (NEW.state = 'pending') = (NEW.seat IS NULL)"
    ),
    "ck_signatures_name_changes_few": "NEW.name_changes BETWEEN 0 AND 3",
    "ck_signatures_comment_state_known": "NEW.comment_state IN ('waiting', 'allowed', 'struck')",
    "ck_signatures_comment_to_publish": (
        "NEW.comment_state IS NULL OR NEW.comment_state = 'struck' OR NEW.publish_comment"
    ),
    "ck_signatures_comment_decided": (
        "(NEW.comment_decided_at IS NULL"
        " OR coalesce(NEW.comment_state, '') IN ('allowed', 'struck'))"
        " AND (NEW.comment_decided_at IS NOT NULL OR coalesce(NEW.comment_state, '') <> 'struck')"
    ),
}
# 1 to 6, 9: a TRUNCATE of PostgreSQL fires no row's trigger.
KEPT = (
    "events letters deliveries attempts milestones tallies ledger signatures corrections"
).split()


def upgrade() -> None:
    if not _is_sqlite():
        op.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; "
            "END $$"
        )
    for rule in RULES:
        create(rule)
    for change in TEXT_CHANGES:
        _raise_text_version(change)
    if not _is_sqlite():
        for table in KEPT:
            op.execute(
                f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse('this table is never emptied')"
            )
        _check_signatures()


def downgrade() -> None:
    if not _is_sqlite():
        for moment in ("insert", "update"):
            op.execute(f"DROP TRIGGER signatures_keep_rules_at_{moment} ON signatures")
        op.execute("DROP FUNCTION signatures_keep_rules()")
        for table in KEPT:
            op.execute(f"DROP TRIGGER {table}_refuse_truncate ON {table}")
    for change in TEXT_CHANGES:
        _drop_trigger(change.name, change.table)
        if not _is_sqlite():
            op.execute(f"DROP FUNCTION {change.name}()")
    for rule in RULES:
        drop(rule)
    if not _is_sqlite():
        op.execute("DROP FUNCTION refuse()")


def create(rule: Rule) -> None:
    """Make a rule's trigger, and on PostgreSQL its function where it looks at other rows."""
    head = f"CREATE TRIGGER {rule.name} BEFORE {rule.when} ON {rule.table} FOR EACH ROW"
    if rule.row:
        head += f" WHEN ({rule.row})"
    if _is_sqlite():
        # Before version 3.39 SQLite has other words for it.
        head = head.replace("IS DISTINCT FROM", "IS NOT")
        where = f" WHERE {rule.found}" if rule.found else ""
        op.execute(f"{head} BEGIN SELECT RAISE(ABORT, '{rule.words}'){where}; END")
        return
    function = "refuse"
    if rule.found:
        function = f"{rule.name}_where"
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{rule.waits} IF {rule.after_wait or rule.found} THEN "
            "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; "
            "END IF; RETURN NEW; END $$"
        )
    op.execute(f"{head} EXECUTE FUNCTION {function}('{rule.words}')")


def drop(rule: Rule) -> None:
    """Drop what ``create`` made."""
    _drop_trigger(rule.name, rule.table)
    if rule.found and not _is_sqlite():
        op.execute(f"DROP FUNCTION {rule.name}_where()")


def _drop_trigger(name: str, table: str) -> None:
    op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else f" ON {table}"))


def _raise_text_version(change: TextChange) -> None:
    head = f"CREATE TRIGGER {change.name} AFTER {change.when} ON {change.table} FOR EACH ROW"
    campaign = f"id = {change.row}.campaign_id"
    raising = (
        f"UPDATE campaigns SET text_version = text_version + 1 WHERE {campaign}"
        " AND state <> 'draft'"
    )
    if _is_sqlite():
        op.execute(f"{head} WHEN {change.condition} BEGIN {raising}; END")
        return
    waits = f" PERFORM 1 FROM campaigns WHERE {campaign} FOR UPDATE;" if change.waits else ""
    op.execute(
        f"CREATE FUNCTION {change.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN{waits}"
        f" IF {change.condition} THEN {raising}; END IF; RETURN NULL; END $$"
    )
    op.execute(f"{head} EXECUTE FUNCTION {change.name}()")


def _check_signatures() -> None:
    """Hold CHECKS_OF_SIGNATURES on PostgreSQL, with the errors of checks of those names."""
    # As with a check, what is neither true nor false is let through.
    refusals = "".join(
        f" IF NOT ({rule}) THEN RAISE EXCEPTION 'new row for signatures breaks {name}'"
        f" USING ERRCODE = 'check_violation', TABLE = 'signatures', CONSTRAINT = '{name}'; END IF;"
        for name, rule in CHECKS_OF_SIGNATURES.items()
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
    kept = " AND ".join(f"({rule})" for rule in CHECKS_OF_SIGNATURES.values())
    op.execute(
        "CREATE TRIGGER signatures_keep_rules_at_update BEFORE UPDATE ON signatures"
        f" FOR EACH ROW WHEN (NOT ({kept})) EXECUTE FUNCTION signatures_keep_rules()"
    )


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
