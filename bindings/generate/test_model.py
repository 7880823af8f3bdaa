"""The model: it reads each form that the library's types have, names each thing once, and stops at what it does not understand."""

import copy
import unittest

import model
from model import Boolean, Enum, Field, Integer, Json, List, Map, Nothing, Number, Object, Ref, Text, Union

SCHEMAS = {
    "ListRequest": {"type": "object", "additionalProperties": False, "required": ["name"], "properties": {
        "after": {"type": ["string", "null"], "default": None, "description": "Only those\nafter it."},
        "limit": {"type": "integer", "format": "uint32", "minimum": 1, "maximum": 100, "default": 10},
        "name": {"type": "string"},
        "share": {"type": "number", "format": "double", "minimum": 0.5},
        "body": True,
        "context": {"description": "Anything."},
        "kind": {"allOf": [{"$ref": "#/components/schemas/Kind"}], "default": "big"},
        "maybe": {"anyOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}]},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "facts": {"type": "object"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "secret": {"type": ["string", "null"], "writeOnly": True, "x-env": "KEI_SECRET", "x-live": True},
    }},
    "ListRequest2": {"type": "object", "properties": {}, "additionalProperties": False, "description": "Nothing.\n\nReally nothing."},
    "Kind": {"description": "How big.", "oneOf": [{"const": "big", "type": "string", "description": "Very."}, {"const": "small", "type": "string"}]},
    "Told": {"type": "object", "properties": {"ok": {"type": "boolean"}}},
    "Step": {"type": "object", "required": ["at"], "properties": {"at": {"type": "integer", "format": "uint64", "minimum": 0}}, "oneOf": [
        {"type": "object", "required": ["step"], "properties": {"step": {"const": "held", "type": "string"}}, "description": "It waited."},
        {"type": "object", "required": ["step"], "properties": {"step": {"const": "sent", "type": "string"}},
         "allOf": [{"$ref": "#/components/schemas/Told"}]}]},
}


def document(**schemas):
    reference = {"$ref": "#/components/schemas/Told"}
    return {
        "info": {"version": "1.2.3"},
        "methods": [
            {"name": "agents.list", "summary": "Lists.", "x-idempotency": "idempotent", "x-request": {"$ref": "#/components/schemas/ListRequest"},
             "result": {"schema": reference}},
            {"name": "jobs.watch", "summary": "Watches.", "x-idempotency": "local", "x-request": {"$ref": "#/components/schemas/ListRequest2"},
             "result": {"schema": reference}, "x-subscription": {"item": {"type": "null"}, "state": {"$ref": "#/components/schemas/Step"}}},
        ],
        "components": {"schemas": {**copy.deepcopy(SCHEMAS), "Options": {"type": "object"}, "Meta": {"type": "object"}, "Wire": {"type": "object"},
                                   **schemas}},
        "x-options": {"$ref": "#/components/schemas/Options"}, "x-meta": {"$ref": "#/components/schemas/Meta"},
        "x-error-object": {"$ref": "#/components/schemas/Wire"}, "x-client-configuration": reference, "x-runtime-configuration": reference,
        "x-errors": [{"code": 350, "name": "KEI_E_TOKEN", "message": "No token.", "retryable": True},
                     {"code": 4, "name": "KEI_E_STALE", "message": "Closed.", "retryable": False}],
    }


class Reading(unittest.TestCase):
    def setUp(self):
        self.model = model.read(document())

    def fields(self, name):
        return {field.name: field for field in self.model.definitions[name].fields}

    def test_each_form_of_a_field_is_read(self):
        found = {name: field.type for name, field in self.fields("AgentsListRequest").items()}
        self.assertEqual(found, {
            "after": Text(), "limit": Integer("uint32", 1, 100), "name": Text(), "share": Number(0.5), "body": Json(), "context": Json(),
            "kind": Ref("Kind"), "maybe": Ref("Kind"), "labels": Map(Text()), "facts": Map(Json()), "tags": List(Text()), "secret": Text(secret=True)})

    def test_needed_fields_come_first_and_the_rest_say_what_holds_without_them(self):
        fields = self.fields("AgentsListRequest")
        self.assertEqual(list(fields)[0], "name")
        self.assertEqual([name for name, field in fields.items() if field.required], ["name"])
        self.assertEqual([name for name, field in fields.items() if field.nullable], ["after", "maybe", "secret"])
        self.assertEqual((fields["limit"].default, fields["after"].default, fields["kind"].default), (10, None, "big"))
        self.assertIs(fields["tags"].default, model.MISSING)
        self.assertEqual((fields["secret"].env, fields["secret"].live, fields["limit"].live), ("KEI_SECRET", True, False))

    def test_prose_is_joined_into_paragraphs_and_taken_from_the_type_where_a_field_has_none(self):
        self.assertEqual(self.fields("AgentsListRequest")["after"].doc, "Only those after it.")
        self.assertEqual(self.fields("AgentsListRequest")["kind"].doc, "How big.")
        self.assertEqual(self.model.definitions["JobsWatchRequest"].doc, "Nothing.\n\nReally nothing.")

    def test_enumerations_keep_the_meaning_of_each_choice(self):
        self.assertEqual(self.model.definitions["Kind"], Enum("Kind", "How big.", (model.Choice("big", "Very."), model.Choice("small", ""))))

    def test_unions_are_told_apart_by_their_tag_and_hold_the_fields_of_their_parts(self):
        step = self.model.definitions["Step"]
        self.assertIsInstance(step, Union)
        self.assertEqual((step.tag, [field.name for field in step.common]), ("step", ["at"]))
        self.assertEqual([(variant.value, [field.name for field in variant.fields]) for variant in step.variants], [("held", []), ("sent", ["ok"])])

    def test_what_is_one_operations_alone_is_called_by_it_and_what_is_shared_keeps_its_name(self):
        self.assertEqual([operation.request.name for operation in self.model.operations], ["AgentsListRequest", "JobsWatchRequest"])
        self.assertEqual([operation.answer for operation in self.model.operations], [Ref("Told"), Ref("Told")])
        self.assertEqual((self.model.options, self.model.meta, self.model.error_object), (Ref("CallOptions"), Ref("CallMeta"), Ref("ErrorObject")))
        self.assertEqual(list(self.model.definitions), sorted(self.model.definitions))

    def test_what_is_shared_under_a_name_with_a_number_is_called_by_the_first_that_has_it(self):
        both = document()
        both["methods"][0]["x-request"] = both["methods"][1]["x-request"]
        self.assertEqual([operation.request.name for operation in model.read(both).operations], ["AgentsListRequest", "AgentsListRequest"])

    def test_subscriptions_say_what_their_events_hold(self):
        listed, watched = self.model.operations
        self.assertIsNone(listed.subscription)
        self.assertEqual(watched.subscription, model.Subscription(Nothing(), Ref("Step")))

    def test_errors_are_in_the_order_of_their_numbers_and_in_their_band(self):
        self.assertEqual([(error.name, error.category, error.retryable) for error in self.model.errors],
                         [("KEI_E_STALE", "misuse", False), ("KEI_E_TOKEN", "auth", True)])

    def test_what_a_type_leads_to_is_found_once(self):
        self.assertEqual(model.reachable(self.model, Ref("AgentsListRequest")), ["AgentsListRequest", "Kind"])


class Stopping(unittest.TestCase):
    """No field becomes "any" because nobody thought of its form."""

    def refused(self, schema, *parts):
        told = {"type": "object", "properties": {"strange": schema}}
        with self.assertRaises(model.SchemaError) as caught:
            model.read(document(Told=told))
        for part in ("Told.strange", *parts):
            self.assertIn(part, str(caught.exception))

    def test_what_is_not_understood_is_named_with_its_place(self):
        self.refused({"type": ["string", "integer"]}, "string or integer")
        self.refused({"anyOf": [{"type": "string"}, {"type": "boolean"}]}, "one of several types")
        self.refused({"type": "string", "pattern": "^a"}, "pattern")
        self.refused({"type": "integer", "format": "uint128"}, "uint128")
        self.refused({"type": "integer"}, "None")
        self.refused({"$ref": "#/components/schemas/Missing"}, "Missing")
        self.refused({"type": "array", "items": {"type": ["string", "null"]}}, "[]", "null")
        self.refused({"type": "object", "properties": {"a": True}}, "form that the model does not know")
        self.refused({"minimum": 1}, "minimum")
        self.refused(False, "allows nothing")

    def test_an_error_in_no_band_is_named(self):
        broken = document()
        broken["x-errors"][0]["code"] = 0
        with self.assertRaisesRegex(model.SchemaError, "KEI_E_TOKEN"):
            model.read(broken)

    def test_two_definitions_of_one_name_are_named(self):
        with self.assertRaisesRegex(model.SchemaError, "AgentsListRequest"):
            model.read(document(AgentsListRequest={"type": "object"}))

    def test_what_is_no_description_is_refused(self):
        with self.assertRaisesRegex(model.SchemaError, "kei-agent describe"):
            model.read({})


class Names(unittest.TestCase):
    def test_every_style_has_the_same_words(self):
        for name in ("agents.list_all", "AgentsListAll", "agentsListAll", "AGENTS_LIST_ALL"):
            self.assertEqual(model.words(name), ["agents", "list", "all"])
        self.assertEqual((model.pascal("agents.get"), model.camel("agents.get"), model.snake("AgentsGet")), ("AgentsGet", "agentsGet", "agents_get"))

    def test_objects_and_fields_can_be_compared(self):
        field = Field("a", Boolean(), "", True, False)
        self.assertEqual(Object("O", "", (field,), True), Object("O", "", (field,), True))


if __name__ == "__main__":
    unittest.main()
