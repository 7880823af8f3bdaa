namespace KeiAgent
{
    /// <summary>What kind of thing went wrong: the band that an error's number is in.</summary>
    public enum KeiErrorCategory
    {
        /// <summary>A number that this version does not know.</summary>
        Unknown,

        /// <summary>The library was used in a way that it does not allow (1 to 99).</summary>
        Misuse,

        /// <summary>The end of the call, the client or the runtime (100 to 199).</summary>
        Lifecycle,

        /// <summary>A configuration, a request or options are wrong (200 to 299).</summary>
        Configuration,

        /// <summary>Tokens, credentials and security rules (300 to 399).</summary>
        Auth,

        /// <summary>Connections and the time they take (400 to 499).</summary>
        Transport,

        /// <summary>What the server answered (500 to 599).</summary>
        Protocol,

        /// <summary>Breakers, budgets and limits (600 to 699).</summary>
        Resilience,
    }
}
