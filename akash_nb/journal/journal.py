"""The journal of one account: what is written before a request leaves, and what is read of it afterwards."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from akash_nb.journal.file import JournalFile
from akash_nb.journal.records import Action, Entry, SeenBid, Text, as_action, as_entry, as_pair, as_seen_bid
from akash_nb.models import CertificatePair


class Journal:
    """The journal of one account.

    Args:
        path: The SQLite file, made with mode 0600 where it is missing; None keeps everything in memory.
        account: Whose entries to read and write: `host:fingerprint of the key`.

    Attributes:
        wallet: Equal for all journals of that account in one file.

    What is written before a request raises `JournalError` where it fails, and nothing is sent. What is read, and what
    is written after an answer, only warns (`JournalWarning`): it must not hide what has happened.

    Raises:
        JournalError: The file cannot be opened or written; nothing is spent without it.
    """

    def __init__(self, path: Path | None, account: str) -> None:
        self.path = path
        self.account = account
        self.wallet: Hashable = (path.resolve(), account) if path else object()
        self._file = JournalFile(path)

    def __repr__(self) -> str:
        return f"<Journal {self.account}>"

    def close(self) -> None:
        """Close the file; the journal cannot be used afterwards."""
        self._file.close()

    # Deployments

    def asked_to_create(
        self,
        sdl: str,
        version: str,
        deposit_usd: Decimal,
        at: datetime,
        existing: Iterable[str] = (),
        ends_at: datetime | None = None,
    ) -> int:
        """Note that a create is about to be sent, beside these open deployments; returns the entry's id."""
        open_now, end = json.dumps(sorted(existing)), ends_at.isoformat() if ends_at else None
        with self._file.writing() as db:
            row = db.execute(
                "insert into deployments (account, sdl, version, deposit_usd, state, asked_at, existing, ends_at)"
                " values (?, ?, ?, ?, 'asked', ?, ?, ?)",
                (self.account, sdl, version, str(deposit_usd), at.isoformat(), open_now, end),
            )
            return int(row.lastrowid or 0)

    def limit(self, dseq: str, ends_at: datetime) -> None:
        """Note when a deployment that exists is to be closed, before it is leased, or given more time."""
        with self._file.writing() as db:
            db.execute(
                "update deployments set ends_at = ? where account = ? and dseq = ?",
                (ends_at.isoformat(), self.account, dseq),
            )

    def created(self, entry_id: int, dseq: str, manifest: str) -> None:
        """Note the answer to a create. It is the one who knows: a guess that gave the number to another entry is
        taken back."""
        others = (self.account, dseq, entry_id)
        with self._file.noting(f"deployment {dseq} was created; session.resume() finds it by its hash") as db:
            db.execute("delete from deployments where account = ? and dseq = ? and id != ? and sdl = ''", others)
            db.execute(
                "update deployments set dseq = null, state = iif(state = 'closed', 'closed', 'unknown')"
                " where account = ? and dseq = ? and id != ?",
                others,
            )
            db.execute(
                "update deployments set dseq = ?, manifest = ?, state = 'open' where id = ?", (dseq, manifest, entry_id)
            )

    def set_state(self, entry_id: int, state: str) -> None:
        """Note what became of a create without a deployment: `refused`, `unknown` or `missing`."""
        with self._file.noting(f"the outcome of a create is: {state}") as db:
            # Another notebook may have looked meanwhile, and found it.
            db.execute("update deployments set state = ? where id = ? and dseq is null", (state, entry_id))

    def adopted(self, dseq: str, version: str, at: datetime) -> None:
        """Note a deployment that was found on the service but not made from here; its SDL is unknown."""
        with self._file.noting(f"deployment {dseq} was found") as db:
            db.execute(
                "insert or ignore into deployments"
                " (account, dseq, sdl, version, deposit_usd, state, asked_at, existing)"
                " values (?, ?, '', ?, '', 'open', ?, '[]')",
                (self.account, dseq, version, at.isoformat()),
            )

    def learned(self, dseq: str, text: Text, at: datetime) -> None:
        """Note what SDL and manifest a deployment has; what was deposited is not known where it was made elsewhere."""
        with self._file.noting(f"deployment {dseq} has that SDL") as db:
            db.execute(
                "insert into deployments"
                " (account, dseq, sdl, version, deposit_usd, manifest, state, asked_at, existing)"
                " values (?, ?, ?, ?, '', ?, 'open', ?, '[]')"
                " on conflict (account, dseq) do update set"
                " sdl = excluded.sdl, version = excluded.version, manifest = excluded.manifest",
                (self.account, dseq, text.sdl, text.version, text.manifest, at.isoformat()),
            )

    def text_of(self, version: str) -> Text | None:
        """The SDL and manifest with that hash, from any deployment or update of this service, also with another key;
        None when there is none."""
        host, _, key = self.account.rpartition(":")
        mine = (self.account, f"{host}:" if host and key else self.account)
        of_this_service = "(account = ? or substr(account, 1, length(?2)) = ?2)"
        sql = f"""
            select sdl, version, manifest from deployments
            where {of_this_service} and version = ?3 and sdl != ''
            union all
            select json_extract(detail, '$.sdl'), json_extract(detail, '$.version'), json_extract(detail, '$.manifest')
            from actions where {of_this_service} and kind = 'update' and json_extract(detail, '$.version') = ?3
        """  # noqa: S608  the only thing put in is ours
        found = self._file.read(sql.replace("account = ?", "account = ?1"), (*mine, version), lambda row: Text(*row))
        return next((text for text in found if text.manifest), next(iter(found), None))

    def reopened(self, dseq: str) -> None:
        """Note that a deployment is open after all."""
        with self._file.noting(f"deployment {dseq} is open") as db:
            db.execute("update deployments set state = 'open' where account = ? and dseq = ?", (self.account, dseq))

    def updated(self, dseq: str, sdl: str, version: str, manifest: str) -> None:
        """Note a new SDL of a running deployment."""
        with self._file.noting(f"deployment {dseq} was updated") as db:
            db.execute(
                "update deployments set sdl = ?, version = ?, manifest = ? where account = ? and dseq = ?",
                (sdl, version, manifest, self.account, dseq),
            )

    def closed(self, dseq: str) -> None:
        """Note that a deployment is closed."""
        with self._file.noting(f"deployment {dseq} was closed") as db:
            db.execute("update deployments set state = 'closed' where account = ? and dseq = ?", (self.account, dseq))

    def entries(self, *states: str) -> tuple[Entry, ...]:
        """Deployments in these states (all without any), oldest first."""
        found = self._file.read("select * from deployments where account = ? order by id", (self.account,), as_entry)
        return tuple(entry for entry in found if not states or entry.state in states)

    def entry(self, dseq: str) -> Entry | None:
        """The deployment with that number; None when the journal does not know it."""
        return next((entry for entry in self.entries() if entry.dseq == dseq), None)

    def deposited_usd(self, dseq: str) -> Decimal | None:
        """US dollars that were put into a deployment from here: its deposit and what was added since; None where it
        was made elsewhere, or the answer to a deposit was lost."""
        entry = self.entry(dseq)
        added = [action for action in self.actions(dseq) if action.kind == "deposit" and action.outcome != "refused"]
        if entry is None or entry.deposit_usd is None or any(action.outcome != "done" for action in added):
            return None
        return entry.deposit_usd + sum((Decimal(action.detail["usd"]) for action in added), Decimal(0))

    # Actions

    def asked(self, kind: str, dseq: str | None, detail: dict[str, Any], at: datetime) -> ActionNote:
        """Note an action before its request leaves; the note takes its outcome. Without one it stays `asked`: nobody
        knows."""
        with self._file.writing() as db:
            row = db.execute(
                "insert into actions (account, dseq, kind, detail, asked_at) values (?, ?, ?, ?, ?)",
                (self.account, dseq, kind, json.dumps(detail), at.isoformat()),
            )
            return ActionNote(self, int(row.lastrowid or 0))

    def noted(self, kind: str, dseq: str, detail: dict[str, Any], at: datetime) -> None:
        """Note something that is so already, and needs no answer."""
        with self._file.noting(f"deployment {dseq} has a {kind}") as db:
            db.execute(
                "insert into actions (account, dseq, kind, detail, asked_at, outcome) values (?, ?, ?, ?, ?, 'done')",
                (self.account, dseq, kind, json.dumps(detail), at.isoformat()),
            )

    def outcome(self, action_id: int, outcome: str, answer: str) -> None:
        """Note what became of an action: `done`, `refused` or `unknown`."""
        with self._file.noting(f"the outcome of an action is: {outcome}") as db:
            db.execute("update actions set outcome = ?, answer = ? where id = ?", (outcome, answer, action_id))

    def actions(self, dseq: str | None = None) -> tuple[Action, ...]:
        """Actions of one deployment, or of all, oldest first."""
        return self._file.read(
            "select * from actions where account = ? and (? is null or dseq = ?) order by id",
            (self.account, dseq, dseq),
            as_action,
        )

    def done(self, kind: str, dseq: str) -> tuple[Action, ...]:
        """Actions of that kind on a deployment that happened, oldest first."""
        return tuple(a for a in self.actions(dseq) if a.kind == kind and a.outcome == "done")

    def unsettled(self, kind: str, dseq: str) -> tuple[Action, ...]:
        """Actions of that kind on a deployment whose outcome nobody knows, oldest first."""
        return tuple(a for a in self.actions(dseq) if a.kind == kind and a.outcome in ("asked", "unknown"))

    # Tags

    def tag(self, dseq: str, tags: Iterable[str]) -> None:
        """Give a deployment these tags, and no others."""
        with self._file.writing() as db:
            db.execute("delete from tags where account = ? and dseq = ?", (self.account, dseq))
            db.executemany("insert or ignore into tags values (?, ?, ?)", [(self.account, dseq, tag) for tag in tags])

    def tags(self) -> dict[str, tuple[str, ...]]:
        """Deployment -> its tags, sorted; those without any are missing."""
        found: dict[str, tuple[str, ...]] = {}
        rows = "select dseq, tag from tags where account = ? order by dseq, tag"
        for dseq, tag in self._file.read(rows, (self.account,), tuple):
            found[dseq] = (*found.get(dseq, ()), tag)
        return found

    # Bids seen

    def saw_bids(self, demand: str, bids: Iterable[SeenBid]) -> None:
        """Note what providers asked for a demand (`GroupDemand.key`); of each provider the last bid is kept."""
        rows = [
            (self.account, demand, bid.provider, bid.price.denom, str(bid.price.amount), bid.at.isoformat())
            for bid in bids
        ]
        with self._file.noting(f"{len(rows)} bids came") as db:
            db.executemany(
                "insert into bids_seen values (?, ?, ?, ?, ?, ?) on conflict do update set"
                " denom = excluded.denom, amount = excluded.amount, at = excluded.at where excluded.at >= at",
                rows,
            )

    def bids_seen(self, demand: str, *, since: datetime) -> tuple[SeenBid, ...]:
        """The last bid of each provider on a demand that was made since then (UTC), by provider."""
        return self._file.read(
            "select * from bids_seen where account = ? and demand = ? and at >= ? order by provider",
            (self.account, demand, since.isoformat()),
            as_seen_bid,
        )

    # The certificate pair

    def certificate(self) -> CertificatePair | None:
        """The account's certificate pair; None when there is none."""
        rows = self._file.read("select * from certificates where account = ?", (self.account,), as_pair)
        return next(iter(rows), None)

    def save_certificate(self, pair: CertificatePair) -> None:
        """Keep a pair instead of the present one."""
        with self._file.writing() as db:
            db.execute(
                "insert or replace into certificates values (?, ?, ?, ?)",
                (self.account, pair.cert_pem, pair.key_pem, pair.public_pem),
            )


@dataclass(frozen=True, slots=True)
class ActionNote:
    """The open entry of an action; exactly one of the three is called when its answer is known."""

    journal: Journal
    id: int

    def done(self, answer: str = "") -> None:
        """It happened."""
        self.journal.outcome(self.id, "done", answer)

    def refused(self, answer: str) -> None:
        """The service refused; nothing changed."""
        self.journal.outcome(self.id, "refused", answer)

    def unknown(self, answer: str) -> None:
        """The answer was lost."""
        self.journal.outcome(self.id, "unknown", answer)
