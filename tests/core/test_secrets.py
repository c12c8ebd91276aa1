import pytest

from reconciler.core.secrets import Masking, is_secret, looks_secret, mask, mask_line, mask_url
from reconciler.core.values import MASK, JsonValue

NONE = Masking()


@pytest.mark.parametrize(
    "key",
    [
        *(
            "api_key",
            "apiKey",
            "APIKEY",
            "x-api-key",
            "wifiPSK",
            "psk",
            "client_secret",
            "Password",
        ),
        *("userPasswd", "passphrase", "adminPwd", "pin", "PIN", "private_key", "encryption-key"),
        *("access_token", "accessToken", "refreshTokens", "authorization", "credentials"),
    ],
)
def test_keys_that_look_secret(key: str) -> None:
    assert looks_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        *("token", "tokens", "tokenId", "deviceToken", "key", "keys", "monkey", "publicKey"),
        *("pinned", "compass", "bypass", "spinner", "site", "", "é", "hotKey"),
    ],
)
def test_keys_that_are_the_products_own_or_open_nothing(key: str) -> None:
    assert not looks_secret(key)


def test_everything_below_a_secret_is_secret() -> None:
    masking = Masking(("/wifi/*/phrase",))
    assert is_secret("/wifi/0/phrase/x", masking)
    assert is_secret("/a/clientSecret/0", masking)
    assert not is_secret("/wifi/0", masking)


def test_texts_and_numbers_are_masked_and_shapes_are_kept() -> None:
    value: JsonValue = {
        "wifi": [{"psk": 12345678, "on": True, "ssid": "lab"}],
        "credentials": {"a": ["x", None, 1]},
        "n": 5,
    }
    assert mask(value, NONE) == (
        {
            "wifi": [{"psk": MASK, "on": True, "ssid": "lab"}],
            "credentials": {"a": [MASK, None, MASK]},
            "n": 5,
        },
        True,
    )


def test_a_value_knows_where_it_stands() -> None:
    masking = Masking(("/wifi/*/phrase", "/a~1b"))
    assert mask("x", masking, "/wifi/0/phrase") == (MASK, True)
    assert mask("x", masking, "/wifi/0") == ("x", False)
    assert mask({"phrase": "x", "p": "y"}, masking, "/wifi/0") == ({"phrase": MASK, "p": "y"}, True)
    assert mask({"a/b": "x", "a": {"b": "y"}}, masking) == ({"a/b": MASK, "a": {"b": "y"}}, True)


def test_the_key_in_a_location_is_masked_and_the_rest_stays_readable() -> None:
    text = "https://extension-manager.example/profiles/?site=1&api_key=cust-secret&x=2"
    masked = f"https://extension-manager.example/profiles/?site=1&api_key={MASK}&x=2"
    assert mask({"var_location": text}, NONE) == ({"var_location": masked}, True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("?api%5Fkey=abc", f"?api%5Fkey={MASK}"),
        ("a=1 password=abc;x=2", f"a=1 password={MASK};x=2"),
        ("https://user:pa@ss@host/x", f"https://user:{MASK}@host/x"),
        ("https://user@host/x", "https://user@host/x"),
        ("Bearer abcdefghijklmnop", f"Bearer {MASK}"),
        ("basic settings", "basic settings"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc", MASK),
        ("nothing=here", "nothing=here"),
    ],
)
def test_secrets_inside_texts(text: str, shown: str) -> None:
    assert mask_url(text) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("psk: abc, d", f"psk: {MASK}"),
        ('  "psk": "a\\"b", "x": 1', f'  "psk": {MASK}, "x": 1'),
        ("password: 'a''b' # c", f"password: {MASK} # c"),
        ("{psk: abc, x: 1}", f"{{psk: {MASK}"),
        ("api_key: {a: b}", f"api_key: {MASK}"),
        ('{"psk":"a","psk":"b"}', f'{{"psk":{MASK},"psk":{MASK}}}'),
        ('"password": "psk: x"', f'"password": {MASK}'),
        ("psk:", "psk:"),
        ("name: psk", "name: psk"),
        ('url: "https://x/?api_key=abc"', f'url: "https://x/?api_key={MASK}"'),
        ("phrase: abc", "phrase: abc"),
        ("x" * 300_000 + " psk: a", "x" * 300_000 + f" psk: {MASK}"),
    ],
)
def test_a_source_line_shows_no_secret(line: str, shown: str) -> None:
    assert mask_line(line) == shown


def test_a_source_line_knows_the_projects_secrets() -> None:
    masking = Masking(("/wifi/*/phrase", "/codes/*", "/*"))
    assert mask_line("phrase: abc", masking) == f"phrase: {MASK}"
    assert mask_line("codes: [1, 2]", masking) == f"codes: {MASK}"
