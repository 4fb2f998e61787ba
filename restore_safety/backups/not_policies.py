"""Files of an export that are no policies, recognised by where their tool puts them."""

NOT_DATA = "not a backup file: it is neither JSON nor YAML"
ARCHIVED = "archived: IntuneCD keeps deleted policies there, and they are not part of the backup"
_ARCHIVE = "__archive__"
_COPIED_PROFILES = "mobileconfig"
_BY_FOLDER = {
    "assignment report": "not a policy: it is IntuneCD's report of assignments",
    "assignments": "not a policy: it holds assignments of no policy here that lacks them",
    "device management settings": "not a policy: it holds settings of the whole tenant, "
    "which are not restored",
}


def is_archived(name: str) -> bool:
    """Whether the file lies where IntuneCD moves policies that were deleted in the tenant."""
    return _ARCHIVE in _folders(name)


def reason_of_other_file(name: str) -> str:
    """Why a file that is neither JSON nor YAML is left aside."""
    folders = _folders(name)
    if folders and folders[-1] == _COPIED_PROFILES:
        return "a copy of a profile: the file of its policy holds the profile itself"
    return NOT_DATA


def reason_by_place(name: str) -> str:
    """What a file that is no policy is, by its folder; "" when the folder says nothing."""
    folders = _folders(name)
    return _BY_FOLDER.get(folders[-1], "") if folders else ""


def _folders(name: str) -> tuple[str, ...]:
    return tuple(name.casefold().split("/")[:-1])
