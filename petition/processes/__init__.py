"""The background's processes: each says in the database that it runs, and others read there.

Redis is not asked: a worker's registration there is lost with it, and outlives a killed one.
"""
