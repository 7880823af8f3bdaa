using System;
using System.Collections.Generic;
using System.Linq;
using KeiAgent.Models;

namespace KeiAgent.Tests
{
    /// <summary>JSON: what is taken, what is refused, and that it passes through.</summary>
    internal sealed class JsonTests
    {
        public void A_value_passes_through_as_it_stands()
        {
            const string Text = "{\"a\" : [1, 2.50, -0e1],\"b\":\"\\u00e4\\n\",\"c\":{}}";
            KeiJson json = KeiJson.Parse(Text);
            Check.Equal(Text, json.Text);
            Check.Equal("2.50", json["a"][1].Text);
            Check.Equal("ä\n", json["b"].GetString());
            Check.Equal(KeiJsonKind.Object, json["c"].Kind);
            Check.Equal(3, json.GetFields().Count);
            Check.Equal(3, json["a"].GetElements().Count);
        }

        public void What_is_no_JSON_is_refused_and_not_repeated()
        {
            string[] wrong =
            {
                "", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "[1 2]", "01", "1.", "1e", "-", "tru", "nul", "\"", "\"\\x\"", "\"\\u12\"", "\"a\nb\"", "1 2", "{a:1}",
                "[1}", "+1", ".5", "NaN", "secret",
            };
            foreach (string text in wrong)
            {
                FormatException fault = Check.Throws<FormatException>(() => KeiJson.Parse(text));
                Check.That(!fault.Message.Contains("secret"), "the text is not in the message");
            }

            Check.Throws<FormatException>(() => KeiJson.Parse(new string('[', 100_000)));
        }

        public void Strings_numbers_and_booleans_become_JSON()
        {
            KeiJson json = KeiJson.Object(("s", "a\"\\\n\u0001ä"), ("n", 1.5), ("i", 9007199254740993L), ("b", true), ("l", KeiJson.Array(1, "x", default)));
            Check.Equal("{\"s\":\"a\\\"\\\\\\n\\u0001ä\",\"n\":1.5,\"i\":9007199254740993,\"b\":true,\"l\":[1,\"x\",null]}", json.Text);
            Check.Equal(json, KeiJson.Parse(json.Text));
            Check.Throws<ArgumentException>(() => _ = (KeiJson)double.NaN);
            Check.That(default(KeiJson).IsNull, "the default is null");
        }

        public void Objects_go_to_System_Text_Json_and_back()
        {
#if NETCOREAPP3_1_LIBRARY
            KeiJson json = KeiJson.Serialize(new Dictionary<string, int[]> { ["x"] = new[] { 1, 2 } });
            Check.Equal("{\"x\":[1,2]}", json.Text);
            Check.Equal(2, json.Deserialize<Dictionary<string, int[]>>()["x"][1]);
            Check.Equal(1, json.ToElement().GetProperty("x")[0].GetInt32());
#else
            KeiJson json = KeiJson.Parse(System.Text.Json.JsonSerializer.Serialize(new[] { 1, 2 }));
            Check.Equal(2, System.Text.Json.JsonSerializer.Deserialize<int[]>(json.Text)[1]);
#endif
        }

        public void A_missing_field_is_named()
        {
            Check.Contains("`nothing`", Check.Throws<KeyNotFoundException>(() => _ = KeiJson.EmptyObject["nothing"]).Message);
            Check.Throws<ArgumentOutOfRangeException>(() => _ = KeiJson.Array(1)[1]);
        }

        public void A_request_needs_what_its_operation_needs()
        {
            Check.Equal("objective", Check.Throws<ArgumentNullException>(() => _ = new PlanRequest(null!)).ParamName);
            Check.That(typeof(PlanRequest).GetConstructors().Single().GetParameters().Length == 1, "there is no other way to make one");
        }
    }
}
