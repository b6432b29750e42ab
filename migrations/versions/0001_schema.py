"""The schema: all tables, with their foreign keys, checks and indexes.

The sections are those of petition/models. What only a trigger can hold is in 0002.

Campaigns
- ``campaigns``: one open letter each, its step, its texts and what its form asks
- ``organizations``: groups of the coalition
- ``campaign_organizations``: who sends a campaign's letter, and who carries it
- ``consent_offers``: the wordings by which signers let an organization see them
- ``bills``: bills before a legislature; never changed
- ``campaign_bills``: what each bill is to a campaign
- ``pauses``: since when no letters are made and sent, of one campaign or of all
- ``successor_notices``: which campaigns' signers were told of the next one

Officials
- ``boundary_sets``: the polygons of a layer as of a date
- ``districts``: the areas of a boundary set
- ``district_shapes``: their polygons
- ``postal_districts``: the districts that a ZIP code's area reaches into
- ``officials``: people in public office
- ``posts``: the seats and bodies that letters go to
- ``offices``: where a post or an official takes mail
- ``terms``: who holds a post, and when
- ``corrections``: what staff laid over a roster

Signatures
- ``signatures``: one person's signing of one campaign; the person is sealed
- ``consents``: which organization may see a signer, and for what
- ``placements``: the districts that a signature was found to lie in
- ``candidates``: those that one in review could lie in
- ``named_mailboxes``: where an erased signer was named, by a keyed hash, for 90 days

Counts
- ``milestones``: each hundred that a district has reached
- ``tallies``: the count of a campaign in a district
- ``ledger``: one row for each signature in each of its districts
- ``network_buckets``: how many joined a count from the networks of a bucket
- ``public_counts``, ``public_totals``, ``area_counts``: what is told of counts

Outgoing
- ``letters``: the PDF for a milestone and a post
- ``deliveries``: one letter to one post by one channel
- ``attempts``: each try at a delivery
- ``content_removals``: stored bytes that nothing refers to any more
- ``mails``: mails to signers, due or sent
- ``refused_mails``: those that a server refused, until they have gone
- ``mail_lanes``: whether the mail server takes the mails of a lane
- ``mailbox_mails``: which mails a mailbox was sent, for its limits
- ``incoming_mails``: which mails that came in were read
- ``asks``: who asked for a lost link
- ``used_challenges``: proofs of work that have signed

Service
- ``users``, ``roles``, ``roles_users``: staff
- ``events``: the audit trail
- ``heartbeats``: the last round of each role
- ``processes``: workers and schedulers that run
- ``data_keys``: the keys that have sealed something, by their ids
- ``hash_checks``: what the hash key is compared with
"""

import re
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BOOLEAN = sa.Boolean()
INTEGER = sa.Integer()
MOMENT = sa.DateTime(timezone=True)
TEXT = sa.String()
# In the order in which they are made.
TABLES = (
    "campaigns organizations campaign_organizations consent_offers bills campaign_bills "
    "pauses successor_notices "
    "boundary_sets districts district_shapes postal_districts officials posts offices terms "
    "corrections "
    "signatures consents placements candidates named_mailboxes "
    "milestones tallies ledger network_buckets public_counts public_totals area_counts "
    "letters deliveries attempts content_removals mails refused_mails mail_lanes "
    "mailbox_mails incoming_mails asks used_challenges "
    "users roles roles_users events heartbeats processes data_keys hash_checks "
).split()


def upgrade() -> None:
    _create_campaigns()
    _create_officials()
    _create_signatures()
    _create_counts()
    _create_outgoing()
    _create_service()


