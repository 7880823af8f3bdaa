// KeiJson's way to and from System.Text.Json, where that is part of the framework.

#if NETCOREAPP
using System.Text.Json;

namespace KeiAgent
{
    public readonly partial struct KeiJson
    {
        /// <summary>Makes JSON of an object with System.Text.Json.</summary>
        /// <typeparam name="T">The type as which it is written.</typeparam>
        /// <param name="value">The object.</param>
        /// <param name="options">How.</param>
        public static KeiJson Serialize<T>(T value, JsonSerializerOptions? options = null) => new KeiJson(JsonSerializer.Serialize(value, options));

        /// <summary>Makes an object of the JSON with System.Text.Json.</summary>
        /// <typeparam name="T">The type of the object.</typeparam>
        /// <param name="options">How.</param>
        /// <exception cref="JsonException">The JSON does not fit the type.</exception>
        public T Deserialize<T>(JsonSerializerOptions? options = null) => JsonSerializer.Deserialize<T>(Text, options);

        /// <summary>The value as an element of System.Text.Json.</summary>
        public JsonElement ToElement()
        {
            using var document = JsonDocument.Parse(Text);
            return document.RootElement.Clone();
        }
    }
}
#endif
