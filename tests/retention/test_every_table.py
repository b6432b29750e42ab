"""Of each table and each column of a signature it is decided whether it has an end."""

from petition.core.database import Base
from petition.models import Signature
from petition.retention.data_kinds import KINDS
from petition.retention.erasure_leftovers import EMPTY
from petition.signers.withdraw import ERASED_VALUES
from tests.docs.pages import DOCS

# The kinds that end what a table holds; "fixed": it has an end of its own, that no setting moves;
# "none": it has none, for a reason that docs/decisions/privacy.md gives; "facts": of nobody.
DECIDED = {
    "signatures": "expired rejected withdrawn review closed erased struck",
    "placements": "erased",
    "candidates": "erased closed",
    "mails": "mails erased",
    "asks": "asks",
    "incoming_mails": "incoming",
    "attempts": "said",
    "letter_answers": "said",
    "answer_attempts": "facts",
    "mailbox_mails": "fixed",
    "refused_mails": "fixed",
    "named_mailboxes": "fixed",
    "struck_mailboxes": "fixed",
    "used_challenges": "fixed",
    "processes": "fixed",
    "consents": "none",
    "consent_changes": "none",
    "offer_sets": "facts",
    "accesses": "none",
    "access_people": "erased closed",
    "partner_exports": "none",
    "partner_export_pages": "fixed",
    "partner_export_downloads": "none",
    "feed_cursors": "none",
    "reply_consents": "none",
    "reply_files": "replies",
    "import_batches": "facts",
    "import_proofs": "proofs",
    "import_uploads": "uploads",
    "import_pieces": "uploads",
    "roster_uploads": "none",
    "roster_pieces": "fixed",
    "events": "none",
    "event_archives": "facts",
    "event_links": "facts",
    "audit_keys": "facts",
    "legal_holds": "none",
    "retention_runs": "none",
    "ledger": "none",
    "tallies": "none",
    "milestones": "none",
    "brake_limits": "facts",
    "public_removals": "facts",
    "corrections": "none",
    "pauses": "none",
    "content_removals": "facts",
    "letters": "none",
    "deliveries": "none",
    "delivery_index": "none",  # as deliveries
    "delivery_counts": "facts",
    "saved_views": "facts",
    "relay_messages": "relayed",
    "relay_sends": "relayed",
    "relay_attempts": "relayed",
    "webhook_endpoints": "facts",
    "webhook_keys": "fixed",
    "webhook_deliveries": "fixed",
    "webhook_attempts": "fixed",
    "network_buckets": "none",
    "heartbeats": "none",
    "mailbox_polls": "facts",
    "officials": "none",
    "offices": "none",
    "terms": "none",
    "users": "none",
    "role_grants": "none",
    "invitations": "invitations",
    "second_factors": "none",
    "recovery_codes": "none",
    "account_sessions": "fixed",
    "account_places": "fixed",
    "account_mails": "invitations",
    "attention_causes": "facts",
    "attention_digests": "none",
    "api_tokens": "facts",
    "api_writes": "fixed",
    "campaigns": "facts",
    "campaign_organizations": "facts",
    "bills": "facts",
    "campaign_bills": "facts",
    "campaign_pictures": "facts",
    "campaign_versions": "facts",
    "campaign_heads": "facts",
    "campaign_drafts": "facts",
    "successor_notices": "facts",
    "organizations": "facts",
    "organization_applications": "fixed",
    "organization_changes": "facts",
    "organization_bases": "facts",
    "consent_offers": "facts",
    "posts": "facts",
    "boundary_sets": "facts",
    "districts": "facts",
    "district_shapes": "facts",
    "postal_districts": "facts",
    "mail_lanes": "facts",
    "data_keys": "facts",
    "hash_checks": "facts",
    "area_counts": "facts",
    "near_counts": "facts",
    "public_counts": "facts",
    "public_totals": "facts",
}
# What stays of a row for as long as there are rows: that it was one, and how it ended.
STAYS = {
    "id",
    "campaign_id",
    "state",
    "created_at",  # its day
    "ended_at",
    "due_at",
    "attempt",
    "relocated",
    "seat",
    "link_secret",  # another, which opens nothing
    "question_number",
    "emptied_at",
    "text_version",  # of the campaign: which words people read who signed then
}


def test_each_table_has_an_end_or_a_reason() -> None:
    kinds = {kind.name for kind in KINDS}

    assert set(DECIDED) == set(Base.metadata.tables)
    for table, decided in DECIDED.items():
        assert decided in ("fixed", "none", "facts") or set(decided.split()) <= kinds, table


def test_each_column_of_a_signature_ends_or_is_known_to_stay() -> None:
    ended = set(ERASED_VALUES) | set(EMPTY)

    assert ended | STAYS == set(Signature.__table__.columns.keys())
    assert not ended & STAYS


def test_the_reasons_are_written_down() -> None:
    page = (DOCS / "decisions" / "privacy.md").read_text("utf-8")
    reasons = page.partition("## What has no end")[2].partition("## Consequences")[0]

    for words in ("Letters", "ledger", "trail", "Consents", "network_buckets", "Heartbeats"):
        assert words in reasons
