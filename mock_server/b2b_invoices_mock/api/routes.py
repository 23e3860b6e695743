"""
Routes that match a path exactly.
"""

import re

from starlette.routing import Route
from starlette.types import ASGIApp


def exact_route(path: str, endpoint: ASGIApp) -> Route:
    """
    Return a route that sends requests to *path* to *endpoint*, with any method.
    """
    route = Route(path, endpoint)
    # Starlette's pattern ends in $, which also matches before a final line feed, and its dots exclude line feeds.
    route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + r"\Z", re.DOTALL)
    return route
