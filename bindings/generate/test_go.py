"""The generator of Go: names as Go has them, what may be left out, what is a pointer, secrets, and text that gofmt would not change."""

import shutil
import subprocess
import unittest

import go
import model
from model import Boolean, Choice, Enum, Error, Field, Integer, Json, List, Map, Model, Nothing, Number, Object, Operation, Ref, Subscription, Text, Union, Variant


def field(name, kind, required=False, **more):
    return Field(name, kind, "Said of it.", required, not required, **more)


REQUEST = Object("PlanRequest", "What to plan.", (
    field("objective", Text(), True), field("context", Json()), field("api_token", Text(secret=True)), field("limit", Integer("uint32", 1)),
    field("priority", Integer("int32")), field("timeout_ms", Integer("uint64", 0)), field("share", Number(0.0)), field("strict", Boolean(), default=True),
    field("loud", Boolean(), default=False), field("retry", Ref("Retry")), field("tags", List(Text())), field("agent_id", Text(secret=True)),
    field("level", Ref("Level"), default="low", env="KEI_LEVEL", live=True)), True)
ANSWER = Object("PlanAnswer", "The plan.", (field("plan_id", Text(), True), field("body", Json()), field("http_status", Integer("uint16", 0)),
                                           field("retry", Ref("Retry")), field("done", Boolean()), field("access_token", Text(), True)), False)
DEFINITIONS = {definition.name: definition for definition in (
    REQUEST, ANSWER,
    Object("Retry", "How often.", (field("max_attempts", Integer("uint32", 1)),), True),
    Object("Nothing", "Nothing.", (), True),
    Object("CallOptions", "The options.", (field("timeout_ms", Integer("uint64", 1)), field("idempotent", Boolean(), default=None), field("meta", Boolean(), default=False),
                                           Field("buffer", Integer("uint64", 1), "For a subscription: how many.", False, True)), True),
    Enum("Level", "How much.", (Choice("low", "Little."), Choice("very_high", ""))),
    Enum("Category", "What kind.", tuple(Choice(name, "") for name in "abcdefg")),
    Union("Step", "A step.", "step", (field("at_ms", Integer("uint64", 0), True),), (
        Variant("held", "It waited.", (field("wait_ms", Integer("uint64", 0), True),)), Variant("sent", "It went.", (field("number", Integer("uint32", 0), True),)))),
)}
OPERATIONS = (
    Operation("plan", "Plans. Well.", "idempotent", REQUEST, Ref("PlanAnswer")),
    Operation("rpc.call", "Calls.", "not_idempotent", DEFINITIONS["Nothing"], Json()),
    Operation("auth.serve", "Asks the host.", "idempotent", DEFINITIONS["Nothing"], Ref("PlanAnswer"),
              Subscription(Nothing(), Ref("Step"), Ref("Step"), Map(Text()))),
)
REFERENCE = Ref("CallOptions")
MODEL = Model("1.2.3", OPERATIONS, DEFINITIONS, (Error(2, "KEI_E_UTF8", "No text.", False, "misuse"),), REFERENCE, REFERENCE, REFERENCE, REFERENCE, REFERENCE)


