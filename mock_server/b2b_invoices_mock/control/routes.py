"""
Routes of the control API.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from b2b_invoices_mock.api.errors import NotFound
from b2b_invoices_mock.api.routes import exact_route
from b2b_invoices_mock.request_log import OWN_PATHS

from . import invoices, requests, snapshots, state
from .access import Access
from .controls import Controls
from .endpoint import Endpoint, by_method

ControlHandler = Callable[[Controls, Request], Awaitable[Response]]

HANDLERS: Mapping[str, Mapping[str, ControlHandler]] = {
    "/health": {"GET": state.get_health},
    "/control.yaml": {"GET": state.get_description},
    "/dialect": {"GET": state.get_dialect, "PUT": state.change_dialect},
    "/clock": {"GET": state.get_clock, "POST": state.change_clock, "DELETE": state.reset_clock},
    "/faults": {"GET": state.get_faults, "POST": state.plan_faults, "DELETE": state.clear_faults},
    "/requests": {"GET": requests.list_requests, "DELETE": requests.clear_requests},
    "/requests/{number}": {"GET": requests.get_request},
    "/invoices": {"GET": invoices.list_invoices, "DELETE": invoices.erase_invoices},
    "/erase": {"POST": state.erase},
    "/reset": {"POST": state.reset},
    "/seed": {"POST": invoices.seed_invoices},
    "/snapshot": {"GET": snapshots.download_ledger},
    "/snapshots": {"GET": snapshots.list_snapshots, "POST": snapshots.store_snapshot},
    "/snapshots/{name}": {"GET": snapshots.download_snapshot, "DELETE": snapshots.delete_snapshot},
    "/restore": {"POST": snapshots.restore},
}
"""Path -> HTTP method -> handler; `control.yaml` describes each."""


def control_routes(controls: Controls, access: Access) -> list[Route]:
    """
    Return the routes of the control API. The last one responds to every other path under `/_mock/`.
    """
    routes = [
        exact_route(
            f"{OWN_PATHS}{path}",
            Endpoint(access, by_method({method: partial(handler, controls) for method, handler in handlers.items()})),
        )
        for path, handlers in HANDLERS.items()
    ]
    return [*routes, exact_route(f"{OWN_PATHS}/{{path:path}}", Endpoint(access, _unknown_path))]


async def _unknown_path(request: Request) -> Response:
    path = request.scope["path"]
    raise NotFound(f"Unknown path {path!r}: GET {OWN_PATHS}/control.yaml describes every path.")
