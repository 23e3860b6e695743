"""
The routes of the page. They show; whatever changes the mock goes through the control API.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any

import attrs
import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from b2b_invoices_mock.api.dialect import DIALECTS
from b2b_invoices_mock.api.errors import MethodNotAllowed
from b2b_invoices_mock.api.requests import read_id
from b2b_invoices_mock.api.responses import JSONResponse, error
from b2b_invoices_mock.api.routes import exact_route
from b2b_invoices_mock.control.access import Guard
from b2b_invoices_mock.control.controls import Controls
from b2b_invoices_mock.control.input import ControlError, NotThere, read_query
from b2b_invoices_mock.control.requests import curl, find
from b2b_invoices_mock.faults.plan import FAULTS
from b2b_invoices_mock.ledger.waiting import retry_while_locked
from b2b_invoices_mock.request_log import OWN_PATHS, VERDICTS, shown_headers
from b2b_invoices_mock.settings import Store

from .contract_parts import parts_for
from .lists import (
    PageQuery,
    invoices_window,
    requests_window,
    state,
    status_words,
)
from .marked import marked
from .reference import Reference
from .rendering import (
    ASSETS,
    page,
    render,
    secured,
)

_PUBLIC_STORE = Store("teststore", "test-token")  # the README has it, so the page may

View = Callable[[Request], Awaitable[Response]]


def page_routes(controls: Controls, guard: Guard) -> list[Route]:
    """
    Return the routes of the page.
    """
    pages = Pages(controls)
    views: Mapping[str, View] = {
        "": pages.redirect,
        "/": pages.home,
        "/lists": pages.lists,
        "/seen/{number}": pages.request,
        "/recorded/{id}": pages.invoice,
        "/reference": pages.reference,
        "/assets/{name}": pages.asset,
    }
    return [exact_route(f"{OWN_PATHS}{path}", PageEndpoint(guard, view)) for path, view in views.items()]


@attrs.frozen
class PageEndpoint:
    """
    One path of the page.

    Attributes:
        guard: Who may see it.
        view: What shows it.
    """

    guard: Guard
    view: View

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer one request: who asks, then what there is to see.
        """
        request = Request(scope, receive)
        response = self.guard.forbid(request, is_page=True) or await self._answer(request)
        await secured(response)(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            refusal = MethodNotAllowed(request.method, ["GET", "HEAD"])
            return error(refusal.status, refusal.reason, refusal.category, refusal.headers)
        try:
            return await self.view(request)
        except ControlError as problem:
            return error(problem.status, problem.reason, problem.category)


class Pages:
    """
    What each path shows.
    """

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._began = controls.clock()  # so that nothing which another run showed passes for the newest

    async def redirect(self, _: Request) -> Response:
        """
        Lead to where the page is.
        """
        return RedirectResponse(f"{OWN_PATHS}/", 308)

    async def home(self, request: Request) -> Response:
        """
        Show the requests, the invoices, and what there is to control.
        """
        query = read_query(request, PageQuery)
        contract = self._controls.mock.contract
        return page(
            "home.html",
            query=query,
            shown=await self._shown(query),
            faults=tuple(FAULTS),
            errors=list(dict.fromkeys(error.name for operation in contract.operations for error in operation.errors)),
            operations=[operation.id for operation in contract.operations],
            methods=sorted({operation.method for operation in contract.operations}),
            verdicts=VERDICTS,
            statuses=status_words(contract),
            dialects=list(DIALECTS),
        )

    async def lists(self, request: Request) -> Response:
        """
        Show what has changed on the page, or nothing when nothing has.
        """
        query = read_query(request, PageQuery)
        is_the_same = await self._tag(query) == query.tag
        return Response(status_code=204) if is_the_same else JSONResponse(await self._shown(query))

    async def request(self, request: Request) -> Response:
        """
        Show one request with its answer, and what the contract says of it.
        """
        seen = find(self._controls.record, request.path_params["number"])
        return page(
            _template(request, "request"),
            seen=seen,
            sent=marked(seen.body, seen.violations) if seen.body else None,
            answered=marked(seen.plain_answer, {}) if seen.answer else None,
            headers=shown_headers(seen.headers),
            answer_headers=shown_headers(seen.answer_headers),
            parts=parts_for(seen, self._controls.mock.contract),
            curl=curl(seen, str(request.base_url)),
        )

    async def invoice(self, request: Request) -> Response:
        """
        Show one invoice.
        """
        text = request.path_params["id"]
        invoice_id = read_id(text) or 0  # which no invoice has
        entry = await retry_while_locked(self._controls.mock.ledger, lambda ledger: ledger.find(invoice_id))
        if entry is None:
            raise NotThere(f"There is no invoice {text!r} on record.")
        invoice = {"id": entry.id, **entry.invoice}
        return page(_template(request, "invoice"), entry=entry, lines=marked(bytes(JSONResponse(invoice).body), {}))

    async def reference(self, _: Request) -> Response:
        """
        Show the reference of the API.
        """
        mock = self._controls.mock
        public = _PUBLIC_STORE if _PUBLIC_STORE in mock.settings.stores else None
        return page("reference.html", reference=self._reference, base_path=mock.contract.base_path, store=public)

    async def asset(self, request: Request) -> Response:
        """
        Return a file that the page needs.
        """
        name = request.path_params["name"]
        if name not in {path.name for path in ASSETS.iterdir()}:
            raise NotThere(f"The page has no file {name!r}.")
        return FileResponse(ASSETS / name)

    @cached_property
    def _reference(self) -> Reference:
        return Reference.of(self._controls.mock.contract)

    async def _shown(self, query: PageQuery) -> dict[str, Any]:
        base_path = self._controls.mock.contract.base_path
        tag = await self._tag(query)  # first: what changes meanwhile is shown the next time
        parts = {
            "requests": render("requests.html", window=requests_window(self._controls, query), base_path=base_path),
            "invoices": render("invoices.html", window=await invoices_window(self._controls, query)),
            "state": render("state.html", **state(self._controls)),
        }
        return {"tag": tag, "parts": parts}

    async def _tag(self, query: PageQuery) -> str:
        # Of the versions instead of the lists, since to search them takes long when they are.
        ledgers = await retry_while_locked(self._controls.mock.ledger, lambda ledger: ledger.version)
        versions = self._began, self._controls.record.version, ledgers
        told = versions, msgspec.structs.replace(query, tag=""), render("state.html", **state(self._controls))
        return blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _template(request: Request, name: str) -> str:
    # The script asks for the part alone, to show it in place; a person who follows the link gets a page around it.
    return f"{name}.html" if "X-Part" in request.headers else f"{name}_page.html"
