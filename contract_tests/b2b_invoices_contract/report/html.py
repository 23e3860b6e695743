"""
`index.html`: the report for people, one file that loads nothing and runs no script.
"""

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from b2b_invoices_contract.results import Results
from b2b_invoices_spec import load_page

from .checklist import checklist
from .facts import facts, gaps, warnings
from .order import by_verdict, causes, own_failures
from .places import line_in_contract, line_of_promise
from .summary import summary_line
from .text import printable

_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")


def as_html(results: Results) -> str:
    """
    Return the page for *results*.
    """
    environment = Environment(
        loader=PackageLoader("b2b_invoices_contract.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "line": line_in_contract,
        "line_of_promise": line_of_promise,
        "own_failures": own_failures,
        "causes": causes,
        "options": _with_options,
    }
    return environment.get_template("index.html").render(
        results=results,
        summary=summary_line(results),
        title=_title(results),
        facts=facts(results),
        warnings=warnings(results),
        gaps=gaps(results),
        promises=by_verdict(results),
        statements=checklist(results, load_page()),
        coverage=results.coverage,
    )


def _printable(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _with_options(text: str) -> Markup:
    """
    Return *text* with the names of command line options marked up, so that no line breaks within one.
    """
    return Markup(_OPTION.sub(r'<span class="option">\g<0></span>', str(escape(printable(text)))))  # noqa: S704 - escaped


def _title(results: Results) -> str:
    if results.problem:
        return "The checks did not finish"
    if results.broken:
        count = len(results.broken)
        return f"{count} {'promise is' if count == 1 else 'promises are'} broken"
    if results.is_partial:
        return "Some promises could not be checked"
    return "No promise is broken"
