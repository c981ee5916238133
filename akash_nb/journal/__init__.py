"""What must never be lost: a small SQLite file in the user's data folder, written before a request leaves.

Each action that spends or changes something is noted when it is asked for and again when its answer is known, so that
a killed kernel leaves a trace of everything: the SDL, the dseq, the manifest, the certificate pair, the choice of bids.
The file holds SDL texts (with whatever secrets their `env` has) and private keys, so it is readable by its owner only
(mode 0600); it never holds an API key. Entries are kept apart by account, so that keys and the mock do not mix.

`journal` has its verbs, `records` what is read, `file` where it is kept and what becomes of failures.
"""

from akash_nb.journal.journal import ActionNote, Journal
from akash_nb.journal.records import Action, Entry, SeenBid, Text

__all__ = ["Action", "ActionNote", "Entry", "Journal", "SeenBid", "Text"]
