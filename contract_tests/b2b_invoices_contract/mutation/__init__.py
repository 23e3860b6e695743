"""
Mutations: a correct mock is broken in one way at a time, and the checks must name a promise that this breaks.
"""

from .catalogue import load_catalogue
from .fault import Fault, answers, drafts, envelopes, fault, invoices, lenient, lenient_query, pages, queries, strict
from .messages import Answer, Request
from .service import Memory, Service

__all__ = [
    "Answer",
    "Fault",
    "Memory",
    "Request",
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
    "strict",
]
