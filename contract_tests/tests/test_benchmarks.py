"""
The benchmarks: that what is measured can be measured. What comes of it is no matter for a test.
"""

from benchmarks.fixture import measure_fixture


def test_fixture_is_measured() -> None:
    """
    The fixture is held to three targets: creates by two kinds of client, and its set-up.
    """
    figures = [*measure_fixture(rounds=1)]

    assert [(figure.name, figure.target) for figure in figures] == [
        ("create through b2b_mock.client / a canned answer of respx", 3.0),
        ("create through another client / a canned answer of respx", 3.0),
        ("set-up of b2b_mock after the first / 20 ms", 1.0),
    ]
    assert all(figure.ratio > 0 for figure in figures)
