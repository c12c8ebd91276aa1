"""`gh api` for comments and issues, over a file in place of GitHub: run as a program named gh.

Filters go through the real jq. Whoever asks is a bot, as a job's own token is; what a test puts
into the file may be anyone's. `FAKE_GH` names the file; `FAKE_GH_FAILS` may name a method that
fails.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

Json: TypeAlias = Any


def main() -> int:
    options = _options()
    if options.method == os.environ.get("FAKE_GH_FAILS"):
        sys.stderr.write("gh: Service Unavailable (HTTP 503)\n")
        return 1
    if (os.environ["GH_HOST"], os.environ["GH_ENTERPRISE_TOKEN"]) != ("github.example", "ghs-7"):
        sys.exit("gh: Bad credentials (HTTP 401)")
    file = Path(os.environ["FAKE_GH"])
    state = json.loads(file.read_text(encoding="utf-8"))
    address = urlsplit(options.path)
    parts = tuple(address.path.removeprefix("repos/acme/stores/issues").strip("/").split("/"))
    fields = dict(_field(text, is_raw=False) for text in options.field)
    fields |= dict(_field(text, is_raw=True) for text in options.raw_field)
    answer = _answer(state, options.method, parts, fields, parse_qs(address.query))
    state["asked"].append(f"{options.method} {options.path}")
    file.write_text(json.dumps(state), encoding="utf-8")
    if options.jq:
        command = ("jq", "--raw-output", options.jq)
        filtered = subprocess.run(  # noqa: S603 -- jq, as gh has it inside
            command, input=json.dumps(answer), text=True, stdout=subprocess.PIPE, check=True
        )
        sys.stdout.write(filtered.stdout)
    elif not options.silent:
        sys.stdout.write(json.dumps(answer))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gh")
    parser.add_argument("api", choices=["api"])
    parser.add_argument("path")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--paginate", action="store_true")
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--jq", default="")
    parser.add_argument("--field", action="append", default=[])
    parser.add_argument("--raw-field", action="append", default=[])
    return parser.parse_args()


def _field(text: str, *, is_raw: bool) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if value.startswith("@") and not is_raw:
        return name, Path(value[1:]).read_text(encoding="utf-8")
    return name, value


def _answer(state: Json, method: str, parts: tuple[str, ...], fields: Json, query: Json) -> Json:
    """What the five addresses that the action uses do; another is an error."""
    if len(fields.get("body", "")) > 65_536:
        sys.exit("gh: body is too long (maximum is 65536 characters) (HTTP 422)")
    mine = {"user": {"login": "github-actions[bot]", "type": "Bot"}, **fields}
    match method, parts:
        case "GET", ("",):
            assert query["state"] == ["open"], "closed issues are none of our business"
            return [issue for issue in state["issues"] if issue["state"] == "open"]
        case "POST", ("",):
            state["issues"].append({"number": len(state["issues"]) + 1, "state": "open", **mine})
            return state["issues"][-1]
        case "PATCH", ("comments", number):
            (comment,) = (c for c in state["comments"] if c["id"] == int(number))
            return comment.update(fields)
        case "PATCH", (number,) if re.fullmatch("[0-9]+", number):
            (issue,) = (i for i in state["issues"] if i["number"] == int(number))
            return issue.update(fields)
        case "GET", (number, "comments"):
            return [c for c in state["comments"] if c["issue"] == int(number)]
        case "POST", (number, "comments"):
            new = {"id": len(state["comments"]) + 100, "issue": int(number), **mine}
            state["comments"].append(new)
            return new
        case _:
            sys.exit(f"gh: Not Found: {method} {parts} (HTTP 404)")


if __name__ == "__main__":
    sys.exit(main())
