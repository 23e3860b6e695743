"""
Orders as the ERP exports them: CSV, one row for each line item.
"""

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Self

import attrs

COLUMNS = ("order", "company", "currency", "sku", "quantity", "price")
"""The columns of each row."""


@attrs.frozen
class Rejection:
    """
    An order for which no invoice was created.

    Attributes:
        number: Its number.
        reason: Why, for the person who corrects the order.
    """

    number: str
    reason: str


@attrs.frozen
class Line:
    """
    One line item.

    Attributes:
        sku: SKU of the product.
        quantity: Number of units.
        price: Price of one unit.
    """

    sku: str
    quantity: int
    price: Decimal

    @classmethod
    def of(cls, row: Mapping[str, str]) -> Self:
        """
        Return the line item in a *row* of the CSV file.

        Raises:
            ValueError: If the quantity or the price is invalid.
        """
        if not row["quantity"].isdecimal() or not int(row["quantity"]):
            raise ValueError(f"invalid quantity {row['quantity']!r} of {row['sku']}: expected a whole number above 0")
        try:
            return cls(row["sku"], int(row["quantity"]), Decimal(row["price"]))
        except InvalidOperation:
            raise ValueError(
                f"invalid price {row['price']!r} of {row['sku']}: expected a number such as 18.50"
            ) from None


@attrs.frozen
class Order:
    """
    One order.

    Attributes:
        number: Its number in the ERP, which is also the number of its invoice.
        company: Id of the B2B Edition company that pays it.
        currency: Currency code of its prices.
        lines: Its line items.
    """

    number: str
    company: str
    currency: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """Sum of its line items."""
        return sum((line.price * line.quantity for line in self.lines), Decimal(0))


def read_orders(rows: Iterable[str]) -> tuple[list[Order], list[Rejection]]:
    """
    Return the orders in *rows* of a CSV file, and those with invalid rows.

    Raises:
        ValueError: If a column is missing.
    """
    reader = csv.DictReader(rows)
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise ValueError(f"missing columns {', '.join(missing)}: expected {', '.join(COLUMNS)}")
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
