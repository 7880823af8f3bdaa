// Writes JSON as the generated types need it.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace KeiAgent.Json
{
    internal sealed class JsonWriter
    {
        private readonly StringBuilder _text = new StringBuilder(128);

        /// <summary>Whether a comma must come before what follows.</summary>
        private bool _follows;

        public override string ToString() => _text.ToString();

        internal void ObjectStart() => Open('{');

        internal void ObjectEnd() => Close('}');

        internal void ArrayStart() => Open('[');

        internal void ArrayEnd() => Close(']');

        private void Open(char bracket)
        {
            Comma();
            _text.Append(bracket);
            _follows = false;
        }

        private void Close(char bracket)
        {
            _text.Append(bracket);
            _follows = true;
        }

        private void Comma()
        {
            if (_follows)
            {
                _text.Append(',');
            }

            _follows = true;
        }

        internal void Name(string name)
        {
            Comma();
            Quote(name);
            _text.Append(':');
            _follows = false;
        }

        internal void Null() => Raw("null");

        internal void Value(bool value) => Raw(value ? "true" : "false");

        internal void Value(long value) => Raw(value.ToString(CultureInfo.InvariantCulture));

        /// <exception cref="ArgumentException">It is not finite, which JSON has no word for.</exception>
        internal void Value(double value)
        {
            if (double.IsNaN(value) || double.IsInfinity(value))
            {
                throw new ArgumentException($"{value.ToString(CultureInfo.InvariantCulture)} is no number in JSON: give a finite one.", nameof(value));
            }

            Raw(value.ToString("R", CultureInfo.InvariantCulture));
        }

        internal void Value(string value)
        {
            Comma();
            Quote(value);
        }

        internal void Value(KeiJson value) => Raw(value.Text);

        internal void Milliseconds(TimeSpan value) => Value((long)Math.Ceiling(value.TotalMilliseconds));

        internal void Seconds(TimeSpan value) => Value((long)Math.Ceiling(value.TotalSeconds));

        internal void List<T>(IEnumerable<T> values, Action<JsonWriter, T> element)
        {
            ArrayStart();
            foreach (T value in values)
            {
                element(this, value);
            }

            ArrayEnd();
        }

        internal void Map<T>(IEnumerable<KeyValuePair<string, T>> values, Action<JsonWriter, T> element)
        {
            ObjectStart();
            foreach (KeyValuePair<string, T> pair in values)
            {
                Name(pair.Key);
                element(this, pair.Value);
            }

            ObjectEnd();
        }

        private void Raw(string json)
        {
            Comma();
            _text.Append(json);
        }

        private void Quote(string text)
        {
            _text.Append('"');
            int from = 0;
            for (int at = 0; at < text.Length; at++)
            {
                char next = text[at];
                if (next >= ' ' && next != '"' && next != '\\')
                {
                    continue;
                }

                _text.Append(text, from, at - from);
                from = at + 1;
                _text.Append(next switch
                {
                    '"' => "\\\"",
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    _ => "\\u" + ((int)next).ToString("x4", CultureInfo.InvariantCulture),
                });
            }

            _text.Append(text, from, text.Length - from).Append('"');
        }
    }
}
