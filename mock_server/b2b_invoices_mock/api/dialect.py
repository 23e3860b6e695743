"""
How the mock answers where the public record is silent or contradicts itself: one setting for each open question.
"""

from collections.abc import Iterator
from typing import Any, Literal

import attrs

Value = str | int
"""What a setting can be."""


@attrs.frozen
class Option:
    """
    One answer to an open question.

    Attributes:
        value: What the setting is when this answer is chosen.
        provenance: Where the answer comes from: `documented`, `official-spec`, `observed` or `assumed`.
        source: What says so.
        fits: Whether answers given in this way fit `openapi.yaml`.
    """

    value: Value
    provenance: Literal["documented", "official-spec", "observed", "assumed"]
    source: str
    fits: bool = True


@attrs.frozen
class Question:
    """
    One question that the record leaves open.

    Attributes:
        name: Name of the setting.
        sentence: The question.
        decision: Number of the row in `openapi/DECISIONS.md`.
        options: The possible answers; the first one is the documented dialect's.
    """

    name: str
    sentence: str
    decision: str
    options: tuple[Option, ...]

    def option(self, value: Value) -> Option:
        """
        Return the option that *value* chooses.

        Raises:
            ValueError: When there is none, with those that there are.
        """
        for option in self.options:
            if option.value == value and type(option.value) is type(value):
                return option
        offers = ", ".join(repr(option.value) for option in self.options)
        raise ValueError(f"{self.name} cannot be {value!r}; it is one of {offers}")


def _check(_: Any, attribute: "attrs.Attribute[Any]", value: Value) -> None:
    _question(attribute).option(value)


def _question(attribute: "attrs.Attribute[Any]") -> Question:
    return Question(attribute.name, **attribute.metadata)


def _open(sentence: str, decision: str, *options: Option) -> Any:
    metadata = {"sentence": sentence, "decision": decision, "options": options}
    return attrs.field(default=options[0].value, validator=_check, metadata=metadata)


