"""The e-mail channel: one message to one office through the SMTP server of the settings."""

from collections.abc import Callable

from petition.core.errors import ChannelRefused, ChannelUnavailable, ConfigurationError
from petition.core.settings import Settings
from petition.delivery.channels.base import Parcel
from petition.dispatch.kinds import Receipt
from petition.mail import SmtpTransport
from petition.mail.reports.refusal_kinds import About


class EmailChannel:
    """Sends by SMTP, which does not recognize a repeated message: it is not idempotent."""

    idempotent = False
    needs_email = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, parcel: Parcel, before_handover: Callable[[], None]) -> Receipt:
        """Send a parcel; the receipt is the server's reply code and text."""
        try:
            transport = SmtpTransport.from_settings(self._settings)
        except ConfigurationError:  # once it is corrected, the letter is sent
            raise ChannelUnavailable("server not set up", about=About.OURS) from None
        if parcel.recipient is None:
            raise ChannelRefused("no address")
        return Receipt(
            *transport.send(
                parcel.sender, parcel.recipient, parcel.message, before_handover, parcel.notices
            )
        )
