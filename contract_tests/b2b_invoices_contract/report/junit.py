"""
`junit.xml`: one test case for each promise, for tools that display test results.
"""

from xml.etree import ElementTree as ET

from b2b_invoices_contract.failures import Failure
from b2b_invoices_contract.results import Result, Results

from .text import printable


def as_junit(results: Results) -> str:
    """
    Return *results* as JUnit XML.
    """
    counts = {
        "tests": len(results.promises),
        "failures": len(results.broken),
        "errors": 0,
        "skipped": len(results.unchecked),
    }
    attributes = {"name": "contract", **{name: str(count) for name, count in counts.items()}}
    attributes |= {"time": f"{results.seconds:.3f}"}
    if results.at:
        attributes["timestamp"] = results.at
    suite = ET.Element("testsuite", attributes)
    for result in results.promises.values():
        _add_case(suite, result)
    if results.problem:
        ET.SubElement(suite, "system-err").text = printable(results.problem)  # JUnit's schemas have it after the cases
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def _add_case(suite: ET.Element, result: Result) -> None:
    attributes = {"classname": result.promise.operation, "name": result.promise.id, "time": f"{result.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", attributes)
    for failure in result.failures:
        kind = "consequence" if failure.consequence_of else "failure"
        element = ET.SubElement(case, "failure", {"type": kind, "message": printable(failure.received)})
        element.text = printable("\n".join(_lines(failure)))
    if result.verdict == "not checked":
        ET.SubElement(case, "skipped", {"message": printable(result.reason)})


def _lines(failure: Failure) -> list[str]:
    consequence = [f"a consequence of {failure.consequence_of}"] if failure.consequence_of else []
    return [f"expected {failure.expected}", f"at {failure.at}", *consequence, failure.curl, failure.response]
