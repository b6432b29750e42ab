"""The chain over the events: links in batches, signed heads, and their verification.

event_lines          the bytes of an event that are hashed
settled_events       up to which id no event can still appear
link_keys            the keys that sign, from the data keys
event_chain          adds links; the reconciler calls it each minute
stored_events        events of the database and of the archives, in order of id
chain_check          walks the chain and finds its first break
chain_export         the file with which a third party does the same
"""
