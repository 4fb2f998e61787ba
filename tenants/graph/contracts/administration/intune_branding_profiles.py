"""Company portal branding profiles."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
    key="intuneBrandingProfiles",
    label="Company portal branding",
    plural="Company portal branding profiles",
    path="deviceManagement/intuneBrandingProfiles",
    declared_type="#microsoft.graph.intuneBrandingProfile",
    name_property="profileName",
    computed=frozenset({"isDefaultProfile"}),
    folders=("IntuneBranding",),
    shape=frozenset({"profileName", "isDefaultProfile"}),
    rank=50,
    permissions=intune("Apps"),
)
