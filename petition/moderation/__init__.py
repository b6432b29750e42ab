"""Words of strangers, before a person has read them: what must be read, and what may be printed.

Below the stages, because signing judges words, a letter prints them, and delivery compares the two.
"""
