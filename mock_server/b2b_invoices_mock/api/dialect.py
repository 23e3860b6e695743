"""
Dialects: what the mock does where the vendor's documentation is silent or inconsistent, one setting for each question.
"""

from collections.abc import Iterator
from typing import Any, Literal

import attrs

Value = str | int
"""Value of a setting."""


@attrs.frozen
class Option:
    """
    One of the values of a setting, and its evidence.

    Attributes:
        value: Text or number that selects it.
        provenance: Where the behaviour comes from: `documented`, `official-spec`, `observed` or `assumed`.
        source: The evidence for it.
        fits: True if the responses still match `openapi.yaml`.
    """

    value: Value
    provenance: Literal["documented", "official-spec", "observed", "assumed"]
    source: str
    fits: bool = True


@attrs.frozen
class Question:
    """
    An open question, and the setting that decides it.

    Attributes:
        name: Name of the setting.
        sentence: The question.
        decision: Number of its row in `openapi/DECISIONS.md`.
        options: Its values; the first is the default.
    """

    name: str
    sentence: str
    decision: str
    options: tuple[Option, ...]

    def option(self, value: Value) -> Option:
        """
        Return the option with this *value*.

        Raises:
            ValueError: No option has it; the message lists those there are.
        """
        for option in self.options:
            if option.value == value and type(option.value) is type(value):
                return option
        expected = ", ".join(repr(option.value) for option in self.options)
        raise ValueError(f"invalid value {value!r} for {self.name}: expected one of {expected}")


def _question(field: "attrs.Attribute[Any]") -> Question:
    return Question(field.name, **field.metadata)


def _check(_: Any, field: "attrs.Attribute[Any]", value: Value) -> None:
    _question(field).option(value)


def _open(sentence: str, decision: str, *options: Option) -> Any:
    metadata = {"sentence": sentence, "decision": decision, "options": options}
    return attrs.field(default=options[0].value, validator=_check, metadata=metadata)


