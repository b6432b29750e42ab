"""Signing: a person's answers become one signature, and stay in that person's hands.

- ``answers`` reads what was typed; ``canonical`` says when two addresses are one person.
- ``sign`` stores it; ``confirm`` and ``withdraw`` act on the links that a signer was mailed.
- ``status`` tells a signer what became of their signature; ``choices`` is what they allowed, and
  ``export`` all that is held.
- ``mails/`` is what signers are mailed; ``successors`` and ``lost`` plan some of it.
- ``lookup`` finds the signatures of an address for whoever helps its signer.
- ``retention`` lets go of who never came to count.
- ``journal`` keeps what a restored backup must not undo, and ``replay`` does it again.
"""
