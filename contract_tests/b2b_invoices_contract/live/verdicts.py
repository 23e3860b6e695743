"""
Verdicts on a live store: the same checks as in other profiles, strict only about what the vendor documents.
"""

from collections.abc import Callable, Mapping

import attrs

from b2b_invoices_contract.checks import checks_of
from b2b_invoices_contract.exchanges import Exchange, Lost
from b2b_invoices_contract.failures import described
from b2b_invoices_contract.judge import Broken, Judge
from b2b_invoices_contract.observations import Created, Listed, Unauthorized, Valid
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.results import Result, Results
from b2b_invoices_contract.targets import Target
from b2b_invoices_spec.promises import load_promises

from .observing import MAKERS
from .plan import NOT_CHECKED
from .questions import QUESTIONS
from .seen import Seen, Unseen

_DOCUMENTED = frozenset({"documented", "official-spec"})
_NO_RESPONSE = "every-request-gets-a-response"
_CREATED, _NO_CONTENT, _ERROR = 201, 204, 400
_LONGEST = 500  # characters of what is shown of a difference

_OPEN: tuple[tuple[str, object, Callable[[Broken], bool]], ...] = (
    ("read_times", "text", lambda one: one.comparison.at.endswith(("/createdAt", "/updatedAt"))),
    ("read_order_number", "text", lambda one: one.comparison.at.endswith("/orderNumber")),
    ("created_key", "invoiceId", lambda one: one.comparison.at == "/data" and one.evidence[-1].method == "POST"),
    ("create_status", _CREATED, lambda one: one.evidence[-1].status == _CREATED),
    ("delete_status", _NO_CONTENT, lambda one: one.evidence[-1].status == _NO_CONTENT),
    ("unsent_status", "by_balances", lambda one: one.check.promise == "status-default"),
)
"""Settings of the mock's dialect, a value of each that is not documented, and whether it explains what is broken."""


@attrs.frozen
class Verdicts:
    """
    What a live run found out about every promise.

    Attributes:
        results: The result of each promise, by id.
        otherwise: What the store does otherwise, though the vendor documents nothing else, by promise.
        accidents: Why promises could not be checked by no fault of the store's contract, by promise.
    """

    results: dict[str, Result]
    otherwise: dict[str, str]
    accidents: dict[str, str]


def judge(seen: Seen, target: Target, results: Results) -> Verdicts:
    """
    Judge the responses of *target* in *seen*, and return what they say of every promise.

    Raises:
        CheckFailed: A check has a bug.
    """
    excuses = _Excuses(seen, Redaction.of(target))
    verdicts = Verdicts(results.promises, excuses.otherwise, {})
    judge = Judge(results, excuses.redaction, excuse=excuses.excuse)
    for sent in seen.answered.values():
        judge.see(sent.exchange)
    missing: list[tuple[tuple[type, ...], Unseen]] = []
    for maker in MAKERS:
        try:
            for observation in maker.make(seen):
                judge.see(observation)
        except Unseen as why:
            missing.append((maker.makes, why))
    if seen.unanswered:
        # The network may be to blame, so this says nothing of the store, and another run need not tell more.
        results.promises[_NO_RESPONSE].checks = 0
        missing.append(((Lost,), Unseen(_unanswered(seen))))
    for result in results.promises.values():
        _conclude(result, verdicts, missing)
        result.requests = len(seen.answered)
        result.note("The requests of the live plan.")
    return verdicts


def _unanswered(seen: Seen) -> str:
    names = ", ".join(map(repr, dict.fromkeys(seen.unanswered)))
    return f"no response to {names}, and the network may be to blame"


def _conclude(result: Result, verdicts: Verdicts, missing: list[tuple[tuple[type, ...], Unseen]]) -> None:
    """
    Say why a promise was not checked.
    """
    name = result.promise.id
    if name in verdicts.otherwise and not result.failures:
        result.checks = 0
        result.reason = f"the store does otherwise, and nothing documented says so: {verdicts.otherwise[name]}"
    elif result.verdict == "not checked":
        whys = [why for makes, why in missing if name in {check.promise for check in checks_of(makes)}]
        accident = next((why for why in whys if why.by_accident and name not in NOT_CHECKED), None)
        if accident:
            verdicts.accidents[name] = str(accident)
        why = str(accident or next(iter(whys), "no request of a live run is about it"))
        result.reason = NOT_CHECKED.get(name, f"it could not be observed: {why}")


@attrs.define
class _Excuses:
    """
    What a store may do otherwise: what is not documented, and what the documentation leaves open.

    Attributes:
        seen: The responses.
        redaction: Hides the credentials.
        otherwise: What it does otherwise, by promise.
    """

    seen: Seen
    redaction: Redaction
    otherwise: dict[str, str] = attrs.field(factory=dict)

    def excuse(self, broken: Broken, result: Result) -> bool:
        """
        Return whether what is *broken* is not the store's fault, and note it.
        """
        exchange = broken.evidence[-1]
        promise = load_promises().get(broken.consequence_of, result.promise)
        if promise.provenance in _DOCUMENTED and not self._is_open(broken, exchange):
            return False
        received, expected, _ = described(broken.comparison)
        text = f"received {received}, the contract has {expected}"
        self.otherwise.setdefault(result.promise.id, self.redaction.hide(text)[:_LONGEST])
        return True

    def _is_open(self, broken: Broken, exchange: Exchange) -> bool:
        if isinstance(broken.seen, Unauthorized) and not exchange.is_success:
            return True  # it is rejected, though in another way
        answers = {question.setting: question.answer(self.seen) for question in QUESTIONS}
        if isinstance(broken.seen, Created | Valid | Listed) and exchange.status >= _ERROR:
            return False  # no setting makes a store reject what is valid
        if exchange.status >= _ERROR:
            return self._is_open_error(exchange, answers)
        return any(answers.get(setting) == value and explains(broken) for setting, value, explains in _OPEN)

    def _is_open_error(self, exchange: Exchange, answers: Mapping[str, object]) -> bool:
        name = next((name for name, sent in self.seen.answered.items() if sent.exchange is exchange), "")
        if answers.get("error_envelope") == "meta_errors":
            return True
        questions = [question for question in QUESTIONS if name in (*question.probes, *question.touches)]
        return any(answers[question.setting] is not None for question in questions)
