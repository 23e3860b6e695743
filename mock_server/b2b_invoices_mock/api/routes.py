"""
Routes that match a path to its last letter.
"""

import re

from starlette.routing import Route
from starlette.types import ASGIApp


def exact_route(path: str, endpoint: ASGIApp) -> Route:
    """
    Return the route that has *endpoint* answer requests to *path*, whatever their method.
    """
    route = Route(path, endpoint)
    # Starlette's pattern ends in $, which lets a line feed follow, and has a dot for any letter of a path but that.
    route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + r"\Z", re.DOTALL)
    return route
