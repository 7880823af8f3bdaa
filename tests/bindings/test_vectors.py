"""The vectors' own promises: they are of the form that their README tells, and leave no operation and no kind of error out."""

import collections
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tools  # noqa: E402
from interop import python  # noqa: E402

FOLDER = tools.ROOT / "bindings/vectors"
FILE = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
LABELLED = {"start", "subscribe"}
USES = {"cancel", "finish", "item", "state", "asked", "credit", "close", "end"}
RULES = {"$exact", "$type", "$absent", "$contains", "$not_contains", "$in", "$min", "$max", "$length", "$some", "$each", "$none", "$text"}
# What is as it is whatever is in it: `$exact` and requests hold values, not patterns.
VALUES = {"$exact", "request", "options", "client", "runtime", "reply", "ask"}


def kind(step):
    """The key that says what a step is."""
    if named := (LABELLED | {"ask", "close_client"}) & step.keys():
        return named.pop()
    return ({"call"} | USES).intersection(step).pop()


def rules(value):
    """The keys of all rules in a pattern."""
    if isinstance(value, list):
        for inner in value:
            yield from rules(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name.startswith("$"):
                yield name
            if name not in VALUES:
                yield from rules(inner)


class Vectors(unittest.TestCase):
    def test_they_are_of_the_form_that_the_schema_tells(self):
        sys.path.insert(0, str(python.folder()))
        import jsonschema
        schema = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(schema)
        wrong = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in jsonschema.Draft7Validator(schema).iter_errors(FILE)]
        self.assertEqual(wrong, [])

    def test_no_two_have_the_same_name(self):
        twice = [name for name, count in collections.Counter(case["name"] for case in FILE["cases"]).items() if count > 1]
        self.assertEqual(twice, [])

    def test_labels_stand_for_what_was_started_before_and_every_call_that_was_started_is_finished(self):
        for case in FILE["cases"]:
            known, started = {}, set()
            for step in case.get("steps", []):
                what = kind(step)
                if what in LABELLED:
                    self.assertNotIn(step[what], known, case["name"])
                    known[step[what]] = what
                    started |= {step["start"]} if what == "start" else set()
                elif what in USES:
                    wanted = "start" if what in ("cancel", "finish") else "subscribe"
                    self.assertEqual(known.get(step[what]), wanted, f"{case['name']}: {what} {step[what]}")
                    started -= {step[what]} if what == "finish" else set()
            self.assertEqual(started, set(), case["name"])

    def test_only_rules_that_the_readme_tells_are_used(self):
        self.assertEqual(set(rules(FILE["cases"])) - RULES, set())
        page = (FOLDER / "README.md").read_text(encoding="utf-8")
        self.assertEqual([rule for rule in sorted(RULES) if f'"{rule}"' not in page], [])

    def test_needs_are_said_where_there_are_any(self):
        for case in FILE["cases"]:
            text = json.dumps(case.get("steps", []))
            needed = {need for need, sign in (("bytes", '"request_base64"'), ("credit", '"credit":')) if sign in text}
            self.assertEqual(set(case.get("needs", [])), needed, case["name"])

    def test_every_operation_and_every_band_of_errors_is_in_a_case(self):
        program = os.environ.get("KEI_KIT_PROGRAM") or tools.build_command_line()
        described = json.loads(tools.run(program, "describe", stdout=subprocess.PIPE))
        steps = [step for case in FILE["cases"] for step in case.get("steps", [])]
        used = {step.get("call") or step.get("to") for step in steps}
        self.assertEqual(sorted(method["name"] for method in described["methods"] if method["name"] not in used), [])
        codes = {error["name"]: error["code"] for error in described["x-errors"]}
        expected = [step["error"] for step in steps if "error" in step] + [case[key] for case in FILE["cases"] for key in ("client_error", "runtime_error") if key in case]
        found = {}
        for error in expected:
            if "name" in error:
                found[error["name"]] = error["code"]
        self.assertEqual({name: codes.get(name) for name in found}, found, "names and numbers belong together")
        self.assertEqual({code // 100 for code in found.values()}, {0, 1, 2, 3, 4, 5, 6})


if __name__ == "__main__":
    unittest.main()
