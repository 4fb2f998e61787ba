"""What policy types of Apps have in common."""

from tenants.graph.contracts.model import Contract, Part, PartWrite, intune

TARGETED_APPS = Part(
    name="apps",
    write=PartWrite.ACTION,
    in_create=False,
    action="targetApps",
    body_key="apps",
    beside=("appGroupType",),
)


def app_protection(
    platform: str, name: str, *, rank: int, discriminators: tuple[str, ...]
) -> Contract:
    """The app protection policies of a platform, which differ in what distinguishes two of them."""
    return Contract(
        key=f"{platform}ManagedAppProtections",
        label=f"App protection policy ({name})",
        plural=f"App protection policies ({name})",
        path=f"deviceAppManagement/{platform}ManagedAppProtections",
        declared_type=f"#microsoft.graph.{platform}ManagedAppProtection",
        states_type=True,
        discriminators=discriminators,
        parts=(TARGETED_APPS,),
        computed=frozenset({"apps.version", "deployedAppCount"}),
        rank=rank,
        folders=("App Protection", "AppProtection", "App Protection Policies"),
        permissions=intune("Apps"),
    )