@attrs.frozen(kw_only=True)
class Dialect:
    """
    One choice for each open question; without a word, the documented one.

    Raises:
        ValueError: When a choice is not on offer, with those that are.
    """

    # ------------------------------------------------------------------------------------------------- successes

    success_message: Literal["Success", "SUCCESS"] = _open(
        "What does meta.message of a success say?",
        "7",
        Option("Success", "official-spec", "the examples of create and delete"),
        Option("SUCCESS", "observed", "recorded answers of siblings, and the tests of the vendor's course"),
    )
    create_status: Literal[200, 201] = _open(
        "Which status does a create answer?",
        "6",
        Option(200, "documented", "the Create Invoice page, and what clients see"),
        Option(201, "official-spec", "the general page on status codes, for every POST", fits=False),
    )
    delete_status: Literal[200, 204] = _open(
        "Which status does a delete answer?",
        "6",
        Option(200, "official-spec", "the operation's own response and example"),
        Option(204, "official-spec", "the general page on status codes, for every DELETE", fits=False),
    )
    created_key: Literal["id", "invoiceId"] = _open(
        "Under which key of data does a create answer the id?",
        "7",
        Option("id", "official-spec", "the operation's example, and a client that ran against a sandbox"),
        Option("invoiceId", "official-spec", "the automated test of the vendor's course", fits=False),
    )

    # -------------------------------------------------------------------------------------------------- refusals

    invalid_body: Literal["fields", "joined", "under_data"] = _open(
        "How is an invalid body refused?",
        "26",
        Option("fields", "official-spec", "newer siblings: 422 with field -> messages in data.errMsg"),
        Option("joined", "official-spec", "the example of the update: 400 with all the messages in one text"),
        Option("under_data", "official-spec", "older form of a sibling: 422 with fields right under data", fits=False),
    )
    invalid_query: Literal["fields", "under_data"] = _open(
        "Where does the refusal of a bad query name the parameters?",
        "27",
        Option("fields", "assumed", "as for an invalid body: in data.errMsg"),
        Option("under_data", "official-spec", "a sibling's answer to bad channel ids: right under data", fits=False),
    )
    unknown_path: Literal["envelope", "flat"] = _open(
        "In which shape is the 404 for a path that the API does not have?",
        "29",
        Option("envelope", "assumed", "as every other error"),
        Option("flat", "observed", "a log of a live store: code and message alone"),
    )
    error_envelope: Literal["errMsg", "meta_errors"] = _open(
        "Where does an error say what is wrong?",
        "29",
        Option("errMsg", "official-spec", "the examples of this family's errors, and logs of live stores"),
        Option("meta_errors", "official-spec", "the older family: in meta.errors, with data empty", fits=False),
    )
    refused_credentials: Literal["envelope", "flat"] = _open(
        "In which shape are credentials refused?",
        "29",
        Option("envelope", "assumed", "as every other error"),
        Option("flat", "assumed", "as a gateway does: code and message alone", fits=False),
    )
    unknown_token: Literal[401, 403] = _open(
        "Which status refuses a token that no store has?",
        "28",
        Option(401, "official-spec", "the general page on status codes"),
        Option(403, "observed", "a log of a live store: 403 Invalid token"),
    )
    missing_store_hash: Literal["unauthorized", "server_error"] = _open(
        "What answers a token that comes without a store hash?",
        "28",
        Option("unauthorized", "official-spec", "the general page on status codes: 401"),
        Option("server_error", "official-spec", "the page on authentication: it causes server errors"),
    )
    store_hash_mismatch: Literal["refused", "server_error"] = _open(
        "What answers a good token with the hash of another store, or of none?",
        "28",
        Option("refused", "official-spec", "the general page on status codes: 403, and 401 for a hash of none"),
        Option("server_error", "official-spec", "the page on authentication: it causes server errors"),
    )
    company_message: Literal["Company Does not Exist", "Company does not exist.", "This resource is not found."] = (
        _open(
            "In which words is an unknown company refused?",
            "M1",
            Option("Company Does not Exist", "official-spec", "payments, which name the same companies"),
            Option("Company does not exist.", "official-spec", "operations on companies"),
            Option("This resource is not found.", "official-spec", "other siblings"),
        )
    )
    accept: Literal["heeded", "ignored"] = _open(
        "What answers a request whose Accept header leaves out JSON?",
        "M2",
        Option("heeded", "official-spec", "the general page on status codes: 406"),
        Option("ignored", "assumed", "many gateways send JSON all the same"),
    )
    options: Literal["answered", "refused"] = _open(
        "What answers OPTIONS?",
        "M3",
        Option(
            "answered", "official-spec", "the general page: Allow names OPTIONS, and headers for browsers are listed"
        ),
        Option("refused", "assumed", "as any method that no operation has: 405"),
    )
    rate_limit_headers: Literal["b2b", "platform", "both"] = _open(
        "Which headers tell of the rate limit?",
        "19",
        Option("b2b", "official-spec", "the general B2B page: X-Requests-Remaining and its companions, with units"),
        Option("platform", "official-spec", "the platform's page, which the B2B pages link to: X-Rate-Limit-*"),
        Option("both", "assumed", "either page may be right"),
    )

    # -------------------------------------------------------------------------------------------- what is taken in

    channels: Literal["any", "none"] = _open(
        "Which channels does a store know?",
        "12",
        Option("any", "official-spec", "the examples of create name channel 1"),
        Option("none", "observed", "a sandbox with a single storefront: Store channels not exist, whatever is sent"),
    )
    null_fields: Literal["refused", "unset"] = _open(
        "What is null in an optional field?",
        "30",
        Option("refused", "official-spec", "the schema of create has no nullable field"),
        Option("unset", "observed", "a sandbox let a null channelId get as far as the check of channels"),
    )
    text_balances: Literal["refused", "taken"] = _open(
        "What is a balance that is sent as text?",
        "9",
        Option("refused", "official-spec", "the schema of create has a number"),
        Option("taken", "assumed", "updates and reads have text, and details take both"),
    )
    empty_texts: Literal["taken", "refused"] = _open(
        "What is an empty number, company or currency?",
        "31",
        Option("taken", "official-spec", "the schema of create has no least length"),
        Option("refused", "official-spec", "the schemas of update and of reads have a least length of 1"),
    )
    order_numbers: Literal["any", "digits"] = _open(
        "What can an order number be?",
        "34",
        Option("any", "official-spec", "the schema of create has text"),
        Option("digits", "assumed", "it reads back as a number, so the service makes one of it"),
    )

    # ------------------------------------------------------------------------------------------ what is made of it

    due_date_from: Literal["now", "midnight", "issue"] = _open(
        "From when do the payment terms of an invoice without a due date run?",
        "36",
        Option("now", "documented", "the Create Invoice page: from the current date"),
        Option("midnight", "assumed", "recorded due dates are midnights in UTC, though an ERP had set them"),
        Option("issue", "assumed", "terms often run from the date of issue"),
    )
    unsent_status: Literal["open", "by_balances"] = _open(
        "What is the status of an invoice that was sent without one, and is partly paid?",
        "M4",
        Option("open", "documented", "the Create Invoice page: 0 is the default"),
        Option("by_balances", "assumed", "payments make it 1 once the open balance is below the original"),
    )
    list_order: Literal["newest", "oldest"] = _open(
        "In which order is a list that nobody sorted?",
        "41",
        Option("newest", "official-spec", "the defaults of a sibling list"),
        Option("oldest", "assumed", "by id, as a database does that is told nothing"),
    )
    read_times: Literal["number", "text"] = _open(
        "Of which type are createdAt and updatedAt?",
        "11",
        Option("number", "observed", "two records of live answers"),
        Option("text", "official-spec", "the model of an invoice", fits=False),
    )
    read_order_number: Literal["number", "text"] = _open(
        "Of which type is orderNumber in a read?",
        "10",
        Option("number", "observed", "three clients of live stores"),
        Option("text", "official-spec", "the model of an invoice", fits=False),
    )
    read_keys: Literal["documented", "seen"] = _open(
        "Which keys does an invoice have besides the documented ones?",
        "13",
        Option("documented", "official-spec", "the model of an invoice: none"),
        Option("seen", "observed", "records of live answers: storeHash, notAllowedPay, pendingPaymentCount"),
    )


QUESTIONS = tuple(_question(attribute) for attribute in attrs.fields(Dialect))
"""Every question that the record leaves open, with its options."""

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
"""The dialects that have a name: what the documentation says, and what was seen, or what its evidence points to."""


def in_force(dialect: Dialect) -> Iterator[tuple[Question, Option]]:
    """
    Yield every question with the option that *dialect* chooses.
    """
    for question in QUESTIONS:
        yield question, question.option(getattr(dialect, question.name))
