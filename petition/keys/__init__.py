"""Keys: checks that they are those of the database, and seals stored values with another one.

- ``check`` refuses keys that are not the database's before a process writes anything.
- ``hash_key`` checks if stored hashes would match; ``data_keys`` records which keys have sealed.
- ``sealed_columns`` lists the columns of sealed values, by the types of the models' columns.
- ``rotation`` seals all of their values again with the first key.
"""
