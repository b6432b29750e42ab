"""Consents: what was shown, for whom and what, where they came from, their changes, who looked.

- Old rows are filled from their offers. Where they came from is not known and stays NULL, and so
  does what old signatures were shown. Who could be seen before is in the stream as given.
- Triggers write the changes and empty the places, so that no code above can leave one out.
- Going down keeps every consent, and drops what was noted besides.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

IDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
COPIED = ("campaign_id", "organization_id", "purpose")
KEPT = ("consents", "consent_changes", "offer_sets", "accesses")
SOURCES = (
    "source IN ('form', 'after', 'private')"
    " OR (substr(source, 1, 5) = 'link:' AND length(source) > 5)"
    " OR (substr(source, 1, 7) = 'import:' AND length(source) > 7)"
    " OR (substr(source, 1, 4) = 'api:' AND length(source) > 4)"
)
# A signature whose consents count: its mailbox is proved, it is confirmed, it has not ended.
SEEN = "{0}.seat IS NOT NULL AND {0}.proved_at IS NOT NULL AND {0}.ended_at IS NULL"
IS_SEEN = f"EXISTS (SELECT 1 FROM signatures s WHERE s.id = NEW.signature_id AND {SEEN}".format("s")
OLD_SEEN, NEW_SEEN = SEEN.format("OLD"), SEEN.format("NEW")


@dataclass(frozen=True)
class Note:
    """A trigger after which a change is written down, or a place is emptied."""

    name: str
    when: str
    table: str
    condition: str
    statements: tuple[str, ...]


def _note(kind: str, rows: str) -> str:
    """Return the INSERT of a change for each row of ``rows``, a FROM clause with consents ``c``."""
    now = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'" if _is_sqlite() else "clock_timestamp()"
    return (
        "INSERT INTO consent_changes (organization_id, consent_id, kind, at)"
        f" SELECT c.organization_id, c.id, '{kind}', {now} FROM {rows} ORDER BY c.id"
    )


def _list_notes() -> list[Note]:
    itself = f"consents c WHERE c.id = NEW.id AND {IS_SEEN})"
    theirs = "consents c WHERE c.signature_id = NEW.id AND c.withdrawn_at IS NULL"
    told = (
        "consents c WHERE c.signature_id = NEW.id"
        " AND EXISTS (SELECT 1 FROM consent_changes t WHERE t.consent_id = c.id)"
    )
    wait = (
        "UPDATE consents SET unplaced = true WHERE id = NEW.id AND purpose = 'contact'"
        f" AND {IS_SEEN} AND s.cell IS NOT NULL)"
    )
    empty = (
        "UPDATE consents SET latitude = NULL, longitude = NULL, unplaced = false"
        " WHERE id = NEW.id AND (latitude IS NOT NULL OR unplaced)"
    )
    place = (
        "UPDATE consents SET latitude = NULL, longitude = NULL,"
        f" unplaced = ({NEW_SEEN} AND NEW.cell IS NOT NULL) WHERE signature_id = NEW.id"
        " AND purpose = 'contact' AND withdrawn_at IS NULL"
    )
    seen = "UPDATE OF ended_at, proved_at, seat"
    given, ended = "consents_note_given", "consents_note_withdrawn"
    return [
        Note(
            given, "INSERT", "consents", "NEW.withdrawn_at IS NULL", (_note("given", itself), wait)
        ),
        Note(
            "consents_note_given_again",
            "UPDATE OF withdrawn_at",
            "consents",
            "OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NULL",
            (_note("given", itself), wait),
        ),
        Note(
            ended,
            "UPDATE OF withdrawn_at",
            "consents",
            "OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL",
            (_note("withdrawn", itself), empty),
        ),
        Note(
            "signatures_note_given",
            seen,
            "signatures",
            f"NOT ({OLD_SEEN}) AND {NEW_SEEN}",
            (_note("given", theirs),),
        ),
        Note(
            "signatures_note_withdrawn",
            seen,
            "signatures",
            f"{OLD_SEEN} AND NOT ({NEW_SEEN}) AND NEW.state <> 'erased'",
            (_note("withdrawn", theirs),),
        ),
        Note(
            "signatures_note_erased",
            "UPDATE OF state",
            "signatures",
            "NEW.state = 'erased' AND OLD.state <> 'erased'",
            (_note("erased", told),),
        ),
        Note(
            "signatures_note_bounced",
            "UPDATE OF unreachable_at",
            "signatures",
            f"OLD.unreachable_at IS NULL AND NEW.unreachable_at IS NOT NULL AND {NEW_SEEN}",
            (_note("bounced", theirs),),
        ),
        Note(
            "signatures_note_corrected",
            "UPDATE OF amended_at, unreachable_at",
            "signatures",
            f"{OLD_SEEN} AND {NEW_SEEN} AND ((NEW.amended_at IS NOT NULL AND"
            " (OLD.amended_at IS NULL OR OLD.amended_at <> NEW.amended_at))"
            " OR (OLD.unreachable_at IS NOT NULL AND NEW.unreachable_at IS NULL))",
            (_note("corrected", theirs),),
        ),
        Note(
            "signatures_place_consents",
            "UPDATE OF cell, ended_at, proved_at, seat",
            "signatures",
            f"coalesce(OLD.cell, '') <> coalesce(NEW.cell, '') OR ({OLD_SEEN}) <> ({NEW_SEEN})",
            (place,),
        ),
    ]


def _list_rules(rules: Any) -> list[Any]:
    rule = rules.Rule
    # What the words of an offer were, and which were shown, is what a consent stands on.
    differs = rules._differs
    return [
        rule(
            "consent_offers_refuse_rewrite",
            "UPDATE",
            "consent_offers",
            "a wording is never edited",
            row=differs("id campaign_id organization_id purpose wording"),
        ),
        rule("offer_sets_refuse_update", "UPDATE", "offer_sets", "what was shown never changes"),
        rule("offer_sets_refuse_delete", "DELETE", "offer_sets", "what was shown never changes"),
        # 7, no consent, no data.
        rule(
            "consents_refuse_delete", "DELETE", "consents", "a consent is withdrawn, never deleted"
        ),
        rule(
            "consents_refuse_rewrite",
            "UPDATE",
            "consents",
            "a consent is always about the same",
            row=differs("id signature_id offer_id campaign_id organization_id purpose"),
        ),
        rule(
            "consents_refuse_other_campaign",
            "INSERT",
            "consents",
            "a consent is for a campaign that was signed",
            found="NOT EXISTS (SELECT 1 FROM signatures s WHERE s.id = NEW.signature_id"
            " AND s.campaign_id = NEW.campaign_id)",
        ),
        rule(
            "consents_refuse_early_place",
            "INSERT",
            "consents",
            "a place is filled later",
            row="NEW.latitude IS NOT NULL OR NEW.unplaced",
        ),
        rule(
            "consents_refuse_place",
            "UPDATE OF latitude, longitude",
            "consents",
            "only whom the organization may see has a place",
            row="NEW.latitude IS NOT NULL",
            found=f"NEW.withdrawn_at IS NOT NULL OR NOT {IS_SEEN} AND s.cell IS NOT NULL)",
        ),
        rule(
            "consent_changes_refuse_delete",
            "DELETE",
            "consent_changes",
            "a change is never deleted",
        ),
        rule(
            "consent_changes_refuse_rewrite",
            "UPDATE",
            "consent_changes",
            "a change is numbered once and never changes",
            row="OLD.number IS NOT NULL OR " + differs("id organization_id consent_id kind at"),
        ),
        rule(
            "consent_changes_refuse_other",
            "INSERT",
            "consent_changes",
            "a change is of a consent for its organization",
            row=None,
            found="NOT EXISTS (SELECT 1 FROM consents c WHERE c.id = NEW.consent_id"
            " AND c.organization_id = NEW.organization_id)",
        ),
        rule(
            "consent_changes_refuse_early_number",
            "INSERT",
            "consent_changes",
            "a change is numbered after its commit",
            row="NEW.number IS NOT NULL",
        ),
        rule(
            "consent_changes_refuse_gap",
            "UPDATE OF number",
            "consent_changes",
            "no number of a stream is left out",
            row="NEW.number <> 1",
            found="NOT EXISTS (SELECT 1 FROM consent_changes b"
            " WHERE b.organization_id = NEW.organization_id AND b.number = NEW.number - 1)",
        ),
        rule("accesses_refuse_update", "UPDATE", "accesses", "who looked is never changed"),
        rule("accesses_refuse_delete", "DELETE", "accesses", "who looked is never deleted"),
        rule(
            "access_people_refuse_unseen",
            "INSERT",
            "access_people",
            "no consent, no data",
            found="NOT EXISTS (SELECT 1 FROM accesses a"
            " JOIN consents c ON c.organization_id = a.organization_id AND c.purpose = a.purpose"
            " JOIN signatures s ON s.id = c.signature_id"
            " WHERE a.id = NEW.access_id AND c.id = NEW.consent_id AND c.withdrawn_at IS NULL"
            f" AND {SEEN.format('s')})",
        ),
    ]


def upgrade() -> None:
    op.create_index("uq_consent_offers_copied", "consent_offers", ["id", *COPIED], unique=True)
    _make_offer_sets()
    _fill_consents()
    _make_changes()
    _make_accesses()
    rules = _load_rules()
    for rule in _list_rules(rules):
        rules.create(rule)
    for note in _list_notes():
        _create(note)
    if not _is_sqlite():
        for table in KEPT:
            op.execute(
                f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse('this table is never emptied')"
            )


def downgrade() -> None:
    for note in reversed(_list_notes()):
        _drop(note)
    rules = _load_rules()
    for rule in reversed(_list_rules(rules)):
        rules.drop(rule)
    op.drop_table("access_people")
    op.drop_table("accesses")
    op.drop_table("consent_changes")
    if not _is_sqlite():
        op.execute("DROP TRIGGER consents_refuse_truncate ON consents")
    for index in ("near", "in_force", "unplaced"):
        op.drop_index(f"ix_consents_{index}", "consents")
    with op.batch_alter_table("consents") as table:
        table.drop_constraint(op.f("fk_consents_offer_id_" + "_".join(COPIED)), type_="foreignkey")
        for name in ("source_known", "place_whole", "place_for_contact"):
            table.drop_constraint(op.f(f"ck_consents_{name}"), type_="check")
        for name in (*COPIED, "source", "latitude", "longitude", "unplaced"):
            table.drop_column(name)
        table.create_foreign_key(
            op.f("fk_consents_offer_id"), "consent_offers", ["offer_id"], ["id"]
        )
    op.drop_column("signatures", "offer_set_id")
    op.drop_table("offer_sets")
    op.drop_index("uq_consent_offers_copied", "consent_offers")


def _make_offer_sets() -> None:
    op.create_table(
        "offer_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_offer_sets_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_sets")),
        sa.UniqueConstraint("campaign_id", "digest", name=op.f("uq_offer_sets_campaign_id_digest")),
    )
    op.add_column("signatures", sa.Column("offer_set_id", sa.Integer(), nullable=True))


def _fill_consents() -> None:
    columns = [
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=20), nullable=True),
        sa.Column("source", sa.String(length=80), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("unplaced", sa.Boolean(), server_default=sa.false(), nullable=False),
    ]
    for column in columns:
        op.add_column("consents", column)
    for name in COPIED:
        op.execute(
            f"UPDATE consents SET {name} = (SELECT {name} FROM consent_offers"  # noqa: S608
            " WHERE consent_offers.id = consents.offer_id)"
        )
    op.execute(
        "UPDATE consents SET unplaced = true WHERE purpose = 'contact' AND withdrawn_at IS NULL"
        " AND EXISTS (SELECT 1 FROM signatures s WHERE s.id = consents.signature_id"
        f" AND {SEEN.format('s')} AND s.cell IS NOT NULL)"
    )
    with op.batch_alter_table("consents") as table:
        for name, kind in zip(COPIED, (sa.Integer(), sa.Integer(), sa.String(20)), strict=True):
            table.alter_column(name, existing_type=kind, nullable=False)
        table.drop_constraint(op.f("fk_consents_offer_id"), type_="foreignkey")
        table.create_foreign_key(
            op.f("fk_consents_offer_id_" + "_".join(COPIED)),
            "consent_offers",
            ["offer_id", *COPIED],
            ["id", *COPIED],
        )
        table.create_check_constraint(op.f("ck_consents_source_known"), SOURCES)
        table.create_check_constraint(
            op.f("ck_consents_place_whole"), "(latitude IS NULL) = (longitude IS NULL)"
        )
        table.create_check_constraint(
            op.f("ck_consents_place_for_contact"), "latitude IS NULL OR purpose = 'contact'"
        )
    for name, fields, where in (
        ("near", ["organization_id", "latitude", "longitude"], "latitude IS NOT NULL"),
        ("in_force", ["organization_id", "purpose", "id"], "withdrawn_at IS NULL"),
        ("unplaced", ["id"], "unplaced"),
    ):
        rows = sa.text(where)
        op.create_index(
            f"ix_consents_{name}", "consents", fields, sqlite_where=rows, postgresql_where=rows
        )


def _make_changes() -> None:
    op.create_table(
        "consent_changes",
        sa.Column("id", IDS, nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('given', 'withdrawn', 'erased', 'bounced', 'corrected')",
            name=op.f("ck_consent_changes_kind_known"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_consent_changes_number_positive")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_consent_changes_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.id"], name=op.f("fk_consent_changes_consent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_changes")),
        sa.UniqueConstraint(
            "organization_id", "number", name=op.f("uq_consent_changes_organization_id_number")
        ),
    )
    op.create_index(op.f("ix_consent_changes_consent_id"), "consent_changes", ["consent_id"])
    rows = sa.text("number IS NULL")
    op.create_index(
        "ix_consent_changes_unnumbered",
        "consent_changes",
        ["id"],
        sqlite_where=rows,
        postgresql_where=rows,
    )
    # Who can be seen now was given before there was a stream.
    op.execute(
        "INSERT INTO consent_changes (organization_id, consent_id, kind, at)"
        " SELECT c.organization_id, c.id, 'given', c.given_at FROM consents c"
        " JOIN signatures s ON s.id = c.signature_id"
        f" WHERE c.withdrawn_at IS NULL AND {SEEN.format('s')} ORDER BY c.id"
    )


def _make_accesses() -> None:
    op.create_table(
        "accesses",
        sa.Column("id", IDS, nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint(
            "kind IN ('lookup', 'export', 'api', 'relay')", name=op.f("ck_accesses_kind_known")
        ),
        sa.CheckConstraint("people >= 0", name=op.f("ck_accesses_people_counted")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_accesses_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accesses")),
    )
    op.create_index(op.f("ix_accesses_organization_id"), "accesses", ["organization_id"])
    op.create_table(
        "access_people",
        sa.Column("access_id", IDS, autoincrement=False, nullable=False),
        sa.Column("consent_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["access_id"], ["accesses.id"], name=op.f("fk_access_people_access_id")
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.id"], name=op.f("fk_access_people_consent_id")
        ),
        sa.PrimaryKeyConstraint("access_id", "consent_id", name=op.f("pk_access_people")),
    )
    op.create_index(op.f("ix_access_people_consent_id"), "access_people", ["consent_id"])


def _create(note: Note) -> None:
    head = (
        f"CREATE TRIGGER {note.name} AFTER {note.when} ON {note.table} FOR EACH ROW"
        f" WHEN ({note.condition})"
    )
    body = "; ".join(note.statements)
    if _is_sqlite():
        # text() would take the %M:%f of a time for a bound value.
        op.get_bind().exec_driver_sql(f"{head} BEGIN {body}; END")
        return
    op.execute(
        f"CREATE FUNCTION {note.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body};"
        " RETURN NULL; END $$"
    )
    op.execute(f"{head} EXECUTE FUNCTION {note.name}()")


def _drop(note: Note) -> None:
    op.execute(f"DROP TRIGGER {note.name}" + ("" if _is_sqlite() else f" ON {note.table}"))
    if not _is_sqlite():
        op.execute(f"DROP FUNCTION {note.name}()")


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
