"""What policy types of Conditional access have in common."""

from tenants.graph.contracts.model import Permissions

PERMISSIONS = Permissions(read="Policy.Read.All", write="Policy.ReadWrite.ConditionalAccess")
