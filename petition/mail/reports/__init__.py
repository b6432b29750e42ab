"""Delivery reports (bounces, complaints): parse and classify them, and find the mail concerned.

report_reader -> limited_mail, report_parts (MIME), bounce_detection,
classification -> refusal_words, status_codes
"""

from petition.mail.reports.classification import Classification, judge
from petition.mail.reports.refusal_kinds import About, CountsFrom
from petition.mail.reports.report_reader import LARGEST, MailReport, read_report

__all__ = ["LARGEST", "About", "CountsFrom", "MailReport", "Classification", "judge", "read_report"]
