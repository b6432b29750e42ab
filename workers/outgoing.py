"""The kinds of things that are sent: each needs its model, its kind and a line here.

CONTRIBUTING.md has the check-list.
"""

from typing import Any

from petition.delivery.letter_kind import LETTERS
from petition.dispatch.kinds import OutgoingKind
from petition.incoming.answer_kind import ANSWERS
from petition.notifications.relayed.relay_kind import RELAY
from petition.partners.webhooks.webhook_kind import WEBHOOKS

KINDS: tuple[OutgoingKind[Any, Any], ...] = (LETTERS, RELAY, ANSWERS, WEBHOOKS)
