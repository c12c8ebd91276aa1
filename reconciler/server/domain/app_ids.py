"""Client applications and the intents that hand them a token (D-02 to D-05)."""

from collections.abc import Mapping
from enum import StrEnum

from reconciler.server.domain.errors import refuse


class AppId(StrEnum):
    """The applications a token may be for (T-04)."""

    VOICE = "WFC_VOICE_ANDROID"
    CENTRAL_SERVICE = "WFC_CENTRAL_SERVICE_ANDROID"
    PTT_PRO_ANDROID = "WFC_PRO_ANDROID"
    PROFILE_CLIENT = "WFC_PC_ANDROID"
    PTT_PRO_IOS = "WFC_PRO_IOS"


SCHEMES: Mapping[AppId, str] = {
    AppId.VOICE: "wfcvp",
    AppId.CENTRAL_SERVICE: "wfccs",
    AppId.PTT_PRO_ANDROID: "wfctp",
    AppId.PROFILE_CLIENT: "wfcpp",
}


def check_app_id(text: str) -> AppId:
    """The application of this id, spelt exactly so (T-04, T-05). Raises VALIDATION."""
    known = {str(member): member for member in AppId}
    if text not in known:
        refuse("appId", f"must be one of {', '.join(known)}")
    return known[text]


def intent_uri(app_id: AppId, token: str) -> str | None:
    """The address that opens the application with this token; iOS has none (Q-27)."""
    scheme = SCHEMES.get(app_id)
    return None if scheme is None else f"{scheme}://{token}"


def adb_command(uri: str) -> str:
    """The command that sends the intent from a workstation."""
    return f'adb shell am start -a android.intent.action.VIEW -d "{uri}"'
