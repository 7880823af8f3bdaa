"""The typed layer of .NET: a class for each request and answer, an enum for each choice, and on the client one method for each operation.

What is sent can be written, what is received can be read, by code without reflection: so it is the same on all targets, and safe to trim. Durations become
TimeSpans; what an answer holds besides its known fields is kept, for a newer platform may say more.
"""

import json
import re
from xml.sax.saxutils import escape

from model import (MISSING, Boolean, Enum, Integer, Json, List, Map, Nothing, Number, Object, Ref, Text, Union, camel, pascal, reachable)

PLACE = "bindings/dotnet/src/KeiAgent/Generated"
HEADER = """// Made by bindings/generate from what `kei-agent describe` says; do not edit.

#nullable enable

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;
"""
# What stands beside the client itself rather than among the models.
CORE = {"CallOptions": "KeiCallOptions", "CallMeta": "KeiCallMeta"}
UNITS = {"_ms": "Milliseconds", "_seconds": "Seconds", "_s": "Seconds"}
KEYWORDS = {"event", "operation", "params", "ref", "object", "default", "base", "string", "lock", "fixed"} - {"operation"}


def files(model):
    """The generated files: path to text."""
    return _Writer(model).files()


def _doc(text, indent, tag="summary", attributes=""):
    """A documentation comment. Code between backticks becomes code."""
    paragraphs = [re.sub(r"`([^`]*)`", r"<c>\1</c>", escape(paragraph)) for paragraph in (text or "As its name says.").split("\n\n")]
    body = paragraphs[0] if len(paragraphs) == 1 else "".join(f"<para>{paragraph}</para>" for paragraph in paragraphs)
    return f"{indent}/// <{tag}{attributes}>{body}</{tag.split()[0]}>\n"


def _argument(name):
    name = camel(name)
    return f"@{name}" if name in KEYWORDS else name


