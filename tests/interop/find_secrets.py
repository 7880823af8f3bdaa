"""What detect-secrets (PyPI) finds in files with all its detectors, as JSON.

    find_secrets.py FILE…

Its detectors of random text are left out where what they find is, by the name that stands before it, an identifier or a hash: those are as random as secrets,
and are none.
"""

import json
import re
import sys

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

# The names of what is random and no secret. In protobuf the name, or the length, stands in bytes before the value.
HARMLESS = re.compile(r"(trace_?id|span_?id|traceparent|hash|prev|head|signature|key_id|correlation_?id|id|thumbprint|jti|kid)\W*$", re.IGNORECASE)
# An audit's checkpoint names its key by sixteen digits of the public key's hash.
KEY_ID = re.compile(r"[0-9a-f]{16}")
RANDOM = ("Hex High Entropy String", "Base64 High Entropy String")

found = []
with default_settings():
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:
            lines = file.read().split("\n")
        for secret in scan_file(name):
            line, value = lines[secret.line_number - 1], secret.secret_value
            # A trace's identifier stands in a line under its name, and in the header field that carries it.
            places = [line[:place.start()] for place in re.finditer(re.escape(value), line)]
            key_id = any(before.endswith(('"key":"', '\\"key\\":\\"')) for before in places)
            if secret.type in RANDOM and (any(map(HARMLESS.search, places)) or (key_id and KEY_ID.fullmatch(value))):
                continue
            found.append({"file": name, "line": secret.line_number, "type": secret.type, "value": value, "before": "".join(places[:1])[-80:]})
print(json.dumps(found))
