// What is said of a call's options by hand; the options themselves are generated.

using System;

namespace KeiAgent
{
    public sealed partial class KeiCallOptions
    {
        /// <summary>All options as one JSON object, in place of the properties: for options that are newer than this assembly.</summary>
        public KeiJson? Json { get; set; }

        /// <summary>
        /// Is told how a call of a generated method went: attempts, status, times. It is called before the method's task ends, and not at all where nothing was sent as a request. Calls by name have the same facts in
        /// their answer if <see cref="Meta"/> is set.
        /// </summary>
        public Action<KeiCallMeta>? OnMeta { get; set; }

        internal KeiCallOptions Copy() => (KeiCallOptions)MemberwiseClone();

        /// <summary>The options as the library takes them.</summary>
        /// <param name="askMeta">Whether the facts of the call are wanted, unless the options say otherwise.</param>
        /// <param name="wrapped">Whether the answer will be beside these facts.</param>
        internal string ToText(bool askMeta, out bool wrapped)
        {
            string text = Json?.Text ?? KeiClient.Written(Write);
            bool? said = Json is KeiJson json ? json.Kind == KeiJsonKind.Object && json.TryGet("meta", out KeiJson meta) ? meta.Text == "true" : default(bool?) : Meta;
            wrapped = said ?? askMeta;
            if (!wrapped || said != null || !text.StartsWith("{", StringComparison.Ordinal))
            {
                return text;
            }

            return text == "{}" ? "{\"meta\":true}" : text.Substring(0, text.Length - 1) + ",\"meta\":true}";
        }
    }
}
