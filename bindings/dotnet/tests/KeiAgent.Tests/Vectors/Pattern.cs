// Whether a value matches a pattern, by the rules of bindings/vectors/README.md and no others.

using System;
using System.Linq;
using System.Text.Json;

namespace KeiAgent.Tests.Vectors
{
    internal static class Pattern
    {
        /// <summary>Null if the value matches, else what does not, and where. A field that is not there is <c>default</c>.</summary>
        internal static string? Mismatch(JsonElement pattern, JsonElement value, string place = "")
        {
            if (pattern.ValueKind == JsonValueKind.Object && pattern.EnumerateObject().Any(rule => rule.Name.StartsWith('$')))
            {
                return pattern.EnumerateObject().Select(rule => Rule(rule.Name, rule.Value, value, place)).FirstOrDefault(wrong => wrong != null);
            }

            if (pattern.ValueKind == JsonValueKind.Object && value.ValueKind == JsonValueKind.Object)
            {
                return pattern.EnumerateObject()
                    .Select(field => Mismatch(field.Value, Field(value, field.Name, field.Value), $"{place}.{field.Name}"))
                    .FirstOrDefault(wrong => wrong != null);
            }

            if (pattern.ValueKind == JsonValueKind.Array && value.ValueKind == JsonValueKind.Array && pattern.GetArrayLength() == value.GetArrayLength())
            {
                return Enumerable.Range(0, pattern.GetArrayLength()).Select(at => Mismatch(pattern[at], value[at], $"{place}[{at}]")).FirstOrDefault(wrong => wrong != null);
            }

            return IsContainer(pattern) || !Same(pattern, value) ? Wrong(place, pattern.GetRawText(), value) : null;
        }

        private static string? Rule(string rule, JsonElement pattern, JsonElement value, string place)
        {
            bool holds = rule switch
            {
                "$exact" => Same(pattern, value),
                "$type" => Type(value) == pattern.GetString(),
                "$absent" => (Type(value) == "absent" || Type(value) == "null") == pattern.GetBoolean(),
                "$contains" => value.ValueKind == JsonValueKind.String && value.GetString()!.Contains(pattern.GetString()!, StringComparison.Ordinal),
                "$not_contains" => value.ValueKind == JsonValueKind.String && !value.GetString()!.Contains(pattern.GetString()!, StringComparison.Ordinal),
                "$in" => pattern.EnumerateArray().Any(one => Mismatch(one, value) == null),
                "$min" => value.ValueKind == JsonValueKind.Number && value.GetDouble() >= pattern.GetDouble(),
                "$max" => value.ValueKind == JsonValueKind.Number && value.GetDouble() <= pattern.GetDouble(),
                "$length" => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == pattern.GetInt32(),
                "$some" => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(one => Mismatch(pattern, one) == null),
                "$each" => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => Mismatch(pattern, one) == null),
                "$none" => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => Mismatch(pattern, one) != null),
                "$text" => value.ValueKind == JsonValueKind.String && Mismatch(pattern, JsonDocument.Parse(value.GetString()).RootElement) == null,
                _ => throw new InvalidOperationException($"The rule {rule} is not known."),
            };
            return holds ? null : Wrong(place, $"{rule} {pattern.GetRawText()}", value);
        }

        /// <summary>A field; one that is null counts as absent, except for a pattern that is null.</summary>
        private static JsonElement Field(JsonElement value, string name, JsonElement pattern)
        {
            bool found = value.TryGetProperty(name, out JsonElement field);
            return found && (field.ValueKind != JsonValueKind.Null || pattern.ValueKind == JsonValueKind.Null) ? field : default;
        }

        private static bool Same(JsonElement one, JsonElement other)
        {
            if (one.ValueKind != other.ValueKind)
            {
                return false;
            }

            switch (one.ValueKind)
            {
                case JsonValueKind.Number:
                    return one.GetDouble().Equals(other.GetDouble());
                case JsonValueKind.String:
                    return one.GetString() == other.GetString();
                case JsonValueKind.Array:
                    return one.GetArrayLength() == other.GetArrayLength() && Enumerable.Range(0, one.GetArrayLength()).All(at => Same(one[at], other[at]));
                case JsonValueKind.Object:
                    return one.EnumerateObject().Count() == other.EnumerateObject().Count()
                        && one.EnumerateObject().All(field => other.TryGetProperty(field.Name, out JsonElement same) && Same(field.Value, same));
                default:
                    return true;
            }
        }

        private static bool IsContainer(JsonElement pattern) => pattern.ValueKind == JsonValueKind.Object || pattern.ValueKind == JsonValueKind.Array;

        private static string Type(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Undefined => "absent",
            JsonValueKind.True => "boolean",
            JsonValueKind.False => "boolean",
            _ => value.ValueKind.ToString().ToLowerInvariant(),
        };

        private static string Wrong(string place, string pattern, JsonElement value)
        {
            string found = value.ValueKind == JsonValueKind.Undefined ? "nothing" : value.GetRawText();
            return $"{(place.Length == 0 ? "it" : place)} should match {pattern}, but is {(found.Length > 1000 ? found.Substring(0, 1000) + "…" : found)}";
        }
    }
}
