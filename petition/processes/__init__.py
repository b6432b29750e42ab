"""The background processes: each writes a heartbeat to the database, where other processes read it.

RQ's registration in Redis is not used: it is lost with Redis, and remains after a worker is killed.
"""
