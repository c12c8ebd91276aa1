from collections import Counter
from pathlib import Path

from reconciler.sources.repository import read_repository

RETAIL = Path(__file__).parents[2] / "specs" / "examples" / "retail"


def test_sixty_stores_have_what_a_store_needs() -> None:
    names = {desired.id for desired in read_repository(RETAIL).declared}
    sites = [id_.name.removeprefix("hm-") for id_ in names if id_.kind == "Site"]
    found = {(id_.kind, id_.name) for id_ in names}

    assert len(sites) == 60
    for number in sites:
        assert {
            ("Bootstrap", f"store-{number}"),
            ("Bootstrap", f"voice-{number}"),
            ("Token", f"STORE-{number}"),
            ("Token", f"STORE-{number}-V"),
        } <= found


def test_every_app_and_the_real_keys_of_its_guide_occur() -> None:
    declared = read_repository(RETAIL).declared

    apps = Counter(desired.value["appId"] for desired in declared if desired.id.kind == "Token")
    keys = {key for desired in declared if desired.id.kind == "Bootstrap" for key in desired.value}

    assert set(apps) == {
        "WFC_VOICE_ANDROID",
        "WFC_CENTRAL_SERVICE_ANDROID",
        "WFC_PRO_ANDROID",
        "WFC_PC_ANDROID",
        "WFC_PRO_IOS",
    }
    assert {"site", "var_location", "sfs_url", "enableDeviceAuth", "oauth_url"} <= keys
