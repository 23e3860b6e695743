"""
How the mock answers where the public record is silent or contradicts itself.
"""

from typing import Literal

import attrs


@attrs.frozen
class Dialect:
    """
    One choice for each open question; `openapi/DECISIONS.md` has the evidence, by the number given here.

    Attributes:
        success_message: `meta.message` of a success (7).
        invalid_body: Status and shape for an invalid body (26): `fields` is 422 with field -> messages, `joined` is
            400 with all the messages in one text.
        channels: Whether a store knows `any` channel, or `none` since it has a single storefront (12).
        unknown_path: Shape of the 404 for a path that does not exist: `envelope`, or `flat` code and message.
    """

    success_message: Literal["Success", "SUCCESS"] = "Success"
    invalid_body: Literal["fields", "joined"] = "fields"
    channels: Literal["any", "none"] = "any"
    unknown_path: Literal["envelope", "flat"] = "envelope"


DIALECTS = {
    "documented": Dialect(),
    "observed": Dialect(success_message="SUCCESS", invalid_body="joined", channels="none", unknown_path="flat"),
}
"""The dialects that have a name: what the documentation says, and what was seen."""
