"""The words for every code of a UserError: one table for each subject, for pages and commands.

Pages and commands show the same refusals and neither imports the other, so the words are below
both, and above all that raises a code.
"""
