"""The generator of .NET's types: names that C# takes, durations, secrets, and what may be missing."""

import re
import unittest

import _dotnet_types as dotnet_types
import dotnet
import model
from test_model import document

TEXT = {"type": "string"}


def object_of(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


def milliseconds():
    return {"type": "integer", "format": "uint64", "minimum": 0}


class Generating(unittest.TestCase):
    def code(self, file, **schemas):
        """A generated file, of the document of the model's tests with these definitions in it."""
        return dotnet.files(model.read(document(**schemas)))[f"{dotnet.PLACE}/{file}"]

    def answers(self, *required, **properties):
        return self.code("Answers.cs", Told=object_of(required, **properties)) + self.code("Requests.cs", Told=object_of(required, **properties))

    def test_a_word_that_the_language_keeps_is_a_parameters_name_all_the_same(self):
        for word in ("namespace", "class", "in", "while", "event"):
            self.assertEqual(dotnet_types.parameter(word), f"@{word}")
        self.assertEqual(dotnet_types.parameter("agent_id"), "agentId")

    def test_a_request_needs_what_its_operation_needs_and_leaves_the_rest_open(self):
        code = self.code("Requests.cs")
        self.assertIn("public AgentsListRequest(string name)", code)
        self.assertIn("public string Name { get; }", code)
        self.assertIn("public long? Limit { get; set; }", code)
        self.assertIn("if (After is string after)", code)

    def test_a_duration_is_a_TimeSpan_without_its_unit(self):
        code = self.answers("wait_ms", wait_ms={**milliseconds(), "description": "How long, in milliseconds."})
        self.assertIn("public TimeSpan Wait {", code)
        self.assertIn("<summary>How long.</summary>", code)

    def test_a_duration_keeps_its_unit_beside_another_of_its_name(self):
        code = self.answers(wait_ms=milliseconds(), wait=TEXT)
        self.assertIn("public TimeSpan? WaitMs {", code)
        self.assertIn("public string? Wait {", code)

    def test_no_member_is_called_as_its_class(self):
        self.assertIn("string? ToldValue {", self.answers(told=TEXT))

    def test_a_value_that_begins_with_a_digit_becomes_a_name(self):
        kind = {"oneOf": [{"const": value, "type": "string"} for value in ("2025-11-25", "draft")]}
        self.assertIn("V2025_11_25,", self.code("Choices.cs", Kind=kind))

    def test_a_value_that_is_called_unknown_is_there_once(self):
        kind = {"oneOf": [{"const": value, "type": "string"} for value in ("big", "unknown")]}
        self.assertEqual(self.code("Choices.cs", Kind=kind).count("Unknown,"), 1)

    def test_words_of_the_language_are_escaped_as_parameters(self):
        request = {**object_of(["event"], event=TEXT), "additionalProperties": False}
        self.assertIn("AgentsListRequest(string @event)", self.code("Requests.cs", ListRequest=request))

    def test_a_list_that_is_missing_in_an_answer_is_empty_and_a_text_is_an_error(self):
        code = self.answers("names", "title", names={"type": "array", "items": TEXT}, title=TEXT)
        self.assertIn("Names { get; private set; } = Array.Empty<string>();", code)
        self.assertIn('Needed = { "title" };', code)

    def test_every_public_member_is_documented(self):
        for path, code in dotnet.files(model.read(document())).items():
            lines = code.splitlines()
            for at, line in enumerate(lines):
                if re.match(r"\s+public (?!override|sealed partial class KeiClient)", line):
                    self.assertRegex(lines[at - 1], r"^\s+///", f"{path}:{at + 1}")


if __name__ == "__main__":
    unittest.main()
