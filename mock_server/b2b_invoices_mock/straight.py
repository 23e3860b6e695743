"""
The straight way of a request that has arrived whole: on record, to its endpoint, and its answer back.
"""

import logging

from starlette.responses import Response

from .api.endpoint import PathEndpoint
from .api.requests import ApiRequest
from .api.responses import server_error
from .arrivals import Arrival, Steps
from .request_log import RequestLog

_log = logging.getLogger("uvicorn.error")


class Straight(Steps):
    """
    A request that has arrived whole, on its way to its answer.
    """

    __slots__ = ("_arrival", "_endpoint", "_record", "_request", "_seen")

    def __init__(self, arrival: Arrival, endpoint: PathEndpoint, record: RequestLog) -> None:
        self._seen = record.whole(arrival.scope, arrival.body)
        self._request = ApiRequest(arrival.scope, whole=arrival.body)
        super().__init__(endpoint.answer(self._request))
        self._arrival = arrival
        self._endpoint = endpoint
        self._record = record

    def returned(self, response: Response) -> None:
        """
        Send the answer.
        """
        self._endpoint.complete(response, self._request)
        is_sent = self._arrival.answer(response)
        self._record.answered(self._seen, response, left=not is_sent)

    def failed(self, error: BaseException) -> None:
        """
        Say what went wrong where the server does, and send that it failed.
        """
        _log.error("Exception in ASGI application\n", exc_info=error)
        self.returned(server_error())
