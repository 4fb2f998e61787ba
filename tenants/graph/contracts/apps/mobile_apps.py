"""Apps."""

from tenants.graph.contracts.model import Contract, Restorability, intune

CONTRACT = Contract(
    key="mobileApps",
    label="App",
    plural="Apps",
    path="deviceAppManagement/mobileApps",
    declared_type="#microsoft.graph.mobileApp",
    # Built in: the store apps that Microsoft publishes for app protection.
    excluded_types=frozenset({"managedAndroidStoreApp", "managedIOSStoreApp"}),
    restorability=Restorability.METADATA_ONLY,
    restorability_reason=(
        "Graph never answers the installation files. What describes an app that is there, and "
        "its assignments, can be put back; upload the app itself in Intune."
    ),
    unanswered={"mobileLobApp": "its installation files"},
    computed=frozenset({"committedContentVersion", "publishingState", "fileName"}),
    not_restored={
        "categories": "the categories of an app are chosen in Intune",
        "relationships": "dependencies and supersedence of apps are set in Intune",
    },
    assign_key="mobileAppAssignments",
    folders=("Applications", "Client Apps"),
    rank=150,
    permissions=intune("Apps"),
)
