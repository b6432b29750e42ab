"""A row at least in each table, as the service leaves them behind."""

from datetime import timedelta

from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from petition.audit.chain.event_chain import chain_events
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.ledger import count_batch
from petition.models import (
    Access,
    AccessPerson,
    AccountMail,
    AccountPlace,
    AccountSession,
    AnswerAttempt,
    AnswerText,
    ApiToken,
    ApiWrite,
    AreaCount,
    Ask,
    Attempt,
    AttentionCause,
    AttentionDigest,
    BoundarySet,
    BrakeLimit,
    CampaignDraft,
    CampaignHead,
    CampaignPicture,
    CampaignVersion,
    Candidate,
    ConsentOffer,
    ContentRemoval,
    Correction,
    DataKey,
    Delivery,
    District,
    DistrictShape,
    ExportDownload,
    ExportPage,
    FeedCursor,
    HashCheck,
    Heartbeat,
    ImportBatch,
    ImportProof,
    ImportUpload,
    IncomingMail,
    Invitation,
    LegalHold,
    LetterAnswer,
    Mail,
    MailboxMail,
    MailboxPoll,
    MailLane,
    Milestone,
    NamedMailbox,
    NearCount,
    NetworkBucket,
    OfferSet,
    Official,
    Organization,
    OrganizationApplication,
    OrganizationBase,
    OrganizationChange,
    PartnerExport,
    Pause,
    PostalDistrict,
    Process,
    PublicCount,
    PublicRemoval,
    PublicTotal,
    RecoveryCode,
    RefusedMail,
    RelayAttempt,
    RelayMessage,
    RelaySend,
    ReplyConsent,
    ReplyFile,
    ReplyRows,
    RetentionRun,
    RoleGrant,
    RosterPiece,
    RosterUpload,
    SavedView,
    SecondFactor,
    Signature,
    SigningKey,
    StruckMailbox,
    SuccessorNotice,
    Term,
    TotpSecret,
    UploadPiece,
    UsedChallenge,
    User,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookKey,
)
from petition.models.signatures.import_batch import ProofFile
from petition.models.signatures.import_upload import PieceContent, UploadLayout
from tests.factories import (
    make_campaign,
    make_consent,
    make_district,
    make_letter,
    make_located,
    make_post,
)

STEP = 10
NOW = utcnow()
BEFORE = NOW - timedelta(days=1)
DIGEST = bytes(range(32))
SECRET = bytes(range(16))
Rows = dict[str, list[str]]


def fill_every_table() -> None:
    """Count two hundreds of a district, seal the letter of the first, and add the rest."""
    with transaction() as session:
        campaign = make_campaign(session, id=1, step=STEP, bill_number="S.1", bill_title="An Act")
        make_campaign(session, id=2)
        make_post(session, make_district(session, id=1), id=1)
        make_located(session, campaign, session.get_one(District, 1), 2 * STEP + 1)
    count_batch(1)
    with transaction() as session:
        session.execute(text("UPDATE milestones SET state = 'cleared'"))
        _send(session)
        _add_campaign_rows(session)
        _add_officials(session)
        _add_signature_rows(session)
        _add_counts(session)
        _add_mails(session)
        _add_service_rows(session)
        session.flush()
        _add_accounts(session)
    chain_events()


def read_every_table() -> Rows:
    """Return what stands in each table that there is, as the driver gives it."""
    rows: Rows = {}
    with db.engine.connect() as connection:
        for table in set(inspect(connection).get_table_names()) - {"alembic_version"}:
            found = connection.execute(text(f"SELECT * FROM {table}")).mappings()  # noqa: S608
            rows[table] = sorted(repr(sorted(row.items())) for row in found)
    return rows


