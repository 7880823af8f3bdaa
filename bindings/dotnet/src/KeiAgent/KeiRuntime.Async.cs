#if !NETSTANDARD2_0
using System;
using System.Threading.Tasks;

namespace KeiAgent
{
    public sealed partial class KeiRuntime : IAsyncDisposable
    {
        /// <summary>Does what <see cref="Dispose"/> does, and waits on another thread.</summary>
        public ValueTask DisposeAsync() => new ValueTask(Task.Run(Dispose));
    }
}
#endif
