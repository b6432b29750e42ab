"""Rate limits: how often something may be done from one network or mailbox domain."""