def downgrade() -> None:
    """Drop everything, with all rows."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_campaigns() -> None:
    """Create the tables of campaigns: open letters, with who sends them and what they are about."""
    op.create_table(
        "campaigns",
        _needed("id", INTEGER),
        _needed("slug", TEXT),
        _needed("title", TEXT),
        _needed("state", TEXT),
        _needed("step", INTEGER),
        _needed("layers", sa.JSON()),
        _needed("recipients", sa.JSON(), default=sa.text("'{}'")),
        _needed("language", TEXT),
        _needed("summary", TEXT),
        _needed("opening", TEXT),
        _needed("letter", TEXT),
        _needed("closing", TEXT),
        _needed("topic", TEXT),
        _needed("message", TEXT, default=""),
        _needed("issues", TEXT, default=""),
        _optional("video_url", TEXT),
        _optional("video_title", TEXT),
        _optional("accent", sa.String(7)),
        _optional("logo", TEXT),
        _needed("recent_shown", INTEGER, default="10"),
        _needed("embed_origins", sa.JSON(), default=sa.text("'[]'")),
        _needed("guards", sa.JSON(), default=sa.text("'{}'")),
        _optional("successor", TEXT),
        _needed("organization_address", sa.JSON()),
        _optional("organization_email", TEXT),
        _needed("confirm_email", BOOLEAN),
        _needed("comments", sa.String(8), default="reviewed"),
        _needed("comment_wait", INTEGER, default="0"),
        _needed("confirm_after_close", BOOLEAN, default=sa.false()),
        _needed("text_version", INTEGER, default="1"),
        _optional("opens_at", MOMENT),
        _optional("closes_at", MOMENT),
        _optional("closed_at", MOMENT),
        _optional("people_erased_at", MOMENT),
        _needed("created_at", MOMENT),
        _primary("pk_campaigns", "id"),
        _unique("uq_campaigns_slug", "slug"),
        _check("ck_campaigns_comment_wait_hours", "comment_wait >= 0 AND comment_wait <= 72"),
        _check("ck_campaigns_comments_known", "comments IN ('reviewed', 'all', 'none')"),
        _check("ck_campaigns_people_erased_closed", "people_erased_at IS NULL OR state = 'closed'"),
        _check("ck_campaigns_state_known", "state IN ('draft', 'open', 'closed')"),
        _check("ck_campaigns_step_positive", "step >= 1"),
    )

    op.create_table(
        "organizations",
        _needed("id", INTEGER),
        _needed("slug", sa.String(60)),
        _needed("name", TEXT),
        _optional("url", TEXT),
        _needed("locality", TEXT, default=""),
        _needed("about", TEXT, default=""),
        _optional("logo", sa.LargeBinary()),
        _optional("logo_type", sa.String(20)),
        _optional("latitude", sa.Double()),
        _optional("longitude", sa.Double()),
        _primary("pk_organizations", "id"),
        _unique("uq_organizations_slug", "slug"),
    )

    op.create_table(
        "campaign_organizations",
        _needed("id", INTEGER),
        _needed("campaign_id", INTEGER),
        _optional("organization_id", INTEGER),
        _needed("role", sa.String(7)),
        _needed("position", INTEGER, default="0"),
        _optional("name", TEXT),
        _primary("pk_campaign_organizations", "id"),
        _unique("uq_campaign_organizations_campaign_id_name", "campaign_id, name"),
        _unique(
            "uq_campaign_organizations_campaign_id_organization_id_role",
            "campaign_id, organization_id, role",
        ),
        _refers("fk_campaign_organizations_campaign_id", "campaign_id", "campaigns(id)"),
        _refers(
            "fk_campaign_organizations_organization_id", "organization_id", "organizations(id)"
        ),
        _check("ck_campaign_organizations_owner_named", "(role = 'owner') = (name IS NOT NULL)"),
        _check(
            "ck_campaign_organizations_partner_listed",
            "role = 'owner' OR organization_id IS NOT NULL",
        ),
        _check("ck_campaign_organizations_role_known", "role IN ('owner', 'partner')"),
    )

    op.create_table(
        "consent_offers",
        _needed("id", INTEGER),
        _needed("campaign_id", INTEGER),
        _needed("organization_id", INTEGER),
        _needed("purpose", sa.String(20)),
        _needed("wording", TEXT),
        _needed("created_at", MOMENT),
        _optional("retired_at", MOMENT),
        _primary("pk_consent_offers", "id"),
        _refers("fk_consent_offers_campaign_id", "campaign_id", "campaigns(id)"),
        _refers("fk_consent_offers_organization_id", "organization_id", "organizations(id)"),
    )
    _unique_index(
        "uq_consent_offers_one_shown",
        "consent_offers",
        "campaign_id, organization_id, purpose",
        where="retired_at IS NULL",
    )

    op.create_table(
        "bills",
        _needed("id", INTEGER),
        _optional("jurisdiction", TEXT),
        _optional("session", TEXT),
        _optional("identifier", TEXT),
        _optional("title", TEXT),
        _optional("url", TEXT),
        _primary("pk_bills", "id"),
        _check("ck_bills_told", "identifier IS NOT NULL OR title IS NOT NULL OR url IS NOT NULL"),
    )
    _index("ix_bills_identifier", "bills", "identifier")

    op.create_table(
        "campaign_bills",
        _needed("id", INTEGER),
        _needed("campaign_id", INTEGER),
        _needed("bill_id", INTEGER),
        _needed("relation", sa.String(9)),
        _needed("position", INTEGER, default="0"),
        _primary("pk_campaign_bills", "id"),
        _unique("uq_campaign_bills_campaign_id_bill_id_relation", "campaign_id, bill_id, relation"),
        _refers("fk_campaign_bills_campaign_id", "campaign_id", "campaigns(id)"),
        _refers("fk_campaign_bills_bill_id", "bill_id", "bills(id)"),
        _check(
            "ck_campaign_bills_relation_known",
            "relation IN ('subject', 'companion', 'prior', 'replaces')",
        ),
    )
    _unique_index(
        "uq_campaign_bills_one_subject",
        "campaign_bills",
        "campaign_id",
        where="relation = 'subject'",
    )

    op.create_table(
        "pauses",
        _needed("id", INTEGER),
        _optional("campaign_id", INTEGER),
        _needed("reason", sa.String(200)),
        _needed("started_at", MOMENT),
        _optional("ended_at", MOMENT),
        _primary("pk_pauses", "id"),
        _refers("fk_pauses_campaign_id", "campaign_id", "campaigns(id)"),
    )
    _unique_index(
        "uq_pauses_in_force", "pauses", "coalesce(campaign_id, 0)", where="ended_at IS NULL"
    )

    op.create_table(
        "successor_notices",
        _needed("campaign_id", INTEGER),
        _needed("successor_id", INTEGER),
        _needed("notified_at", MOMENT),
        _primary("pk_successor_notices", "campaign_id, successor_id"),
        _refers("fk_successor_notices_campaign_id", "campaign_id", "campaigns(id)"),
        _refers("fk_successor_notices_successor_id", "successor_id", "campaigns(id)"),
    )


def _create_officials() -> None:
    """Create the tables of officials: districts, and who receives letters there."""
    op.create_table(
        "boundary_sets",
        _needed("id", INTEGER),
        _needed("layer", sa.String(8)),
        _needed("scope", sa.String(2)),
        _needed("source", TEXT),
        _needed("digest", sa.String(64)),
        _needed("state", sa.String(8)),
        _optional("approved_at", MOMENT),
        _optional("compared", sa.JSON()),
        _optional("in_force_from", sa.Date()),
        _optional("in_force_until", sa.Date()),
        _needed("created_at", MOMENT),
        _primary("pk_boundary_sets", "id"),
        _check("ck_boundary_sets_state_known", "state IN ('loaded', 'active', 'retired')"),
    )
    _unique_index(
        "uq_boundary_sets_one_active", "boundary_sets", "layer, scope", where="state = 'active'"
    )

    op.create_table(
        "districts",
        _needed("id", INTEGER),
        _needed("boundary_set_id", INTEGER),
        _needed("layer", sa.String(8)),
        _needed("division_id", TEXT),
        _needed("geoid", sa.String(12)),
        _needed("name", TEXT),
        _needed("state", sa.String(2)),
        _needed("in_force", BOOLEAN, default=sa.false()),
        _needed("overlays", BOOLEAN, default=sa.false()),
        _primary("pk_districts", "id"),
        _unique("uq_districts_boundary_set_id_division_id", "boundary_set_id, division_id"),
        _unique("uq_districts_boundary_set_id_geoid", "boundary_set_id, geoid"),
        _refers("fk_districts_boundary_set_id", "boundary_set_id", "boundary_sets(id)"),
    )
    _index("ix_districts_division_id", "districts", "division_id")
    _index("ix_districts_in_force", "districts", "layer, geoid", where="in_force")
    _index("ix_districts_overlays", "districts", "layer", where="overlays")

    op.create_table(
        "district_shapes",
        _needed("district_id", INTEGER),
        _needed("wkb", sa.LargeBinary()),
        _primary("pk_district_shapes", "district_id"),
        _refers("fk_district_shapes_district_id", "district_id", "districts(id)"),
    )

    op.create_table(
        "postal_districts",
        _needed("postal_code", sa.String(5)),
        _needed("district_id", INTEGER),
        _optional("share", sa.Double()),
        _primary("pk_postal_districts", "postal_code, district_id"),
        _refers("fk_postal_districts_district_id", "district_id", "districts(id)"),
        _check("ck_postal_districts_share_is_a_part", "share > 0 AND share <= 1"),
        sqlite_with_rowid=False,
    )
    _index("ix_postal_districts_district_id", "postal_districts", "district_id")

    op.create_table(
        "officials",
        _needed("id", INTEGER),
        _needed("source_id", TEXT),
        _needed("name", TEXT),
        _needed("given_name", TEXT),
        _needed("family_name", TEXT),
        _primary("pk_officials", "id"),
        _unique("uq_officials_source_id", "source_id"),
    )

    op.create_table(
        "posts",
        _needed("id", INTEGER),
        _needed("division_id", TEXT),
        _needed("key", sa.String(80)),
        _needed("role", sa.String(20), default="board"),
        _needed("title", TEXT),
        _needed("salutation", TEXT),
        _needed("is_body", BOOLEAN),
        _needed("active", BOOLEAN),
        _primary("pk_posts", "id"),
        _unique("uq_posts_division_id_key", "division_id, key"),
    )
    _index("ix_posts_division_id", "posts", "division_id")

    op.create_table(
        "offices",
        _needed("id", INTEGER),
        _optional("post_id", INTEGER),
        _optional("official_id", INTEGER),
        _needed("classification", sa.String(20)),
        _optional("email", TEXT),
        _optional("voice", TEXT),
        _optional("fax", TEXT),
        _optional("form", TEXT),
        _needed("address", sa.JSON()),
        _primary("pk_offices", "id"),
        _refers("fk_offices_post_id", "post_id", "posts(id)"),
        _refers("fk_offices_official_id", "official_id", "officials(id)"),
        _check("ck_offices_one_owner", "(post_id IS NULL) <> (official_id IS NULL)"),
    )
    _index("ix_offices_official_id", "offices", "official_id")
    _index("ix_offices_post_id", "offices", "post_id")

    op.create_table(
        "terms",
        _needed("id", INTEGER),
        _needed("post_id", INTEGER),
        _needed("official_id", INTEGER),
        _optional("starts_on", sa.Date()),
        _optional("ends_on", sa.Date()),
        _needed("listed", BOOLEAN, default=sa.true()),
        _primary("pk_terms", "id"),
        _unique("uq_terms_post_id_official_id_starts_on", "post_id, official_id, starts_on"),
        _refers("fk_terms_post_id", "post_id", "posts(id)"),
        _refers("fk_terms_official_id", "official_id", "officials(id)"),
    )

    op.create_table(
        "corrections",
        _needed("id", INTEGER),
        _needed("post_id", INTEGER),
        _optional("official_id", INTEGER),
        _needed("field", sa.String(8)),
        _optional("value", TEXT),
        _optional("roster_said", TEXT),
        _needed("because", sa.String(200)),
        _needed("source", sa.String(200)),
        _optional("until", sa.Date()),
        _needed("made_by", sa.String(80)),
        _needed("made_at", MOMENT),
        _optional("withdrawn_by", sa.String(80)),
        _optional("withdrawn_at", MOMENT),
        _optional("withdrawn_because", sa.String(200)),
        _primary("pk_corrections", "id"),
        _refers("fk_corrections_post_id", "post_id", "posts(id)"),
        _refers("fk_corrections_official_id", "official_id", "officials(id)"),
        _check("ck_corrections_field_known", "field IN ('holder', 'email', 'office')"),
        _check("ck_corrections_filled_in", "value <> '' AND because <> '' AND made_by <> ''"),
        _check(
            "ck_corrections_holder_named",
            "field <> 'holder' OR (official_id IS NULL) = (value IS NULL)",
        ),
        _check(
            "ck_corrections_withdrawn_whole",
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)"
            " AND (withdrawn_at IS NULL) = (withdrawn_because IS NULL)",
        ),
    )
    _index("ix_corrections_post_id", "corrections", "post_id")
    _unique_index(
        "uq_corrections_contact",
        "corrections",
        "post_id, field, coalesce(official_id, 0)",
        where="withdrawn_at IS NULL AND field <> 'holder'",
    )
    _unique_index(
        "uq_corrections_holder",
        "corrections",
        "post_id",
        where="withdrawn_at IS NULL AND field = 'holder'",
    )


def _create_signatures() -> None:
    """Create the tables of signatures: who signed, and where they live."""
    op.create_table(
        "signatures",
        _needed("id", BIG),
        _needed("campaign_id", INTEGER),
        _needed("state", sa.String(10)),
        _optional("email_digest", sa.LargeBinary(32)),
        _optional("person", sa.LargeBinary()),
        _needed("publish_comment", BOOLEAN),
        _needed("created_at", MOMENT),
        _optional("due_at", MOMENT),
        _needed("attempt", INTEGER, default="0"),
        _optional("mailed_at", MOMENT),
        _optional("confirmed_at", MOMENT),
        _optional("ended_at", MOMENT),
        _optional("unsubscribed_at", MOMENT),
        _optional("precision", sa.String(10)),
        _optional("geocoder", sa.String(20)),
        _optional("cell", sa.String(15)),
        _optional("review_reason", sa.String(40)),
        _needed("relocated", BOOLEAN, default=sa.false()),
        _needed("moved", BOOLEAN, default=sa.false()),
        _optional("waits_until", MOMENT),
        _needed("show_name", BOOLEAN, default=sa.false()),
        _needed("notify", BOOLEAN, default=sa.false()),
        _needed("tell_successor", BOOLEAN, default=sa.false()),
        _needed("language", sa.String(5), default="en"),
        _optional("reject_reason", sa.String(20)),
        _optional("unreachable_at", MOMENT),
        _optional("doubted_at", MOMENT),
        _optional("networks", sa.LargeBinary(16)),
        _optional("loaded_form", BOOLEAN),
        _optional("form_at", MOMENT),
        _optional("batch", sa.String(40)),
        _optional("invalidated_with", INTEGER),
        _optional("comment_state", sa.String(8)),
        _optional("comment_decided_at", MOMENT),
        _optional("seat", sa.SmallInteger()),
        _optional("proved_at", MOMENT),
        _optional("link_secret", sa.LargeBinary(16)),
        _needed("question_number", INTEGER, default="0"),
        _optional("bound_to", sa.LargeBinary(16)),
        _optional("amended_at", MOMENT),
        _needed("name_changes", sa.SmallInteger(), default="0"),
        _optional("emptied_at", MOMENT),
        _needed("text_version", INTEGER, default="1"),
        _optional("unreachable_cause", sa.String(60)),
        _optional("resubscribed_at", MOMENT),
        _optional("answered_at", MOMENT),
        _optional("touched_at", MOMENT),
        _primary("pk_signatures", "id"),
        _refers("fk_signatures_campaign_id", "campaign_id", "campaigns(id)"),
        _check(
            "ck_signatures_ended_has_its_moment",
            "(state IN ('withdrawn', 'rejected', 'expired', 'erased')) = (ended_at IS NOT NULL)",
        ),
        _check("ck_signatures_erased_is_empty", "NOT (state = 'erased') OR person IS NULL"),
        _check("ck_signatures_kept_until_erased", "(state = 'erased') OR person IS NOT NULL"),
        _check(
            "ck_signatures_state_known",
            "state IN ('pending', 'confirmed', 'located', 'review', 'counted',"
            " 'withdrawn', 'rejected', 'expired', 'erased')",
        ),
        *_list_checks_of_sqlite(),
    )
    _index(
        "ix_signatures_comments_decided",
        "signatures",
        "comment_decided_at",
        where="comment_decided_at IS NOT NULL",
    )
    _index(
        "ix_signatures_comments_undecided",
        "signatures",
        "campaign_id, comment_state, id",
        where="comment_state IS NOT NULL AND comment_decided_at IS NULL AND ended_at IS NULL",
    )
    _index("ix_signatures_due", "signatures", "state, due_at", where="due_at IS NOT NULL")
    _index(
        "ix_signatures_ended",
        "signatures",
        "campaign_id, email_digest",
        where="ended_at IS NOT NULL",
    )
    _index(
        "ix_signatures_leftovers",
        "signatures",
        "ended_at",
        where="state = 'erased' AND emptied_at IS NULL",
    )
    _index("ix_signatures_near", "signatures", "campaign_id, cell", where="show_name")
    _index("ix_signatures_shown", "signatures", "campaign_id, confirmed_at", where="show_name")
    _index(
        "ix_signatures_uncounted",
        "signatures",
        "campaign_id, state, id",
        where="state <> 'counted'",
    )
    _index(
        "ix_signatures_unsubscribed",
        "signatures",
        "campaign_id, email_digest",
        where="unsubscribed_at IS NOT NULL",
    )
    _index("ix_signatures_waiting", "signatures", "waits_until", where="waits_until IS NOT NULL")
    _unique_index(
        "uq_signatures_one_live",
        "signatures",
        "campaign_id, email_digest, seat",
        where="ended_at IS NULL",
    )

    op.create_table(
        "consents",
        _needed("id", INTEGER),
        _needed("signature_id", BIG),
        _needed("offer_id", INTEGER),
        _needed("given_at", MOMENT),
        _optional("withdrawn_at", MOMENT),
        _primary("pk_consents", "id"),
        _unique("uq_consents_signature_id_offer_id", "signature_id, offer_id"),
        _refers("fk_consents_signature_id", "signature_id", "signatures(id)"),
        _refers("fk_consents_offer_id", "offer_id", "consent_offers(id)"),
    )

    op.create_table(
        "placements",
        _needed("signature_id", BIG),
        _needed("district_id", INTEGER),
        _needed("layer", sa.String(8)),
        _needed("found_by", sa.String(16)),
        _primary("pk_placements", "signature_id, district_id"),
        _refers("fk_placements_signature_id", "signature_id", "signatures(id)"),
        _refers("fk_placements_district_id", "district_id", "districts(id)"),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "candidates",
        _needed("signature_id", BIG),
        _needed("district_id", INTEGER),
        _primary("pk_candidates", "signature_id, district_id"),
        _refers("fk_candidates_signature_id", "signature_id", "signatures(id)"),
        _refers("fk_candidates_district_id", "district_id", "districts(id)"),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "named_mailboxes",
        _needed("campaign_id", INTEGER),
        _needed("mailbox", sa.LargeBinary(32)),
        _needed("layer", sa.String(8)),
        _needed("division_id", TEXT),
        _needed("until", MOMENT),
        _primary("pk_named_mailboxes", "campaign_id, mailbox, layer, division_id"),
        _refers("fk_named_mailboxes_campaign_id", "campaign_id", "campaigns(id)"),
        sqlite_with_rowid=False,
    )
    _index("ix_named_mailboxes_until", "named_mailboxes", "until")


def _create_counts() -> None:
    """Create the tables of counts: what was counted, and what is told of it."""
    op.create_table(
        "milestones",
        _needed("id", INTEGER),
        _needed("campaign_id", INTEGER),
        _needed("district_id", INTEGER),
        _needed("number", INTEGER),
        _optional("follows", INTEGER),
        _needed("threshold", INTEGER),
        _needed("code", sa.String(16)),
        _needed("reached_at", MOMENT),
        _optional("sealed_at", MOMENT),
        _needed("inherited", BOOLEAN, default=sa.false()),
        _needed("state", sa.String(8), default="reached"),
        _optional("evidence", sa.JSON()),
        _optional("judged_at", MOMENT),
        _optional("judged_list", sa.String(64)),
        _optional("released_list", sa.String(64)),
        _optional("notified_at", MOMENT),
        _primary("pk_milestones", "id"),
        _unique("uq_milestones_campaign_id_district_id_number", "campaign_id, district_id, number"),
        _unique("uq_milestones_code", "code"),
        _refers("fk_milestones_campaign_id", "campaign_id", "campaigns(id)"),
        _refers(
            "fk_milestones_campaign_id_district_id_follows",
            "campaign_id, district_id, follows",
            "milestones(campaign_id, district_id, number)",
        ),
        _refers("fk_milestones_district_id", "district_id", "districts(id)"),
        _check(
            "ck_milestones_in_order",
            "(number = 1 AND follows IS NULL) OR (number > 1 AND follows = number - 1)",
        ),
        _check("ck_milestones_state_known", "state IN ('reached', 'held', 'cleared')"),
        _check("ck_milestones_threshold_is_a_multiple", "threshold % number = 0"),
    )
    _index("ix_milestones_held", "milestones", "id", where="state = 'held'")

    op.create_table(
        "tallies",
        _needed("campaign_id", INTEGER),
        _needed("district_id", INTEGER),
        _needed("step", INTEGER),
        _needed("live", INTEGER),
        _needed("joined", INTEGER),
        _optional("reached", INTEGER),
        _needed("updated_at", MOMENT),
        _needed("several_networks", BOOLEAN, default=sa.false()),
        _primary("pk_tallies", "campaign_id, district_id"),
        _refers("fk_tallies_campaign_id", "campaign_id", "campaigns(id)"),
        _refers(
            "fk_tallies_campaign_id_district_id_reached",
            "campaign_id, district_id, reached",
            "milestones(campaign_id, district_id, number)",
            deferred=True,
        ),
        _refers("fk_tallies_district_id", "district_id", "districts(id)"),
        _check("ck_tallies_live_within_joined", "live >= 0 AND live <= joined"),
        _check("ck_tallies_no_hundred_missed", "live < (coalesce(reached, 0) + 1) * step"),
    )

    op.create_table(
        "ledger",
        _needed("campaign_id", INTEGER),
        _needed("district_id", INTEGER),
        _needed("ordinal", INTEGER),
        _needed("signature_id", BIG),
        _needed("layer", sa.String(8)),
        _optional("carried_by", INTEGER),
        _needed("joined_at", MOMENT),
        _optional("left_at", MOMENT),
        _primary("pk_ledger", "campaign_id, district_id, ordinal"),
        _refers(
            "fk_ledger_campaign_id_district_id",
            "campaign_id, district_id",
            "tallies(campaign_id, district_id)",
        ),
        _refers(
            "fk_ledger_campaign_id_district_id_carried_by",
            "campaign_id, district_id, carried_by",
            "milestones(campaign_id, district_id, number)",
        ),
        _refers("fk_ledger_signature_id", "signature_id", "signatures(id)"),
        _check("ck_ledger_ordinal_positive", "ordinal >= 1"),
        sqlite_with_rowid=False,
    )
    _index("ix_ledger_carried", "ledger", "campaign_id, district_id, carried_by, ordinal")
    _index("ix_ledger_left", "ledger", "signature_id", where="left_at IS NOT NULL")
    _unique_index(
        "uq_ledger_one_live", "ledger", "signature_id, district_id", where="left_at IS NULL"
    )

    op.create_table(
        "network_buckets",
        _needed("campaign_id", INTEGER),
        _needed("district_id", INTEGER),
        _needed("bucket", sa.SmallInteger()),
        _needed("people", INTEGER),
        _primary("pk_network_buckets", "campaign_id, district_id, bucket"),
        _refers(
            "fk_network_buckets_campaign_id_district_id",
            "campaign_id, district_id",
            "tallies(campaign_id, district_id)",
        ),
        _check("ck_network_buckets_bucket_is_a_byte", "bucket BETWEEN 0 AND 255"),
        _check("ck_network_buckets_people_positive", "people > 0"),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "public_counts",
        _needed("campaign_id", INTEGER),
        _needed("district_id", INTEGER),
        _optional("people", INTEGER),
        _needed("reached", INTEGER),
        _primary("pk_public_counts", "campaign_id, district_id"),
        _refers(
            "fk_public_counts_campaign_id_district_id",
            "campaign_id, district_id",
            "tallies(campaign_id, district_id)",
        ),
        _check("ck_public_counts_people_not_few", "people IS NULL OR people >= 10"),
    )
    _index(
        "ix_public_counts_shown", "public_counts", "campaign_id, people", where="people IS NOT NULL"
    )

    op.create_table(
        "public_totals",
        _needed("campaign_id", INTEGER),
        _optional("people", INTEGER),
        _needed("is_exact", BOOLEAN),
        _needed("is_rounded", BOOLEAN),
        _needed("counted_at", MOMENT),
        _primary("pk_public_totals", "campaign_id"),
        _refers("fk_public_totals_campaign_id", "campaign_id", "campaigns(id)"),
        _check("ck_public_totals_people_not_few", "people IS NULL OR people >= 10"),
    )

    op.create_table(
        "area_counts",
        _needed("campaign_id", INTEGER),
        _needed("area", sa.String(15)),
        _needed("people", INTEGER),
        _needed("counted_at", MOMENT),
        _needed("several_networks", BOOLEAN, default=sa.false()),
        _needed("is_told", BOOLEAN, default=sa.false()),
        _primary("pk_area_counts", "campaign_id, area"),
        _refers("fk_area_counts_campaign_id", "campaign_id", "campaigns(id)"),
        _check("ck_area_counts_people_positive", "people > 0"),
        _check(
            "ck_area_counts_told_from_ten", "NOT is_told OR (several_networks AND people >= 10)"
        ),
    )


def _create_outgoing() -> None:
    """Create the tables of outgoing: letters and mails, and each try at them."""
    op.create_table(
        "letters",
        _needed("id", INTEGER),
        _needed("milestone_id", INTEGER),
        _needed("post_id", INTEGER),
        _needed("sha256", sa.String(64)),
        _needed("pages", INTEGER),
        _needed("size", INTEGER),
        _needed("names", INTEGER),
        _needed("addressee", sa.JSON()),
        _optional("words", sa.String(64)),
        _needed("rendered_at", MOMENT),
        _optional("superseded_at", MOMENT),
        _primary("pk_letters", "id"),
        _refers("fk_letters_milestone_id", "milestone_id", "milestones(id)"),
        _refers("fk_letters_post_id", "post_id", "posts(id)"),
        _check("ck_letters_sha256_is_hex", "length(sha256) = 64"),
    )
    _index("ix_letters_sha256", "letters", "sha256")
    _unique_index(
        "uq_letters_one_current", "letters", "milestone_id, post_id", where="superseded_at IS NULL"
    )

    op.create_table(
        "deliveries",
        _needed("id", INTEGER),
        _needed("milestone_id", INTEGER),
        _needed("post_id", INTEGER),
        _needed("channel", sa.String(12)),
        _needed("state", sa.String(10)),
        _optional("letter_id", INTEGER),
        _needed("message_id", TEXT),
        _needed("attempt", INTEGER, default="0"),
        _optional("due_at", MOMENT),
        _optional("reason", sa.String(60)),
        _needed("created_at", MOMENT),
        _optional("settled_at", MOMENT),
        _optional("envelope", sa.LargeBinary()),
        _optional("bound_to", sa.LargeBinary(16)),
        _primary("pk_deliveries", "id"),
        _unique("uq_deliveries_message_id", "message_id"),
        _unique("uq_deliveries_milestone_id_post_id_channel", "milestone_id, post_id, channel"),
        _refers("fk_deliveries_milestone_id", "milestone_id", "milestones(id)"),
        _refers("fk_deliveries_post_id", "post_id", "posts(id)"),
        _refers("fk_deliveries_letter_id", "letter_id", "letters(id)"),
        _check("ck_deliveries_attempt_counts_up", "attempt >= 0"),
        _check(
            "ck_deliveries_envelope_bound_to_its_row", "(envelope IS NULL) = (bound_to IS NULL)"
        ),
        _check(
            "ck_deliveries_letter_when_sent",
            "state IN ('queued', 'held', 'cancelled') OR letter_id IS NOT NULL",
        ),
        _check(
            "ck_deliveries_state_known",
            "state IN ('queued', 'rendered', 'sending', 'accepted', 'delivered', 'retry_wait',"
            " 'failed', 'bounced', 'unknown', 'held', 'cancelled')",
        ),
    )
    _index("ix_deliveries_due", "deliveries", "state, due_at", where="due_at IS NOT NULL")

    op.create_table(
        "attempts",
        _needed("delivery_id", INTEGER),
        _needed("number", INTEGER),
        _needed("phase", sa.String(10)),
        _needed("started_at", MOMENT),
        _optional("ended_at", MOMENT),
        _optional("outcome", sa.String(12)),
        _optional("detail", sa.String(120)),
        _optional("about", sa.String(6)),
        _needed("spent", BOOLEAN, default=sa.true()),
        _optional("recipient", sa.String(320)),
        _optional("said", sa.String(300)),
        _primary("pk_attempts", "delivery_id, number"),
        _refers("fk_attempts_delivery_id", "delivery_id", "deliveries(id)"),
        _check("ck_attempts_about_known", "about IN ('ours', 'unsure')"),
        _check("ck_attempts_said_short", "length(said) <= 300"),
        _check("ck_attempts_unspent_has_cause", "spent OR about IS NOT NULL"),
    )
    _index("ix_attempts_refused", "attempts", "ended_at", where="about IS NOT NULL")
    _index("ix_attempts_said", "attempts", "ended_at", where="said IS NOT NULL")

    op.create_table(
        "content_removals",
        _needed("kind", sa.String(12)),
        _needed("sha256", sa.String(64)),
        _needed("asked_at", MOMENT),
        _optional("done_at", MOMENT),
        _primary("pk_content_removals", "kind, sha256"),
        _check("ck_content_removals_sha256_is_hex", "length(sha256) = 64"),
    )
    _index("ix_content_removals_asked", "content_removals", "asked_at", where="done_at IS NULL")

    op.create_table(
        "mails",
        _needed("id", BIG),
        _needed("signature_id", BIG),
        _needed("kind", sa.String(12)),
        _needed("about", INTEGER, default="0"),
        _needed("attempt", INTEGER, default="0"),
        _needed("created_at", MOMENT),
        _optional("due_at", MOMENT),
        _optional("sent_at", MOMENT),
        _optional("told_with", BIG),
        _primary("pk_mails", "id"),
        _unique("uq_mails_signature_id_kind_about", "signature_id, kind, about"),
        _refers("fk_mails_signature_id", "signature_id", "signatures(id)"),
        _check(
            "ck_mails_kind_known",
            "kind IN ('reminder', 'link', 'delivered', 'successor', 'question')",
        ),
    )
    _index(
        "ix_mails_done",
        "mails",
        "created_at",
        where="due_at IS NULL AND kind IN ('reminder', 'link', 'delivered')",
    )
    _index("ix_mails_due", "mails", "due_at", where="due_at IS NOT NULL")
    _index("ix_mails_links", "mails", "due_at", where="due_at IS NOT NULL AND kind = 'link'")
    _unique_index(
        "uq_mails_one_telling",
        "mails",
        "signature_id",
        where="told_with = id AND due_at IS NOT NULL",
    )

    op.create_table(
        "refused_mails",
        _needed("signature_id", BIG),
        _needed("mail_id", BIG),
        _needed("attempt", INTEGER),
        _needed("times", INTEGER),
        _needed("cause", sa.String(60)),
        _needed("first_at", MOMENT),
        _needed("last_at", MOMENT),
        _needed("gone", BOOLEAN, default=sa.false()),
        _primary("pk_refused_mails", "signature_id, mail_id"),
        _refers("fk_refused_mails_signature_id", "signature_id", "signatures(id)"),
        _check("ck_refused_mails_times_counted", "times >= 0"),
        sqlite_with_rowid=False,
    )
    _index("ix_refused_mails_last_at", "refused_mails", "last_at")
    _index("ix_refused_mails_not_gone", "refused_mails", "last_at", where="NOT gone")

    op.create_table(
        "mail_lanes",
        _needed("name", sa.String(10)),
        _optional("refused_since", MOMENT),
        _optional("cause", sa.String(60)),
        _optional("stopped_at", MOMENT),
        _optional("opened_at", MOMENT),
        _optional("probe_at", MOMENT),
        _needed("probes", INTEGER, default="0"),
        _optional("taken_at", MOMENT),
        _needed("revives", BOOLEAN, default=sa.false()),
        _primary("pk_mail_lanes", "name"),
        _check("ck_mail_lanes_name_known", "name IN ('signers', 'letters')"),
        _check(
            "ck_mail_lanes_opened_was_stopped",
            "opened_at IS NULL OR (stopped_at IS NOT NULL AND probe_at IS NULL)",
        ),
        _check(
            "ck_mail_lanes_stopped_is_probed",
            "stopped_at IS NULL OR opened_at IS NOT NULL OR (probe_at IS NOT NULL"
            " AND refused_since IS NOT NULL AND cause IS NOT NULL)",
        ),
    )

    op.create_table(
        "mailbox_mails",
        _needed("id", BIG),
        _needed("mailbox", sa.LargeBinary(32)),
        _needed("asked", BOOLEAN),
        _needed("sent_at", MOMENT),
        _primary("pk_mailbox_mails", "id"),
    )
    _index("ix_mailbox_mails_mailbox", "mailbox_mails", "mailbox, asked, sent_at")
    _index("ix_mailbox_mails_sent_at", "mailbox_mails", "sent_at")

    op.create_table(
        "incoming_mails",
        _needed("key", sa.LargeBinary(32)),
        _needed("read_at", MOMENT),
        _primary("pk_incoming_mails", "key"),
    )

    op.create_table(
        "asks",
        _needed("id", BIG),
        _needed("campaign_id", INTEGER),
        _needed("email_digest", sa.LargeBinary(32)),
        _needed("asked_at", MOMENT),
        _primary("pk_asks", "id"),
        _refers("fk_asks_campaign_id", "campaign_id", "campaigns(id)"),
    )

    op.create_table(
        "used_challenges",
        _needed("digest", sa.LargeBinary(32)),
        _needed("expires_at", MOMENT),
        _primary("pk_used_challenges", "digest"),
    )
    _index("ix_used_challenges_expires_at", "used_challenges", "expires_at")


def _create_service() -> None:
    """Create the tables of service: staff, the trail, and what runs."""
    op.create_table(
        "users",
        _needed("id", INTEGER),
        _needed("email", sa.String(254)),
        _optional("password", TEXT),
        _needed("active", BOOLEAN),
        _needed("fs_uniquifier", sa.String(64)),
        _primary("pk_users", "id"),
        _unique("uq_users_email", "email"),
        _unique("uq_users_fs_uniquifier", "fs_uniquifier"),
    )

    op.create_table(
        "roles",
        _needed("id", INTEGER),
        _needed("name", sa.String(20)),
        _primary("pk_roles", "id"),
        _unique("uq_roles_name", "name"),
    )

    op.create_table(
        "roles_users",
        _needed("user_id", INTEGER),
        _needed("role_id", INTEGER),
        _primary("pk_roles_users", "user_id, role_id"),
        _refers("fk_roles_users_user_id", "user_id", "users(id)"),
        _refers("fk_roles_users_role_id", "role_id", "roles(id)"),
    )

    op.create_table(
        "events",
        _needed("id", BIG),
        _needed("at", MOMENT),
        _needed("actor", sa.String(40)),
        _needed("action", sa.String(40)),
        _needed("subject", sa.String(20)),
        _needed("subject_id", BIG),
        _needed("detail", sa.JSON()),
        _primary("pk_events", "id"),
    )
    _index("ix_events_subject", "events", "subject, subject_id, id")

    op.create_table(
        "heartbeats",
        _needed("name", sa.String(20)),
        _needed("at", MOMENT),
        _needed("detail", sa.JSON()),
        _primary("pk_heartbeats", "name"),
    )

    op.create_table(
        "processes",
        _needed("key", sa.String(32)),
        _needed("role", sa.String(10)),
        _needed("stages", sa.String(120)),
        _needed("host", sa.String(255)),
        _needed("pid", INTEGER),
        _needed("started_at", MOMENT),
        _needed("beat_at", MOMENT),
        _needed("clock_ahead", sa.Double()),
        _optional("seals_with", sa.LargeBinary(4)),
        _primary("pk_processes", "key"),
        _check("ck_processes_role_known", "role IN ('worker', 'scheduler')"),
    )
    _index("ix_processes_host", "processes", "host, role")

    op.create_table(
        "data_keys",
        _needed("key_id", sa.LargeBinary(4)),
        _needed("used_since", MOMENT),
        _optional("spent_at", MOMENT),
        _optional("lost_at", MOMENT),
        _primary("pk_data_keys", "key_id"),
    )

    op.create_table(
        "hash_checks",
        _needed("id", INTEGER),
        _needed("digest", sa.LargeBinary(32)),
        _needed("made_at", MOMENT),
        _primary("pk_hash_checks", "id"),
        _check("ck_hash_checks_one", "id = 1"),
    )


def _list_checks_of_sqlite() -> list[sa.CheckConstraint]:
    """Return the checks of signatures that a trigger holds on PostgreSQL.

    - PostgreSQL reads the text of every check of a table anew for each INSERT statement, and a
      signature is one; a function is read once a connection. SQLite keeps what it has compiled.
    """
    if op.get_bind().dialect.name != "sqlite":
        return []
    return [
        _check(
            "ck_signatures_comment_decided",
            "(comment_decided_at IS NULL"
            " OR coalesce(comment_state, '') IN ('allowed', 'struck'))"
            " AND (comment_decided_at IS NOT NULL OR coalesce(comment_state, '') <> 'struck')",
        ),
        _check(
            "ck_signatures_comment_state_known", "comment_state IN ('waiting', 'allowed', 'struck')"
        ),
        _check(
            "ck_signatures_comment_to_publish",
            "comment_state IS NULL OR comment_state = 'struck' OR publish_comment",
        ),
        _check("ck_signatures_name_changes_few", "name_changes BETWEEN 0 AND 3"),
        _check("ck_signatures_seat_known", "seat IN (1, 2)"),
        _check(
            "ck_signatures_seat_once_confirmed",
            "ended_at IS NOT NULL OR (state = 'pending') = (seat IS NULL)",
        ),
    ]


def _needed(name: str, kind: Any, default: Any = None) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=default)


def _optional(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(name))


def _primary(name: str, columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns.split(", "), name=name)


def _unique(name: str, columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns.split(", "), name=name)


def _refers(name: str, columns: str, to: str, deferred: bool = False) -> sa.ForeignKeyConstraint:
    """Return a foreign key; ``to`` is as in "tallies(campaign_id, district_id)"."""
    table, _, ends = to.rstrip(")").partition("(")
    return sa.ForeignKeyConstraint(
        columns.split(", "),
        [f"{table}.{end}" for end in ends.split(", ")],
        name=name,
        deferrable=deferred or None,
        initially="DEFERRED" if deferred else None,
    )


def _index(
    name: str, table: str, columns: str, where: str | None = None, unique: bool = False
) -> None:
    """Create an index of columns, or of expressions such as "coalesce(campaign_id, 0)"."""
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", columns)]
    condition = None if where is None else sa.text(where)
    op.create_index(
        name,
        table,
        [sa.text(part) if "(" in part else part for part in parts],
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _unique_index(name: str, table: str, columns: str, where: str) -> None:
    _index(name, table, columns, where, unique=True)
