"""
Routes of the pages. They only show: what changes the mock is the control API.
"""

from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from b2b_invoices_mock.api.dialect import DIALECTS
from b2b_invoices_mock.api.errors import NotFound
from b2b_invoices_mock.api.requests import read_id
from b2b_invoices_mock.api.responses import JSONResponse
from b2b_invoices_mock.api.routes import exact_route
from b2b_invoices_mock.control import Access, Controls, Endpoint, by_method
from b2b_invoices_mock.control.curl import curl_command
from b2b_invoices_mock.control.endpoint import Handler
from b2b_invoices_mock.control.input import read_query
from b2b_invoices_mock.control.requests import find_request
from b2b_invoices_mock.control.state import dialect_name
from b2b_invoices_mock.faults.kinds import FAULTS
from b2b_invoices_mock.request_log import OWN_PATHS, VERDICTS, shown_headers
from b2b_invoices_mock.settings import Store

from .contract_parts import parts_for
from .json_lines import json_lines
from .lists import HomeQuery, invoices_page, requests_page, status_names
from .reference import OperationReference, promises_of, reference_of
from .rendering import ASSETS, page, render

_PUBLIC_STORE = Store("teststore", "test-token")  # the README shows its token, so the page may


def page_routes(controls: Controls, access: Access) -> list[Route]:
    """
    Return the routes of the pages.
    """
    pages = _Pages(controls)
    views: Mapping[str, Handler] = {
        "": pages.redirect,
        "/": pages.home,
        "/lists": pages.lists,
        "/seen/{number}": pages.request,
        "/recorded/{id}": pages.invoice,
        "/reference": pages.reference,
        "/assets/{name}": pages.asset,
    }
    return [
        exact_route(f"{OWN_PATHS}{path}", Endpoint(access, by_method({"GET": view}), is_page=True))
        for path, view in views.items()
    ]


class _Pages:
    """The view of each path."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._started = controls.mock.clock()  # makes the tags of this run differ from those of another

    async def redirect(self, _: Request) -> Response:
        return RedirectResponse(f"{OWN_PATHS}/", 308)

    async def home(self, request: Request) -> Response:
        query = read_query(request, HomeQuery)
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
            statuses=status_names(contract),
            dialects=list(DIALECTS),
        )

    async def lists(self, request: Request) -> Response:
        # The parts of the home page that change; 204 if the page has those of the query's tag already.
        query = read_query(request, HomeQuery)
        is_current = await self._tag(query) == query.tag
        return Response(status_code=204) if is_current else JSONResponse(await self._shown(query))

    async def request(self, request: Request) -> Response:
        logged = find_request(self._controls.request_log, request.path_params["number"])
        return page(
            _template(request, "request"),
            logged=logged,
            sent=json_lines(logged.body, logged.violations) if logged.body else None,
            received=json_lines(logged.plain_response_body, {}) if logged.response_body else None,
            headers=shown_headers(logged.headers),
            response_headers=shown_headers(logged.response_headers),
            parts=parts_for(logged, self._controls.mock.contract),
            curl=curl_command(logged, str(request.base_url)),
        )

    async def invoice(self, request: Request) -> Response:
        text = request.path_params["id"]
        invoice_id = read_id(text) or 0  # an id that does not exist
        entry = await self._controls.mock.ledger.use(lambda ledger: ledger.find(invoice_id))
        if entry is None:
            raise NotFound(f"Unknown invoice {text!r}.")
        body = bytes(JSONResponse({"id": entry.id, **entry.invoice}).body)
        return page(_template(request, "invoice"), entry=entry, lines=json_lines(body, {}))

    async def reference(self, _: Request) -> Response:
        mock = self._controls.mock
        return page(
            "reference.html",
            info=mock.contract.document["info"],
            operations=self._operations,
            promises=promises_of("every"),
            base_path=mock.contract.base_path,
            store=_PUBLIC_STORE if _PUBLIC_STORE in mock.settings.stores else None,
        )

    async def asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in {path.name for path in ASSETS.iterdir()}:
            raise NotFound(f"Unknown file {name!r}.")
        return FileResponse(ASSETS / name)

    @cached_property
    def _operations(self) -> list[OperationReference]:
        contract = self._controls.mock.contract
        return [reference_of(contract, operation) for operation in contract.operations]

    async def _shown(self, query: HomeQuery) -> dict[str, Any]:
        contract = self._controls.mock.contract
        tag = await self._tag(query)  # before the lists, so that a change meanwhile makes another tag
        requests, invoices = requests_page(self._controls, query), await invoices_page(self._controls, query)
        parts = {
            "requests": render("requests.html", list=requests, base_path=contract.base_path),
            "invoices": render("invoices.html", list=invoices, statuses=status_names(contract)),
            "state": self._state(),
        }
        return {"tag": tag, "parts": parts}

    def _state(self) -> str:
        controls = self._controls
        dialect = dialect_name(controls) or "from a file"
        return render("state.html", clock=controls.mock.clock, faults=controls.faults.left, dialect=dialect)

    async def _tag(self, query: HomeQuery) -> str:
        # Made of versions, because to search the lists can take long.
        ledger_version = await self._controls.mock.ledger.use(lambda ledger: ledger.version)
        versions = self._started, self._controls.request_log.version, ledger_version
        values = versions, msgspec.structs.replace(query, tag=""), self._state()
        return blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _template(request: Request, name: str) -> str:
    # The script shows the part alone in a dialog; a link opens it as a page.
    return f"{name}.html" if "X-Part" in request.headers else f"{name}_page.html"
