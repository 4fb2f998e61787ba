"""What policy types of Windows 365 have in common."""

from tenants.graph.contracts.model import Permissions

PERMISSIONS = Permissions(read="CloudPC.Read.All", write="CloudPC.ReadWrite.All")
