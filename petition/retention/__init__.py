"""Retention: data past its retention period is counted, and erased batch by batch.

ended_signatures, struck_words, mail_rows,         a module for each part of the database
erasure_leftovers, closed_campaigns
mail_files, journal_lines                          and of the data folder
   └──> data_kinds ──> run                         the list of kinds; counting and erasing them
"""
