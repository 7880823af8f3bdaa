namespace KeiAgent
{
    /// <summary>How important a log record is.</summary>
    public enum KeiLogLevel
    {
        /// <summary>Something failed.</summary>
        Error = 1,

        /// <summary>Something is not as it should be.</summary>
        Warning = 2,

        /// <summary>Something worth knowing.</summary>
        Information = 3,

        /// <summary>For finding faults.</summary>
        Debug = 4,

        /// <summary>Every detail.</summary>
        Trace = 5,
    }
}
