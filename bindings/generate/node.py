"""The typed layer of the wrapper for Node: types, errors and a method for each operation, in TypeScript."""

import json
import textwrap

import model as m

FOLDER = "bindings/node/src/generated"
HEAD = "// Made by bindings/generate from `kei-agent describe`; do not edit.\n"
WIDTH = 150


def files(model):
    """The texts of the generated files, by path."""
    return {
        f"{FOLDER}/errors.ts": errors(model),
        f"{FOLDER}/types.ts": types(model),
        f"{FOLDER}/map.ts": operation_map(model),
        f"{FOLDER}/client.ts": client(model),
    }


def comment(text, indent=""):
    """A doc comment, or nothing."""
    if not text:
        return ""
    lines = []
    for number, paragraph in enumerate(text.replace("*/", "* /").split("\n\n")):
        lines += ([""] if number else []) + textwrap.wrap(paragraph, WIDTH - len(indent) - 7, break_long_words=False, break_on_hyphens=False)
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def quoted(text):
    """A TypeScript literal of a text."""
    return "'" + json.dumps(text, ensure_ascii=False)[1:-1].replace("\\\"", '"').replace("'", "\\'") + "'"


def key(name):
    return name if name.isidentifier() else quoted(name)


def kind(given):
    """A type's name in TypeScript. Whole numbers are numbers: beyond 2^53 only the raw text keeps them exact."""
    match given:
        case m.Text(const=const) if const is not None:
            return quoted(const)
        case m.Text():
            return "string"
        case m.Integer() | m.Number():
            return "number"
        case m.Boolean():
            return "boolean"
        case m.Json():
            return "unknown"
        case m.Nothing():
            return "never"
        case m.List(item):
            inner = kind(item)
            return f"{inner}[]" if inner.isidentifier() else f"Array<{inner}>"
        case m.Map(value):
            return f"Record<string, {kind(value)}>"
        case m.Ref(name):
            return name
    raise m.SchemaError(f"there is no type in TypeScript for {given!r}")


def names(given):
    """The definitions that a type names itself."""
    match given:
        case m.List(inner) | m.Map(inner):
            return names(inner)
        case m.Ref(name):
            return {name}
    return set()


def about(field):
    """A field's doc comment, with its default and environment variable."""
    parts = [field.doc] if field.doc else []
    if field.default is not m.MISSING and field.default not in (None, [], {}):
        parts.append(f"Default: `{json.dumps(field.default, ensure_ascii=False)}`.")
    if field.env:
        parts.append(f"Environment: `{field.env}`.")
    return " ".join(parts)


def fields(given, indent="  "):
    text = ""
    for field in given:
        null = " | null" if field.nullable and not isinstance(field.type, m.Json) else ""
        text += f"{comment(about(field), indent)}{indent}{key(field.name)}{'' if field.required else '?'}: {kind(field.type)}{null}\n"
    return text


def definition(given):
    match given:
        case m.Object(name, doc, inner):
            return f"{comment(doc)}export interface {name} {{\n{fields(inner)}}}\n"
        case m.Enum(name, doc, choices):
            lines = "".join(f"{comment(choice.doc, '  ')}  | {quoted(choice.value)}\n" for choice in choices)
            return f"{comment(doc)}export type {name} =\n{lines}"
        case m.Union(name, doc, tag, common, variants):
            text = f"{comment(doc)}export type {name} =\n"
            for variant in variants:
                text += f"{comment(variant.doc, '  ')}  | {{\n      {key(tag)}: {quoted(variant.value)}\n{fields(common + variant.fields, '      ')}    }}\n"
            return text
    raise m.SchemaError(f"there is no form in TypeScript for {given!r}")


def types(model):
    return HEAD + "// Requests, answers, configuration and options, under the names that they have in JSON.\n\n" + "\n".join(
        definition(given) for given in model.definitions.values())


def errors(model):
    text = HEAD + "\n/** Every error, by its name: its number, what kind of thing went wrong, what it means, and whether trying again may help. */\nexport const ERRORS = {\n"
    for error in model.errors:
        text += f"  {error.name}: {{ number: {error.code}, category: '{error.category}', retryable: {str(error.retryable).lower()}, message: {quoted(error.doc)} }},\n"
    return text + "} as const\n\n/** The name of an error, for example `KEI_E_TOKEN`. */\nexport type ErrorName = keyof typeof ERRORS\n"


def imports(found, where):
    if not found:
        return ""
    return f"import type {{\n{''.join(f'  {name},' + chr(10) for name in sorted(found))}}} from '{where}'\n"


def operation_map(model):
    found, calls, subscriptions = set(), "", ""
    for operation in model.operations:
        request = operation.request.name
        found |= {request} | names(operation.answer)
        if events := operation.subscription:
            kinds = [events.item, events.state, *(part for part in (events.request, events.reply) if part)]
            found = found.union(*map(names, kinds))
            asked, reply = (kind(part) if part else "never" for part in (events.request, events.reply))
            subscriptions += (f"  {quoted(operation.name)}: {{ request: {request}; item: {kind(events.item)}; state: {kind(events.state)}; asked: {asked}; reply: {reply}; "
                              f"answer: {kind(operation.answer)} }}\n")
        else:
            calls += f"  {quoted(operation.name)}: {{ request: {request}; answer: {kind(operation.answer)} }}\n"
    return (HEAD + imports(found, "./types.js")
            + f"\n/** What each operation that is called takes and answers. */\nexport interface Operations {{\n{calls}}}\n"
            + "\n/** What each operation that is subscribed to takes, yields, tells of itself, asks of the host and is answered, and ends with. */\n"
            + f"export interface Subscriptions {{\n{subscriptions}}}\n"
            + "\n/** The name of an operation to call. */\nexport type CallOperation = keyof Operations\n"
            + "\n/** The name of an operation to subscribe to. */\nexport type SubscribeOperation = keyof Subscriptions\n")


