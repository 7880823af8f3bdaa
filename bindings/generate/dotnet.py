"""The typed layer of .NET: on the client one method for each operation, with types for what it takes and gives (`_dotnet_types.py`), and the numbers of errors."""

import json

from _dotnet_types import CORE, Types, doc
from model import Enum, Union, pascal

PLACE = "bindings/dotnet/src/KeiAgent/Generated"
HEADER = """// Made by bindings/generate from what `kei-agent describe` says; do not edit.

#nullable enable

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;
"""


def files(model):
    """The generated files: path to text."""
    return _Layer(model).files()


class _Layer(Types):
    # --- operations ---

    def method(self, operation, client):
        """The method of an operation. `client` is how it reaches the client."""
        short = pascal(operation.name.rpartition(".")[2])
        request = operation.request
        again = {"idempotent": "Sent again where that may help.", "not_idempotent": "Sent again only with an idempotency key, or where the options say that it is idempotent.",
                 "by_request": "Whether it is sent again depends on the request.", "local": "Sends nothing."}[operation.idempotency]
        text = doc(operation.doc, "        ") + doc(f"The operation `{operation.name}`. {again}", "        ", "remarks")
        given, write = [], "null"
        if request.fields:
            text += doc(request.doc, "        ", "param", ' name="request"')
            optional = not any(self.needed(field) for field in request.fields)
            given.append(f"{self.name(request.name)}? request = null" if optional else f"{self.name(request.name)} request")
            write = "request == null ? default(Action<JsonWriter>) : request.Write" if optional else "(request ?? throw new ArgumentNullException(nameof(request))).Write"
        if operation.subscription:
            return self.subscription(operation, text, short, given, write)
        text += doc("What holds for this call.", "        ", "param", ' name="options"') + doc("Cancels the call.", "        ", "param", ' name="cancellationToken"')
        text += doc("The answer.", "        ", "returns") + "        /// <exception cref=\"KeiException\">The call failed.</exception>\n"
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
            text += doc("Does the work that is asked for, and answers it; null where the answer does not matter. See `KeiSubscribeOptions.OnRequest`.", "        ", "param", ' name="onRequest"')
            given.append(f"Func<{question}, CancellationToken, Task<{reply}?>> onRequest")
            asked = ["onRequest ?? throw new ArgumentNullException(nameof(onRequest))", f"(ref JsonReader reader) => {self.read(events.request)}",
                     f"(writer, value) => {self.write(events.reply, 'value')}"]
        text += doc("Is told of the subscription's state. See `KeiSubscribeOptions.OnState`.", "        ", "param", ' name="onState"')
        text += doc("What holds for this subscription.", "        ", "param", ' name="options"') + doc("The subscription. Dispose it to end it.", "        ", "returns")
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
            text += doc(f"The operations `{family}.…`.", "        ") + f"        public {pascal(family)}Operations {pascal(family)} => new {pascal(family)}Operations(this);\n\n"
        text = text.rstrip("\n") + "\n    }\n\n"
        for family, members in families.items():
            name = f"{pascal(family)}Operations"
            text += doc(f"The operations `{family}.…` of a client.", "    ") + f"    public readonly struct {name}\n    {{\n        private readonly KeiClient _client;\n\n"
            text += f"        internal {name}(KeiClient client) => _client = client;\n\n"
            text += "".join(self.method(operation, "_client.") for operation in members).rstrip("\n") + "\n    }\n\n"
        return text.rstrip("\n") + "\n"

    def errors(self):
        text = doc("What went wrong, as a stable number. New ones may be added: treat one that is not known as a failure, and see <IsRetryable>.", "    ").replace(
            "&lt;IsRetryable&gt;", '<see cref="KeiException.IsRetryable"/>') + "    public enum KeiErrorCode\n    {\n"
        for error in self.model.errors:
            text += doc(f"{error.doc}{' The same call may succeed later.' if error.retryable else ''}", "        ")
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
