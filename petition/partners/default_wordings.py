"""What an organization asks signers for, if it has no words of its own: in a campaign's language.

- Each says what the organization gets, and what it may do with it.
- They are written into the offer, as any wording is: a later change of these changes no offer.
"""

from collections.abc import Sequence

from petition.models import ConsentPurpose

ENGLISH = "en"
WORDINGS = {
    ENGLISH: {
        ConsentPurpose.UPDATES: (
            "{name} may have my name, town and e-mail address, and e-mail me about its work."
        ),
        ConsentPurpose.CONTACT: (
            "{name} may find me as a signer in my area, with my first name, last initial, town and"
            " the words that I published, and write to me through this website, without being"
            " given my e-mail address."
        ),
    },
    "es": {
        ConsentPurpose.UPDATES: (
            "{name} puede tener mi nombre, mi localidad y mi correo electrónico, y escribirme sobre"
            " su trabajo."
        ),
        ConsentPurpose.CONTACT: (
            "{name} puede encontrarme entre las personas que firmaron en mi zona, con mi nombre, la"
            " inicial de mi apellido, mi localidad y las palabras que publiqué, y escribirme por"
            " medio de este sitio, sin recibir mi correo electrónico."
        ),
    },
}

# After the words of an umbrella group's box.
MEMBERS = {ENGLISH: " Members of {name}: {members}.", "es": " Miembros de {name}: {members}."}


def name_members(name: str, members: Sequence[str], language: str) -> str:
    """Return the end of a wording, which names the members of an umbrella group; empty for none."""
    if not members:
        return ""
    told = MEMBERS.get(language, MEMBERS[ENGLISH])
    before, _, after = told.partition("{members}")
    return before.replace("{name}", name) + "; ".join(members) + after


def find_wording(purpose: str, name: str, language: str) -> str | None:
    """Return the wording for a purpose, in English where there is none; None for another purpose.

    - ``name``: the organization's.
    """
    wordings = WORDINGS.get(language, WORDINGS[ENGLISH])
    wording = wordings.get(ConsentPurpose(purpose)) if purpose in set(ConsentPurpose) else None
    return wording.replace("{name}", name) if wording is not None else None
