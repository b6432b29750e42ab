"""Mails that answer a letter: by a person, and by machines."""

OFFICE = "clerk@county.example"


def make_answer(
    message_id: str,
    text: str = "Thank you. The representative will co-sponsor the bill.",
    subject: str = "Re: Paid leave",
    headers: str = "",
    number: int = 1,
) -> bytes:
    """Return an answer of a person, as a mail program writes it."""
    return (
        f"From: A Clerk <{OFFICE}>\r\nTo: letters@petition.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <answer{number}@county.example>\r\nIn-Reply-To: {message_id}\r\n"
        f"References: {message_id}\r\n{headers}"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"{text}\r\n"
    ).encode()


# What machines send in answer: the subject, and the headers that say so.
NOTES = {
    "rfc3834": ("Re: Paid leave", "Auto-Submitted: auto-replied\r\n"),
    "vacation": ("Re: Paid leave", 'Auto-Submitted: auto-replied (vacation); owner="x"\r\n'),
    "exchange": ("Automatic reply: Paid leave", ""),
    "outlook": ("Out of Office: Re: Paid leave", ""),
    "spanish": ("Respuesta automática: Paid leave", ""),
    "encoded": ("=?utf-8?q?Respuesta_autom=C3=A1tica=3A_Paid_leave?=", ""),
    "german": ("AW: Abwesenheitsnotiz", ""),
    "precedence": ("Re: Paid leave", "Precedence: bulk\r\n"),
    "autoreply": ("Re: Paid leave", "X-Autoreply: yes\r\n"),
    "list": ("Re: Paid leave", "List-Id: <staff.county.example>\r\n"),
    "returned": ("Re: Paid leave", "Return-Path: <>\r\n"),
}
