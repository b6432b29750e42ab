"""The outbox channel: a folder for each delivery, with exactly what SMTP would have carried."""

from collections.abc import Callable

from petition.core.errors import ChannelRefused, Permanent
from petition.core.settings import Settings
from petition.delivery.channels.base import Parcel
from petition.dispatch.kinds import Receipt
from petition.mail import write_to_folder


class OutboxChannel:
    """Writes ``<delivery id>/letter.pdf`` and ``<delivery id>/message.eml``.

    - A folder is written completely or not at all; the same parcel again changes nothing.
    """

    idempotent = True
    needs_email = False

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.outbox_dir

    def send(self, parcel: Parcel, before_handover: Callable[[], None]) -> Receipt:
        """Write the folder; raises ChannelRefused if another letter is stored under the same id."""
        files = {"letter.pdf": parcel.pdf, "message.eml": parcel.message}
        try:
            new = write_to_folder(self._folder / str(parcel.delivery_id), files, before_handover)
        except Permanent:
            raise ChannelRefused("another letter is there") from None
        return Receipt("written" if new else "there already")
