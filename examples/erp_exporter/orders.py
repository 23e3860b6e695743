"""
Orders as the ERP exports them: CSV, one row for each line item.
"""

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Self

import attrs

COLUMNS = ("order", "company", "currency", "sku", "quantity", "price")
"""What each row tells."""


@attrs.frozen
class Rejection:
    """
    An order that does not become an invoice.

    Attributes:
        number: Its number.
        reason: Why, for the person who can mend it.
    """

    number: str
    reason: str


@attrs.frozen
class Line:
    """
    One line item.

    Attributes:
        sku: What was sold.
        quantity: How many.
        price: Price of one.
    """

    sku: str
    quantity: int
    price: Decimal

    @classmethod
    def of(cls, row: Mapping[str, str]) -> Self:
        """
        Return the line that *row* describes.

        Raises:
            ValueError: When it does not say how many, or for how much.
        """
        if not row["quantity"].isdecimal() or not int(row["quantity"]):
            raise ValueError(f"the quantity of {row['sku']} is {row['quantity']!r}, which is no number above 0")
        try:
            return cls(row["sku"], int(row["quantity"]), Decimal(row["price"]))
        except InvalidOperation:
            raise ValueError(f"the price of {row['sku']} is {row['price']!r}, which is no amount") from None


@attrs.frozen
class Order:
    """
    One order.

    Attributes:
        number: Its number in the ERP, and that of its invoice.
        company: The B2B Edition company that owes it.
        currency: Code of the currency of its prices.
        lines: What was sold.
    """

    number: str
    company: str
    currency: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """What it comes to."""
        return sum((line.price * line.quantity for line in self.lines), Decimal(0))


def read_orders(rows: Iterable[str]) -> tuple[list[Order], list[Rejection]]:
    """
    Return the orders in *rows* of CSV, and those that cannot be read.

    Raises:
        ValueError: When there is a column missing.
    """
    reader = csv.DictReader(rows)
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise ValueError(f"the orders have no column {', '.join(missing)}; they need {', '.join(COLUMNS)}")
    lines_of: dict[str, list[Mapping[str, str]]] = {}
    for row in reader:  # the lines of an order need not be next to each other
        lines_of.setdefault(row["order"], []).append(row)
    orders, rejected = [], []
    for number, lines in lines_of.items():
        first = lines[0]
        try:
            items = tuple(Line.of(row) for row in lines)
        except ValueError as problem:
            rejected.append(Rejection(number, str(problem)))
        else:
            orders.append(Order(number, first["company"], first["currency"], items))
    return orders, rejected
