"""The words of letters in English and in Spanish."""

from collections.abc import Mapping

from petition.letters.words.wording import LetterWording

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
    re="Re:",
    salutation_end=":",
    page="Page {number} of {pages}",
    check="Letter {code}, confirmed at {url}",
    title="Letter {code} to {post}, {district}: {campaign}",
    residents=("One resident {of}", "{n} residents {of}"),
    stances={
        "support": (
            "{residents} asks you to support {bill}",
            "{residents} ask you to support {bill}",
        ),
        "oppose": ("{residents} asks you to oppose {bill}", "{residents} ask you to oppose {bill}"),
        "ask": ("{residents} asks you: {title}", "{residents} ask you: {title}"),
    },
    plain_subject="{residents}: {topic}",
    deadline="Please act by {date}.",
    fact_names=("name in this letter", "names in this letter"),
    fact_total="have signed {within} so far",
    fact_wrote=("wrote in their own words", "wrote in their own words"),
    fact_places="towns where they live",
    lead_first=(
        "{residents} has signed the open letter on the next page. The name follows the letter.",
        "{residents} have signed the open letter on the next page. Their names follow the letter.",
    ),
    lead_further=(
        "{residents} have signed the open letter on the next page. It is followed by the name of "
        "one person who has signed since our last letter.",
        "{residents} have signed the open letter on the next page. It is followed by the names of "
        "the {count} who have signed since our last letter.",
    ),
    mail_first=(
        "{residents} has signed the open letter below. The name is in the attached PDF.",
        "{residents} have signed the open letter below. Their names are in the attached PDF.",
    ),
    mail_further=(
        "{residents} have signed the open letter below. The attached PDF names the one person who "
        "has signed since our last letter.",
        "{residents} have signed the open letter below. The attached PDF names the {count} who "
        "have signed since our last letter.",
    ),
    towns="Towns",
    towns_more="{towns}\u00a0other towns\u00a0({n})",
    earlier="Earlier letters",
    contact="Contact",
    replies="Replies",
    wants_reply=(
        "One of the signers would like a reply; the address is in the attached file. Use it only "
        "to answer.",
        "{n} of the signers would like a reply; their addresses are in the attached file. Use them "
        "only to answer.",
    ),
    respectfully="Respectfully,",
    signers_below="{residents}, named below",
    signers_appendix="{residents}, named in the appendix",
    sent_by="Organized by {organization}",
    verify_heading="Compare it with what we sent",
    verify=(
        "Scan the QR code or open {url} to see this letter’s date, its district, how many people "
        "it names, and the fingerprint of its PDF. Signers are not named there."
    ),
    qr="QR code of the page that confirms this letter, {url}",
    open_letter="An open letter from residents {of}",
    signed_by="Signed by",
    signed_note="{residents}, in the order they signed",
    summary_note="{residents}. The appendix lists their names in the order they signed.",
    appendix="Appendix: names of the signers",
    where="Where they live",
    comments="In their own words",
    comments_same=("and one more person in the same words", "and {n} more in the same words"),
    comments_more=(
        "One more person wrote in their own words; that comment is not printed here.",
        "{n} more people wrote in their own words; those comments are not printed here.",
    ),
    comments_only=(
        "One person wrote in their own words; that comment is not printed here.",
        "{n} people wrote in their own words; those comments are not printed here.",
    ),
    letter_text="The letter they signed",
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
    re="Asunto:",
    salutation_end=":",
    page="Página {number} de {pages}",
    check="Carta {code}, confirmada en {url}",
    title="Carta {code} a {post}, {district}: {campaign}",
    residents=("Una persona residente {of}", "{n} residentes {of}"),
    stances={
        "support": (
            "{residents} pide su apoyo a {bill}",
            "{residents} piden su apoyo a {bill}",
        ),
        "oppose": (
            "{residents} pide su voto en contra de {bill}",
            "{residents} piden su voto en contra de {bill}",
        ),
        "ask": ("{residents} pide: {title}", "{residents} piden: {title}"),
    },
    plain_subject="{residents}: {topic}",
    deadline="Pedimos una decisión a más tardar el {date}.",
    fact_names=("nombre en esta carta", "nombres en esta carta"),
    fact_total="firmas {within} hasta hoy",
    fact_wrote=("escribió con sus propias palabras", "escribieron con sus propias palabras"),
    fact_places="localidades donde viven",
    lead_first=(
        "{residents} ha firmado la carta abierta de la página siguiente. Su nombre figura después "
        "de la carta.",
        "{residents} han firmado la carta abierta de la página siguiente. Sus nombres figuran "
        "después de la carta.",
    ),
    lead_further=(
        "{residents} han firmado la carta abierta de la página siguiente. Después de la carta "
        "figura el nombre de una persona que firmó desde nuestra última carta.",
        "{residents} han firmado la carta abierta de la página siguiente. Después de la carta "
        "figuran los nombres de las {count} personas que firmaron desde nuestra última carta.",
    ),
    mail_first=(
        "{residents} ha firmado la carta abierta que sigue. Su nombre figura en el PDF adjunto.",
        "{residents} han firmado la carta abierta que sigue. Sus nombres figuran en el PDF "
        "adjunto.",
    ),
    mail_further=(
        "{residents} han firmado la carta abierta que sigue. El PDF adjunto nombra a la persona "
        "que firmó desde nuestra última carta.",
        "{residents} han firmado la carta abierta que sigue. El PDF adjunto nombra a las {count} "
        "personas que firmaron desde nuestra última carta.",
    ),
    towns="Localidades",
    towns_more="otras\u00a0{towns} localidades\u00a0({n})",
    earlier="Cartas anteriores",
    contact="Contacto",
    replies="Respuestas",
    wants_reply=(
        "Una de las personas firmantes quisiera una respuesta; su dirección está en el archivo "
        "adjunto. Úsela solo para responder.",
        "{n} de las personas firmantes quisieran una respuesta; sus direcciones están en el "
        "archivo adjunto. Úselas solo para responder.",
    ),
    respectfully="Atentamente,",
    signers_below="{residents}, cuyos nombres siguen",
    signers_appendix="{residents}, cuyos nombres figuran en el anexo",
    sent_by="Organizada por {organization}",
    verify_heading="Compárela con la que enviamos",
    verify=(
        "Escanee el código QR o abra {url} para ver la fecha de esta carta, su distrito, cuántas "
        "personas la firman y la huella digital de su PDF. Allí no se nombra a ningún firmante."
    ),
    qr="Código QR de la página que confirma esta carta, {url}",
    open_letter="Carta abierta de residentes {of}",
    signed_by="Firman",
    signed_note="{residents}, en el orden en que firmaron",
    summary_note="{residents}. El anexo contiene sus nombres, en el orden en que firmaron.",
    appendix="Anexo: nombres de los firmantes",
    where="Dónde viven",
    comments="En sus propias palabras",
    comments_same=(
        "y una persona más con las mismas palabras",
        "y {n} personas más con las mismas palabras",
    ),
    comments_more=(
        "Una persona más escribió con sus propias palabras; ese comentario no se imprime aquí.",
        "{n} personas más escribieron con sus propias palabras; "
        "esos comentarios no se imprimen aquí.",
    ),
    comments_only=(
        "Una persona escribió con sus propias palabras; ese comentario no se imprime aquí.",
        "{n} personas escribieron con sus propias palabras; esos comentarios no se imprimen aquí.",
    ),
    letter_text="La carta que firmaron",
    preview="Borrador",
)

WORDINGS: Mapping[str, LetterWording] = {"en": ENGLISH, "es": SPANISH}


def find_wording(language: str) -> LetterWording:
    """Return the words for the first part of a BCP 47 tag; English if there are none."""
    return WORDINGS.get(language.partition("-")[0].lower(), ENGLISH)