class Go(unittest.TestCase):
    def setUp(self):
        self.files = {path.rsplit("/")[-1]: text for path, text in go.files(MODEL).items()}

    def has(self, file, *lines):
        for line in lines:
            self.assertIn(line, self.files[file])

    def test_names_are_as_go_has_them(self):
        names = {"agents.get": "AgentsGet", "http_url": "HTTPURL", "KEI_E_UTF8": "KeiEUTF8", "oauth_error": "OAuthError", "agent_ids": "AgentIDs", "rpc.call": "RPCCall"}
        self.assertEqual({name: go.name(name) for name in names}, names)

    def test_what_may_be_absent_is_left_out_and_a_pointer_where_zero_is_a_value(self):
        self.has("types_gen.go", 'Objective string `json:"objective"`', 'Context any `json:"context,omitzero"`', 'Limit uint32 `json:"limit,omitzero"`',
                 'Priority *int `json:"priority,omitzero"`', 'Share *float64 `json:"share,omitzero"`', 'Strict *bool `json:"strict,omitzero"`',
                 'Loud bool `json:"loud,omitzero"`', 'Retry Retry `json:"retry,omitzero"`', 'Tags []string `json:"tags,omitzero"`')

    def test_in_an_answer_what_is_absent_can_be_told(self):
        self.has("types_gen.go", 'Body json.RawMessage `json:"body,omitzero"`', 'HTTPStatus *int `json:"http_status,omitzero"`', 'Retry *Retry `json:"retry,omitzero"`')

    def test_times_and_secrets_have_their_types(self):
        self.has("types_gen.go", 'Timeout *Millis `json:"timeout_ms,omitzero"`', 'APIToken Secret `json:"api_token,omitzero"`', 'AccessToken Secret `json:"access_token"`',
                 'AgentID string `json:"agent_id,omitzero"`')

    def test_what_holds_a_secret_is_masked_in_logs(self):
        self.has("types_gen.go", "func (v PlanRequest) LogValue() slog.Value {", "func (v PlanAnswer) LogValue() slog.Value {")
        self.assertNotIn("func (v Retry) LogValue", self.files["types_gen.go"])

    def test_defaults_and_variables_are_told(self):
        self.has("types_gen.go", "// Level: said of it. When absent: low. It can be changed while the client runs. Environment: KEI_LEVEL.", "// Strict: said of it. When absent: true.")

    def test_a_union_is_one_structure_that_says_which_fields_it_has(self):
        self.has("types_gen.go", 'Step StepKind `json:"step"`', "// Wait: for held: said of it.", 'StepKindHeld StepKind = "held"', 'At Millis `json:"at_ms"`')

    def test_each_operation_has_a_method(self):
        self.has("operations_gen.go", "// Plan plans. Well. It is sent again where that may help.",
                 "func (c *Client) Plan(ctx context.Context, request PlanRequest, options ...Option) (PlanAnswer, error) {",
                 "func (c *Client) RPCCall(ctx context.Context, options ...Option) (json.RawMessage, error) {",
                 "func (c *Client) AuthServe(ctx context.Context, handler func(context.Context, Step) (map[string]string, error), options ...SubscribeOption) (*Subscription[struct{}], error) {")

    def test_options_are_functions_and_those_of_subscriptions_are_no_calls(self):
        self.has("options_gen.go", "func WithTimeout(value time.Duration) Option {", "s.call.Timeout = Milliseconds(value)", "func WithBuffer(value uint64) SubscribeOption {",
                 "s.call.Idempotent = &value")
        self.assertNotIn("func WithMeta", self.files["options_gen.go"])

    def test_codes_and_categories(self):
        self.has("codes_gen.go", "ErrUTF8 Code = 2", "// CategoryMisuse: the numbers from 1 to 99.\n\tCategoryMisuse Category = \"misuse\"\n",
                 "var bands = []Category{\n\tCategoryMisuse,\n")
        self.has("types_gen.go", "type FailureCategory string")

    def test_forms_that_go_has_no_structure_for_stop_it(self):
        clash = Union("Step", "", "step", (), (Variant("a", "", (field("x", Text(), True),)), Variant("b", "", (field("x", Boolean(), True),))))
        with self.assertRaisesRegex(model.SchemaError, "Step.x"):
            go.union(MODEL, clash)

    def test_gofmt_would_change_nothing(self):
        gofmt = shutil.which("gofmt")
        for name, text in self.files.items():
            with self.subTest(name):
                self.assertTrue(text.startswith("// Code generated "))
                self.assertNotIn(" \n", text)
                if gofmt:  # Without it, the Go suite looks at the files themselves.
                    done = subprocess.run([gofmt], input=text, capture_output=True, text=True, check=False)
                    self.assertEqual((done.stdout, done.stderr), (text, ""))


if __name__ == "__main__":
    unittest.main()
