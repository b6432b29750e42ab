"""What refusals and reports are about: by their words, their moment and their codes."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.mail.reports import read_report
from petition.mail.smtp_outcomes import judge_reply
from tests.mail.reports import make_complaint, make_report, make_words

DATA = Path(__file__).parents[3] / "shared" / "data" / "bounces"
ABOUT_US = [
    "550 relay not permitted",
    "550-mx.example [192.0.2.3] is currently not permitted to relay through this server",
    "550 rejected because 192.0.2.3 is in a black list",
    "550 5.1.0 <letters@petition.example> sender rejected. AUP#In-1310",
    "550 Domain petition.example has exceeded the max emails per hour (250/200) allowed",
    "550 5.7.26 unauthenticated sender",
    "554 5.7.1 Service unavailable; client host [192.0.2.3] blocked; listed at bl.example",
    "550 5.7.25 the IP address sending this message does not have a PTR record",
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    "554 5.7.1 <person@people.example>: Relay access denied",
    "550 5.7.509 Access denied, sending domain petition.example does not pass DMARC verification",
    "550 5.1.1 Sender address rejected: User unknown",
    "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more",
    "550 Your account has been disabled for sending",
    "550 High probability of spam",
    "550 Access denied - invalid HELO name",
    "550 5.4.5 Daily user sending limit exceeded",
    "550 user letters is over the sending quota",
    "552 5.3.4 Message size exceeds fixed limit",
    "554 5.4.6 Hop count exceeded - possible mail loop",
    "521 5.2.1 :  (CON:B1)  see the postmaster page",
    "550 Blocked: No user authentication by letters@petition.example",
    "554 Denied [CS] (Mode: normal)",
    "550 OU-001 (SNT004) Unfortunately, messages from 192.0.2.3 were not sent",
]
NO_MAILBOX = [
    "550 5.1.1 <person@people.example>: Recipient address rejected: User unknown in local table",
    "550 No such user here",
    "550 5.1.1 The email account that you tried to reach does not exist.",
    "554 delivery error: dd This user doesn't have a people.example account",
    "550 5.4.1 Recipient address rejected: Access denied. [AS(201806281)]",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "550 mailbox not found",
    "550 5.2.1 The email account that you tried to reach is disabled",
    "550 5.1.2 Host or domain name not found",
    "550 5.5.0 Adresse destinataire invalide. Invalid recipient.",
    "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416",
    "550 Rule imposed mailbox access for person@people.example refused: user invalid",
    '550 cuckoo: unknown local-part "person" in domain "people.example"',
    "550 User email address is marked as invalid.",
    "550 that user does not live here",
    "550 retired account",
    "550 Domain of recipient has no MX record",
]
DOUBTFUL = [
    "550 5.5.0 Requested action not taken: mailbox unavailable",
    "550 Requested action not taken: mailbox unavailable",
    "552 5.2.2 Mailbox full",
    "550 Account not available",
]


def judge_answer(said: str, phase: str) -> str:
    refused = judge_reply(int(said[:3]), said[4:].encode(), phase)
    return str(getattr(refused, "counts", "never"))


@pytest.mark.parametrize("said", ABOUT_US)
@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "answer"])
def test_an_answer_about_us_never_counts(said: str, phase: str) -> None:
    assert judge_answer(said, phase) == "never"


@pytest.mark.parametrize("said", NO_MAILBOX)
def test_an_answer_that_there_is_no_mailbox_counts_after_rcpt_and_not_before(said: str) -> None:
    assert judge_answer(said, "rcpt") == "now"
    assert judge_answer(said, "mail") == "never"


@pytest.mark.parametrize("said", DOUBTFUL)
def test_an_answer_that_may_be_either_needs_a_second(said: str) -> None:
    assert judge_answer(said, "rcpt") == "second"


def test_an_answer_that_names_our_own_address_is_about_it() -> None:
    refused = judge_reply(550, b"<letters@a.example> User unknown", "rcpt", "letters@a.example")

    assert getattr(refused, "counts", None) == "never"


@given(st.text(max_size=200), st.sampled_from(["550", "554", "421", "552 5.1.1"]))
def test_nothing_said_before_the_recipient_is_about_them(text: str, code: str) -> None:
    assert judge_answer(f"{code} {text}", "mail") == "never"


@pytest.mark.parametrize("said", ABOUT_US)
@pytest.mark.parametrize("status", ["5.0.0", "5.1.0", "4.0.0", ""])
def test_a_report_about_us_never_counts_whatever_its_status(said: str, status: str) -> None:
    assert read_report(make_report(said, status)).verdict.counts == "never"


@pytest.mark.parametrize("said", ABOUT_US)
@pytest.mark.parametrize("shape", ["exim", "qmail", "plain"])
def test_a_report_in_words_about_us_never_counts(said: str, shape: str) -> None:
    assert read_report(make_words(said, shape)).verdict.counts == "never"


@pytest.mark.parametrize("said", NO_MAILBOX)
@pytest.mark.parametrize("shape", ["exim", "qmail", "plain"])
def test_a_report_in_words_that_there_is_no_mailbox_counts(said: str, shape: str) -> None:
    verdict = read_report(make_words(said, shape)).verdict

    assert (verdict.about, verdict.counts) == ("recipient", "now")


@pytest.mark.parametrize("said", NO_MAILBOX)
@pytest.mark.parametrize("kind", ["delivery-status", "global-delivery-status"])
def test_a_report_that_there_is_no_mailbox_counts(said: str, kind: str) -> None:
    verdict = read_report(make_report(said, "5.0.0", kind)).verdict

    assert (verdict.about, verdict.counts) == ("recipient", "now")


@pytest.mark.parametrize(
    ("kind", "about", "counts"),
    [
        ("abuse", "complaint", "now"),
        ("opt-out", "complaint", "now"),
        ("not-spam", "nothing", "never"),
        ("auth-failure", "complaint", "never"),
    ],
)
def test_a_complaint_is_one_by_its_type(kind: str, about: str, counts: str) -> None:
    verdict = read_report(make_complaint(kind, "<x@petition.example>")).verdict

    assert (verdict.about, verdict.counts) == (about, counts)


@given(st.binary(max_size=400))
def test_rubbish_is_read_as_nothing_and_raises_nothing(content: bytes) -> None:
    assert read_report(content).verdict.counts in ("now", "second", "never")


def test_a_report_is_known_again_with_other_line_ends_and_marks() -> None:
    content = make_report("550 No such user here", "5.1.1")
    marked = b"Status: RO\nX-Keywords:\n" + content.replace(b"\r\n", b"\n")

    assert read_report(content).key == read_report(marked.replace(b"\n", b"\r\n")).key


@pytest.mark.skipif(not DATA.is_dir(), reason="the collection of real reports is not here")
@pytest.mark.parametrize("half", [0, 1])
def test_real_reports_are_judged_as_their_collector_does(half: int) -> None:
    rows = list(csv.DictReader((DATA / "verdicts.csv").open()))[half::2]
    told = {row["file"]: read_report((DATA / row["file"]).read_bytes()).verdict for row in rows}

    def share(about: str) -> float:
        of_kind = [told[row["file"]] for row in rows if row["about"] == about]
        return sum(v.about == "recipient" and v.counts == "now" for v in of_kind) / len(of_kind)

    assert share("ours") <= 0.02
    assert share("recipient") >= 0.90
