"""The file of the signers who would like an answer, which is sent to the office with their letter.

Below the stages, because letters say how many they are, delivery attaches the file, and both
compare it with who allows it now.

- ``reply_list`` reads who they are and writes the file's text.
- ``stored_files`` stores it, sealed, when a letter begins to go, and reads it for each attempt.
"""
