"""Keys: whether they are those of the database, and how stored values come under another one.

- ``check`` refuses keys that are not the database's, and notes which one seals.
- ``sealed_columns`` finds what is stored sealed, from the types of the models' columns.
- ``rotation`` seals all of it anew under the first key.
"""
