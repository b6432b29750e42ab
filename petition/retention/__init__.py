"""Retention: what is past the time for which it is kept is looked up, and erased batch by batch.

people ── words ── mails ── erased ── closed      a module for each part of the database
files ── journals                                  and of the data folder
   └──────────> kinds ──> running                  what there is; how it is looked at and erased
"""
