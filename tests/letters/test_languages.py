"""Letters in the campaign's language: posts, bodies, salutations, and what stays English."""

import pytest

from petition.letters.content import LetterAddressee, LetterDistrict
from petition.letters.mail_words import write_mail
from petition.letters.render import render_letter
from petition.letters.words.address_words import say_address
from petition.letters.words.places import say_place
from petition.letters.words.recipient_words import say_recipient
from petition.models import PostRole
from petition.models.officials.post import Addressee
from tests.letters.samples import make_content, make_signers, read_pages, read_text, walk_structure

LINES = ("40 Thorndike Street", "Cambridge, MA 02141")


def say(title: str, salutation: str, role: str, name: str | None = None, language: str = "es"):  # type: ignore[no-untyped-def]
    return say_address(Addressee(title, name, LINES, salutation, None, role), language)


@pytest.mark.parametrize(
    ("title", "role", "expected"),
    [
        (
            "Board of Commissioners, Middlesex County",
            "board",
            "Junta de Comisionados, condado de Middlesex",
        ),
        ("Board of Supervisors, Kern County", "board", "Junta de Supervisores, condado de Kern"),
        ("City Council, Boston", "council", "Concejo Municipal, Boston"),
        (
            "State Senator, First Suffolk District",
            "upper",
            "Senado estatal, distrito First Suffolk",
        ),
        ("U.S. Senator, Texas", "sen", "Senado de los Estados Unidos, Texas"),
        ("Mayor of Lowell", "mayor", "Alcaldía de Lowell"),
        ("Governor of Texas", "governor", "Gobernación de Texas"),
    ],
)
def test_a_post_is_named_in_spanish(title: str, role: str, expected: str) -> None:
    said = say(title, "Dear Members of the Board", role)

    assert (said.title, said.is_title_known) == (expected, True)


def test_a_post_of_an_unknown_kind_stays_english_and_is_marked_so() -> None:
    said = say("Freeholders, Essex County", "Dear Freeholders", "board")

    assert (said.title, said.is_title_known) == ("Freeholders, Essex County", False)
    assert said.salutation == "Estimados miembros de la Junta"


@pytest.mark.parametrize(
    ("english", "role", "expected"),
    [
        ("Dear Members of the Board", "board", "Estimados miembros de la Junta"),
        ("Dear Members of the Council", "council", "Estimados miembros del Concejo"),
        ("Dear Commissioners", "board", "Estimados comisionados"),
        ("Dear Friends", "council", "Estimados miembros del Concejo"),
    ],
)
def test_a_body_is_greeted_in_spanish(english: str, role: str, expected: str) -> None:
    assert say("City Council, Boston", english, role).salutation == expected


def test_a_person_is_greeted_by_name_in_spanish() -> None:
    said = say("State Senator, First Suffolk District", "Dear Senator Alder", "upper", "Jo Alder")

    assert (said.name, said.salutation) == ("Honorable Jo Alder", "Honorable Jo Alder")


@pytest.mark.parametrize("role", [role for role in PostRole if role not in ("council", "board")])
def test_an_elected_person_is_the_honorable(role: PostRole) -> None:
    assert (
        say("A seat", "Dear Senator Alder", role, "Jo Alder", "en").name == "The Honorable Jo Alder"
    )


@pytest.mark.parametrize("name", ["The Honorable Jo Alder", "Hon. Jo Alder", "Honorable Jo Alder"])
def test_nobody_is_honorable_twice(name: str) -> None:
    assert say("A seat", "Dear Senator Alder", "upper", name, "en").name == name


@pytest.mark.parametrize(
    ("name", "of", "within"),
    [
        ("Middlesex County", "del condado de Middlesex", "en el condado de Middlesex"),
        ("Orleans Parish", "de la parroquia de Orleans", "en la parroquia de Orleans"),
        ("Boston", "de Boston", "en Boston"),
        (
            "Congressional District 5",
            "del distrito 5 del Congreso",
            "en el distrito 5 del Congreso",
        ),
    ],
)
def test_a_district_has_its_article_in_spanish(name: str, of: str, within: str) -> None:
    place = say_place(name, "es-MX")

    assert (place.of, place.within) == (of, within)


def test_a_district_keeps_its_article_in_english() -> None:
    place = say_place("the First Essex District", "en", "Massachusetts")

    assert place.of == "of the First Essex District, Massachusetts"
    assert place.name == "First Essex District, Massachusetts"


