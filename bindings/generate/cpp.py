"""The typed layer of the C++ wrapper: headers under bindings/cpp/include/kei_agent/generated.

A definition stands in the first header that needs it. A whole number whose name ends in a unit of time becomes a `std::chrono` duration without the unit in its name.
"""

from model import (CATEGORIES, Boolean, Enum, Integer, Json, List, Map, Model, Nothing, Number, Object, Ref, SchemaError, Text, Union, pascal, reachable, snake)

PLACE = "bindings/cpp/include/kei_agent/generated"
UNITS = {"_ms": "milliseconds", "_s": "seconds", "_seconds": "seconds"}
KEYWORDS = {"and", "auto", "bool", "break", "case", "catch", "char", "class", "concept", "const", "continue", "default", "delete", "do", "double", "else", "enum",
            "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "not", "operator",
            "or", "private", "protected", "public", "register", "requires", "return", "short", "signed", "sizeof", "static", "struct", "switch", "template", "this",
            "throw", "true", "try", "typedef", "typename", "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor"}
HEAD = """/// @file
/// {purpose}
/// Made by bindings/generate from what the library says of itself; do not edit.
#ifndef {guard}
#define {guard}

{includes}

"""


def identifier(name):
    """A name as C++ lets it stand."""
    plain = "".join(c if c.isalnum() else "_" for c in name)
    return f"{plain}_" if plain in KEYWORDS else plain


def comment(doc, indent=""):
    """A Doxygen comment."""
    return "".join(f"{indent}/// {line}".rstrip() + "\n" for line in doc.replace("@", "\\@").replace("<", "\\<").split("\n"))


