"""Reads what `kei-agent describe` answers, an OpenRPC document with JSON Schemas, into plain values that a language's generator writes types from.

It knows the part of JSON Schema that the library's own types need, and stops at anything else with a `SchemaError` that names the place: no field becomes "any"
because nobody thought of its form. The order is stable: operations as the document has them, definitions by name, fields with those that must be there first.

It is one long file, since a form of the types and the reading of it change together.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any as Value
from typing import Optional, Union as OneOf


class SchemaError(Exception):
    """The document holds something that the model does not understand; the text says where and what."""


# --- types -------------------------------------------------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Text:
    """A string. `format` is for example `uri`; `secret` texts must not be shown by whoever holds them; `const` allows one value."""
    format: Optional[str] = None
    secret: bool = False
    const: Optional[str] = None


@dataclass(frozen=True)
class Integer:
    """A whole number. `format` is `uint8`, `uint16`, `uint32`, `uint64`, `int32` or `int64`."""
    format: str = "int64"
    minimum: Optional[int] = None
    maximum: Optional[int] = None


@dataclass(frozen=True)
class Number:
    """A number with a fraction."""
    minimum: Optional[float] = None
    maximum: Optional[float] = None


@dataclass(frozen=True)
class Boolean:
    """True or false."""


@dataclass(frozen=True)
class Json:
    """Any JSON: it passes through, unread."""


@dataclass(frozen=True)
class Nothing:
    """Null: there is no value. The item of a subscription that has none."""


@dataclass(frozen=True)
class List:
    """An array."""
    item: Type


@dataclass(frozen=True)
class Map:
    """An object with any names and values of one type."""
    value: Type


@dataclass(frozen=True)
class Ref:
    """The definition of this name: see `Model.definitions`."""
    name: str


Type = OneOf[Text, Integer, Number, Boolean, Json, Nothing, List, Map, Ref]

MISSING = type("Missing", (), {"__repr__": lambda _: "MISSING", "__bool__": lambda _: False})()
"""The `default` of a field that has none; `None` is null."""


# --- definitions -------------------------------------------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Field:
    """A field of an object."""
    name: str
    """As it stands in JSON."""
    type: Type
    doc: str
    required: bool
    """It must be there, or, in an answer, always is."""
    nullable: bool
    """It may be null, which means the same as absent."""
    default: Value = MISSING
    """The JSON value that holds when it is absent."""
    env: Optional[str] = None
    """For a setting: the environment variable that gives it."""
    live: bool = False
    """For a setting: what changes it in a running client holds for the next call."""


@dataclass(frozen=True)
class Object:
    """An object with named fields."""
    name: str
    doc: str
    fields: tuple[Field, ...]
    closed: bool
    """Other fields are refused. An answer is open: a newer platform may say more."""


@dataclass(frozen=True)
class Choice:
    """One of the values of an enumeration."""
    value: str
    doc: str


@dataclass(frozen=True)
class Enum:
    """A text that is one of a few."""
    name: str
    doc: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Variant:
    """One form of a union: that in which the tag has this value."""
    value: str
    doc: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Union:
    """An object that has one of several forms, told apart by the value of the field `tag`."""
    name: str
    doc: str
    tag: str
    common: tuple[Field, ...]
    """The fields that every form has, besides the tag."""
    variants: tuple[Variant, ...]


Definition = OneOf[Object, Enum, Union]


@dataclass(frozen=True)
class Subscription:
    """What an operation's events hold, if it is subscribed to."""
    item: Type
    state: Type
    request: Optional[Type] = None
    """What a REQUEST event asks, if there are any."""
    reply: Optional[Type] = None
    """What the host answers to it."""


@dataclass(frozen=True)
class Operation:
    """An operation. With a `subscription` it is subscribed to, else called; `answer` is then what its END event holds."""
    name: str
    doc: str
    idempotency: str
    """`idempotent`, `not_idempotent`, `by_request` or `local` (sends nothing)."""
    request: Object
    answer: Type
    subscription: Optional[Subscription] = None


@dataclass(frozen=True)
class Error:
    """A number that a call can end with."""
    code: int
    name: str
    """As in C, for example `KEI_E_STALE`."""
    doc: str
    retryable: bool
    category: str
    """The band of its number: one of `CATEGORIES`."""


CATEGORIES = {1: "misuse", 100: "lifecycle", 200: "configuration", 300: "auth", 400: "transport", 500: "protocol", 600: "resilience"}
"""The bands of error numbers: where each begins, and its name."""


