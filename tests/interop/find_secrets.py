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
            before = lines[secret.line_number - 1].partition(secret.secret_value)[0]
            key_id = before.endswith('"key":"') or before.endswith('\\"key\\":\\"')
            if secret.type in RANDOM and (HARMLESS.search(before) or (key_id and KEY_ID.fullmatch(secret.secret_value))):
                continue
            found.append({"file": name, "line": secret.line_number, "type": secret.type, "value": secret.secret_value, "before": before[-80:]})
print(json.dumps(found))
