"""Applications, and the intents that hand them a token."""

import pytest

from reconciler.server.domain.app_ids import AppId, adb_command, check_app_id, intent_uri
from reconciler.server.domain.errors import DomainError

_INTENTS = {
    "WFC_VOICE_ANDROID": "wfcvp://T",
    "WFC_CENTRAL_SERVICE_ANDROID": "wfccs://T",
    "WFC_PRO_ANDROID": "wfctp://T",
    "WFC_PC_ANDROID": "wfcpp://T",
    "WFC_PRO_IOS": None,
}


@pytest.mark.requirement("T-04", "D-02", "D-03", "D-04", "D-05")
@pytest.mark.parametrize(("app_id", "uri"), _INTENTS.items())
def test_each_application_has_its_scheme(app_id: str, uri: str | None) -> None:
    assert intent_uri(check_app_id(app_id), "T") == uri


@pytest.mark.requirement("T-04", "T-05")
@pytest.mark.parametrize("bad", ["WFC_PRO_WINDOWS", "wfc_pro_ios", "WFC_PRO_IOS ", ""])
def test_any_other_application_is_refused_naming_the_five(bad: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_app_id(bad)
    assert all(app_id in refusal.value.detail for app_id in _INTENTS)
    assert len(AppId) == 5


@pytest.mark.requirement("D-02")
def test_the_command_is_the_guides() -> None:
    assert adb_command("wfctp://T") == (
        'adb shell am start -a android.intent.action.VIEW -d "wfctp://T"'
    )