def _send(session: Session) -> None:
    """Try the letter of the first hundred once."""
    delivery = session.scalars(select(Delivery).order_by(Delivery.id)).first()
    assert delivery is not None
    letter = make_letter(delivery, STEP, NOW)
    session.add(letter)
    session.flush()
    delivery.letter_id, delivery.state = letter.id, "rendered"
    session.get_one(Milestone, delivery.milestone_id).sealed_at = NOW
    content = AnswerText("A Clerk", "clerk@county.example", "Re: Letter", "Thank you.", SECRET)
    session.add(
        LetterAnswer(
            id=1,
            delivery_id=delivery.id,
            received_at=NOW,
            state="queued",
            content=content,
            bound_to=SECRET,
        )
    )
    session.flush()
    session.add(AnswerAttempt(answer_id=1, number=1, started_at=NOW))
    session.flush()
    rows = ReplyRows("Name\r\n", DIGEST[:16])
    session.add(
        ReplyFile(
            milestone_id=delivery.milestone_id,
            mark="b" * 64,
            people=1,
            rows=rows,
            bound_to=DIGEST[:16],
            made_at=NOW,
        )
    )
    delivery.state, delivery.attempt = "sending", 1
    session.add(Attempt(delivery_id=delivery.id, number=1, started_at=NOW, said="250 ok"))
    session.add(ContentRemoval(kind="letters", sha256="0" * 64, asked_at=NOW))
    record(session, "test", "milestone", delivery.milestone_id)


def _add_campaign_rows(session: Session) -> None:
    picture = {"campaign_id": 1, "section": 0, "media_type": "image/png"}
    session.add(CampaignPicture(alt="A square", content=b"\x00\xff", **picture))
    version = {"campaign_id": 1, "definition": 'slug = "square"\n', "actor": "cli"}
    session.add(CampaignVersion(id=1, number=1, made_at=NOW, **version))
    session.add(CampaignDraft(revision=1, base=1, saved_at=NOW, **version))
    session.flush()
    session.add(CampaignHead(campaign_id=1, version_id=1))
    session.add(Organization(id=1, slug="riders", name="Riders Together", logo=b"\x00\xff"))
    session.flush()
    session.add_all(
        (
            ConsentOffer(
                id=1,
                campaign_id=1,
                organization_id=1,
                purpose="contact",
                wording="May they write?",
                created_at=NOW,
            ),
            Pause(campaign_id=2, reason="a look", started_at=NOW, for_service=True),
            LegalHold(campaign_id=2, reason="a lawsuit", held_by="cli", held_at=NOW),
            SuccessorNotice(campaign_id=1, successor_id=2, notified_at=NOW),
        )
    )


def _add_officials(session: Session) -> None:
    session.add(Official(id=1, source_id="a", name="Ada Example"))
    session.flush()
    session.add_all(
        (
            DistrictShape(district_id=1, wkb=b"\x01\x00\xfe"),
            PostalDistrict(postal_code="02139", district_id=1, share=1 / 3),
            Term(post_id=1, official_id=1, starts_on=NOW.date()),
            Correction(
                post_id=1,
                field="email",
                value="board@county.example",
                because="bounced",
                source="phone",
                made_by="ada",
                made_at=NOW,
            ),
        )
    )
    session.scalars(select(BoundarySet)).one().compared = {"kept": 0.25}


def _add_signature_rows(session: Session) -> None:
    first = session.scalars(select(Signature.id).order_by(Signature.id).limit(1)).one()
    consent = make_consent(session, first, session.get_one(ConsentOffer, 1), given_at=NOW)
    access = Access(
        organization_id=1, actor="partner:1", kind="lookup", purpose="contact", people=1, at=NOW
    )
    access.filters = {"within": 1}
    session.add(access)
    session.flush()
    session.add_all(
        (
            AccessPerson(access_id=access.id, consent_id=consent.id),
            FeedCursor(organization_id=1, applied_number=1, applied_at=NOW),
            OfferSet(campaign_id=1, digest="0" * 64, offers=[1]),
            Candidate(signature_id=first, district_id=1),
            ImportBatch(
                id=1,
                campaign_id=1,
                actor="cli",
                source="library table",
                sha256="a" * 64,
                mapping={"email": "E-mail"},
                vouched=True,
                proof_sha256="b" * 64,
                rows_done=3,
                signed=2,
                refused=1,
                started_at=NOW,
            ),
            ImportProof(
                batch_id=1, file=ProofFile("a.pdf", "JVBERg==", DIGEST[:16]), bound_to=DIGEST[:16]
            ),
            ReplyConsent(signature_id=first, wording="May they?", given_at=NOW, shared_at=NOW),
            NamedMailbox(
                campaign_id=1, mailbox=DIGEST, layer="county", division_id="ocd", until=NOW
            ),
            StruckMailbox(campaign_id=1, email_digest=DIGEST, struck_at=NOW),
        )
    )


