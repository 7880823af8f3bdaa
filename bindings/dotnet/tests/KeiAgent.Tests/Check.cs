// What the tests assert with.

using System;
using System.Diagnostics;
using System.Threading.Tasks;

namespace KeiAgent.Tests
{
    internal static class Check
    {
        internal static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

        internal static void That(bool holds, string what)
        {
            if (!holds)
            {
                throw new InvalidOperationException("Not so: " + what);
            }
        }

        internal static void Equal<T>(T expected, T found, string what = "")
        {
            if (!Equals(expected, found))
            {
                throw new InvalidOperationException($"{what} should be {expected}, but is {found}");
            }
        }

        internal static void Contains(string part, string text)
        {
            That(text.Contains(part, StringComparison.Ordinal), $"`{part}` is in `{text}`");
        }

        internal static T Throws<T>(Action action) where T : Exception
        {
            try
            {
                action();
            }
            catch (T fault)
            {
                return fault;
            }

            throw new InvalidOperationException($"{typeof(T).Name} should be thrown, but nothing was");
        }

        internal static async Task<T> ThrowsAsync<T>(Func<Task> action) where T : Exception
        {
            try
            {
                await action();
            }
            catch (T fault)
            {
                return fault;
            }

            throw new InvalidOperationException($"{typeof(T).Name} should be thrown, but nothing was");
        }

        internal static async Task<KeiException> FailsAsync(KeiErrorCode code, Func<Task> action)
        {
            KeiException fault = await ThrowsAsync<KeiException>(action);
            Equal(code, fault.Code, fault.ToString());
            return fault;
        }

        internal static KeiException Fails(KeiErrorCode code, Action action)
        {
            KeiException fault = Throws<KeiException>(action);
            Equal(code, fault.Code, fault.ToString());
            return fault;
        }

        /// <summary>Waits until something holds, up to the bound.</summary>
        internal static async Task Eventually(Func<Task<bool>> holds, string what)
        {
            var time = Stopwatch.StartNew();
            while (!await holds())
            {
                That(time.Elapsed < Bound, what);
                await Task.Delay(10);
            }
        }

        internal static Task Eventually(Func<bool> holds, string what) => Eventually(() => Task.FromResult(holds()), what);

        /// <summary>Awaits a task, up to the bound.</summary>
        internal static async Task<T> Within<T>(Task<T> task, string what)
        {
            That(await Task.WhenAny(task, Task.Delay(Bound)) == task, what + " within the bound");
            return await task;
        }
    }
}
