"""Names and short texts (DEC-14): full match, ASCII, so a trailing line feed never slips in."""

import re

from reconciler.server.domain.errors import refuse

LONGEST_DESCRIPTION = 255
LONGEST_TEXT = 128
LONGEST_EMAIL = 254

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9._-])?", re.ASCII)
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+",
    re.ASCII,
)


def fold(name: str) -> str:
    """The key under which a token or login name is unique, whatever its case.

    Only for names that passed their check: beyond ASCII, folding would merge letters.
    """
    return name.lower()


def is_token_name(text: str) -> bool:
    """Whether a text can be a token at all; a device's is looked up only then."""
    return _TOKEN.fullmatch(text) is not None


def check_token_name(name: str) -> str:
    """A token's text (T-02, T-03). Raises VALIDATION."""
    if not _TOKEN.fullmatch(name):
        refuse(
            "name",
            "must be 1 to 64 letters, digits, dashes or underscores, the first a letter or digit",
        )
    return name


def check_login_name(name: str) -> str:
    """A portal user's login name. Raises VALIDATION."""
    if not _LOGIN.fullmatch(name):
        refuse(
            "name",
            "must be 1 to 64 letters, digits or any of - _ . @, the first a letter or digit",
        )
    return name


def check_label(name: str) -> str:
    """A bootstrap's, site's or API token's name. Raises VALIDATION."""
    if not _LABEL.fullmatch(name):
        refuse(
            "name",
            "must be 1 to 64 letters, digits, blanks or any of . _ -, the first a letter or digit"
            " and the last no blank",
        )
    return name


def check_customer_code(code: str) -> str:
    """A customer's code. Raises VALIDATION."""
    if not _CODE.fullmatch(code):
        refuse(
            "name",
            "must be 1 to 40 small letters, digits or dashes, the first a letter or digit",
        )
    return code


def check_text(field: str, text: str, longest: int = LONGEST_TEXT) -> str:
    """A line of text that must say something. Raises VALIDATION."""
    if not text or text != text.strip() or len(text) > longest or _CONTROL.search(text):
        refuse(field, f"must be 1 to {longest} characters on one line, without blanks around it")
    return text


def check_description(text: str) -> str:
    """A token's description; may be empty (T-07). Raises VALIDATION."""
    if len(text) > LONGEST_DESCRIPTION or _CONTROL.search(text):
        refuse("description", f"must be at most {LONGEST_DESCRIPTION} characters on one line")
    return text


def check_email(text: str) -> str:
    """A mail address: plain ASCII, so two spellings of one mailbox cannot differ invisibly.

    Raises VALIDATION.
    """
    if len(text) > LONGEST_EMAIL or not _EMAIL.fullmatch(text):
        refuse("email", "must be a mail address such as ann@example.com")
    return text