@attrs.frozen(kw_only=True)
class Dialect:
    """
    One value for each setting; the defaults make the documented dialect.

    Raises:
        ValueError: A setting has an unknown value; the message lists the known ones.
    """

    success_message: Literal["Success", "SUCCESS"] = _open(
        "What is meta.message of a successful response?",
        "7",
        Option("Success", "official-spec", "the examples of create and delete"),
        Option("SUCCESS", "observed", "published responses, and the tests of the vendor's course"),
    )
    create_status: Literal[200, 201] = _open(
        "What is the status of a successful create?",
        "6",
        Option(200, "documented", "the Create Invoice page, and what clients receive"),
        Option(201, "official-spec", "the general page on status codes, for every POST", fits=False),
    )
    delete_status: Literal[200, 204] = _open(
        "What is the status of a successful delete?",
        "6",
        Option(200, "official-spec", "the operation's own response and example"),
        Option(204, "official-spec", "the general page on status codes, for every DELETE", fits=False),
    )
    created_key: Literal["id", "invoiceId"] = _open(
        "Which key of data holds the id of a created invoice?",
        "7",
        Option("id", "official-spec", "the operation's example, and a client that ran against a sandbox"),
        Option("invoiceId", "official-spec", "the automated test of the vendor's course", fits=False),
    )

    # --------------------------------------------------------------------------------------------- error responses

    invalid_body: Literal["fields", "joined", "under_data"] = _open(
        "How does the response to an invalid body list the violations?",
        "26",
        Option("fields", "official-spec", "newer operations: 422 with field -> messages in data.errMsg"),
        Option("joined", "official-spec", "the example of the update: 400 with all messages in one text"),
        Option("under_data", "official-spec", "an older operation: 422 with the fields under data", fits=False),
    )
    invalid_query: Literal["fields", "under_data"] = _open(
        "Where does the response to an invalid query list the parameters?",
        "27",
        Option("fields", "assumed", "as for an invalid body: in data.errMsg"),
        Option("under_data", "official-spec", "a related operation, for channel ids: under data", fits=False),
    )
    unknown_path: Literal["envelope", "flat"] = _open(
        "What is the shape of the 404 for an unknown path?",
        "29",
        Option("envelope", "assumed", "as every other error"),
        Option("flat", "observed", "a log of a production store: only code and message"),
    )
    error_envelope: Literal["errMsg", "meta_errors"] = _open(
        "Which key of an error response holds the reason?",
        "29",
        Option("errMsg", "official-spec", "the examples of related operations, and logs of production stores"),
        Option("meta_errors", "official-spec", "older operations: in meta.errors, with data empty", fits=False),
    )
    refused_credentials: Literal["envelope", "flat"] = _open(
        "What is the shape of the error for invalid credentials?",
        "29",
        Option("envelope", "assumed", "as every other error"),
        Option("flat", "assumed", "as a gateway does: only code and message", fits=False),
    )
    unknown_token: Literal[401, 403] = _open(
        "What is the status for an unknown token?",
        "28",
        Option(401, "official-spec", "the general page on status codes"),
        Option(403, "observed", "a log of a production store: 403 Invalid token"),
    )
    missing_store_hash: Literal["unauthorized", "server_error"] = _open(
        "What is the response to a token without a store hash?",
        "28",
        Option("unauthorized", "official-spec", "the general page on status codes: 401"),
        Option("server_error", "official-spec", "the page on authentication: it causes server errors"),
    )
    store_hash_mismatch: Literal["refused", "server_error"] = _open(
        "What is the response to a valid token with the hash of another store, or an unknown hash?",
        "28",
        Option("refused", "official-spec", "the general page on status codes: 403, and 401 for an unknown hash"),
        Option("server_error", "official-spec", "the page on authentication: it causes server errors"),
    )
    company_message: Literal["Company Does not Exist", "Company does not exist.", "This resource is not found."] = (
        _open(
            "What is the error text for an unknown company?",
            "M1",
            Option("Company Does not Exist", "official-spec", "payments, which use the same company ids"),
            Option("Company does not exist.", "official-spec", "operations on companies"),
            Option("This resource is not found.", "official-spec", "other related operations"),
        )
    )
    accept: Literal["heeded", "ignored"] = _open(
        "What is the response if the Accept header excludes JSON?",
        "M2",
        Option("heeded", "official-spec", "the general page on status codes: 406"),
        Option("ignored", "assumed", "many gateways send JSON anyway"),
    )
    options: Literal["answered", "refused"] = _open(
        "What is the response to OPTIONS?",
        "M3",
        Option("answered", "official-spec", "the general page: Allow lists OPTIONS, and CORS headers are documented"),
        Option("refused", "assumed", "as for any unsupported method: 405"),
    )
    rate_limit_headers: Literal["b2b", "platform", "both"] = _open(
        "Which headers report the rate limit?",
        "19",
        Option("b2b", "official-spec", "the general B2B page: X-Requests-Remaining and others, with units"),
        Option("platform", "official-spec", "the platform's page, which the B2B pages link to: X-Rate-Limit-*"),
        Option("both", "assumed", "either page may be right"),
    )

    # ------------------------------------------------------------------------------------------------------ requests

    channels: Literal["any", "none"] = _open(
        "Which channels does a store have?",
        "12",
        Option("any", "official-spec", "the examples of create name channel 1"),
        Option("none", "observed", "a sandbox with a single storefront: any channelId is Store channels not exist"),
    )
    null_fields: Literal["refused", "unset"] = _open(
        "How is null in an optional field handled?",
        "30",
        Option("refused", "official-spec", "the schema of create has no nullable field"),
        Option("unset", "observed", "a sandbox ran the channel check for a null channelId"),
    )
    text_balances: Literal["refused", "taken"] = _open(
        "How is a balance sent as text handled?",
        "9",
        Option("refused", "official-spec", "the schema of create has a number"),
        Option("taken", "assumed", "updates and reads use text, and details accept both"),
    )
    empty_texts: Literal["taken", "refused"] = _open(
        "How is an empty number, company or currency handled?",
        "31",
        Option("taken", "official-spec", "the schema of create has no minimum length"),
        Option("refused", "official-spec", "the schemas of update and of reads have a minimum length of 1"),
    )
    order_numbers: Literal["any", "digits"] = _open(
        "Which order numbers are valid?",
        "34",
        Option("any", "official-spec", "the schema of create has text"),
        Option("digits", "assumed", "a read returns a number, so the service converts it"),
    )

    # ------------------------------------------------------------------------------------------------ invoices, reads

    due_date_from: Literal["now", "midnight", "issue"] = _open(
        "When do the payment terms of an invoice without a due date start?",
        "36",
        Option("now", "documented", "the Create Invoice page: from the current date"),
        Option("midnight", "assumed", "published due dates are midnight UTC, but an ERP set them"),
        Option("issue", "assumed", "payment terms often start on the issue date"),
    )
    unsent_status: Literal["open", "by_balances"] = _open(
        "What is the status of a partly paid invoice sent without a status?",
        "M4",
        Option("open", "documented", "the Create Invoice page: 0 is the default"),
        Option("by_balances", "assumed", "after a payment, it is 1 if the open balance is below the original balance"),
    )
    list_order: Literal["newest", "oldest"] = _open(
        "What is the default order of a list?",
        "41",
        Option("newest", "official-spec", "the default of a related list"),
        Option("oldest", "assumed", "by id, as a database does without a sort order"),
    )
    read_times: Literal["number", "text"] = _open(
        "What is the type of createdAt and updatedAt?",
        "11",
        Option("number", "observed", "two published responses"),
        Option("text", "official-spec", "the model of an invoice", fits=False),
    )
    read_order_number: Literal["number", "text"] = _open(
        "What is the type of orderNumber in a read?",
        "10",
        Option("number", "observed", "three clients of production stores"),
        Option("text", "official-spec", "the model of an invoice", fits=False),
    )
    read_keys: Literal["documented", "seen"] = _open(
        "Which undocumented keys does an invoice have?",
        "13",
        Option("documented", "official-spec", "the model of an invoice: none"),
        Option("seen", "observed", "published responses: storeHash, notAllowedPay, pendingPaymentCount"),
    )