def make_spanish(**changes: object):  # type: ignore[no-untyped-def]
    values: dict[str, object] = {
        "language": "es",
        "campaign_title": "Sin vigilancia facial",
        "ask": "Adopten una norma este año.",
        "body": "Escribimos a {{ district.name }}, en {{district.name}} y de {{ district.place }}.",
        "closing": "",
        "district": LetterDistrict("Middlesex County", "county", "Massachusetts"),
        "addressee": LetterAddressee(
            "Freeholders, Essex County",
            LINES,
            "Estimados miembros de la Junta",
            is_post_known=False,
        ),
        "signers": make_signers(100),
        "total": 100,
    }
    return make_content(**(values | changes))


def test_a_spanish_letter_is_spanish_whole() -> None:
    letter = render_letter(make_spanish())

    cover = " ".join(read_pages(letter.pdf)[0].split())
    assert "Asunto: 100 residentes del condado de Middlesex piden: Sin vigilancia facial" in cover
    assert "Estimados miembros de la Junta: Adopten una norma este año." in cover
    assert "Escanee el código QR" in cover
    text = read_text(letter.pdf)
    assert (
        "Escribimos al condado de Middlesex, en el condado de Middlesex y del condado de "
        "Middlesex, Massachusetts."
    ) in text
    assert "Atentamente, 100 residentes del condado de Middlesex, cuyos nombres siguen" in text
    assert "100 residentes del condado de Middlesex, en el orden en que firmaron" in text


def test_what_stays_english_is_marked_as_english() -> None:
    elements = list(walk_structure(render_letter(make_spanish()).pdf))

    (english,) = [element for element in elements if "/Lang" in element]
    assert (english["/S"], english["/Lang"]) == ("/Part", "en")
    assert len(english["/K"]) == 1 + len(LINES)  # the post, and the lines of its address


def test_an_english_letter_has_one_language() -> None:
    elements = walk_structure(render_letter(make_content()).pdf)

    assert not [element for element in elements if "/Lang" in element]


def test_a_spanish_mail_is_spanish_whole() -> None:
    mail = write_mail(make_spanish())

    assert mail["subject"] == "100 residentes del condado de Middlesex piden: Sin vigilancia facial"
    assert mail["salutation"] == "Estimados miembros de la Junta:"
    assert "han firmado la carta abierta que sigue" in mail["text"]
    assert "Localidades: " in mail["text"]
    assert "La carta que firmaron: Sin vigilancia facial" in mail["text"]
    assert "Escribimos al condado de Middlesex" in mail["text"]


@pytest.mark.parametrize(
    ("title", "is_body", "english", "spanish"),
    [
        (
            "Board of Commissioners, Middlesex County",
            True,
            "to the Board of Commissioners, Middlesex County",
            "a la Junta de Comisionados del condado de Middlesex",
        ),
        ("County Board, Cook County", True, None, "a la Junta del condado de Cook"),
        ("County Council, Kent County", True, None, "al Concejo del condado de Kent"),
        ("Parish Council, Acadia Parish", True, None, "al Concejo de la parroquia de Acadia"),
        ("City Council, Lowell", True, None, "al Concejo Municipal de Lowell"),
        ("Mayor of Lowell", False, "to Mayor of Lowell", "a la Alcaldía de Lowell"),
        (
            "State Senator, First Essex District",
            False,
            "to State Senator, First Essex District",
            "al Senado estatal, distrito First Essex",
        ),
        ("Board of Aldermen, Lowell", True, None, "a Board of Aldermen, Lowell"),
    ],
)
def test_a_post_has_its_preposition_and_its_article(
    title: str, is_body: bool, english: str | None, spanish: str
) -> None:
    said = say_recipient(title, "es", is_body=is_body)

    assert said.lead + said.title == spanish
    assert said.is_title_known == ("Aldermen" not in title)
    english = english or f"to the {title}"
    said = say_recipient(title, "en", is_body=is_body)
    assert said.lead + said.title == english


def test_a_vacant_seat_is_told_from_its_holder() -> None:
    title = "State Senator, East District"

    held = say_recipient(title, "es", is_body=False, name="Ana Pérez")
    vacant = say_recipient(title, "es", is_body=False, is_vacant=True)

    assert held.lead + held.title == "a Ana Pérez, Senado estatal, distrito East"
    assert vacant.lead == "a quien ocupe el escaño del "
    assert say_recipient(title, "en", is_body=False, is_vacant=True).lead == "to the next "
