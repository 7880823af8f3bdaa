"""C#'s types for the generator of .NET's typed layer: a class for each object, an enum for each choice, with the code that writes what is sent and reads what is received.

No reflection: so it is the same on all targets, and safe to trim. Durations become TimeSpans; what an answer holds besides its known fields is kept, for a newer platform
may say more.
"""

import json
import re
from xml.sax.saxutils import escape

from model import MISSING, Boolean, Enum, Integer, Json, List, Map, Nothing, Number, Ref, Text, camel, pascal, reachable

# What stands beside the client itself rather than among the models.
CORE = {"CallOptions": "KeiCallOptions", "CallMeta": "KeiCallMeta"}
UNITS = {"_ms": "Milliseconds", "_seconds": "Seconds", "_s": "Seconds"}
# Words of C# that a parameter may not be called without more ado: all that the language keeps for itself.
KEYWORDS = set("""abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum event explicit
    extern false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace new null object operator out override
    params private protected public readonly ref return sbyte sealed short sizeof stackalloc static string struct switch this throw true try typeof uint
    ulong unchecked unsafe ushort using virtual void volatile while""".split())


def doc(text, indent, tag="summary", attributes=""):
    """A documentation comment. Code between backticks becomes code."""
    paragraphs = [re.sub(r"`([^`]*)`", r"<c>\1</c>", escape(paragraph)) for paragraph in (text or "As its name says.").split("\n\n")]
    body = paragraphs[0] if len(paragraphs) == 1 else "".join(f"<para>{paragraph}</para>" for paragraph in paragraphs)
    return f"{indent}/// <{tag}{attributes}>{body}</{tag.split()[0]}>\n"


def identifier(name):
    """A name as C# has it. One that begins with a digit, as versions do, gets a V before it."""
    return "V" + re.sub(r"\W", "_", name) if name[:1].isdigit() else pascal(name)


def parameter(name):
    name = camel(name)
    return f"@{name}" if name in KEYWORDS else name


