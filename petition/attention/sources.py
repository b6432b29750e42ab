"""The sources of what waits for a person: add one by a line here and in cause_words.py."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from petition.accounts.permissions import Permission
from petition.attention.causes import AttentionSource, count_all, count_by_campaign
from petition.attention.delivery_sources import DELIVERY_SOURCES
from petition.attention.service_sources import SERVICE_SOURCES
from petition.comments.comment_list import select_waiting
from petition.core.clock import utcnow
from petition.models import AccountMail, Signature
from petition.models.signatures.signature import UNCOUNTED
from petition.models.states import SignatureState
from petition.partners.applications.application_list import (
    select_waiting_applications,
    select_waiting_changes,
)
from petition.partners.bases.base_list import select_waiting_bases
from petition.partners.feed.applied_changes import select_late


def _select_review() -> Select[datetime]:
    since = func.coalesce(Signature.confirmed_at, Signature.created_at)
    return select(since).where(UNCOUNTED, Signature.state == SignatureState.REVIEW)


def _select_account_mails() -> Select[datetime]:
    """Return the query of the e-mails to accounts that could not be sent for an hour."""
    return select(AccountMail.created_at).where(
        AccountMail.due_at.is_not(None), AccountMail.created_at < utcnow() - timedelta(hours=1)
    )


_APPROVES = (Permission.ORGANIZATIONS_APPROVE, Permission.ORGANIZATIONS_APPROVE)
SOURCES: Mapping[str, AttentionSource] = {
    **SERVICE_SOURCES,
    **DELIVERY_SOURCES,
    "review": AttentionSource(
        count_by_campaign(_select_review, Signature.campaign_id),
        "petition signatures review",
        Permission.REVIEW_LIST,
        Permission.SIGNATURES_REVIEW,
    ),
    "comments": AttentionSource(
        count_by_campaign(select_waiting, Signature.campaign_id),
        "petition comments list",
        Permission.COMMENTS_READ,
        Permission.COMMENTS_DECIDE,
    ),
    "applications": AttentionSource(
        count_all(select_waiting_applications), "petition partners applications", *_APPROVES
    ),
    "organization-changes": AttentionSource(
        count_all(select_waiting_changes), "petition partners applications", *_APPROVES
    ),
    "account-mails": AttentionSource(
        count_all(_select_account_mails),
        "petition mail status",
        Permission.SETTINGS_MANAGE,
        Permission.SETTINGS_MANAGE,
    ),
    "bases": AttentionSource(
        count_all(select_waiting_bases), "petition partners bases", *_APPROVES
    ),
    "withdrawals": AttentionSource(
        count_all(select_late), "petition partners exports late", *_APPROVES
    ),
}