def _add_counts(session: Session) -> None:
    session.merge(NetworkBucket(campaign_id=1, district_id=1, bucket=255, people=1))
    session.merge(BrakeLimit(campaign_id=1, name="alike_share", value=None))
    session.merge(PublicCount(campaign_id=1, district_id=1, people=20, reached=2))
    session.merge(
        PublicRemoval(campaign_id=1, kind="left", since=NOW.date(), until=NOW.date(), people=10)
    )
    session.merge(
        PublicTotal(campaign_id=1, people=21, is_exact=True, is_rounded=False, counted_at=NOW)
    )
    session.merge(AreaCount(campaign_id=1, area="842a307ffffffff", people=21, counted_at=NOW))
    session.merge(NearCount(area="842a307ffffffff", people=20, day=NOW.date()))


def _add_mails(session: Session) -> None:
    first = session.scalars(select(Signature.id).order_by(Signature.id)).first()
    refused = {"attempt": 1, "times": 1, "cause": "550 at rcpt", "first_at": BEFORE}
    session.add_all(
        (
            Mail(id=1, signature_id=first, kind="link", created_at=NOW, due_at=NOW),
            RefusedMail(signature_id=first, mail_id=1, last_at=NOW, **refused),
            MailLane(name="signers", refused_since=BEFORE),
            MailboxMail(mailbox=DIGEST, asked=True, sent_at=NOW),
            IncomingMail(key=DIGEST, read_at=NOW),
            Ask(email_digest=DIGEST, asked_at=NOW, language="es"),
            UsedChallenge(digest=DIGEST, expires_at=NOW),
        )
    )


def _add_service_rows(session: Session) -> None:
    session.add_all(
        (
            User(id=1, email="ada@staff.example", fs_uniquifier="u" * 32, active=True),
            Heartbeat(name="reconciler", at=NOW, detail={"due": 0}),
            MailboxPoll(mailbox="5" * 64, turn=1, uid_validity=7, last_uid=9, read_at=NOW),
            Process(
                key="k" * 32,
                role="worker",
                host="host",
                pid=1,
                started_at=BEFORE,
                beat_at=NOW,
                clock_ahead=0.1,
                seals_with=b"\x00\x01\x02\x03",
            ),
            DataKey(key_id=b"\x00\x01\x02\x03", used_since=NOW),
            HashCheck(id=1, digest=DIGEST, made_at=NOW),
            RetentionRun(actor="cli", began_at=BEFORE, ended_at=NOW, counts={"asks": 1}, failed=[]),
        )
    )