QUESTIONS = tuple(_question(field) for field in attrs.fields(Dialect))
"""Every open question, in the order of the settings."""

DIALECTS = {
    "documented": Dialect(),
    "observed": Dialect(
        success_message="SUCCESS",
        invalid_body="joined",
        unknown_path="flat",
        unknown_token=403,
        missing_store_hash="server_error",
        store_hash_mismatch="server_error",
        channels="none",
        null_fields="unset",
        read_keys="seen",
    ),
}
"""The named dialects: `documented` follows the documentation, `observed` what is known of production."""


def describe(dialect: Dialect) -> list[dict[str, Any]]:
    """
    Return every setting of *dialect* as JSON: its value, why it exists, and the other values.
    """
    return [
        {
            "setting": question.name,
            "value": option.value,
            "question": question.sentence,
            "provenance": option.provenance,
            "source": option.source,
            "fitsContract": option.fits,
            "decision": question.decision,
            "others": [other.value for other in question.options if other is not option],
        }
        for question, option in _chosen(dialect)
    ]


def misfits(dialect: Dialect) -> list[str]:
    """
    Return the settings of *dialect*, as `name = value`, with which responses no longer match the contract.
    """
    return [f"{question.name} = {option.value!r}" for question, option in _chosen(dialect) if not option.fits]


def _chosen(dialect: Dialect) -> Iterator[tuple[Question, Option]]:
    for question in QUESTIONS:
        yield question, question.option(getattr(dialect, question.name))
