"""The letter's own fixed words, in each language that a campaign may be written in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class LetterWording:
    """The words around a campaign's text, and the formats of dates and numbers in its language.

    - Braces are filled by ``str.format`` with our own values, never with a person's text.
    """

    language: str
    months: tuple[str, ...]
    date_pattern: str
    grouped_from: int
    quotes: str
    layers: Mapping[str, str]
    subject: str
    salutation_end: str
    page: str
    of: str
    check: str
    title: str
    people: tuple[str, str]
    fact_names: str
    fact_total: str
    fact_places: str
    fact_since: str
    lead_first: str
    lead_further: str
    places_all: str
    places_most: str
    joined: str
    respectfully: str
    on_behalf: str
    verify_heading: str
    verify: str
    qr: str
    open_letter: str
    signed_by: str
    signed_note: str
    comments: str
    comments_same: tuple[str, str]
    comments_more: tuple[str, str]
    comments_only: tuple[str, str]
    preview: str

    def date(self, day: date) -> str:
        """Return the day in the format of a letter's date."""
        return self.date_pattern.format(
            day=day.day, month=self.months[day.month - 1], year=day.year
        )

    def number(self, value: int) -> str:
        """Return the number in digits, in groups of three from ``grouped_from`` on."""
        return f"{value:,}" if value >= self.grouped_from else str(value)

    def count_people(self, value: int) -> str:
        """Return the phrase for a number of people."""
        return self.people[value != 1].format(n=self.number(value))

    def count_same(self, value: int) -> str:
        """Return how many more people wrote the same words; empty for 0."""
        return self.comments_same[value != 1].format(n=self.number(value)) if value else ""

    def count_unprinted(self, value: int, printed: bool) -> str:
        """Return how many wrote words that the letter does not print; empty for 0.

        - ``printed``: whether the letter prints any other words.
        """
        forms = self.comments_more if printed else self.comments_only
        return forms[value != 1].format(n=self.number(value)) if value else ""

    def list_places(self, places: list[str], shown: int = 5) -> str:
        """Return a sentence on where the signers live: up to ``shown`` + 1 places, else ``shown``.

        - Empty without places.
        """
        if not places:
            return ""
        if len(places) > shown + 1:
            named, more = ", ".join(places[:shown]), self.number(len(places) - shown)
            return self.places_most.format(places=named, more=more)
        *first, last = places
        named = f"{', '.join(first)} {self.joined} {last}" if first else last
        return self.places_all.format(places=named)


ENGLISH = LetterWording(
    language="en",
    months=tuple(
        "January February March April May June July August September October November "
        "December".split()
    ),
    date_pattern="{month} {day}, {year}",
    grouped_from=1_000,
    quotes="“”‘’",
    layers={
        "county": "county",
        "place": "city or town",
        "cousub": "town",
        "sldu": "state senate district",
        "sldl": "state house district",
        "cd": "congressional district",
        "state": "state",
    },
    subject="Re:",
    salutation_end=":",
    page="Page",
    of="of",
    check="Letter {code}, confirmed at {url}",
    title="Letter {code} to {post}, {district}: {campaign}",
    people=("one person", "{n} people"),
    fact_names="names in this letter",
    fact_total="so far in {district}",
    fact_places="places they live in",
    fact_since="first signature",
    lead_first=(
        "Since {since}, the open letter that begins on the next page has been signed by {people} "
        "who live in {place}. Their names follow it."
    ),
    lead_further=(
        "Since {since}, the open letter that begins on the next page has been signed by {total} "
        "who live in {place}. After it come the names of the {count} who have joined since we "
        "last wrote to you."
    ),
    places_all="The people named in this letter live in {places}.",
    places_most="The people named in this letter live in {places} and {more}\u00a0other places.",
    joined="and",
    respectfully="Respectfully,",
    on_behalf="on behalf of the people named in this letter",
    verify_heading="Compare it with what we sent",
    verify=(
        "Scan the square or open {url} to see this letter’s date, its district, how many people "
        "it names, and the fingerprint of its PDF. No signer is named there."
    ),
    qr="QR code of the page that confirms this letter, {url}",
    open_letter="An open letter from people who live in {place}",
    signed_by="Signed by",
    signed_note="{people} of {district}, in the order they joined",
    comments="In their own words",
    comments_same=("and one more person in the same words", "and {n} more in the same words"),
    comments_more=(
        "One more person wrote words of their own; they are not printed here.",
        "{n} more people wrote words of their own; they are not printed here.",
    ),
    comments_only=(
        "One person wrote words of their own; they are not printed here.",
        "{n} people wrote words of their own; they are not printed here.",
    ),
    preview="Preview",
)

SPANISH = LetterWording(
    language="es",
    months=tuple(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
        "diciembre".split()
    ),
    date_pattern="{day} de {month} de {year}",
    grouped_from=10_000,
    quotes="“”‘’",
    layers={
        "county": "condado",
        "place": "ciudad o pueblo",
        "cousub": "municipio",
        "sldu": "distrito del senado estatal",
        "sldl": "distrito de la cámara estatal",
        "cd": "distrito del Congreso",
        "state": "estado",
    },
    subject="Asunto:",
    salutation_end=":",
    page="Página",
    of="de",
    check="Carta {code}, confirmada en {url}",
    title="Carta {code} a {post}, {district}: {campaign}",
    people=("una persona", "{n} personas"),
    fact_names="nombres en esta carta",
    fact_total="hasta hoy en {district}",
    fact_places="lugares donde viven",
    fact_since="primera firma",
    lead_first=(
        "La carta abierta que comienza en la página siguiente ha recibido, desde el {since}, las "
        "firmas de {people} que viven en {place}. Sus nombres figuran después de ella."
    ),
    lead_further=(
        "La carta abierta que comienza en la página siguiente ha recibido, desde el {since}, las "
        "firmas de {total} que viven en {place}. Después de ella figuran los nombres de las "
        "{count} que se han sumado desde nuestra última carta."
    ),
    places_all="Las personas que nombra esta carta viven en {places}.",
    places_most="Las personas que nombra esta carta viven en {places} y {more}\u00a0lugares más.",
    joined="y",
    respectfully="Atentamente,",
    on_behalf="en nombre de las personas que firman esta carta",
    verify_heading="Compárela con la que enviamos",
    verify=(
        "Escanee el cuadrado o abra {url} para ver la fecha de esta carta, su distrito, cuántas "
        "personas la firman y la huella digital de su PDF. Allí no se nombra a ningún firmante."
    ),
    qr="Código QR de la página que confirma esta carta, {url}",
    open_letter="Carta abierta de personas que viven en {place}",
    signed_by="Firman",
    signed_note="{people} de {district}, en el orden en que se sumaron",
    comments="En sus propias palabras",
    comments_same=(
        "y una persona más con las mismas palabras",
        "y {n} personas más con las mismas palabras",
    ),
    comments_more=(
        "Una persona más escribió palabras propias; no se imprimen aquí.",
        "{n} personas más escribieron palabras propias; no se imprimen aquí.",
    ),
    comments_only=(
        "Una persona escribió palabras propias; no se imprimen aquí.",
        "{n} personas escribieron palabras propias; no se imprimen aquí.",
    ),
    preview="Borrador",
)

WORDINGS: Mapping[str, LetterWording] = {"en": ENGLISH, "es": SPANISH}


def find_wording(language: str) -> LetterWording:
    """Return the words for the first part of a BCP 47 tag; English if there are none."""
    return WORDINGS.get(language.partition("-")[0].lower(), ENGLISH)
