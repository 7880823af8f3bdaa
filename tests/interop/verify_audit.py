"""Verifies an audit of kei-agent without kei-agent, from the description of its format in src/observe/audit/chain.rs alone.

    verify_audit.py FILE            prints what was found as JSON; exits with 1 if the audit is not intact
    verify_audit.py --mutate FILE   changes each record in every way, and prints how many of the changes were not found

Needs the package `cryptography` (PyPI).
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key


class Wrong(Exception):
    """Something is not as it was written."""


def canonical(value):
    """RFC 8785, for values whose numbers are whole."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(json.dumps(key, ensure_ascii=False) + ":" + canonical(value[key]) for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        raise Wrong("a number is not whole")
    return json.dumps(value, ensure_ascii=False)


def record(line):
    """A line's record, which is whole in itself: its body, `prev` and `hash`."""
    try:
        body = json.loads(line)
    except ValueError as error:
        raise Wrong("no JSON") from error
    if not isinstance(body, dict) or canonical(body) != line:
        raise Wrong("not canonical")
    previous, found = body.pop("prev", None), body.pop("hash", None)
    try:
        start = bytes.fromhex(previous)
    except (TypeError, ValueError) as error:
        raise Wrong("no prev") from error
    if hashlib.sha256(start + canonical(body).encode()).hexdigest() != found:
        raise Wrong("its hash is another")
    return body, previous, found


def verify(data, key, kept):
    """Reads an audit from its beginning to its end; answers how many records and checkpoints there are."""
    previous, number, checkpoints, met = "0" * 64, 0, 0, False
    whole = data[:data.rfind(b"\n") + 1]
    for raw in whole.split(b"\n")[:-1]:
        try:
            line = raw.decode()
        except UnicodeDecodeError as error:
            raise Wrong("not UTF-8") from error
        body, before, found = record(line)
        number += 1
        if body.get("seq") != number or before != previous:
            raise Wrong(f"record {number} does not follow on the one before it")
        if body.get("event") == "audit.checkpoint":
            text = f"kei-agent audit checkpoint 1\n{number}\n{body['ts']}\n{before}\n"
            signature = str(body.get("signature"))
            try:
                key.verify(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)), text.encode())
            except (InvalidSignature, ValueError) as error:
                raise Wrong(f"the key did not sign checkpoint {number}") from error
            checkpoints += 1
        previous = found
        met = met or (kept["seq"] == number and kept["hash"] == found)
    if not met:
        raise Wrong(f"record {kept['seq']} is not there as it was signed")
    return {"records": number, "checkpoints": checkpoints, "head": previous}


def mutations(data):
    """Every kind of change: to each class of bytes in each record, and to the records themselves."""
    lines = data.splitlines(keepends=True)
    start = 0
    for number, line in enumerate(lines):
        seen = set()
        for at, byte in enumerate(line):
            # In each key and value, the first byte of each class.
            field = line[:at].count(b'"') // 2
            kind = "digit" if chr(byte).isdigit() else "letter" if chr(byte).isalpha() else chr(byte)
            if (field, kind) in seen:
                continue
            seen.add((field, kind))
            place = start + at
            for changed in (byte ^ 1, byte ^ 0x20, byte ^ 0x80):
                yield f"byte {place} changed", data[:place] + bytes([changed]) + data[place + 1:]
            yield f"byte {place} gone", data[:place] + data[place + 1:]
            yield f"a space at byte {place}", data[:place] + b" " + data[place:]
        yield f"line {number} gone", b"".join(lines[:number] + lines[number + 1:])
        yield f"line {number} twice", b"".join(lines[:number + 1] + lines[number:])
        yield f"cut before line {number}", b"".join(lines[:number])
        if number:
            yield f"line {number} first", b"".join(lines[:number - 1] + [lines[number], lines[number - 1]] + lines[number + 1:])
        start += len(line)


def main():
    *options, name = sys.argv[1:]
    path = pathlib.Path(name)
    data = path.read_bytes()
    key = load_pem_public_key(pathlib.Path(f"{path}.pub").read_bytes())
    kept = json.loads(pathlib.Path(f"{path}.checkpoint").read_bytes())
    try:
        found = verify(data, key, kept)
    except Wrong as wrong:
        print(json.dumps({"intact": False, "why": str(wrong)}))
        return 1
    print(json.dumps({"intact": True, **found}))
    if "--mutate" in options:
        tried, missed = 0, []
        for what, changed in mutations(data):
            tried += 1
            try:
                verify(changed, key, kept)
                missed.append(what)
            except Wrong:
                pass
        print(json.dumps({"tried": tried, "missed": missed}))
        return int(bool(missed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