def _add_accounts(session: Session) -> None:
    secret = TotpSecret("JBSWY3DPEHPK3PXP", bound_to=b"s" * 16)
    moments = {"started_at": NOW, "seen_at": NOW, "proved_at": NOW}
    session.add_all(
        (
            ApiToken(
                id=1,
                organization_id=1,
                name="CRM",
                digest=DIGEST,
                prefix="hdt_abcdef",
                scopes="people:read",
                created_by="partner:1",
                created_at=NOW,
                expires_at=NOW,
            ),
            ApiWrite(token_id=1, key=DIGEST, request=DIGEST, started_at=NOW, status=202, answer={}),
            Invitation(
                id=1,
                email="bea@staff.example",
                role="reader",
                secret=b"s" * 16,
                invited_by="cli",
                created_at=NOW,
                expires_at=NOW,
            ),
            SavedView(user_id=1, name="Mine", query="state=failed", created_at=NOW),
            RoleGrant(user_id=1, role="admin", granted_at=NOW, granted_by="cli"),
            SecondFactor(user_id=1, secret=secret, bound_to=b"s" * 16, created_at=NOW),
            RecoveryCode(digest=DIGEST, user_id=1, made_at=NOW),
            AccountSession(digest=DIGEST, user_id=1, portal="staff", agent="Firefox", **moments),
            AccountPlace(user_id=1, network=DIGEST, seen_at=NOW),
            RelayMessage(
                id=1,
                organization_id=1,
                author_id=1,
                sender_id=1,
                subject="A walk",
                body="Come along.",
                purpose="contact",
                state="sending",
                people=1,
                created_at=NOW,
                changed_at=NOW,
                started_at=NOW,
            ),
            AttentionDigest(user_id=1, chosen_at=NOW, planned_on=NOW.date()),
            AttentionCause(
                key="disk",
                name="disk",
                number=1,
                since=NOW,
                found_at=NOW,
                read_at=NOW,
                assigned_to=1,
                assigned_at=NOW,
                deferred_until=NOW,
                deferred_number=1,
            ),
            AccountMail(user_id=1, kind="new-place", portal="staff", created_at=NOW, due_at=NOW),
            OrganizationBase(
                organization_id=1,
                name="Boston",
                latitude=42.35,
                longitude=-71.06,
                asked_by="partner:1",
                asked_at=NOW,
                decision="approved",
                decided_at=NOW,
                decided_by="staff:1",
            ),
            OrganizationApplication(
                organization_id=1,
                name="Riders Together",
                url="https://riders.example",
                contact_name="Bea",
                email="bea@riders.example",
                why="We ride.",
                locality="Boston",
                postal_code="02108",
                campaigns=["square"],
                language="es",
                secret=b"s" * 16,
                created_at=NOW,
                proved_at=NOW,
                domain="riders.example",
                decision="approved",
                decided_at=NOW,
                decided_by="cli",
            ),
            OrganizationChange(
                organization_id=1, values={"name": "Riders"}, made_by="partner:1", made_at=NOW
            ),
        )
    )
    access_id = session.scalars(select(Access.id)).first()
    wish = {"organization_id": 1, "user_id": 1, "purpose": "contact", "format": "csv"}
    session.add(PartnerExport(id=1, created_at=NOW, due_at=NOW, **wish))
    session.flush()
    session.add_all(
        (
            ExportPage(export_id=1, number=1, consent_ids=[1]),
            ExportDownload(export_id=1, number=1, access_id=access_id, began_at=NOW),
        )
    )
    session.flush()
    session.add(
        RosterUpload(
            id=1,
            user_id=1,
            name="ma.yml",
            sha256="a" * 64,
            size=3,
            options={},
            report=None,
            failure="It is empty.",
            created_at=NOW,
        )
    )
    session.flush()
    session.add(RosterPiece(upload_id=1, number=1, content=b"a,b"))
    session.add(
        ImportUpload(
            id=1,
            organization_id=1,
            user_id=1,
            campaign_id=1,
            sha256="a" * 64,
            size=10,
            rows=1,
            layout=UploadLayout("a.csv", "utf-8", ",", '[["E-mail"]]', DIGEST[:16]),
            bound_to=DIGEST[:16],
            columns={"email": 0},
            agreed="On paper.",
            created_at=NOW,
            stored_at=NOW,
        )
    )
    session.flush()
    session.add(
        UploadPiece(
            upload_id=1,
            kind="list",
            number=1,
            content=PieceContent("YQ==", DIGEST[:16]),
            bound_to=DIGEST[:16],
        )
    )
    session.add(RelaySend(id=1, message_id=1, user_id=1, state="queued", created_at=NOW))
    session.flush()
    session.add(RelayAttempt(send_id=1, number=1, started_at=NOW))
    _add_webhooks(session)


def _add_webhooks(session: Session) -> None:
    session.add(
        WebhookEndpoint(
            id=1,
            organization_id=1,
            url="https://hooks.example/in",
            kinds="consent.given",
            signing="symmetric",
            created_by="partner:1",
            created_at=NOW,
        )
    )
    session.flush()
    key = SigningKey("AAAA", bound_to=b"s" * 16)
    session.add_all(
        (
            WebhookKey(endpoint_id=1, secret=key, bound_to=b"s" * 16, created_at=NOW),
            WebhookDelivery(
                id=1,
                endpoint_id=1,
                kind="consent.given",
                number=1,
                name="evt_1",
                at=NOW,
                created_at=NOW,
                state="queued",
                due_at=NOW,
            ),
            AccountMail(
                user_id=1,
                endpoint_id=1,
                kind="webhook",
                portal="partner",
                created_at=NOW,
                due_at=NOW,
            ),
        )
    )
    session.flush()
    session.add(WebhookAttempt(delivery_id=1, number=1, started_at=NOW))
