"""The tables, one noun per file. Importing this package registers all of them."""

from petition.models.accounts.account_mail import AccountMail, AccountMailKind
from petition.models.accounts.account_session import AccountPlace, AccountSession, PortalName
from petition.models.accounts.attention_digest import AttentionDigest
from petition.models.accounts.invitation import Invitation
from petition.models.accounts.saved_view import LONGEST_VIEW_NAME, SavedView
from petition.models.accounts.second_factor import RecoveryCode, SecondFactor, TotpSecret
from petition.models.accounts.user import GROUP_ROLES, STAFF_ROLES, RoleGrant, RoleName, User
from petition.models.api.api_token import ApiToken
from petition.models.api.api_write import ApiWrite
from petition.models.campaigns.bill import Bill, BillRelation, CampaignBill
from petition.models.campaigns.campaign import Campaign, CampaignState, CommentMode
from petition.models.campaigns.campaign_version import (
    CampaignDraft,
    CampaignHead,
    CampaignVersion,
)
from petition.models.campaigns.legal_hold import LegalHold
from petition.models.campaigns.partner import (
    CampaignOrganization,
    Organization,
    OrganizationRole,
)
from petition.models.campaigns.pause import Pause
from petition.models.campaigns.picture import CampaignPicture
from petition.models.campaigns.successor_notice import SuccessorNotice
from petition.models.consents.access import Access, AccessKind, AccessPerson
from petition.models.consents.change import ConsentChange, ConsentChangeKind
from petition.models.consents.consent import Consent
from petition.models.consents.feed_cursor import FeedCursor
from petition.models.consents.offer import ConsentOffer, ConsentPurpose, OfferSet
from petition.models.consents.partner_export import (
    ExportDownload,
    ExportFormat,
    ExportPage,
    PartnerExport,
)
from petition.models.counts.brake_limit import BrakeLimit
from petition.models.counts.near_count import NearCount
from petition.models.counts.public_count import PublicCount, PublicTotal
from petition.models.counts.public_removal import PublicRemoval, RemovalKind
from petition.models.counts.tally import AreaCount, LedgerEntry, Milestone, Tally
from petition.models.officials.correction import Correction, CorrectionField
from petition.models.officials.district import (
    BoundarySet,
    BoundaryState,
    District,
    DistrictShape,
    Layer,
    PostalDistrict,
)
from petition.models.officials.post import Office, Official, Post, PostRole, Term
from petition.models.officials.roster_upload import RosterPiece, RosterUpload
from petition.models.organizations.organization_application import (
    OrganizationApplication,
    StaffDecision,
)
from petition.models.organizations.organization_base import OrganizationBase
from petition.models.organizations.organization_change import OrganizationChange
from petition.models.outgoing.content_removal import ContentRemoval
from petition.models.outgoing.delivery import Attempt, Delivery, Letter, ReportKind
from petition.models.outgoing.delivery_index import DeliveryCount, DeliveryIndex
from petition.models.outgoing.dispatched import Cause, Phase
from petition.models.outgoing.letter_answer import AnswerAttempt, AnswerText, LetterAnswer
from petition.models.outgoing.mail import (
    Ask,
    IncomingMail,
    LaneName,
    Mail,
    MailboxMail,
    MailKind,
    MailLane,
    RefusedMail,
    UsedChallenge,
)
from petition.models.outgoing.relay import (
    AnswersTo,
    RelayAttempt,
    RelayMessage,
    RelaySend,
    RelayState,
)
from petition.models.outgoing.reply_file import ReplyFile, ReplyRows
from petition.models.outgoing.webhook import (
    CONSENT_EVENTS,
    WEBHOOK_TRANSITIONS,
    DisabledWhy,
    SigningKey,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookKey,
    WebhookSigning,
)
from petition.models.service.attention_cause import AttentionCause
from petition.models.service.data_key import DataKey, HashCheck
from petition.models.service.event import Event
from petition.models.service.event_archive import EventArchive
from petition.models.service.event_link import AuditKey, EventLink
from petition.models.service.heartbeat import Heartbeat
from petition.models.service.mailbox_poll import MailboxPoll
from petition.models.service.process import Process, ProcessRole
from petition.models.service.retention_run import RetentionRun
from petition.models.signatures.comment import CommentState
from petition.models.signatures.import_batch import ImportBatch, ImportProof
from petition.models.signatures.import_upload import ImportUpload, PieceKind, UploadPiece
from petition.models.signatures.network_bucket import NetworkBucket
from petition.models.signatures.person import Person
from petition.models.signatures.placement import Candidate, Placement
from petition.models.signatures.relocation import NamedMailbox
from petition.models.signatures.reply_consent import ReplyConsent
from petition.models.signatures.signature import Signature
from petition.models.signatures.struck_mailbox import StruckMailbox
from petition.models.states import (
    DeliveryState,
    HoldReason,
    MilestoneState,
    OrganizationState,
    SignatureState,
)

