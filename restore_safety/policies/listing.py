"""Lists of a tenant's objects that are proven to be whole.

That a page came without a link to the next proves nothing where it holds as many objects as were
asked for: some services then leave the link out. Such a list is asked for once more, without a
limit.
"""

from collections.abc import Iterator
from urllib.parse import quote

from tenants.graph.answers import malformed
from tenants.graph.client import GraphClient
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json

PAGE_SIZE = 100
# Below so many parents a list is read; a tenant with more is not one this product can vouch for.
MOST_PARENTS = 200


def objects_of(client: GraphClient, kind: Contract) -> list[tuple[str, Json]]:
    """Every object of the type with the address of its collection; GraphError unless proven."""
    return [
        (address, listed)
        for address in addresses_of(client, kind)
        for listed in listed_at(client, address, kind.version)
    ]


def addresses_of(client: GraphClient, kind: Contract) -> Iterator[str]:
    """The addresses at which the objects of the type are listed."""
    if not kind.parent_path:
        yield kind.path
        return
    parents = listed_at(client, kind.parent_path, kind.version)
    if len(parents) > MOST_PARENTS:
        raise malformed(f"more than {MOST_PARENTS} collections hold these objects")
    for parent in parents:
        yield kind.path_below(quote(str(parent["id"]), safe=""))


def listed_at(client: GraphClient, address: str, version: str) -> list[Json]:
    """Every object of one collection, from all its pages."""
    pages = list(client.pages(address, version=version, params={"$top": str(PAGE_SIZE)}))
    listed = [one for page in pages for one in page["value"]]
    if len(pages) > 1 or len(listed) < PAGE_SIZE:
        return listed
    unlimited = client.list(address, version=version)
    if not {one.get("id") for one in listed} <= {one.get("id") for one in unlimited}:
        raise malformed("the same list, asked for twice, did not hold the same objects")
    return unlimited
