"""
Writing down each create before it is sent, and what the answers tell.
"""

import re
from typing import Any

import attrs
import httpx

from .journal import Clock, Journal, Run, id_of, invoice_id_of
from .obstacles import is_refusal, obstacle, read_json

_OK, _NOT_FOUND = 200, 404


@attrs.define
class Journaling(httpx.BaseTransport):
    """
    Sends by another transport, each create after it was written down, and writes down what the answers tell.

    Attributes:
        inner: Sends.
        journal: Where to write.
        run: The run.
        clock: Returns Unix seconds.
    """

    inner: httpx.BaseTransport
    journal: Journal
    run: Run
    clock: Clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send *request*, and return its answer, read to the end.
        """
        creation = self.journal.about_to_create(self.run, self.clock()) if request.method == "POST" else None
        response = self.inner.handle_request(request)
        response.read()
        if creation is not None:
            self._note_create(creation, response)
        elif response.status_code in {_OK, 204, _NOT_FOUND} and not obstacle(*_told(response)):
            self._note(request, response)
        return response

    def close(self) -> None:
        """
        Close the other transport.
        """
        self.inner.close()

    def _note_create(self, creation: int, response: httpx.Response) -> None:
        data = _data(response)
        ids = [data.get(key) for key in ("id", "invoiceId")] if isinstance(data, dict) and response.is_success else []
        claimed = [value for value in map(invoice_id_of, ids) if value]
        for invoice_id in claimed:
            self.journal.claim(self.run, invoice_id)
        if claimed or is_refusal(*_told(response)):
            self.journal.answered(creation)

    def _note(self, request: httpx.Request, response: httpx.Response) -> None:
        one = re.search("/invoices/([0-9]+)$", request.url.path)
        if one and (request.method == "DELETE" or response.status_code == _NOT_FOUND):
            self.journal.gone(self.run, int(one[1]), self.clock())
            return
        data = _data(response)
        for invoice in data if isinstance(data, list) else [data]:
            if self.run.marked(invoice) and (invoice_id := id_of(invoice)):
                self.journal.confirm(self.run, invoice_id)


def _told(response: httpx.Response) -> tuple[int, httpx.Headers, bytes]:
    return response.status_code, response.headers, response.content


def _data(response: httpx.Response) -> Any:
    answer = read_json(response.content)
    return answer.get("data") if isinstance(answer, dict) else None
