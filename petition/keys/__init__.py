"""Keys: whether they are those of the database, and how stored values come under another one.

- ``check`` refuses keys that are not the database's before a process writes anything.
- ``hash_key`` tells whether stored hashes would match; ``data_keys`` which keys have sealed.
- ``sealed_columns`` finds what is stored sealed, from the types of the models' columns.
- ``rotation`` seals all of it anew under the first key.
"""
