"""What the sandbox's own ports know about user pools: their published keys and their clients."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.request import urlopen


class MotoPools:
    """The user pools in moto.

    Args:
        endpoint: moto's address; keys are read from where every pool publishes them.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._keys: dict[str, Sequence[Mapping[str, Any]]] = {}

    def keys(self, pool_id: str) -> Sequence[Mapping[str, Any]]:
        """The public keys (JWK) with which a pool signs its tokens."""
        if pool_id not in self._keys:
            address = f"{self._endpoint}/{pool_id}/.well-known/jwks.json"
            with urlopen(address, timeout=10) as answer:  # noqa: S310 - moto's own address
                self._keys[pool_id] = json.load(answer)["keys"]
        return self._keys[pool_id]

    def clients(self, pool_id: str) -> frozenset[str]:
        """The ids of a pool's clients."""
        pool = self.find(pool_id)
        return frozenset() if pool is None else frozenset(pool.clients)

    def find(self, pool_id: str) -> Any | None:
        """Moto's own object for a pool; None if there is none."""
        from moto.cognitoidp.models import cognitoidp_backends

        region = pool_id.split("_", maxsplit=1)[0]
        for account in list(cognitoidp_backends):
            pool = cognitoidp_backends[account][region].user_pools.get(pool_id)
            if pool is not None:
                return pool
        return None
