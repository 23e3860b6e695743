"""
Mutations: faults that are planted in a correct mock, one at a time, to test the checks.
"""

from .catalogue import load_catalogue
from .fault import Fault, drafts, envelopes, fault, invoices, lenient, lenient_query, pages, queries, responses, strict
from .messages import Request, Response
from .service import Memory, Service

Answer = Response
answers = responses
"""Former names, for modules of faults that were written with them."""

__all__ = [
    "Answer",
    "Fault",
    "Memory",
    "Request",
    "Response",
    "Service",
    "answers",
    "drafts",
    "envelopes",
    "fault",
    "invoices",
    "lenient",
    "lenient_query",
    "load_catalogue",
    "pages",
    "queries",
    "responses",
    "strict",
]
