"""
Services that do not keep money to the digit.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from b2b_invoices_contract.mutation.fault import Fault, fault, invoices
from b2b_invoices_contract.mutation.service import Draft, Invoice

from .readings import reads

_STORED = "stored-as-sent"

_MONEY = "balances-are-exact"


def _money(name: str, change: Callable[[Decimal], Decimal | float], *, says: str, only: str = "openBalance") -> Fault:
    def apply(invoice: Invoice, _: Draft) -> None:
        for field in ("originalBalance", "openBalance") if only == "both" else (only,):
            value = Decimal(str(change(Decimal(invoice[field]["value"]))))
            invoice[field]["value"] = f"{value:.4f}".replace("-0.0000", "0.0000")

    return fault(name, breaks=(_MONEY, _STORED), says=says)(invoices(apply))


def _binary32(value: Decimal) -> float:
    import struct  # noqa: PLC0415 - for this one fault

    return float(struct.unpack("f", struct.pack("f", float(value)))[0])


MONEY = (
    _money("money-to-two-decimals", lambda it: round(it, 2), says="The open balance is rounded to two decimals."),
    _money(
        "money-to-three-decimals",
        lambda it: round(it, 3),
        says="The balances are rounded to three decimals.",
        only="both",
    ),
    _money(
        "money-cut-to-cents",
        lambda it: Decimal(int(it * 100)) / 100,
        says="The balances are cut off after two decimals.",
        only="both",
    ),
    _money(
        "money-in-whole-units",
        round,
        says="The original balance is rounded to whole units.",
        only="originalBalance",
    ),
    _money(
        "money-half-up",
        lambda it: it.quantize(Decimal("0.01"), ROUND_HALF_UP),
        says="The original balance is rounded to cents, halves up.",
        only="originalBalance",
    ),
    _money("money-in-float", _binary32, says="Balances go through a float of 32 bits.", only="both"),
    _money("money-never-negative", lambda it: max(it, Decimal()), says="A negative open balance becomes zero."),
    _money("money-without-sign", abs, says="Balances lose their sign.", only="both"),
    _money(
        "money-capped",
        lambda it: min(it, Decimal("999999.9999")),
        says="Balances of a million and more are capped.",
        only="both",
    ),
    _money("money-in-cents", lambda it: it * 100, says="Balances are given in cents.", only="both"),
    reads(
        "open-above-original-capped",
        lambda it, _: it["openBalance"].update(
            value=min(it["openBalance"]["value"], it["originalBalance"]["value"], key=Decimal)
        ),
        breaks=(_STORED, "balances-are-exact"),
        says="The open balance is at most the original.",
    ),
    reads(
        "balances-swapped",
        lambda it, _: it.update(originalBalance=it["openBalance"], openBalance=it["originalBalance"]),
        breaks=(_STORED, "balances-are-exact"),
        says="The balances are swapped.",
    ),
    reads(
        "open-is-original",
        lambda it, _: it.update(openBalance=it["originalBalance"]),
        breaks=(_STORED, "balances-are-exact"),
        says="The open balance reads as the original.",
    ),
    reads(
        "currency-of-store",
        lambda it, _: it["openBalance"].update(code="USD"),
        breaks=(_STORED, "balances-are-exact"),
        says="The open balance is in the store's currency.",
    ),
    reads(
        "currency-of-the-other",
        lambda it, _: it["originalBalance"].update(code=it["openBalance"]["code"]),
        breaks=(_STORED, "balances-are-exact"),
        says="The original balance has the currency of the open one.",
    ),
    reads(
        "two-decimals-for-yen",
        lambda it, _: [
            it[name].update(value=f"{round(Decimal(it[name]['value'])):.4f}")
            for name in ("originalBalance", "openBalance")
            if it[name]["code"] == "JPY"
        ],
        breaks=(_STORED, "balances-are-exact"),
        says="Yen have no decimals.",
    ),
    reads(
        "minus-zero",
        lambda it, _: [
            it[name].update(value="-0.0000")
            for name in ("originalBalance", "openBalance")
            if it[name]["value"] == "0.0000"
        ],
        breaks=(_STORED, "balances-are-exact"),
        says="Zero reads as minus zero.",
    ),
)
