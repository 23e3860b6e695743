"""
`junit.xml`: a case for each promise, for whatever shows test results.
"""

from xml.etree import ElementTree as ET

from .plain import printable
from .results import Result, Results


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
    suite = ET.Element("testsuite", attributes | {"time": f"{results.seconds:.3f}"})
    for result in results.promises.values():
        _add_case(suite, result)
    if results.problem:
        ET.SubElement(suite, "system-err").text = printable(results.problem)  # the schemas have it after the cases
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def _add_case(suite: ET.Element, result: Result) -> None:
    attributes = {"classname": result.promise.operation, "name": result.promise.id, "time": f"{result.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", attributes)
    for failure in result.failures:
        told = ET.SubElement(case, "failure", {"message": printable(failure.received)})
        told.text = printable(f"expected {failure.expected}\n{failure.curl}\n{failure.answer}")
    if result.verdict == "not checked":
        ET.SubElement(case, "skipped", {"message": printable(result.reason)})