@dataclass(frozen=True)
class Model:
    """All of the document."""
    version: str
    operations: tuple[Operation, ...]
    definitions: dict[str, Definition]
    """By name, in the order of the names. Requests, answers and all that they lead to; the configuration; the options; the error object."""
    errors: tuple[Error, ...]
    client_configuration: Ref
    runtime_configuration: Ref
    options: Ref
    meta: Ref
    error_object: Ref

    def object(self, ref: Ref) -> Object:
        """The object that a reference leads to."""
        found = self.definitions[ref.name]
        if not isinstance(found, Object):
            raise SchemaError(f"{ref.name} is no object")
        return found


# --- names -------------------------------------------------------------------------------------------------------------------------------------------------

def words(name: str) -> list[str]:
    """The words of a name in any style, in small letters: `agents.get`, `max_bytes`, `RetryConfig`, `KEI_E_STALE`."""
    parts = re.split(r"[^A-Za-z0-9]+", name)
    return [word.lower() for part in parts for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|[0-9]+", part)]


def pascal(name: str) -> str:
    """`agents.get` -> `AgentsGet`."""
    return "".join(word.capitalize() for word in words(name))


def camel(name: str) -> str:
    """`agents.get` -> `agentsGet`."""
    whole = pascal(name)
    return whole[:1].lower() + whole[1:]


def snake(name: str) -> str:
    """`AgentsGet` -> `agents_get`."""
    return "_".join(words(name))


# --- reading -----------------------------------------------------------------------------------------------------------------------------------------------

PREFIX = "#/components/schemas/"
# What the library calls these is right beside its other types; in a wrapper they stand alone.
ROLES = {"x-options": "CallOptions", "x-meta": "CallMeta", "x-error-object": "ErrorObject"}
# How wide an integer is. One of the machine's own width counts as the widest.
WIDTHS = {"uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64", "uint": "uint64", "int32": "int32", "int64": "int64", "int": "int64"}
# Said of a schema without changing what it allows.
REMARKS = {"description", "title", "default", "x-env", "x-live", "writeOnly"}


def read(document: dict) -> Model:
    """The document's model."""
    try:
        schemas = document["components"]["schemas"]
        reader = _Reader(schemas, _names(document))
        return reader.model(document)
    except KeyError as missing:
        raise SchemaError(f"the document has no {missing}; it should be what `kei-agent describe` prints") from None


def _named(schema: Value) -> Optional[str]:
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    return reference.removeprefix(PREFIX) if reference else None


def _names(document: dict) -> dict[str, str]:
    """The names of definitions in the model. What is one operation's alone is called by it: the library has several `ListRequest`s, in modules of their own. One that
    several share keeps its name, unless that is a number's away from another's: it is then called by the first."""
    uses: dict[str, list[str]] = {}
    for method in document["methods"]:
        stem = pascal(method["name"])
        bare = stem.removesuffix("Request")
        for schema, name in ((method["x-request"], f"{bare}Request"), (method["result"]["schema"], f"{bare}Answer")):
            if found := _named(schema):
                uses.setdefault(found, []).append(name)
    names = {name: users[0] for name, users in uses.items() if len(users) == 1 or name[-1].isdigit()}
    names |= {found: name for role, name in ROLES.items() if (found := _named(document[role]))}
    taken: dict[str, str] = {}
    for definition in document["components"]["schemas"]:
        name = names.setdefault(definition, definition)
        if other := taken.get(name):
            raise SchemaError(f"the definitions {other} and {definition} would both be called {name}; rename one in the library")
        taken[name] = definition
    return names


def _doc(schema: dict) -> str:
    """The description: paragraphs with an empty line between, each in one line."""
    paragraphs = re.split(r"\n\s*\n", schema.get("description", "").strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


class _Reader:
    def __init__(self, schemas: dict, names: dict[str, str]):
        self.schemas = schemas
        self.names = names

    def model(self, document: dict) -> Model:
        definitions = {self.names[name]: self.definition(name, schema) for name, schema in self.schemas.items()}
        references = {key: self.reference(document[key], key) for key in ("x-client-configuration", "x-runtime-configuration", *ROLES)}
        return Model(
            version=document["info"]["version"],
            operations=tuple(self.operation(method, definitions) for method in document["methods"]),
            definitions=dict(sorted(definitions.items())),
            errors=tuple(self.error(error) for error in sorted(document["x-errors"], key=lambda error: error["code"])),
            client_configuration=references["x-client-configuration"], runtime_configuration=references["x-runtime-configuration"],
            options=references["x-options"], meta=references["x-meta"], error_object=references["x-error-object"])

    def operation(self, method: dict, definitions: dict[str, Definition]) -> Operation:
        name = method["name"]
        request = definitions[self.reference(method["x-request"], f"the request of {name}").name]
        if not isinstance(request, Object):
            raise SchemaError(f"the request of {name} is no object")
        subscription = None
        if events := method.get("x-subscription"):
            kinds = {kind: self.plain(events[kind], f"the {kind} of {name}") for kind in ("item", "state", "request", "reply") if kind in events}
            subscription = Subscription(**kinds)
        return Operation(name, method["summary"], method["x-idempotency"], request,
                         self.plain(method["result"]["schema"], f"the answer of {name}"), subscription)

    @staticmethod
    def error(error: dict) -> Error:
        start = max((band for band in CATEGORIES if band <= error["code"]), default=None)
        if start is None:
            raise SchemaError(f"the error {error['name']} has the number {error['code']}, which is in no band")
        return Error(error["code"], error["name"], error["message"], error["retryable"], CATEGORIES[start])

    def definition(self, name: str, schema: dict) -> Definition:
        shown = self.names[name]
        if "oneOf" in schema and all("const" in option for option in schema["oneOf"]):
            self.only(schema, name, "oneOf")
            choices = []
            for option in schema["oneOf"]:
                self.only(option, f"a choice of {name}", "const", "type")
                choices.append(Choice(option["const"], _doc(option)))
            return Enum(shown, _doc(schema), tuple(choices))
        if "enum" in schema:
            self.only(schema, name, "enum", "type")
            return Enum(shown, _doc(schema), tuple(Choice(value, "") for value in schema["enum"]))
        if "oneOf" in schema:
            return self.union(name, schema)
        if schema.get("type") != "object":
            raise SchemaError(f"{name} is neither an object, an enumeration nor a union: {_shape(schema)}")
        self.only(schema, name, "type", "properties", "required", "additionalProperties")
        closed = schema.get("additionalProperties", True)
        if not isinstance(closed, bool):
            raise SchemaError(f"{name} has named fields and others of a type of their own, which the model has no form for")
        return Object(shown, _doc(schema), self.fields(schema, name), not closed)

    def union(self, name: str, schema: dict) -> Union:
        self.only(schema, name, "oneOf", "type", "properties", "required")
        variants, tags = [], set()
        for number, option in enumerate(schema["oneOf"], 1):
            place = f"the form {number} of {name}"
            self.only(option, place, "type", "properties", "required", "allOf", "additionalProperties")
            fields = self.fields(option, place)
            for part in option.get("allOf", []):
                target = _named(part)
                if target is None:
                    raise SchemaError(f"{place} is made of a part without a name: {_shape(part)}")
                fields += self.fields(self.schemas[target], target)
            tag = [field for field in fields if isinstance(field.type, Text) and field.type.const is not None]
            if len(tag) != 1:
                raise SchemaError(f"{place} has {len(tag)} fields with one value; it should have one, which tells it from the others")
            tags.add(tag[0].name)
            variants.append(Variant(tag[0].type.const, _doc(option), tuple(field for field in fields if field is not tag[0])))
        if len(tags) != 1:
            raise SchemaError(f"the forms of {name} are told apart by different fields: {', '.join(sorted(tags))}")
        return Union(self.names[name], _doc(schema), tags.pop(), self.fields(schema, name), tuple(variants))

    def fields(self, schema: dict, place: str) -> tuple[Field, ...]:
        required = set(schema.get("required", []))
        properties = schema.get("properties", {})
        if strangers := required - properties.keys():
            raise SchemaError(f"{place} requires fields that it does not have: {', '.join(sorted(strangers))}")
        # The document has its names in alphabetical order; what must be given comes first.
        return tuple(self.field(name, inner, name in required, f"{place}.{name}")
                     for name, inner in sorted(properties.items(), key=lambda item: (item[0] not in required, item[0])))

    def field(self, name: str, schema: Value, required: bool, place: str) -> Field:
        kind, nullable = self.type(schema, place)
        said = schema if isinstance(schema, dict) else {}
        return Field(name, kind, _doc(said) or self.doc_of(kind), required, nullable, said.get("default", MISSING), said.get("x-env"),
                     said.get("x-live", False))

    def doc_of(self, kind: Type) -> str:
        if not isinstance(kind, Ref):
            return ""
        return next(_doc(self.schemas[name]) for name, shown in self.names.items() if shown == kind.name and name in self.schemas)

    def plain(self, schema: Value, place: str) -> Type:
        """A type that cannot be null."""
        kind, nullable = self.type(schema, place)
        if nullable:
            raise SchemaError(f"{place} may be null, which the model has no form for there")
        return kind

    def reference(self, schema: Value, place: str) -> Ref:
        kind = self.plain(schema, place)
        if not isinstance(kind, Ref):
            raise SchemaError(f"{place} should be a definition with a name, not {_shape(schema)}")
        return kind

    def type(self, schema: Value, place: str) -> tuple[Type, bool]:
        """A schema's type, and whether it may be null besides."""
        if schema is True:
            return Json(), False
        if not isinstance(schema, dict):
            raise SchemaError(f"{place} allows nothing: its schema is {schema!r}")
        if name := _named(schema):
            self.only(schema, place, "$ref")
            if name not in self.schemas:
                raise SchemaError(f"{place} refers to {name}, which is not defined")
            return Ref(self.names[name]), False
        if "allOf" in schema:
            self.only(schema, place, "allOf")
            if len(schema["allOf"]) != 1:
                raise SchemaError(f"{place} is made of {len(schema['allOf'])} parts; the model has a form for one")
            return self.type(schema["allOf"][0], place)
        if "anyOf" in schema:
            self.only(schema, place, "anyOf")
            others = [option for option in schema["anyOf"] if option != {"type": "null"}]
            if len(others) != 1 or len(schema["anyOf"]) != 2:
                raise SchemaError(f"{place} is one of several types; the model has a form for one type or null")
            return self.plain(others[0], place), True
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        nullable = "null" in kinds and kinds != ["null"]
        if nullable:
            kinds.remove("null")
        if not kinds:
            self.only(schema, place)
            return Json(), False
        if len(kinds) > 1:
            raise SchemaError(f"{place} may be {' or '.join(kinds)}; the model has a form for one type or null")
        return self.simple(kinds[0], schema, place), nullable

    def simple(self, kind: str, schema: dict, place: str) -> Type:
        if kind == "null":
            self.only(schema, place, "type")
            return Nothing()
        if kind == "boolean":
            self.only(schema, place, "type")
            return Boolean()
        if kind == "string":
            self.only(schema, place, "type", "format", "const")
            return Text(schema.get("format"), schema.get("writeOnly", False), schema.get("const"))
        if kind == "integer":
            self.only(schema, place, "type", "format", "minimum", "maximum")
            if schema.get("format") not in WIDTHS:
                raise SchemaError(f"{place} is an integer of the format {schema.get('format')!r}; the model knows {', '.join(WIDTHS)}")
            return Integer(WIDTHS[schema["format"]], schema.get("minimum"), schema.get("maximum"))
        if kind == "number":
            self.only(schema, place, "type", "format", "minimum", "maximum")
            return Number(schema.get("minimum"), schema.get("maximum"))
        if kind == "array":
            self.only(schema, place, "type", "items")
            return List(self.plain(schema.get("items", True), f"{place}[]"))
        if kind == "object" and not schema.get("properties"):
            self.only(schema, place, "type", "additionalProperties")
            return Map(self.plain(schema.get("additionalProperties", True), f"{place}{{}}"))
        raise SchemaError(f"{place} is of a form that the model does not know: {_shape(schema)}")

    @staticmethod
    def only(schema: dict, place: str, *known: str) -> None:
        """Stops at a rule that would be lost."""
        if unknown := set(schema) - REMARKS - set(known):
            raise SchemaError(f"{place} has rules that the model does not understand: {', '.join(sorted(unknown))}")


def _shape(schema: Value) -> str:
    return f"a schema with {', '.join(sorted(schema))}" if isinstance(schema, dict) else repr(schema)


def reachable(model: Model, start: Type) -> list[str]:
    """The names of the definitions that a type leads to, each once, itself included."""
    found: list[str] = []

    def visit(kind: Value) -> None:
        if isinstance(kind, Ref):
            if kind.name not in found:
                found.append(kind.name)
                visit(model.definitions[kind.name])
        elif isinstance(kind, (list, tuple)):
            for part in kind:
                visit(part)
        elif dataclasses.is_dataclass(kind):
            for part in dataclasses.fields(kind):
                visit(getattr(kind, part.name))

    visit(start)
    return found
