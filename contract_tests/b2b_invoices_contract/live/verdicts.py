"""
What the answers of a live store say of each promise: strict on what is documented, tolerant of what is not.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import SimpleNamespace
from typing import cast

import attrs

from b2b_invoices_contract import test_every_answer as every
from b2b_invoices_contract.failures import BrokenPromise, Failure, raise_all
from b2b_invoices_contract.fuzzing import NO_ANSWER
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.results import Result
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.targets import Target
from b2b_invoices_contract.exchanges import Exchange, Traffic
from b2b_invoices_spec.promises import Promise, load_promises

from .check import Otherwise
from .plan import Plan
from .questions import QUESTIONS
from .seen import Seen, Unseen, any_shape

_PROMISED = frozenset({"documented", "official-spec"})

_EVERY_ANSWER: Mapping[str, Callable[[Session], None]] = {
    "code-equals-status": every.test_code_equals_status,
    "success-is-200": every.test_success_is_two_hundred,
    "errors-have-a-reason": every.test_refusals_say_why,
    "responses-are-json": every.test_answers_are_json,
    "responses-match-the-contract": every.test_answers_fit_the_contract,
    "rate-limit-headers": every.test_rate_limit_is_told,
    "no-secrets-in-responses": every.test_no_secret_is_echoed,
    "no-server-errors": every.test_never_a_server_error,
    "responses-within-five-seconds": every.test_answers_in_time,
}
"""Promises of every answer, and what looks whether all answers keep them; they look at nothing but the traffic."""

_OPEN: tuple[tuple[str, str], ...] = (
    ("read_times", r"/data/(\d+/)?(createdAt|updatedAt): "),
    ("read_order_number", r"/data/(\d+/)?orderNumber: "),
    ("created_key", r"/data: \"?'?\"?id\"?'? is a required property"),
    ("create_status", "^201 .*201"),
    ("delete_status", "^204 "),
)
"""Settings of the dialect, and what is wrong, after its status, with an answer that one of their values explains."""

EVERY_ANSWER = frozenset({*_EVERY_ANSWER, NO_ANSWER})
"""Ids of the promises that all answers are held to."""


@attrs.frozen
class Verdicts:
    """
    What a run on a live store found out about every promise.

    Attributes:
        results: The result for each promise, by id.
        otherwise: What the store does that no page forbids though the contract has it otherwise, by promise.
        accidents: Why promises could not be checked by no fault of the store's contract, by promise.
    """

    results: dict[str, Result]
    otherwise: dict[str, str]
    accidents: dict[str, str]


def judge(seen: Seen, plan: Plan, target: Target) -> Verdicts:
    """
    Return what the answers of *target* in *seen*, to the probes of *plan*, say of every promise.
    """
    verdicts = Verdicts({promise.id: Result(promise) for promise in load_promises().values()}, {}, {})
    redaction = Redaction.of(target)
    for promise, probes, attempt in _attempts(seen, plan, target):
        result = verdicts.results[promise]
        result.requests += len(probes)
        result.note(f"Seen in the answers to: {', '.join(probes)}.", len(probes))
        _note(verdicts, result, attempt, redaction)
    for name, result in verdicts.results.items():
        if result.verdict == "not checked" and not result.reason:
            result.reason = plan.unseen.get(name, "the plan for live stores has no probe for it")
    return verdicts


def _attempts(seen: Seen, plan: Plan, target: Target) -> Iterator[tuple[str, tuple[str, ...], Callable[[], None]]]:
    for check in plan.checks():
        yield check.promise, check.probes, partial(check.make, seen)
    for promise, look in _EVERY_ANSWER.items():
        yield promise, tuple(seen.answered), partial(_look, seen, target, look)
    yield NO_ANSWER, tuple(seen.answered), partial(_all_answered, seen)


def _note(verdicts: Verdicts, result: Result, attempt: Callable[[], None], redaction: Redaction) -> None:
    """
    Make *attempt* to break the promise of *result*, and note how that went.
    """
    promise = result.promise
    try:
        with any_shape():
            attempt()
    except* Unseen as unseen:
        why = next(_leaves(unseen))
        result.reason = result.reason or f"it could not be seen: {why}"
        if getattr(why, "by_accident", False):
            verdicts.accidents.setdefault(promise.id, str(why))
    except* BrokenPromise as broken:
        for error in _leaves(broken):
            assert isinstance(error, BrokenPromise)  # noqa: S101 - the clause says so; this tells the type checker
            _note_broken(verdicts, result, error, redaction)
    else:
        result.checks += 1


def _note_broken(verdicts: Verdicts, result: Result, error: BrokenPromise, redaction: Redaction) -> None:
    promise = _promise_of(error, result.promise)
    if promise.provenance in _PROMISED and not isinstance(error, Otherwise):
        verdicts.results[promise.id].add(Failure.of(promise, error, [], redaction))
        return
    received, expected = redaction.hide_all([error.received, error.expected])
    verdicts.otherwise.setdefault(promise.id, f"received {received}, the contract has {expected}"[:500])
    result.reason = f"the store does otherwise, and no page promises it: {verdicts.otherwise[promise.id]}"


def _promise_of(error: BrokenPromise, promise: Promise) -> Promise:
    return load_promises().get(error.promise, promise) if error.promise else promise


def _all_answered(seen: Seen) -> None:
    """
    Raise what is not seen when a request was not answered: the network, which promises nothing, may have lost it.
    """
    if seen.unanswered:
        # No reason to run again: what was not answered in the end has its own.
        raise Unseen(
            f"no answer came to {', '.join(map(repr, dict.fromkeys(seen.unanswered)))}, and the network may be to blame"
        )


def _look(seen: Seen, target: Target, look: Callable[[Session], None]) -> None:
    """
    Have *look* look at each answer; raise those that an open question explains only when there is nothing worse.
    """
    broken: list[BrokenPromise] = []
    explained: list[BrokenPromise] = []
    for sent in seen.answered.values():
        for error in _objections(sent.exchange, target, look):
            if _is_open(error, sent.exchange, seen):
                explained.append(Otherwise(error.received, error.expected, error.exchange, error.promise))
            else:
                broken.append(error)
    raise_all(broken or explained)


def _objections(exchange: Exchange, target: Target, look: Callable[[Session], None]) -> list[BrokenPromise]:
    """
    Return what *look* has against one answer.
    """
    found: list[BrokenPromise] = []
    traffic = Traffic()
    traffic.merge([exchange], {})
    session = cast(Session, SimpleNamespace(traffic=traffic, target=target))
    try:
        look(session)
    except* BrokenPromise as errors:
        found += [error for error in _leaves(errors) if isinstance(error, BrokenPromise)]
    return found


def _is_open(error: BrokenPromise, exchange: Exchange, seen: Seen) -> bool:
    """
    Return whether what *error* says of *exchange* is one of the answers that the record leaves open.
    """
    answers = {question.setting: question.answer(seen) for question in QUESTIONS}
    if exchange.status >= 400:  # noqa: PLR2004 - what a refusal is in HTTP
        return _is_open_refusal(exchange, seen, answers)
    text = f"{exchange.status} {error.received}"
    return any(answers.get(setting) is not None and re.search(pattern, text) for setting, pattern in _OPEN)


def _is_open_refusal(exchange: Exchange, seen: Seen, answers: Mapping[str, object]) -> bool:
    name = next((name for name, sent in seen.answered.items() if sent.exchange is exchange), "")
    if answers.get("error_envelope") == "meta_errors":
        return True
    questions = [question for question in QUESTIONS if name in (*question.probes, *question.touches)]
    return any(answers[question.setting] is not None for question in questions)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
