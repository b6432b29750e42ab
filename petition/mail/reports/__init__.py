"""Reports of mail that came back: taken apart, judged, and found to be of which mail of ours.

files ──> mailboxes ──> reading ── parts ── judging ── words, statuses
"""

from petition.mail.reports.classification import Classification, judge
from petition.mail.reports.refusal_kinds import About, CountsFrom
from petition.mail.reports.report_reader import LARGEST, MailReport, read_report

__all__ = ["LARGEST", "About", "CountsFrom", "MailReport", "Classification", "judge", "read_report"]