SENT = {
    "idempotent": "Sent again where that may help.",
    "not_idempotent": "Sent again only with `idempotency_key` or `idempotent` in the options.",
    "by_request": "Sent again where that may help, if the request or the options allow it.",
    "local": "Sends nothing by itself.",
}


def method(operation, target):
    """One operation as a method."""
    optional = "" if any(field.required for field in operation.request.fields) else "?"
    request = f"request{optional}: RequestOf<{operation.request.name}>"
    doc = comment(f"{operation.doc} {SENT[operation.idempotency]}", "  ")
    name = m.camel(operation.name.rsplit(".", 1)[-1])
    if events := operation.subscription:
        asked, reply = (kind(part) if part else "never" for part in (events.request, events.reply))
        return (f"{doc}  {name}<Options extends SubscribeOptions<{kind(events.state)}, {asked}, {reply}>>({request}, options?: Options): "
                f"Subscription<Options extends {{ raw: true }} ? string : {kind(events.item)}> {{\n"
                f"    return {target}.subscribe({quoted(operation.name)}, request, options)\n  }}\n")
    answer = kind(operation.answer)
    generic = ""
    if answer == "unknown":
        answer, generic = "Answer", "Answer = any, "
    return (f"{doc}  {name}<{generic}Options extends CallOptions = CallOptions>({request}, options?: Options): Promise<Answered<{answer}, Options>> {{\n"
            f"    return {target}.call({quoted(operation.name)}, request, options)\n  }}\n")


def tree(operations):
    """The operations by the parts of their names: `agents.get` is `{"agents": {"get": …}}`."""
    root = {}
    for operation in operations:
        *path, last = operation.name.split(".")
        place = root
        for part in path:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise m.SchemaError(f"{operation.name} stands below an operation, which TypeScript has no form for")
        if last in place:
            raise m.SchemaError(f"{operation.name} is a family of operations, too")
        place[last] = operation
    return root


def family(name, members, path, out):
    """The class of a family, after those that it holds."""
    inner = {part: value for part, value in members.items() if isinstance(value, dict)}
    for part, value in inner.items():
        family(m.pascal(part), value, (*path, part), out)
    prefix = "".join(map(m.pascal, path[:-1]))
    text = comment(f"The operations `{'.'.join(path)}.…`.") + f"export class {prefix}{name}Operations {{\n  readonly #client: Caller\n"
    for part in inner:
        text += f"  readonly {m.camel(part)}: {prefix}{name}{m.pascal(part)}Operations\n"
    made = "".join(f"    this.{m.camel(part)} = new {prefix}{name}{m.pascal(part)}Operations(client)\n" for part in inner)
    text += f"\n  /** @internal */\n  constructor(client: Caller) {{\n    this.#client = client\n{made}  }}\n"
    for value in members.values():
        if not isinstance(value, dict):
            text += "\n" + method(value, "this.#client")
    out.append(text + "}\n")


def client(model):
    root = tree(model.operations)
    families = {part: value for part, value in root.items() if isinstance(value, dict)}
    classes = []
    for part, value in families.items():
        family(m.pascal(part), value, (part,), classes)
    found = set()
    for operation in model.operations:
        found |= {operation.request.name} | names(operation.answer)
        if events := operation.subscription:
            found = found.union(*map(names, (part for part in (events.item, events.state, events.request, events.reply) if part)))
    if events_absent := [name for name in found if name not in model.definitions]:
        raise m.SchemaError(f"not defined: {', '.join(events_absent)}")
    fields_text = "".join(f"{comment(f'The operations `{part}.…`.', '  ')}  readonly {m.camel(part)} = new {m.pascal(part)}Operations(this as unknown as Caller)\n"
                          for part in families)
    methods = "".join("\n" + method(value, "(this as unknown as Caller)") for value in root.values() if not isinstance(value, dict))
    body = "\n".join(classes)
    text = f"""
/** What the classes below need of a client. */
interface Caller {{
  call(operation: string, request: unknown, options: unknown): Promise<any>
  subscribe(operation: string, request: unknown, options: unknown): any
}}

{body}
/** A client's operations, each a method. */
export abstract class TypedClient {{
{fields_text}{methods}}}
"""
    own = [name for name in ("Answered", "CallOptions", "RequestOf", "SubscribeOptions") if f"{name}<" in text or f"{name} " in text]
    return (HEAD + imports(own, "../client.js") + imports({name for name in found if any(sign in text for sign in (f"<{name}>", f"<{name},", f" {name}>", f" {name},"))}, "./types.js")
            + ("import type { Subscription } from '../subscription.js'\n" if "Subscription<" in text else "") + text)