def quoted(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unit(field):
    """The unit of time at the end of a field's name, if it is a span of time."""
    if not isinstance(field.type, Integer):
        return None
    return next((end for end in UNITS if field.name.endswith(end)), None)


def member(field):
    """The name of the field's member."""
    end = unit(field)
    return identifier(field.name.removesuffix(end) if end else field.name)


def value_type(kind):
    """The C++ type of a JSON type."""
    if isinstance(kind, Text):
        return "Secret" if kind.secret else "std::string"
    if isinstance(kind, Integer):
        return f"std::{kind.format}_t"
    if isinstance(kind, List):
        return f"std::vector<{value_type(kind.item)}>"
    if isinstance(kind, Map):
        return f"std::map<std::string, {value_type(kind.value)}>"
    if isinstance(kind, Ref):
        return kind.name
    return {Number: "double", Boolean: "bool", Json: "Json", Nothing: "Json"}[type(kind)]


def is_needed(field):
    return field.required and not field.nullable


def member_type(field):
    end = unit(field)
    kind = f"std::chrono::{UNITS[end]}" if end else value_type(field.type)
    return kind if is_needed(field) else f"std::optional<{kind}>"


def members(fields, indent="    "):
    names = [member(field) for field in fields]
    if len(set(names)) != len(names):
        raise SchemaError(f"fields that would have the same name in C++: {', '.join(names)}")
    lines = []
    for field in fields:
        # Whoever leaves out what may be left out should get no warning for it; what must be there has no default but where it would be without a value.
        start = "" if is_needed(field) and member_type(field).startswith(("std::string", "Json", "Secret", "std::vector", "std::map")) else "{}"
        lines.append(comment(field.doc or field.name, indent) + f"{indent}{member_type(field)} {member(field)}{start};\n")
    return "".join(lines)


def enumeration(definition, reads, writes):
    values = "".join(comment(choice.doc or f"`{choice.value}`", "    ") + f"    {identifier(choice.value)},\n" for choice in definition.choices)
    text = comment(definition.doc or f"One of {', '.join(f'`{choice.value}`' for choice in definition.choices)}.") + f"enum class {definition.name} {{\n{values}}};\n\n"
    cases = "".join(f"    case {definition.name}::{identifier(choice.value)}: return {quoted(choice.value)};\n" for choice in definition.choices)
    text += f"/// The value as it stands in JSON.\nconstexpr std::string_view to_string({definition.name} value) noexcept\n{{\n    switch (value) {{\n{cases}    }}\n    return {{}};\n}}\n"
    if writes:
        text += f"/// Writes it.\ninline void write(json::Writer& to, {definition.name} value) {{ to.string(to_string(value)); }}\n"
    if reads:
        each = ", ".join(f"{definition.name}::{identifier(choice.value)}" for choice in definition.choices)
        told = ", ".join(choice.value for choice in definition.choices)
        text += (f"/// Reads it.\ninline void read(json::Reader& from, {definition.name}& to)\n{{\n    std::string text;\n    if (from.string(text))\n        for (const auto value : {{{each}}})\n"
                 f"            if (text == to_string(value)) {{\n                to = value;\n                return;\n            }}\n    from.fail({quoted(f'should be one of {told}')});\n}}\n")
    return text


def reading(fields, indent, other="from.skip();"):
    """The statements that read an object's fields into `to`. A list or map that is not there is an empty one: the library leaves such out."""
    needed = [field for field in fields if is_needed(field) and not isinstance(field.type, (List, Map))]
    text = f"{indent}bool {', '.join(f'has_{member(field)} = false' for field in needed)};\n" if needed else ""
    text += f"{indent}from.object([&](std::string_view name) {{\n"
    for number, field in enumerate(fields):
        then = f"read(from, to.{member(field)});"
        if field in needed:
            then = f"{{\n{indent}        has_{member(field)} = true;\n{indent}        {then}\n{indent}    }}"
            text += f"{indent}    {'else ' if number else ''}if (name == {quoted(field.name)}) {then}\n"
        else:
            text += f"{indent}    {'else ' if number else ''}if (name == {quoted(field.name)})\n{indent}        {then}\n"
    text += f"{indent}    else\n{indent}        {other}\n" if fields else f"{indent}    (void)name;\n{indent}    {other}\n"
    text += f"{indent}}});\n"
    return text + "".join(f"{indent}from.need(has_{member(field)}, {quoted(field.name)});\n" for field in needed)


def writing(fields, indent="    "):
    return "".join(f"{indent}to.field({quoted(field.name)}, value.{member(field)});\n" for field in fields)


def structure(name, doc, fields, reads, writes):
    text = comment(doc or f"{name}.") + f"struct {name} {{\n{members(fields)}}};\n\n"
    if writes:
        unused = "" if fields else "[[maybe_unused]] "
        text += f"/// Writes it.\ninline void write(json::Writer& to, {unused}const {name}& value)\n{{\n    to.begin_object();\n{writing(fields)}    to.end_object();\n}}\n"
    if reads:
        unused = "" if fields else "[[maybe_unused]] "
        text += f"/// Reads it.\ninline void read(json::Reader& from, {unused}{name}& to)\n{{\n{reading(fields, '    ')}}}\n"
    return text


def union(definition, reads, writes):
    """The forms as structs of their own, and a variant of them. Its tag may stand behind what it tells of, so that it is looked for first."""
    forms = [(f"{definition.name}{pascal(variant.value)}", variant) for variant in definition.variants]
    text = "".join(structure(name, variant.doc, variant.fields, reads, False) + "\n" for name, variant in forms)
    tag = identifier(definition.tag)
    text += (comment(definition.doc or f"{definition.name}.") + f"struct {definition.name} {{\n{members(definition.common)}    /// What it is.\n"
             f"    std::variant<{', '.join(name for name, _ in forms)}> {tag};\n}};\n\n")
    if reads:
        text += (f"/// Reads it.\ninline void read(json::Reader& from, {definition.name}& to)\n{{\n    const std::string_view whole = from.raw();\n    std::string tag;\n"
                 f"    json::Reader look(whole);\n    look.object([&](std::string_view name) {{\n        if (name == {quoted(definition.tag)})\n            read(look, tag);\n"
                 "        else\n            look.skip();\n    });\n    json::Reader inner(whole);\n")
        for name, variant in forms:
            text += f"    if (tag == {quoted(variant.value)})\n        read(inner, to.{tag}.emplace<{name}>());\n    else "
        told = ", ".join(variant.value for variant in definition.variants)
        text += f"\n        inner.fail({quoted(f'should have a `{definition.tag}` that is one of {told}')});\n    if (!inner.ok())\n        return from.fail_as(inner);\n"
        if definition.common:
            text += "    json::Reader common(whole);\n    const auto read_common = [&](json::Reader& from) {\n" + reading(definition.common, "        ") + "    };\n"
            text += "    read_common(common);\n    if (!common.ok())\n        from.fail_as(common);\n"
        text += "}\n"
    if writes:
        text += f"/// Writes it.\ninline void write(json::Writer& to, const {definition.name}& value)\n{{\n    to.begin_object();\n{writing(definition.common)}"
        for name, variant in forms:
            text += f"    if (const auto* form = std::get_if<{name}>(&value.{tag})) {{\n        to.field({quoted(definition.tag)}, std::string_view({quoted(variant.value)}));\n"
            text += "".join(f"        to.field({quoted(field.name)}, form->{member(field)});\n" for field in variant.fields)
            text += "" if variant.fields else "        (void)form;\n"
            text += "    }\n"
        text += "    to.end_object();\n}\n"
    return text


def definition_text(definition, reads, writes):
    if isinstance(definition, Enum):
        return enumeration(definition, reads, writes)
    if isinstance(definition, Union):
        return union(definition, reads, writes)
    return structure(definition.name, definition.doc, definition.fields, reads, writes)


class Layer:
    """Which definitions stand where, and whether they are read, written or both."""

    def __init__(self, model: Model):
        self.model = model
        self.requests = {operation.name: self.request_name(operation) for operation in model.operations}
        written = [model.options, model.client_configuration, model.runtime_configuration]
        # Options are read, too: whoever keeps them in a file of his own gets them from there.
        seen = [model.error_object, model.meta, model.options]
        for operation in model.operations:
            written.append(Ref(operation.request.name))
            seen.append(operation.answer)
            if events := operation.subscription:
                seen += [events.item, events.state, *([events.request] if events.request else [])]
                written += [events.reply] if events.reply else []
        self.written = {name for kind in written for name in reachable(model, kind)}
        self.read = {name for kind in seen for name in reachable(model, kind)}
        self.placed = set()

    def request_name(self, operation):
        """Each operation has a request type of its own, so that the type tells the operation."""
        shared = [other for other in self.model.operations if other.request.name == operation.request.name]
        return operation.request.name if len(shared) == 1 else f"{pascal(operation.name)}Request"

    def order(self, kinds):
        """The definitions that these lead to and that stand nowhere yet, each after what it needs."""
        shared = {operation.request.name for operation in self.model.operations} - set(self.requests.values())
        found = []

        def visit(name):
            if name in self.placed or name in shared:
                return
            self.placed.add(name)
            for inner in reachable(self.model, Ref(name))[1:]:
                visit(inner)
            found.append(name)

        for kind in kinds:
            for name in reachable(self.model, kind):
                visit(name)
        return found

    def texts(self, kinds):
        return "\n".join(definition_text(self.model.definitions[name], name in self.read, name in self.written) for name in self.order(kinds))


def header(name, purpose, includes, body):
    guard = f"KEI_AGENT_GENERATED_{name.upper()}_HPP"
    lines = "\n".join(f"#include <{include}>" for include in includes)
    return HEAD.format(purpose=purpose, guard=guard, includes=lines) + body + "\n#endif\n"


def space(text, name="kei::api"):
    return f"namespace {name} {{\n\n{text}\n}} // namespace {name}\n"


def codes(model):
    values = "".join(comment(error.doc, "    ") + f"    {identifier(error.name.removeprefix('KEI_E_').lower())} = {error.code},\n" for error in model.errors)
    cases = "".join(f"    case Code::{identifier(error.name.removeprefix('KEI_E_').lower())}: return {quoted(error.doc)};\n" for error in model.errors)
    bands = list(CATEGORIES.items())
    kinds = "".join(f"    /// Numbers from {start}.\n    {name},\n" for start, name in bands)
    tests = "".join(f"    if (number >= {start})\n        return Category::{name};\n" for start, name in reversed(bands[1:]))
    return header("codes", "What can go wrong, by number.", ["cstdint", "string_view"], space(
        "/// What went wrong, as a stable number: the same as C's `KEI_E_` names. Numbers are never reused, new ones may be added.\n"
        f"enum class Code : std::int32_t {{\n    /// Success.\n    ok = 0,\n{values}}};\n\n"
        "/// What a number means, in one sentence.\n"
        f"constexpr std::string_view meaning(Code code) noexcept\n{{\n    switch (code) {{\n    case Code::ok: return \"Success.\";\n{cases}    }}\n"
        "    return \"An error that this version does not know.\";\n}\n\n"
        f"/// The kinds of things that go wrong: the bands of the numbers.\nenum class Category {{\n{kinds}}};\n\n"
        "/// The kind that a number belongs to.\nconstexpr Category category_of(Code code) noexcept\n{\n    const auto number = static_cast<std::int32_t>(code);\n"
        f"{tests}    return Category::{bands[0][1]};\n}}\n", "kei"))


EVENTS = {"Item": "an item is", "State": "a change of state tells", "Request": "the host is asked", "Reply": "the host answers"}


def calls(layer):
    """What belongs to each operation, found by the type of its request."""
    text = ""
    for operation in layer.model.operations:
        name = layer.requests[operation.name]
        said = value_type(operation.answer) if not isinstance(operation.answer, Ref) else operation.answer.name
        qualified = said if said.startswith("std::") or said == "Json" else f"api::{said}"
        lines = f"    /// The operation's name.\n    static constexpr std::string_view name = {quoted(operation.name)};\n"
        lines += f"    /// What it answers; for a subscription, when it ends.\n    using Answer = {qualified};\n"
        lines += f"    /// Whether it is subscribed to rather than called.\n    static constexpr bool is_subscription = {'true' if operation.subscription else 'false'};\n"
        if events := operation.subscription:
            kinds = {"Item": events.item, "State": events.state, "Request": events.request, "Reply": events.reply}
            for role, kind in kinds.items():
                if kind is not None:
                    lines += f"    /// What {EVENTS[role]}.\n    using {role} = {'api::' if isinstance(kind, Ref) else ''}{value_type(kind)};\n"
        text += f"/// `{operation.name}`.\ntemplate <>\nstruct OperationOf<api::{name}> {{\n{lines}}};\n\n"
    return text


def agent(layer):
    text = ""
    for operation in layer.model.operations:
        name = layer.requests[operation.name]
        needed = any(is_needed(field) for field in operation.request.fields)
        given = f"const api::{name}& request" if needed else f"const api::{name}& request = {{}}"
        doc = comment(operation.doc, "    ")
        if operation.subscription:
            text += (f"{doc}    auto {snake(operation.name)}({given}, const SubscribeOptions& options = {{}}) const {{ return this->subscribe(request, options); }}\n")
        else:
            text += (f"{doc}    auto {snake(operation.name)}({given}, const CallOptions& options = {{}}) const {{ return this->call(request, options); }}\n")
    return text


def files(model: Model) -> dict[str, str]:
    layer = Layer(model)
    base = ["kei_agent/json_reader.hpp", "kei_agent/json_writer.hpp", "optional", "string", "variant", "vector", "map", "chrono", "cstdint"]
    made = {"codes": codes(model), "version": header("version", "The version that these headers belong to.", ["kei_agent.h"], f"/// The version of these headers.\n#define KEI_AGENT_CPP_VERSION {quoted(model.version)}\n")}
    made["error_object"] = header("error_object", "The error object.", base, space(layer.texts([model.error_object])))
    made["options"] = header("options", "What a single call may be told.", base, space(layer.texts([model.options, model.meta]))
                             + "\nnamespace kei {\nusing api::CallMeta;\nusing api::CallOptions;\n} // namespace kei\n")
    made["configuration"] = header("configuration", "What clients and runtimes are told when they are made.", ["kei_agent/generated/options.hpp"], space(
        layer.texts([model.client_configuration, model.runtime_configuration])) + "\nnamespace kei {\nusing api::ClientConfig;\nusing api::RuntimeConfig;\n} // namespace kei\n")
    kinds = []
    for operation in model.operations:
        kinds += [Ref(operation.request.name), operation.answer]
        if events := operation.subscription:
            kinds += [kind for kind in (events.item, events.state, events.request, events.reply) if kind is not None]
    own = [Object(layer.requests[operation.name], operation.request.doc, operation.request.fields, operation.request.closed) for operation in model.operations
           if layer.requests[operation.name] != operation.request.name]
    texts = layer.texts(kinds) + "".join("\n" + structure(request.name, request.doc, request.fields, False, True) for request in own)
    made["types"] = header("types", "The requests and answers of all operations.", ["kei_agent/generated/configuration.hpp", "kei_agent/generated/error_object.hpp"], space(texts)
                           + "\n" + space("/// What belongs to an operation, by the type of its request: its `name`, its `Answer`, and for a subscription what its events hold.\n"
                                          "template <class Request>\nstruct OperationOf;\n\n" + calls(layer), "kei"))
    made["agent"] = header("agent", "A client with one function for each operation.", ["kei_agent/client.hpp"], space(
        "/// A client with one function for each operation beside the general ones. `kei::Agent` answers `Result`s, `kei::throwing::Agent` throws.\n"
        "///\n/// What a function takes can as well be given to `submit`, `async` or `subscribe`: the type of the request tells the operation.\n"
        "template <class Errors>\nclass BasicAgent : public BasicClient<Errors> {\npublic:\n"
        "    /// A client as an agent.\n    explicit BasicAgent(BasicClient<Errors> client) : BasicClient<Errors>(std::move(client)) {}\n"
        "    /// @copydoc BasicClient::create\n    template <class... Arguments>\n    static typename Errors::template Of<BasicAgent> create(Arguments&&... arguments)\n    {\n"
        "        return Errors::tell(BasicClient<Results>::create(std::forward<Arguments>(arguments)...).transform([](BasicClient<Results>&& made) {\n"
        "            return BasicAgent(BasicClient<Errors>(std::move(made)));\n        }));\n    }\n\n"
        f"{agent(layer)}}};\n", "kei"))
    return {f"{PLACE}/{name}.hpp": text for name, text in made.items()}