class _Writer:
    def __init__(self, model):
        self.model = model
        requests = [Ref(operation.request.name) for operation in model.operations if operation.request.fields]
        sent = [*requests, model.options, model.client_configuration, model.runtime_configuration]
        received = [model.meta, *(operation.answer for operation in model.operations)]
        for operation in model.operations:
            if events := operation.subscription:
                received += [events.item, events.state, events.request]
                sent += [events.reply]
        self.sent = {name for kind in sent for name in reachable(model, kind)}
        self.received = {name for kind in received for name in reachable(model, kind)}
        settings = [name for kind in (model.client_configuration, model.runtime_configuration) for name in reachable(model, kind)]
        spoken = {name for kind in [*requests, model.options, *received] for name in reachable(model, kind)}
        self.settings = set(settings) - spoken

    # --- names and types ---

    def name(self, definition):
        return CORE.get(definition, definition)

    @staticmethod
    def unit(field):
        """How a duration is written, if the field is one."""
        if not isinstance(field.type, Integer):
            return None
        return next((unit for suffix, unit in UNITS.items() if field.name.endswith(suffix)), None)

    def property(self, field):
        name = field.name
        if self.unit(field):
            name = name[:name.rindex("_")]
        return pascal(name)

    def type(self, kind):
        if isinstance(kind, Text):
            return "string"
        if isinstance(kind, Integer):
            return "int" if kind.format in ("uint8", "uint16", "int32") else "long"
        if isinstance(kind, List):
            return f"IReadOnlyList<{self.type(kind.item)}>"
        if isinstance(kind, Map):
            return f"IReadOnlyDictionary<string, {self.type(kind.value)}>"
        if isinstance(kind, Ref):
            return self.name(kind.name)
        return {Number: "double", Boolean: "bool", Json: "KeiJson", Nothing: "KeiJson"}[type(kind)]

    def of(self, field):
        return "TimeSpan" if self.unit(field) else self.type(field.type)

    def is_value(self, field):
        kind = field.type
        return not isinstance(kind, (Text, List, Map)) and not (isinstance(kind, Ref) and not isinstance(self.model.definitions[kind.name], Enum))

    # --- writing and reading of values ---

    def write(self, kind, value, to="writer"):
        if isinstance(kind, List):
            return f"{to}.List({value}, (to, item) => {self.write(kind.item, 'item', 'to')})"
        if isinstance(kind, Map):
            return f"{to}.Map({value}, (to, item) => {self.write(kind.value, 'item', 'to')})"
        if isinstance(kind, Ref):
            if isinstance(self.model.definitions[kind.name], Enum):
                return f"{to}.Value(Words.Of({value}))"
            return f"{value}.Write({to})"
        return f"{to}.Value({value})"

    def read(self, kind, reader="reader"):
        if isinstance(kind, List):
            return f"{reader}.ReadList((ref JsonReader from) => {self.read(kind.item, 'from')})"
        if isinstance(kind, Map):
            return f"{reader}.ReadMap((ref JsonReader from) => {self.read(kind.value, 'from')})"
        if isinstance(kind, Ref):
            name = self.name(kind.name)
            return f"Words.To{name}({reader}.ReadString())" if isinstance(self.model.definitions[kind.name], Enum) else f"{name}.Read(ref {reader})"
        if isinstance(kind, Integer):
            return f"{reader}.Read{'Int32' if self.type(kind) == 'int' else 'Int64'}()"
        return f"{reader}.Read{({Text: 'String', Number: 'Double', Boolean: 'Boolean'}).get(type(kind), 'Json')}()"

    def write_field(self, field, value):
        unit = self.unit(field)
        return f"writer.{unit}({value})" if unit else self.write(field.type, value)

    def read_field(self, field, needed):
        unit = self.unit(field)
        value = f"reader.Read{unit}()" if unit else self.read(field.type)
        if needed:
            return value
        return f"reader.TryReadNull() ? default({self.of(field)}?) : {value}" if self.is_value(field) else f"reader.TryReadNull() ? null : {value}"

    # --- definitions ---

    @staticmethod
    def needed(field):
        return field.required and not field.nullable

    @staticmethod
    def must_be_read(field):
        # A list or map that is empty may be left out.
        return not isinstance(field.type, (List, Map))

    def about(self, field):
        """What a field is. A TimeSpan has no unit."""
        return re.sub(r",? in (milli)?seconds", "", field.doc) if self.unit(field) else field.doc

    def remarks(self, field, indent):
        said = []
        if isinstance(field.type, Text) and field.type.secret:
            said.append("A secret.")
        if field.default is not MISSING and field.default not in (None, [], {}, "") and not isinstance(field.default, dict):
            said.append(f"`{json.dumps(field.default)}` unless set.")
        if field.env:
            said.append(f"When absent, the environment variable `{field.env}` gives it.")
        return _doc(" ".join(said), indent, "remarks") if said else ""

    def object(self, definition, base="", fields=None, doc=None, name=None):
        """The class of an object, or of one form of a union."""
        form = bool(base)
        name = name or self.name(definition.name)
        fields = definition.fields if fields is None else fields
        sent, received = definition.name in self.sent and not form, definition.name in self.received
        needed = [field for field in fields if self.needed(field)]
        keeps = received and not sent and not form and not definition.closed
        text = _doc(doc or definition.doc, "    ")
        text += f"    public sealed {'partial ' if name in CORE.values() else ''}class {name}{base}\n    {{\n"
        if received and (read := [field for field in needed if self.must_be_read(field)]):
            text += f"        private static readonly string[] Needed = {{ {', '.join(json.dumps(field.name) for field in read)} }};\n\n"
        if keeps:
            text += "        private Dictionary<string, KeiJson>? _more;\n\n"
        if received and (not sent or needed):
            text += f"        {'private' if sent else 'internal'} {name}()\n        {{\n        }}\n\n"
        if sent and (needed or not received):
            text += self.constructor(name, needed)
        for field in fields:
            text += self.member(field, field in needed, sent, received) + "\n"
        if keeps:
            text += _doc("What else there is, by name: a newer platform may say more.", "        ")
            text += "        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;\n\n"
        if sent:
            text += self.writer(fields, needed)
        if received:
            text += self.reader(name, fields, needed, keeps, form)
        return text.rstrip("\n") + "\n    }\n\n"

    def constructor(self, name, needed):
        text = _doc("Makes one.", "        ")
        for field in needed:
            text += _doc(self.about(field), "        ", "param", f' name="{camel(self.property(field))}"')
        given = ", ".join(f"{self.of(field)} {_argument(self.property(field))}" for field in needed)
        text += f"        public {name}({given})\n        {{\n"
        for field in needed:
            argument = _argument(self.property(field))
            check = "" if self.is_value(field) else f" ?? throw new ArgumentNullException(nameof({argument}))"
            text += f"            {self.property(field)} = {argument}{check};\n"
        return text + "        }\n\n"

    def member(self, field, needed, sent, received):
        text = _doc(self.about(field), "        ") + self.remarks(field, "        ")
        access = "get; set;" if sent and not needed else "get; private set;" if received else "get;"
        start = ""
        if received and needed and not self.is_value(field):
            start = {List: f" = Array.Empty<{self.type(field.type.item) if isinstance(field.type, List) else ''}>();",
                     Map: f" = new Dictionary<string, {self.type(field.type.value) if isinstance(field.type, Map) else ''}>();"}.get(type(field.type), " = null!;")
        return text + f"        public {self.of(field)}{'' if needed else '?'} {self.property(field)} {{ {access} }}{start}\n"

    def writer(self, fields, needed):
        text = "        internal void Write(JsonWriter writer)\n        {\n            writer.ObjectStart();\n"
        for field in fields:
            name = self.property(field)
            if field in needed:
                text += f"            writer.Name({json.dumps(field.name)});\n            {self.write_field(field, name)};\n"
            else:
                value = _argument(name)
                text += (f"            if ({name} is {self.of(field)} {value})\n            {{\n                writer.Name({json.dumps(field.name)});\n"
                         f"                {self.write_field(field, value)};\n            }}\n\n")
        return text.rstrip("\n") + ("\n\n" if text.endswith("}\n\n") else "\n") + "            writer.ObjectEnd();\n        }\n\n"

    def reader(self, name, fields, needed, keeps, form):
        needed, always = [field for field in needed if self.must_be_read(field)], needed
        text = f"        internal static {'new ' if form else ''}{name} Read(ref JsonReader reader)\n        {{\n            var read = new {name}();\n"
        if needed:
            text += "            ulong seen = 0;\n"
        text += "            reader.ReadObjectStart();\n            while (reader.ReadName(out string name))\n            {\n                switch (name)\n                {\n"
        for field in fields:
            seen = f" seen |= {1 << needed.index(field)}UL;" if field in needed else ""
            text += f"                    case {json.dumps(field.name)}: read.{self.property(field)} = {self.read_field(field, field in always)};{seen} break;\n"
        more = "(read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson()" if keeps else "reader.Skip()"
        text += f"                    default: {more}; break;\n                }}\n            }}\n\n"
        if needed:
            text += "            JsonReader.Check(seen, Needed);\n"
        return text + "            return read;\n        }\n"

    def union(self, definition):
        name = self.name(definition.name)
        text = _doc(definition.doc, "    ") + f"    public abstract class {name}\n    {{\n        private protected {name}()\n        {{\n        }}\n\n"
        for field in definition.common:
            text += (_doc(self.about(field), "        ")
                     + f"        public {self.of(field)}{'' if self.needed(field) else '?'} {self.property(field)} {{ get; private protected set; }}\n\n")
        text += f"        internal static {name} Read(ref JsonReader reader)\n        {{\n            KeiJson json = reader.ReadJson();\n"
        text += "            var from = new JsonReader(json.Text);\n"
        text += f"            switch (json.TryGet({json_text(definition.tag)}, out KeiJson tag) ? tag.GetString() : string.Empty)\n            {{\n"
        for variant in definition.variants:
            text += f"                case {json_text(variant.value)}: return {pascal(variant.value)}{name}.Read(ref from);\n"
        text += f"                default: return new Unknown{name}(json);\n            }}\n        }}\n    }}\n\n"
        for variant in definition.variants:
            fields = (*definition.common, *variant.fields)
            made = self.object(definition, f" : {name}", fields, variant.doc, f"{pascal(variant.value)}{name}")
            for field in definition.common:
                start = made.index(_doc(self.about(field), "        "))
                end = made.index(f" {self.property(field)} {{ get; private set; }}", start)
                made = made[:start] + made[made.index("\n", end) + 2:]
            text += made
        text += (_doc("A form that this version does not know.", "    ") + f"    public sealed class Unknown{name} : {name}\n    {{\n"
                 f"        internal Unknown{name}(KeiJson json) => Json = json;\n\n" + _doc("All of it: a JSON object.", "        ")
                 + "        public KeiJson Json { get; }\n    }\n\n")
        return text

    def enum(self, definition):
        text = _doc(definition.doc, "    ") + f"    public enum {definition.name}\n    {{\n"
        text += _doc("A value that this version does not know. It cannot be sent.", "        ") + "        Unknown,\n"
        for choice in definition.choices:
            text += "\n" + _doc(choice.doc or f"`{choice.value}`.", "        ") + f"        {pascal(choice.value)},\n"
        return text + "    }\n\n"

    def words(self, enums):
        """How the enums are written and read."""
        text = "    internal static class Words\n    {\n"
        for enum in enums:
            if enum.name in self.sent:
                text += f"        internal static string Of({enum.name} value) => value switch\n        {{\n"
                for choice in enum.choices:
                    text += f"            {enum.name}.{pascal(choice.value)} => {json.dumps(choice.value)},\n"
                text += f"            _ => throw new ArgumentOutOfRangeException(nameof(value), value, \"This is no {enum.name} that can be sent.\"),\n        }};\n\n"
            if enum.name in self.received:
                text += f"        internal static {enum.name} To{enum.name}(string word) => word switch\n        {{\n"
                for choice in enum.choices:
                    text += f"            {json.dumps(choice.value)} => {enum.name}.{pascal(choice.value)},\n"
                text += f"            _ => {enum.name}.Unknown,\n        }};\n\n"
        return text.rstrip("\n") + "\n    }\n"

    # --- operations ---

    def method(self, operation, client):
        """The method of an operation. `client` is how it reaches the client."""
        short = pascal(operation.name.rpartition(".")[2])
        request = operation.request
        again = {"idempotent": "Sent again where that may help.", "not_idempotent": "Sent again only with an idempotency key, or where the options say that it is idempotent.",
                 "by_request": "Whether it is sent again depends on the request.", "local": "Sends nothing."}[operation.idempotency]
        text = _doc(operation.doc, "        ") + _doc(f"The operation `{operation.name}`. {again}", "        ", "remarks")
        given, write = [], "null"
        if request.fields:
            text += _doc(request.doc, "        ", "param", ' name="request"')
            optional = not any(self.needed(field) for field in request.fields)
            given.append(f"{self.name(request.name)}? request = null" if optional else f"{self.name(request.name)} request")
            write = "request == null ? default(Action<JsonWriter>) : request.Write" if optional else "(request ?? throw new ArgumentNullException(nameof(request))).Write"
        if operation.subscription:
            return self.subscription(operation, text, short, given, write)
        text += _doc("What holds for this call.", "        ", "param", ' name="options"') + _doc("Cancels the call.", "        ", "param", ' name="cancellationToken"')
        text += _doc("The answer.", "        ", "returns") + "        /// <exception cref=\"KeiException\">The call failed.</exception>\n"
        text += "        /// <exception cref=\"OperationCanceledException\">It was cancelled.</exception>\n"
        given += ["KeiCallOptions? options = null", "CancellationToken cancellationToken = default"]
        return text + (f"        public Task<{self.type(operation.answer)}> {short}Async({', '.join(given)}) =>\n            {client}CallAsync(\n                {json.dumps(operation.name)},\n"
                       f"                {write},\n                options,\n                (ref JsonReader reader) => {self.read(operation.answer)},\n                cancellationToken);\n\n")

    def subscription(self, operation, text, short, given, write):
        """The method of a subscription, of which `text` is the documentation so far. Whoever is asked must say so; of states one may be told."""
        events = operation.subscription
        item, state = self.type(events.item), self.type(events.state)
        asked = ["null", "null", "null"]
        if events.request:
            question, reply = self.type(events.request), self.type(events.reply)
            text += _doc("Does the work that is asked for, and answers it; null where the answer does not matter. See `KeiSubscribeOptions.OnRequest`.", "        ", "param", ' name="onRequest"')
            given.append(f"Func<{question}, CancellationToken, Task<{reply}?>> onRequest")
            asked = ["onRequest ?? throw new ArgumentNullException(nameof(onRequest))", f"(ref JsonReader reader) => {self.read(events.request)}",
                     f"(writer, value) => {self.write(events.reply, 'value')}"]
        text += _doc("Is told of the subscription's state. See `KeiSubscribeOptions.OnState`.", "        ", "param", ' name="onState"')
        text += _doc("What holds for this subscription.", "        ", "param", ' name="options"') + _doc("The subscription. Dispose it to end it.", "        ", "returns")
        text += "        /// <exception cref=\"KeiException\">The request or the options are wrong; a failure later on is thrown where the items are read.</exception>\n"
        given += [f"Action<{state}>? onState = null", "KeiSubscribeOptions? options = null"]
        types = f"{item}, {state}, {question if events.request else 'object'}, {reply if events.request else 'object'}"
        arguments = [json.dumps(operation.name), write, "options", f"(ref JsonReader reader) => {self.read(events.item)}", "onState",
                     f"(ref JsonReader reader) => {self.read(events.state)}", *asked]
        return text + (f"        public KeiSubscription<{item}> {short}({', '.join(given)}) =>\n            {'_client.' if '.' in operation.name else ''}Subscribe<{types}>(\n"
                       + ",\n".join(f"                {argument}" for argument in arguments) + ");\n\n")

    def operations(self):
        families = {}
        for operation in self.model.operations:
            families.setdefault(operation.name.rpartition(".")[0], []).append(operation)
        text = "    public sealed partial class KeiClient\n    {\n"
        for operation in families.pop("", []):
            text += self.method(operation, "")
        for family in families:
            text += _doc(f"The operations `{family}.…`.", "        ") + f"        public {pascal(family)}Operations {pascal(family)} => new {pascal(family)}Operations(this);\n\n"
        text = text.rstrip("\n") + "\n    }\n\n"
        for family, members in families.items():
            name = f"{pascal(family)}Operations"
            text += _doc(f"The operations `{family}.…` of a client.", "    ") + f"    public readonly struct {name}\n    {{\n        private readonly KeiClient _client;\n\n"
            text += f"        internal {name}(KeiClient client) => _client = client;\n\n"
            text += "".join(self.method(operation, "_client.") for operation in members).rstrip("\n") + "\n    }\n\n"
        return text.rstrip("\n") + "\n"

    def errors(self):
        text = _doc("What went wrong, as a stable number. New ones may be added: treat one that is not known as a failure, and see <IsRetryable>.", "    ").replace(
            "&lt;IsRetryable&gt;", '<see cref="KeiException.IsRetryable"/>') + "    public enum KeiErrorCode\n    {\n"
        for error in self.model.errors:
            text += _doc(f"{error.doc}{' The same call may succeed later.' if error.retryable else ''}", "        ")
            text += f"        {pascal(error.name.removeprefix('KEI_E_'))} = {error.code},\n\n"
        return text.rstrip("\n") + "\n    }\n"

    # --- files ---

    def files(self):
        shown = {name: definition for name, definition in self.model.definitions.items() if name in self.sent | self.received}
        made = {"KeiErrorCode.cs": (self.errors(), "KeiAgent", ""), "KeiClient.Operations.cs": (self.operations(), "KeiAgent", "using KeiAgent.Models;\n")}
        enums = [definition for definition in shown.values() if isinstance(definition, Enum)]
        core, settings, sent, received, choices, chosen = "", "", "", "", "", ""
        for name, definition in shown.items():
            if isinstance(definition, Enum):
                if name in self.settings:
                    chosen += self.enum(definition)
                else:
                    choices += self.enum(definition)
            elif isinstance(definition, Union):
                received += self.union(definition)
            elif name in CORE:
                core += self.object(definition)
            elif name in self.settings:
                settings += self.object(definition)
            elif name in self.sent:
                sent += self.object(definition)
            else:
                received += self.object(definition)
        made["KeiCallOptions.cs"] = core, "KeiAgent", "using KeiAgent.Configuration;\nusing KeiAgent.Models;\n"
        made["Configuration.cs"] = chosen + settings, "KeiAgent.Configuration", "using KeiAgent.Models;\n"
        made["Requests.cs"] = sent, "KeiAgent.Models", ""
        made["Answers.cs"] = received, "KeiAgent.Models", ""
        made["Choices.cs"] = choices, "KeiAgent.Models", ""
        made["Words.cs"] = self.words(enums), "KeiAgent.Models", "using KeiAgent.Configuration;\n"
        return {f"{PLACE}/{name}": f"{HEADER}{using}\nnamespace {space}\n{{\n{text.rstrip()}\n}}\n" for name, (text, space, using) in made.items()}


def json_text(value):
    """A text as C# writes it."""
    return json.dumps(value)
