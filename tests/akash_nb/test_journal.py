"""The journal: written before spending, readable by its owner only, apart by account."""

from __future__ import annotations

import sqlite3
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from akash_nb.errors import JournalError, JournalWarning
from akash_nb.journal import Journal, SeenBid
from akash_nb.models import CertificatePair
from akash_nb.money import Coin
from tests.akash_nb.records import NOW

FIVE = Decimal(5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "journal.db"


def test_the_file_and_its_folder_are_for_the_owner_only(path: Path) -> None:
    Journal(path, "a")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_create_is_there_before_and_after_its_answer(path: Path) -> None:
    journal = Journal(path, "a")
    entry_id = journal.asked_to_create("sdl", "hash", FIVE, NOW)
    before = Journal(path, "a").entries()
    journal.created(entry_id, "17", "manifest")
    after = Journal(path, "a").entries()

    assert [(e.state, e.dseq, e.manifest, e.sdl, e.asked_at) for e in before] == [("asked", None, None, "sdl", NOW)]
    assert [(e.state, e.dseq, e.manifest, e.deposit_usd) for e in after] == [("open", "17", "manifest", FIVE)]


def test_accounts_do_not_see_each_other(path: Path) -> None:
    mine, yours = Journal(path, "mine"), Journal(path, "yours")
    mine.created(mine.asked_to_create("sdl", "hash", FIVE, NOW), "17", "m")
    mine.save_certificate(CertificatePair("cert", "key"))

    assert yours.entries() == ()
    assert yours.certificate() is None
    assert yours.actions() == ()


def test_an_action_left_by_a_crash_stays_asked(path: Path) -> None:
    journal = Journal(path, "a")
    journal.asked("deposit", "17", {"usd": "5"}, NOW)

    (action,) = Journal(path, "a").actions("17")
    assert (action.kind, action.outcome, action.detail) == ("deposit", "asked", {"usd": "5"})


@pytest.mark.parametrize("outcome", ["done", "refused", "unknown"])
def test_an_action_takes_its_outcome(path: Path, outcome: str) -> None:
    journal = Journal(path, "a")
    getattr(journal.asked("lease", "17", {}, NOW), outcome)("because")

    (action,) = journal.actions()
    assert (action.outcome, action.answer) == (outcome, "because")


def test_a_certificate_replaces_the_one_before(path: Path) -> None:
    journal = Journal(path, "a")
    journal.save_certificate(CertificatePair("old", "key"))
    journal.save_certificate(CertificatePair("new", "key2", "pub"))

    assert Journal(path, "a").certificate() == CertificatePair("new", "key2", "pub")


def test_adopting_a_known_deployment_changes_nothing(path: Path) -> None:
    journal = Journal(path, "a")
    journal.created(journal.asked_to_create("sdl", "hash", FIVE, NOW), "17", "m")
    journal.adopted("17", "other", NOW)

    assert [(e.sdl, e.version) for e in journal.entries()] == [("sdl", "hash")]


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(JournalError, match=r"Nothing was sent.*AKASH_NB_HOME"):
        Journal(tmp_path / "file" / "journal.db", "a")


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("this is no database, and long enough to be read as one" * 50)

    with pytest.raises(JournalError, match="cannot be used"):
        Journal(tmp_path / "journal.db", "a")


def test_what_was_deposited_from_here_is_known_unless_an_answer_was_lost() -> None:
    journal = Journal(None, "a")
    journal.created(journal.asked_to_create("sdl", "hash", FIVE, NOW), "17", "m")
    journal.adopted("18", "hash", NOW)
    for outcome, usd in (("done", "1.5"), ("refused", "70")):
        getattr(journal.asked("deposit", "17", {"usd": usd}, NOW), outcome)("")
    assert journal.deposited_usd("17") == Decimal("6.5")
    assert journal.deposited_usd("18") is None
    assert journal.deposited_usd("19") is None

    journal.asked("deposit", "17", {"usd": "1"}, NOW).unknown("lost")
    assert journal.deposited_usd("17") is None


def test_what_cannot_be_noted_after_an_answer_warns_and_hides_nothing(path: Path) -> None:
    """A full disk must not turn a create that worked into "nothing was sent"."""
    journal = Journal(path, "a")
    entry_id = journal.asked_to_create("sdl", "hash", FIVE, NOW)
    note = journal.asked("create", None, {}, NOW)
    journal._file.db.execute("drop table deployments")
    journal._file.db.execute("drop table actions")
    with pytest.warns(JournalWarning, match="deployment 17 was created"):
        journal.created(entry_id, "17", "manifest")
    with pytest.warns(JournalWarning, match="could not note"):
        note.done()
    with pytest.raises(JournalError, match="Nothing was sent"):
        journal.asked("create", None, {}, NOW)


def test_what_cannot_be_read_warns_at_the_line_that_asked(path: Path) -> None:
    journal = Journal(path, "a")
    journal._file.db.execute("drop table deployments")
    with pytest.warns(JournalWarning, match="cannot be read") as caught:
        assert journal.entries() == ()

    assert caught[0].filename == __file__


def test_where_warnings_are_errors_what_has_begun_goes_on(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(path, "a")
    entry_id = journal.asked_to_create("sdl", "hash", FIVE, NOW)
    journal._file.db.execute("drop table deployments")
    journal.created(entry_id, "17", "manifest")  # this suite makes errors of warnings

    assert "deployment 17 was created" in caplog.text


def test_a_file_of_the_first_format_is_read(path: Path) -> None:
    journal = Journal(path, "a")
    journal.created(journal.asked_to_create("sdl", "hash", FIVE, NOW), "17", "m")
    journal._file.db.execute("alter table deployments drop column existing")
    journal.close()

    (entry,) = Journal(path, "a").entries()
    assert (entry.dseq, entry.existing) == ("17", frozenset())


def test_no_repr_shows_the_text_of_an_sdl(path: Path) -> None:
    journal = Journal(path, "a")
    journal.created(journal.asked_to_create("PASSWORD=hunter22", "hash", FIVE, NOW), "17", "hunter22")
    journal.asked("update", "17", {"sdl": "hunter22"}, NOW)

    assert "hunter22" not in repr(journal.entries()) + repr(journal.actions())


def test_a_row_that_cannot_be_read_does_not_hide_the_others(path: Path) -> None:
    journal = Journal(path, "a")
    for dseq in ("17", "18"):
        journal.created(journal.asked_to_create("sdl", "hash", FIVE, NOW), dseq, "m")
    journal._file.db.execute("update deployments set deposit_usd = 'lots' where dseq = '17'")
    with pytest.warns(JournalWarning, match="passed over"):
        found = journal.entries()

    assert [entry.dseq for entry in found] == ["18"]


def test_a_journal_of_a_later_version_is_left_alone(path: Path) -> None:
    Journal(path, "a")._file.db.execute("pragma user_version = 99")
    with pytest.raises(JournalError, match="later version"):
        Journal(path, "a")


def test_a_file_from_before_bids_were_kept_learns_to_keep_them(path: Path) -> None:
    Journal(path, "a").close()
    with sqlite3.connect(path) as db:
        db.execute("drop table bids_seen")
    db.close()
    bid = SeenBid("akash1one", Coin("uact", Decimal("2.5")), NOW)
    Journal(path, "a").saw_bids("demand", [bid])

    assert Journal(path, "a").bids_seen("demand", since=NOW) == (bid,)
    assert Journal(path, "b").bids_seen("demand", since=NOW) == ()
    assert Journal(path, "a").bids_seen("other", since=NOW) == ()


def test_tags_are_kept_apart_by_account_and_each_setting_replaces_the_last(path: Path) -> None:
    journal, other = Journal(path, "a"), Journal(path, "b")
    journal.tag("17", ("demo", "class-3"))
    journal.tag("18", ("demo",))
    journal.tag("17", ("class-3",))
    other.tag("17", ("mine",))
    assert Journal(path, "a").tags() == {"17": ("class-3",), "18": ("demo",)}
