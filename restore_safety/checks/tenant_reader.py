"""What the checks read of a tenant beyond the policies and the directory."""

from restore_safety.backups.reading import TargetReader
from tenants.graph.client import GraphClient
from tenants.graph.errors import GraphError
from tenants.graph.payloads import Json


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
