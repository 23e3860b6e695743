"""
What a run says of a target that is broken in one way: that it names what is broken, and nothing it did not look at.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import attrs
import httpx

from b2b_invoices_contract.mutation import Answer, Request, Service
from b2b_invoices_contract.mutation.proxy import broken
from b2b_invoices_contract.results import Results
from b2b_invoices_contract.run import Options, run
from b2b_invoices_contract.targets import embedded_mock

Act = Callable[[Request, Service], Answer]

_QUICK = 160  # requests: the 150 of a server that keeps its promises, and a few that tell what is to blame


def _checked(act: Act, *only: str) -> Results:
    """What a quick run finds out, in a process of its own, since the checks are run by pytest too."""
    options = Options("quick", seed=1, only=frozenset(only))
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("forkserver")) as pool:
        return pool.submit(_run, act, options).result()


def _completed(request: Request, service: Service) -> Answer:
    answer = service.send(request)
    if request.operation in {"getInvoice", "listInvoices"} and answer.is_success:
        envelope = answer.json
        for invoice in envelope["data"] if isinstance(envelope["data"], list) else [envelope["data"]]:
            invoice["status"] = 2
        answer.json = envelope
    return answer


def _run(act: Act, options: Options) -> Results:
    with embedded_mock() as mock, broken(mock, act) as target:
        return run(target, options)


def _quick_then_full(*only: str) -> list[int]:
    """How many requests the two profiles send, one after the other in one process."""
    with embedded_mock() as mock:
        return [run(mock, Options(profile, seed=1, only=frozenset(only))).requests for profile in ("quick", "full")]


def _verdicts(results: Results) -> dict[str, str]:
    return {name: result.verdict for name, result in results.promises.items()}


def _id_is_text(request: Request, service: Service) -> Answer:
    answer = service.send(request)
    if request.operation == "createInvoice" and answer.is_success:
        answer.json = answer.json | {"data": {"id": str(answer.json["data"]["id"])}}
    return answer


def _listed_without_ids(request: Request, service: Service) -> Answer:
    answer = service.send(request)
    if request.operation == "listInvoices" and answer.is_success:
        envelope = answer.json
        for invoice in envelope["data"]:
            del invoice["id"]
        answer.json = envelope
    return answer


def _all_500(_: Request, __: Service) -> Answer:
    return Answer.of(500, b"<h1>Oops</h1>", "text/html")


def _deletes_are_500(request: Request, service: Service) -> Answer:
    answer = service.send(request)
    return Answer.error(500, "Oops.") if request.operation in {"getInvoice", "deleteInvoice"} else answer


def _run_elsewhere(act: Act, options: Options) -> tuple[Results, list[str]]:
    """Run against a server that is not the run's own; return the results and the invoices that are left."""
    with embedded_mock() as mock, broken(mock, act) as target:
        results = run(attrs.evolve(target, embedded=False), options)
        left = httpx.get(f"{mock.base_url}/invoices", headers=mock.store.headers, trust_env=False).json()["data"]
        return results, [invoice["invoiceNumber"] for invoice in left]


def _created_is_201(request: Request, service: Service) -> Answer:
    answer = service.send(request)
    if request.operation == "createInvoice" and answer.is_success:
        answer.status = 201
    return answer


def _empty_list_is_500(request: Request, service: Service) -> Answer:
    answer = service.send(request)
    is_empty = request.operation == "listInvoices" and answer.is_success and not answer.json["data"]
    return Answer.error(500, "No first element.") if is_empty else answer


def _listed_is_206(request: Request, service: Service) -> Answer:
    answer = service.send(request)
    if request.operation == "listInvoices" and answer.is_success:
        answer.status = 206
    return answer


def _latin_1(request: Request, service: Service) -> Answer:
    answer = service.send(request)
    answer.body = answer.body.decode().encode("latin-1", "replace")
    return answer


def _unreadable_creates(request: Request, service: Service) -> Answer:
    answer = service.send(request)
    if request.operation == "createInvoice":
        answer.headers["Content-Encoding"], answer.body = "gzip", b"nope"
    return answer


def _redirects_in_a_circle(request: Request, service: Service) -> Answer:
    answer = service.send(request)
    if request.operation == "getInvoice":
        answer.status, answer.headers["Location"] = 302, f"/api/v3/io/ip{request.path}"
    return answer


def _limits_creates(request: Request, service: Service) -> Answer:
    return Answer.error(429, "Too many.") if request.operation == "createInvoice" else service.send(request)


def test_halted_check_keeps_nothing() -> None:
    """
    A promise whose every check came to a halt is not checked; when nothing chosen is broken, the run says over what.
    """
    results = _checked(_id_is_text, "ids-are-unique", "both-credentials-required")

    assert _verdicts(results) == {
        "both-credentials-required": "kept",
        "ids-are-unique": "not checked",
    }  # one of two checks
    assert results.promises["ids-are-unique"].reason.startswith(
        "its check came to a halt over responses-match-the-contract: "
    )
    assert results.exit_status == 2
    assert results.problem == (
        "the checks of both-credentials-required, ids-are-unique came to a halt over responses-match-the-contract; "
        "look closer with --only responses-match-the-contract"
    )