__all__ = [
    "AnswerAttempt",
    "AnswerText",
    "BrakeLimit",
    "GROUP_ROLES",
    "LONGEST_VIEW_NAME",
    "LetterAnswer",
    "ReportKind",
    "STAFF_ROLES",
    "AccountMail",
    "AccountMailKind",
    "AccountPlace",
    "AccountSession",
    "Access",
    "AccessKind",
    "AccessPerson",
    "AnswersTo",
    "ApiToken",
    "ApiWrite",
    "AreaCount",
    "Ask",
    "Attempt",
    "AttentionCause",
    "AttentionDigest",
    "AuditKey",
    "Bill",
    "BillRelation",
    "BoundarySet",
    "BoundaryState",
    "Campaign",
    "CampaignBill",
    "CampaignDraft",
    "CampaignHead",
    "CampaignOrganization",
    "CampaignPicture",
    "CampaignState",
    "CampaignVersion",
    "Candidate",
    "Cause",
    "CommentMode",
    "CommentState",
    "Consent",
    "ConsentChange",
    "ConsentChangeKind",
    "ConsentOffer",
    "ConsentPurpose",
    "ContentRemoval",
    "Correction",
    "CorrectionField",
    "DataKey",
    "Delivery",
    "DeliveryCount",
    "DeliveryIndex",
    "DeliveryState",
    "District",
    "DistrictShape",
    "Event",
    "EventArchive",
    "EventLink",
    "ExportDownload",
    "ExportFormat",
    "ExportPage",
    "FeedCursor",
    "HashCheck",
    "Heartbeat",
    "HoldReason",
    "ImportBatch",
    "ImportProof",
    "ImportUpload",
    "IncomingMail",
    "Invitation",
    "LaneName",
    "Layer",
    "LedgerEntry",
    "LegalHold",
    "Letter",
    "Mail",
    "MailKind",
    "MailLane",
    "MailboxMail",
    "MailboxPoll",
    "Milestone",
    "MilestoneState",
    "NamedMailbox",
    "NearCount",
    "NetworkBucket",
    "Office",
    "OfferSet",
    "Official",
    "Organization",
    "OrganizationApplication",
    "OrganizationBase",
    "OrganizationChange",
    "OrganizationRole",
    "OrganizationState",
    "Pause",
    "PartnerExport",
    "Person",
    "Phase",
    "PieceKind",
    "Placement",
    "PortalName",
    "Post",
    "PostRole",
    "PostalDistrict",
    "Process",
    "ProcessRole",
    "PublicCount",
    "PublicRemoval",
    "PublicTotal",
    "RemovalKind",
    "RecoveryCode",
    "RefusedMail",
    "RelayAttempt",
    "RelayMessage",
    "RelaySend",
    "RelayState",
    "ReplyConsent",
    "ReplyFile",
    "ReplyRows",
    "RetentionRun",
    "RoleGrant",
    "RoleName",
    "RosterPiece",
    "RosterUpload",
    "SavedView",
    "SecondFactor",
    "Signature",
    "SignatureState",
    "StaffDecision",
    "StruckMailbox",
    "SuccessorNotice",
    "Tally",
    "Term",
    "TotpSecret",
    "UploadPiece",
    "UsedChallenge",
    "User",
    "CONSENT_EVENTS",
    "WEBHOOK_TRANSITIONS",
    "DisabledWhy",
    "SigningKey",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookKey",
    "WebhookSigning",
]
