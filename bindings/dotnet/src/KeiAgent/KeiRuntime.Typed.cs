using System;
using KeiAgent.Configuration;

namespace KeiAgent
{
    public sealed partial class KeiRuntime
    {
        /// <summary>Makes a runtime.</summary>
        /// <param name="configuration">Its configuration. What it leaves out comes from the environment, then from the defaults.</param>
        /// <exception cref="KeiException">The configuration is wrong; the message says which setting and what would be right.</exception>
        public KeiRuntime(RuntimeConfig configuration) : this(KeiClient.Written((configuration ?? throw new ArgumentNullException(nameof(configuration))).Write))
        {
        }
    }
}
