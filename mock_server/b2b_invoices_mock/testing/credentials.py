"""
Credentials of the mock's store.
"""

from collections.abc import Mapping

import attrs


@attrs.frozen
class Credentials:
    """
    Hash and token of the mock's store.

    >>> b2b_mock.credentials.store_hash
    'teststore'

    Attributes:
        store_hash: Value of `X-Store-Hash`.
        access_token: Value of `X-Auth-Token`; `repr` hides it.
    """

    store_hash: str = "teststore"
    access_token: str = attrs.field(default="test-token", repr=False)

    @property
    def headers(self) -> Mapping[str, str]:
        """
        The two headers, for code that builds its own requests.

        >>> import httpx
        >>> httpx.get(f"{b2b_mock.base_url}/invoices", headers=b2b_mock.credentials.headers).status_code
        200
        """
        return {"X-Store-Hash": self.store_hash, "X-Auth-Token": self.access_token}
