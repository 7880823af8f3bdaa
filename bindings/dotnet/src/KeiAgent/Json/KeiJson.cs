// JSON of any shape, where an operation takes or gives what its schema leaves open.

using System;
using System.Collections.Generic;
using KeiAgent.Json;

namespace KeiAgent
{
    /// <summary>What a <see cref="KeiJson"/> is.</summary>
    public enum KeiJsonKind
    {
        /// <summary>The word <c>null</c>.</summary>
        Null,

        /// <summary><c>true</c> or <c>false</c>.</summary>
        Boolean,

        /// <summary>A number.</summary>
        Number,

        /// <summary>A string.</summary>
        String,

        /// <summary>An array.</summary>
        Array,

        /// <summary>An object.</summary>
        Object,
    }

    /// <summary>
    /// A JSON value of any shape: its text, checked, and passed through as it stands. The default value is <c>null</c>.
    /// </summary>
    /// <remarks>
    /// It is made by <see cref="Parse"/>, from strings, numbers and booleans by conversion, and, on .NET Core 3.1 and later, from any object with
    /// <c>KeiJson.Serialize</c>. It is read by its indexers and <c>Get…</c> methods, with <c>Deserialize&lt;T&gt;()</c>, or with any JSON library from <see cref="Text"/>.
    /// Immutable, so that it may be used by several threads.
    /// </remarks>
    public readonly partial struct KeiJson : IEquatable<KeiJson>
    {
        private readonly string? _text;

        private KeiJson(string text) => _text = text;

        /// <summary>The JSON text.</summary>
        public string Text => _text ?? "null";

        /// <summary>What it is.</summary>
        public KeiJsonKind Kind => new JsonReader(Text).Peek() switch
        {
            '{' => KeiJsonKind.Object,
            '[' => KeiJsonKind.Array,
            '"' => KeiJsonKind.String,
            't' => KeiJsonKind.Boolean,
            'f' => KeiJsonKind.Boolean,
            'n' => KeiJsonKind.Null,
            _ => KeiJsonKind.Number,
        };

        /// <summary>Whether it is <c>null</c>.</summary>
        public bool IsNull => Kind == KeiJsonKind.Null;

        /// <summary>An object without fields.</summary>
        public static KeiJson EmptyObject => new KeiJson("{}");

        /// <summary>Takes a JSON text.</summary>
        /// <param name="json">The text.</param>
        /// <exception cref="FormatException">It is not JSON; the message says where and why, without any of the text.</exception>
        public static KeiJson Parse(string json)
        {
            var reader = new JsonReader(json ?? throw new ArgumentNullException(nameof(json)));
            KeiJson value = reader.ReadJson();
            reader.ReadEnd();
            return value;
        }

        /// <summary>An array of values.</summary>
        /// <param name="values">The elements.</param>
        public static KeiJson Array(params KeiJson[] values)
        {
            var writer = new JsonWriter();
            writer.List(values ?? throw new ArgumentNullException(nameof(values)), (to, value) => to.Value(value));
            return new KeiJson(writer.ToString());
        }

        /// <summary>An object of fields.</summary>
        /// <param name="fields">The fields, by name.</param>
        public static KeiJson Object(params (string Name, KeiJson Value)[] fields)
        {
            var writer = new JsonWriter();
            writer.ObjectStart();
            foreach ((string name, KeiJson value) in fields ?? throw new ArgumentNullException(nameof(fields)))
            {
                writer.Name(name);
                writer.Value(value);
            }

            writer.ObjectEnd();
            return new KeiJson(writer.ToString());
        }

        /// <summary>A string as JSON. To take a JSON text instead, use <see cref="Parse"/>.</summary>
        /// <param name="value">The string; null becomes <c>null</c>.</param>
        public static implicit operator KeiJson(string? value)
        {
            if (value == null)
            {
                return default;
            }

            var writer = new JsonWriter();
            writer.Value(value);
            return new KeiJson(writer.ToString());
        }

        /// <summary>An integer as JSON.</summary>
        /// <param name="value">The integer.</param>
        public static implicit operator KeiJson(long value)
        {
            var writer = new JsonWriter();
            writer.Value(value);
            return new KeiJson(writer.ToString());
        }

        /// <summary>A number as JSON.</summary>
        /// <param name="value">The number; it must be finite.</param>
        public static implicit operator KeiJson(double value)
        {
            var writer = new JsonWriter();
            writer.Value(value);
            return new KeiJson(writer.ToString());
        }

        /// <summary>A boolean as JSON.</summary>
        /// <param name="value">The boolean.</param>
        public static implicit operator KeiJson(bool value) => new KeiJson(value ? "true" : "false");

        /// <summary>Whether two values have the same text.</summary>
        /// <param name="left">The one.</param>
        /// <param name="right">The other.</param>
        public static bool operator ==(KeiJson left, KeiJson right) => left.Equals(right);

        /// <summary>Whether two values have different texts.</summary>
        /// <param name="left">The one.</param>
        /// <param name="right">The other.</param>
        public static bool operator !=(KeiJson left, KeiJson right) => !left.Equals(right);

        /// <summary>A field of an object.</summary>
        /// <param name="name">Its name.</param>
        /// <exception cref="KeyNotFoundException">The object has no such field.</exception>
        public KeiJson this[string name] =>
            TryGet(name, out KeiJson value) ? value : throw new KeyNotFoundException($"The object has no field `{name}`.");

        /// <summary>An element of an array.</summary>
        /// <param name="index">Its position, from 0.</param>
        /// <exception cref="ArgumentOutOfRangeException">The array is not that long.</exception>
        public KeiJson this[int index]
        {
            get
            {
                var reader = new JsonReader(Text);
                reader.ReadArrayStart();
                for (int at = 0; reader.ReadElement(); at++)
                {
                    if (at == index)
                    {
                        return reader.ReadJson();
                    }

                    reader.Skip();
                }

                throw new ArgumentOutOfRangeException(nameof(index), index, "The array is not that long.");
            }
        }

        /// <summary>Looks for a field of an object.</summary>
        /// <param name="name">Its name.</param>
        /// <param name="value">The field, where there is one.</param>
        /// <returns>Whether there is one.</returns>
        public bool TryGet(string name, out KeiJson value)
        {
            var reader = new JsonReader(Text);
            reader.ReadObjectStart();
            while (reader.ReadName(out string found))
            {
                if (found == name)
                {
                    value = reader.ReadJson();
                    return true;
                }

                reader.Skip();
            }

            value = default;
            return false;
        }

        /// <summary>The elements of an array.</summary>
        /// <exception cref="FormatException">It is no array.</exception>
        public IReadOnlyList<KeiJson> GetElements()
        {
            var reader = new JsonReader(Text);
            return reader.ReadList((ref JsonReader from) => from.ReadJson());
        }

        /// <summary>The fields of an object.</summary>
        /// <exception cref="FormatException">It is no object.</exception>
        public IReadOnlyDictionary<string, KeiJson> GetFields()
        {
            var reader = new JsonReader(Text);
            return reader.ReadMap((ref JsonReader from) => from.ReadJson());
        }

        /// <summary>The string that it is.</summary>
        /// <exception cref="FormatException">It is no string.</exception>
        public string GetString() => new JsonReader(Text).ReadString();

        /// <summary>The integer that it is.</summary>
        /// <exception cref="FormatException">It is no number.</exception>
        public long GetInt64() => new JsonReader(Text).ReadInt64();

        /// <summary>The number that it is.</summary>
        /// <exception cref="FormatException">It is no number.</exception>
        public double GetDouble() => new JsonReader(Text).ReadDouble();

        /// <summary>The boolean that it is.</summary>
        /// <exception cref="FormatException">It is no boolean.</exception>
        public bool GetBoolean() => new JsonReader(Text).ReadBoolean();

        /// <summary>Whether another value has the same text.</summary>
        /// <param name="other">The other.</param>
        public bool Equals(KeiJson other) => string.Equals(Text, other.Text, StringComparison.Ordinal);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is KeiJson other && Equals(other);

        /// <inheritdoc/>
        public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

        /// <summary>The JSON text.</summary>
        public override string ToString() => Text;

        internal static readonly IReadOnlyDictionary<string, KeiJson> NoFields = new Dictionary<string, KeiJson>();

        /// <summary>A text that was checked already.</summary>
        internal static KeiJson Checked(string json) => new KeiJson(json);
    }
}
