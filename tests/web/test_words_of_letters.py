"""What readers are told of a letter: every sentence is listed with the state that it stands for."""

import re
from dataclasses import asdict
from pathlib import Path

from babel.messages.pofile import read_po

from petition.letters import letter_wording
from petition.models import DeliveryState

ROOT = Path(__file__).parents[2]
LIST = ROOT / "docs/decisions/words.md"
CATALOGUE = ROOT / "petition/translations/es/LC_MESSAGES/messages.po"
TOLD = re.compile(
    r"\b(?:deliver(?:ed|y|ies)|arriv\w*|genuine|authentic\w*|sent|handed|outbox)\b", re.IGNORECASE
)
# What would say of a letter that somebody has it; only proof may.
ARRIVED = re.compile(r"\b(?:delivered|arrived|arrival)\b", re.IGNORECASE)


def read_list() -> dict[str, str]:
    rows = [line.strip("|").split(" | ") for line in LIST.read_text("utf-8").splitlines()]
    return {row[0].strip(): row[1].strip() for row in rows if len(row) == 2}


def list_sentences() -> set[str]:
    with CATALOGUE.open("rb") as file:
        messages = [message.id for message in read_po(file) if message.id]
    said = [one for found in messages for one in ([found] if isinstance(found, str) else found)]
    said += [word for word in asdict(letter_wording.ENGLISH).values() if isinstance(word, str)]
    mail = (ROOT / "templates/email/letter.txt").read_text("utf-8")
    said += re.findall(r"[A-Z][^.]*\.", mail.partition("{%- else -%}")[2])
    return {sentence for sentence in said if TOLD.search(sentence)}


def test_every_sentence_about_a_letter_is_listed_with_what_it_stands_for() -> None:
    listed = read_list()
    listed.pop("sentence", None)

    assert list_sentences() == {sentence for sentence in listed if sentence.strip("-")}


def test_only_proof_is_told_as_an_arrival() -> None:
    states = {state.value for state in DeliveryState}
    for sentence, state in read_list().items():
        told = {word for word in re.findall(r"`(\w+)`", state) if word in states}
        if not ARRIVED.search(sentence) or not told:
            continue
        denied = re.search(r"\bnot\b|may have", sentence, re.IGNORECASE)
        assert told == {"delivered"} or denied, sentence


def test_no_sentence_calls_a_paper_genuine() -> None:
    assert not [sentence for sentence in list_sentences() if "genuine" in sentence.lower()]