class Types:
    """The types of a model in C#."""

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
        self.owner, self.siblings = "", frozenset()

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
        """A field's name in the class that is being written: a TimeSpan has no unit, and no member may be called as its class is."""
        name = field.name
        if self.unit(field) and (bare := name[:name.rindex("_")]) not in self.siblings:
            name = bare
        return identifier(name) + ("Value" if identifier(name) == self.owner else "")

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
        # Any JSON may be null, which is another thing than absent.
        if needed or isinstance(field.type, (Json, Nothing)):
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

    @staticmethod
    def remarks(field, indent, is_setting):
        said = []
        # In a request, the same mark is on fields that are only written, such as an agent's identifier.
        if is_setting and isinstance(field.type, Text) and field.type.secret:
            said.append("A secret.")
        if field.default is not MISSING and field.default not in (None, [], {}, "") and not isinstance(field.default, dict):
            said.append(f"`{json.dumps(field.default)}` unless set.")
        if field.env:
            said.append(f"When absent, the environment variable `{field.env}` gives it.")
        return doc(" ".join(said), indent, "remarks") if said else ""

    def object(self, definition, base="", fields=None, said=None, name=None, inherited=()):
        """The class of an object, or of one form of a union, which inherits the fields that all forms have."""
        form = bool(base)
        name = name or self.name(definition.name)
        fields = definition.fields if fields is None else fields
        self.owner, self.siblings = name, {field.name for field in fields}
        sent, received = definition.name in self.sent and not form, definition.name in self.received
        needed = [field for field in fields if self.needed(field)]
        keeps = received and not sent and not form and not definition.closed
        text = doc(said or definition.doc, "    ")
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
            if field not in inherited:
                text += self.member(field, field in needed, sent, received, definition.name in self.settings) + "\n"
        if keeps:
            text += doc("What else there is, by name: a newer platform may say more.", "        ")
            text += "        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;\n\n"
        if sent:
            text += self.writer(fields, needed)
        if received:
            text += self.reader(name, fields, needed, keeps, form)
        return text.rstrip("\n") + "\n    }\n\n"

    def constructor(self, name, needed):
        text = doc("Makes one.", "        ")
        for field in needed:
            text += doc(self.about(field), "        ", "param", f' name="{camel(self.property(field))}"')
        given = ", ".join(f"{self.of(field)} {parameter(self.property(field))}" for field in needed)
        text += f"        public {name}({given})\n        {{\n"
        for field in needed:
            argument = parameter(self.property(field))
            check = "" if self.is_value(field) else f" ?? throw new ArgumentNullException(nameof({argument}))"
            text += f"            {self.property(field)} = {argument}{check};\n"
        return text + "        }\n\n"

    def member(self, field, needed, sent, received, is_setting):
        text = doc(self.about(field), "        ") + self.remarks(field, "        ", is_setting)
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
                value = parameter(name)
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
        self.owner, self.siblings = name, {field.name for field in definition.common}
        text = doc(definition.doc, "    ") + f"    public abstract class {name}\n    {{\n        private protected {name}()\n        {{\n        }}\n\n"
        for field in definition.common:
            text += (doc(self.about(field), "        ")
                     + f"        public {self.of(field)}{'' if self.needed(field) else '?'} {self.property(field)} {{ get; private protected set; }}\n\n")
        text += f"        internal static {name} Read(ref JsonReader reader)\n        {{\n            KeiJson json = reader.ReadJson();\n"
        text += "            var from = new JsonReader(json.Text);\n"
        text += f"            switch (json.TryGet({json.dumps(definition.tag)}, out KeiJson tag) ? tag.GetString() : string.Empty)\n            {{\n"
        for variant in definition.variants:
            text += f"                case {json.dumps(variant.value)}: return {identifier(variant.value)}{name}.Read(ref from);\n"
        text += f"                default: return new Unknown{name}(json);\n            }}\n        }}\n    }}\n\n"
        for variant in definition.variants:
            fields = (*definition.common, *variant.fields)
            text += self.object(definition, f" : {name}", fields, variant.doc, f"{identifier(variant.value)}{name}", definition.common)
        text += (doc("A form that this version does not know.", "    ") + f"    public sealed class Unknown{name} : {name}\n    {{\n"
                 f"        internal Unknown{name}(KeiJson json) => Json = json;\n\n" + doc("All of it: a JSON object.", "        ")
                 + "        public KeiJson Json { get; }\n    }\n\n")
        return text

    def enum(self, definition):
        text = doc(definition.doc, "    ") + f"    public enum {definition.name}\n    {{\n"
        # One that is known may be called so too.
        if "Unknown" not in map(identifier, (choice.value for choice in definition.choices)):
            text += doc("A value that this version does not know. It cannot be sent.", "        ") + "        Unknown,\n"
        for choice in definition.choices:
            text += ("" if text.endswith("{\n") else "\n") + doc(choice.doc or f"`{choice.value}`.", "        ") + f"        {identifier(choice.value)},\n"
        return text + "    }\n\n"

    def words(self, enums):
        """How the enums are written and read."""
        text = "    internal static class Words\n    {\n"
        for enum in enums:
            if enum.name in self.sent:
                text += f"        internal static string Of({enum.name} value) => value switch\n        {{\n"
                for choice in enum.choices:
                    text += f"            {enum.name}.{identifier(choice.value)} => {json.dumps(choice.value)},\n"
                text += f"            _ => throw new ArgumentOutOfRangeException(nameof(value), value, \"This is no {enum.name} that can be sent.\"),\n        }};\n\n"
            if enum.name in self.received:
                text += f"        internal static {enum.name} To{enum.name}(string word) => word switch\n        {{\n"
                for choice in enum.choices:
                    text += f"            {json.dumps(choice.value)} => {enum.name}.{identifier(choice.value)},\n"
                text += f"            _ => {enum.name}.Unknown,\n        }};\n\n"
        return text.rstrip("\n") + "\n    }\n"
