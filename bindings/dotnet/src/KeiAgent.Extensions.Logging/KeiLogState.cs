using System.Collections;
using System.Collections.Generic;

namespace KeiAgent.Extensions.Logging
{
    /// <summary>A record as loggers take it: fields by name, and the message under <c>{OriginalFormat}</c>.</summary>
    internal sealed class KeiLogState : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly string _message;
        private readonly List<KeyValuePair<string, object?>> _fields = new List<KeyValuePair<string, object?>>();

        internal KeiLogState(KeiLogRecord record)
        {
            _message = record.Message;
            foreach (KeyValuePair<string, KeiJson> field in record.Json.GetFields())
            {
                // What ILogger has places of its own for.
                if (field.Key != "message" && field.Key != "level" && field.Key != "target")
                {
                    _fields.Add(new KeyValuePair<string, object?>(field.Key, Plain(field.Value)));
                }
            }

            _fields.Add(new KeyValuePair<string, object?>("{OriginalFormat}", record.Message.Replace("{", "{{").Replace("}", "}}")));
        }

        public int Count => _fields.Count;

        public KeyValuePair<string, object?> this[int index] => _fields[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _fields.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => _message;

        private static object? Plain(KeiJson value) => value.Kind switch
        {
            KeiJsonKind.Null => null,
            KeiJsonKind.Boolean => value.GetBoolean(),
            KeiJsonKind.String => value.GetString(),
            KeiJsonKind.Number => value.Text.IndexOfAny(new[] { '.', 'e', 'E' }) < 0 ? (object)value.GetInt64() : value.GetDouble(),
            _ => value.Text,
        };
    }
}
