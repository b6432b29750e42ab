"""The tables, a noun a file. Importing this package registers all of them."""

from petition.models.bill import Bill, BillRelation, CampaignBill
from petition.models.campaign import Campaign, CampaignState, CommentMode
from petition.models.comment import CommentState
from petition.models.content_removal import ContentRemoval
from petition.models.correction import Correction, CorrectionField
from petition.models.data_key import DataKey, HashCheck
from petition.models.delivery import Attempt, Cause, Delivery, Letter, Phase
from petition.models.district import (
    BoundarySet,
    BoundaryState,
    District,
    DistrictShape,
    Layer,
    PostalDistrict,
)
from petition.models.event import Event
from petition.models.heartbeat import Heartbeat
from petition.models.mail import (
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
from petition.models.network_bucket import NetworkBucket
from petition.models.partner import (
    CampaignOrganization,
    Consent,
    ConsentOffer,
    Organization,
    OrganizationRole,
)
from petition.models.pause import Pause
from petition.models.person import Person
from petition.models.placement import Candidate, Placement
from petition.models.post import Office, Official, Post, PostRole, Term
from petition.models.process import Process, ProcessRole
from petition.models.public_count import PublicCount, PublicTotal
from petition.models.relocation import NamedMailbox
from petition.models.signature import Signature
from petition.models.staff import Role, RoleName, User
from petition.models.states import DeliveryState, HoldReason, MilestoneState, SignatureState
from petition.models.successor_notice import SuccessorNotice
from petition.models.tally import AreaCount, LedgerEntry, Milestone, Tally

__all__ = [
    "AreaCount",
    "Ask",
    "Attempt",
    "Bill",
    "BillRelation",
    "BoundarySet",
    "BoundaryState",
    "Campaign",
    "CampaignBill",
    "CampaignOrganization",
    "CampaignState",
    "Candidate",
    "Cause",
    "CommentMode",
    "CommentState",
    "Consent",
    "ConsentOffer",
    "ContentRemoval",
    "Correction",
    "CorrectionField",
    "DataKey",
    "Delivery",
    "DeliveryState",
    "District",
    "DistrictShape",
    "Event",
    "HashCheck",
    "Heartbeat",
    "HoldReason",
    "IncomingMail",
    "LaneName",
    "Layer",
    "LedgerEntry",
    "Letter",
    "Mail",
    "MailKind",
    "MailLane",
    "MailboxMail",
    "Milestone",
    "MilestoneState",
    "NamedMailbox",
    "NetworkBucket",
    "Office",
    "Official",
    "Organization",
    "OrganizationRole",
    "Pause",
    "Person",
    "Phase",
    "Placement",
    "Post",
    "PostRole",
    "PostalDistrict",
    "Process",
    "ProcessRole",
    "PublicCount",
    "PublicTotal",
    "RefusedMail",
    "Role",
    "RoleName",
    "Signature",
    "SignatureState",
    "SuccessorNotice",
    "Tally",
    "Term",
    "UsedChallenge",
    "User",
]
