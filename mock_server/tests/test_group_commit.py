"""
Group commit: results of creates that arrive together, and when they get them.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from b2b_invoices_mock.api.errors import LedgerBusy, LedgerUnavailable
from b2b_invoices_mock.invoices import Invoice
from b2b_invoices_mock.ledger import Create, ListQuery, SQLiteLedger
from b2b_invoices_mock.ledger.group_commit import GroupCommit
from mock_server.tests.conftest import MakeRecord

STORE = "teststore"


class _Ledger(SQLiteLedger):
    """A ledger that counts the creates that each commit is given, and can fail."""

    groups: list[int]
    troubles: list[Exception]

    def add_each(self, creates: Sequence[Create]) -> list[int | Exception]:
        self.groups.append(len(creates))
        if self.troubles:
            raise self.troubles.pop(0)
        return super().add_each(creates)


async def _add(group: GroupCommit, invoice: Invoice) -> int:
    return await group.add(Create(STORE, invoice))


def _add_rounds(ledger: SQLiteLedger, *rounds: Sequence[Invoice]) -> list[int | BaseException]:
    # All invoices of a round are added at once, after those of the round before.
    async def add() -> list[int | BaseException]:
        group = GroupCommit(ledger)
        outcomes: list[int | BaseException] = []
        for invoices in rounds:
            outcomes += await asyncio.gather(*(_add(group, invoice) for invoice in invoices), return_exceptions=True)
        return outcomes

    return asyncio.run(add())


@pytest.fixture(name="ledger")
def _ledger() -> Iterator[_Ledger]:
    with closing(_Ledger.open()) as ledger:
        ledger.groups, ledger.troubles = [], []
        yield ledger


@pytest.fixture(name="invoices")
def _invoices(make_record: MakeRecord) -> list[Invoice]:
    return [make_record() for _ in range(150)]


def test_concurrent_creates_are_one_commit(ledger: _Ledger, invoices: list[Invoice]) -> None:
    """
    Creates of one iteration of the event loop are one commit, later ones the next, and each gets its own id.
    """
    ids = _add_rounds(ledger, invoices[:15], invoices[15:16])

    assert ids == list(range(1, 17))
    assert ledger.groups == [15, 1]
    assert [entry.invoice for entry in ledger.snapshot().entries] == invoices[:16]


def test_group_waits_while_creates_arrive(ledger: _Ledger, invoices: list[Invoice]) -> None:
    """
    A group waits while each iteration of the event loop adds a create, and no longer.
    """

    async def add() -> None:
        group = GroupCommit(ledger)
        early = []
        for invoice in invoices[:3]:
            early.append(asyncio.create_task(_add(group, invoice)))
            await asyncio.sleep(0)  # one iteration
        await asyncio.gather(*early)
        late = asyncio.create_task(_add(group, invoices[3]))
        for _ in range(3):
            await asyncio.sleep(0)
        await asyncio.gather(late, _add(group, invoices[4]))

    asyncio.run(add())

    assert ledger.groups == [3, 1, 1]


def test_groups_are_bounded(ledger: _Ledger, invoices: list[Invoice]) -> None:
    """
    Many creates at once are stored 64 at a time, in order, and each group gets its results before the next is stored.
    """

    async def result(group: GroupCommit, invoice: Invoice) -> tuple[int, int]:
        return await _add(group, invoice), len(ledger.groups)

    async def add() -> list[tuple[int, int]]:
        group = GroupCommit(ledger)
        return await asyncio.gather(*(result(group, invoice) for invoice in invoices))

    assert asyncio.run(add()) == [(number, -(-number // 64)) for number in range(1, 151)]
    assert ledger.groups == [64, 64, 22]


def test_large_creates_are_several_commits(ledger: _Ledger, make_record: MakeRecord) -> None:
    """
    Creates that are larger than 1 MiB together are stored in several commits, in order.
    """
    large = [make_record(details={"text": "x" * 600_000}) for _ in range(5)]

    assert _add_rounds(ledger, large) == [1, 2, 3, 4, 5]
    assert ledger.groups == [5, 3, 1]


def test_locked_ledger_is_retried(ledger: _Ledger, invoices: list[Invoice]) -> None:
    """
    A group is retried while the ledger is locked, and creates that arrive meanwhile are stored after it.
    """
    ledger.troubles = [LedgerBusy(), LedgerBusy()]

    async def add() -> list[int]:
        group = GroupCommit(ledger)
        first = asyncio.create_task(_add(group, invoices[0]))
        await asyncio.sleep(0)  # it arrives
        await asyncio.sleep(0)  # its group is tried
        return list(await asyncio.gather(first, _add(group, invoices[1]), _add(group, invoices[2])))

    assert asyncio.run(add()) == [1, 2, 3]
    assert ledger.groups == [1, 1, 1, 2]


def test_late_creates_do_not_wait_again(
    ledger: _Ledger, invoices: list[Invoice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When a group gives up on a locked ledger, all creates that arrived meanwhile fail with it.
    """
    monkeypatch.setattr("b2b_invoices_mock.ledger.interface._ATTEMPTS", 2)
    ledger.troubles = [LedgerBusy() for _ in range(3)]

    *failed, later = _add_rounds(ledger, invoices, invoices[:1])

    assert [type(outcome) for outcome in failed] == [LedgerBusy] * 150
    assert later == 1
    assert ledger.groups == [64, 64, 64, 1]


@pytest.mark.parametrize("trouble", [LedgerUnavailable("The disk is full."), RuntimeError("out of luck")], ids=repr)
def test_failed_group(ledger: _Ledger, invoices: list[Invoice], trouble: Exception) -> None:
    """
    When a group cannot be stored, each of its creates gets the error, none is stored, and the next group is.
    """
    ledger.troubles = [trouble]

    assert _add_rounds(ledger, invoices[:3], invoices[3:4]) == [trouble, trouble, trouble, 1]
    assert ledger.list(STORE, ListQuery()).total == 1


def test_cancelled_caller(ledger: _Ledger, invoices: list[Invoice]) -> None:
    """
    The create of a cancelled caller is stored, and the others of its group are not affected.
    """

    async def add() -> int:
        group = GroupCommit(ledger)
        leaving, staying = [asyncio.create_task(_add(group, invoice)) for invoice in invoices[:2]]
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(add()) == 2
    assert ledger.list(STORE, ListQuery()).total == 2


def test_cancelled_group(ledger: _Ledger, invoices: list[Invoice]) -> None:
    """
    When the event loop closes, the callers that wait for a group are cancelled.
    """
    ledger.troubles = [LedgerBusy() for _ in range(1000)]

    async def add() -> list[int | BaseException]:
        group = GroupCommit(ledger)
        callers = [asyncio.create_task(_add(group, invoice)) for invoice in invoices[:2]]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        callers.append(asyncio.create_task(_add(group, invoices[2])))
        await asyncio.sleep(0)
        assert group._work
        group._work.cancel()
        return await asyncio.gather(*callers, return_exceptions=True)

    assert [type(outcome) for outcome in asyncio.run(add())] == [asyncio.CancelledError] * 3
