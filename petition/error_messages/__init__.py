"""The words for every code that a UserError carries: one table a subject, for pages and commands.

Pages and commands show the same refusals and neither imports the other, so the words stand below
both, and above all that raises a code.
"""
