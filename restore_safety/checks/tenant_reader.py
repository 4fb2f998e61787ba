"""What the checks read of a tenant beyond the policies and the directory."""

from collections.abc import Callable, Collection
from itertools import batched
from urllib.parse import quote

from restore_safety.policies.reading import TargetReader
from tenants.graph.batching import BatchRead
from tenants.graph.client import GraphClient
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.payloads import Json

# More settings than most tenants use; the catalog has some fifteen thousand.
MOST_LOOKED_UP = 4_000
_AT_ONCE = 200


class ChecksReader(TargetReader):
    """Reads one tenant for the checks; every address is asked for once."""

    def __init__(self, client: GraphClient) -> None:
        super().__init__(client)
        self._singletons: dict[str, Json | GraphError] = {}

    def singleton(self, path: str) -> Json | GraphError:
        """The one object at an address, or why it could not be read."""
        if path not in self._singletons:
            try:
                self._singletons[path] = self._client.get(path)
            except GraphError as error:
                self._singletons[path] = error
        return self._singletons[path]

    def existence(
        self, path: str, ids: Collection[str], beat: Callable[[int], None]
    ) -> dict[str, bool | GraphError]:
        """Whether each object is below an address; at most MOST_LOOKED_UP are asked for.

        `beat` hears how many were asked for so far.
        """
        found: dict[str, bool | GraphError] = {}
        for some in batched(sorted(ids)[:MOST_LOOKED_UP], _AT_ONCE, strict=False):
            beat(len(found))
            reads = [BatchRead(path=f"{path}/{quote(one, safe='')}?$select=id") for one in some]
            for one, answer in zip(some, self._batch(reads), strict=True):
                is_gone = answer.error is not None and answer.error.kind is ErrorKind.NOT_FOUND
                found[one] = not is_gone if is_gone or answer.error is None else answer.error
        return found