def test_one_fault_is_one_promise() -> None:
    """
    A list whose invoices have no ids is an answer that does not fit the contract, and breaks no other promise.
    """
    results = _checked(_listed_without_ids)

    assert [result.promise.id for result in results.broken] == ["responses-match-the-contract"]


def test_nothing_to_look_at_is_not_kept() -> None:
    """
    Where every response is a 500, nothing is known of a promise about rejected requests.
    """
    results = _checked(_all_500, "errors-have-a-reason", "responses-within-five-seconds")

    assert _verdicts(results) == {"errors-have-a-reason": "not checked", "responses-within-five-seconds": "kept"}
    assert results.promises["errors-have-a-reason"].reason == "no request was refused"


def test_server_that_always_fails() -> None:
    """
    Where nearly every response is a 500, the run ends early, and says so of the promises that it did not come to.
    """
    results = _checked(_all_500)

    assert results.promises["no-server-errors"].verdict == "broken"
    assert (results.kept, results.exit_status, results.problem) == ([], 1, "")
    assert results.requests == 11
    assert results.ended_early == results.promises["ids-are-unique"].reason
    assert results.ended_early.startswith(
        "the run ended early: 11 of the first 11 responses broke no-server-errors; a whole run would have taken"
    )


def test_early_end_cleans_up() -> None:
    """
    A run that ends early on a server that is not its own deletes what it created, whatever the responses are.
    """
    options = Options("quick", seed=1, fail_fast=True)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("forkserver")) as pool:
        results, left = pool.submit(_run_elsewhere, _deletes_are_500, options).result()

    assert results.ended_early.startswith("the run ended early: 1 of the first ")
    assert (left, results.exit_status) == ([], 1)


def test_look_back_alone_has_something_of_each() -> None:
    """
    A check that looks back over all answers, chosen alone, sees a create too.
    """
    results = _checked(_created_is_201, "success-is-200")

    assert _verdicts(results) == {"success-is-200": "broken"}


def test_failing_lists_do_not_keep_the_checks_out() -> None:
    """
    A target that fails over lists without invoices, as those of a new store are, is there and can be told so.
    """
    results = _checked(_empty_list_is_500, "no-server-errors")

    assert _verdicts(results) == {"no-server-errors": "broken"}


def test_another_success_does_not_keep_the_checks_out() -> None:
    """
    A target whose lists are answered with 206 is there, and can be told that they are not answered with 200.
    """
    results = _checked(_listed_is_206, "success-is-200")

    assert _verdicts(results) == {"success-is-200": "broken"}


def test_latin_1_is_no_json() -> None:
    """
    Answers that are not in UTF-8 are no JSON; that is what is broken, and nothing that cannot be read because of it.
    """
    results = _checked(_latin_1)

    assert [result.promise.id for result in results.broken] == ["responses-are-json", "responses-match-the-contract"]


def test_quick_run_stays_quick() -> None:
    """
    A quick run shows what is broken as it was drawn: it has no requests to spare for a smaller example.
    """
    results = _checked(_completed)

    assert "open-status-is-kept" in {result.promise.id for result in results.broken}
    assert results.requests <= _QUICK


def test_unreadable_answer_is_none() -> None:
    """
    An answer that is not encoded as it says is no answer, which breaks one promise and does not end the run.
    """
    results = _checked(_unreadable_creates, "every-request-gets-a-response")

    assert _verdicts(results) == {"every-request-gets-a-response": "broken"}
    (failure,) = results.promises["every-request-gets-a-response"].failures
    assert failure.received.startswith("no answer to POST /api/v3/io/ip/invoices: DecodingError: ")
    assert failure.curl.startswith("curl -X POST ")
    assert failure.answer == ""
    assert results.problem == ""


def test_redirects_are_answers() -> None:
    """
    A redirect is not followed, but held to the contract like any other answer.
    """
    results = _checked(_redirects_in_a_circle, "responses-match-the-contract")

    assert _verdicts(results) == {"responses-match-the-contract": "broken"}
    assert results.problem == ""


def test_limited_target_is_not_broken() -> None:
    """
    A target that takes no more requests for now ends the run, and is called broken in nothing.
    """
    results = _checked(_limits_creates, "type-default")

    assert _verdicts(results) == {"type-default": "not checked"}
    assert results.problem == (
        "the target limits requests (429); raise its limit, or check it with --profile live, which keeps to it"
    )


def test_second_run_draws_as_many_as_it_is_to() -> None:
    """
    A full run draws its many examples also after a quick one in the same process, which had drawn few.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("forkserver")) as pool:
        quick, full = pool.submit(_quick_then_full, "type-default").result()

    assert full > 4 * quick
