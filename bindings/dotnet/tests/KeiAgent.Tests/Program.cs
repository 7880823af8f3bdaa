// The tests: every public method of a class whose name ends in Tests is one. `dotnet KeiAgent.Tests.dll [part of a name]`
//
// They need a platform in a box, whose variables are in the environment, and the native library where the loader finds it. Other programs of the tests are here too,
// by their first argument: `vectors WAY FILE`, `missing`, `other` and `leave WAY`.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace KeiAgent.Tests
{
    internal static class Program
    {
        private static readonly TimeSpan Hung = TimeSpan.FromSeconds(120);

        private static async Task<int> Main(string[] arguments)
        {
            switch (arguments.FirstOrDefault())
            {
                case "vectors": return await Vectors.Runner.RunAsync(arguments[1], arguments[2]);
                case "missing": return Missing.Run();
                case "other": return Missing.Other();
                case "leave": return Leaving.Run(arguments[1]);
                default: return await RunAsync(arguments.FirstOrDefault() ?? string.Empty);
            }
        }

        private static async Task<int> RunAsync(string part)
        {
            int passed = 0;
            int failed = 0;
            foreach (MethodInfo test in Tests().Where(test => Name(test).Contains(part, StringComparison.OrdinalIgnoreCase)))
            {
                var time = Stopwatch.StartNew();
                Exception? fault = await RunAsync(test);
                passed += fault == null ? 1 : 0;
                failed += fault == null ? 0 : 1;
                Console.WriteLine($"{(fault == null ? "ok    " : "FAILED")} {Name(test)} ({time.ElapsedMilliseconds} ms)");
                if (fault != null)
                {
                    Console.WriteLine(fault);
                }
            }

            Console.WriteLine($"{passed} passed, {failed} failed");
            return failed == 0 && passed > 0 ? 0 : 1;
        }

        private static IEnumerable<MethodInfo> Tests() =>
            from type in Assembly.GetExecutingAssembly().GetTypes()
            where type.Name.EndsWith("Tests", StringComparison.Ordinal)
            orderby type.Name
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            where method.GetParameters().Length == 0
            select method;

        private static string Name(MethodInfo test) => test.DeclaringType!.Name + "." + test.Name;

        private static async Task<Exception?> RunAsync(MethodInfo test)
        {
            try
            {
                // A test that hangs is one that fails.
                Task run = Task.Run(async () =>
                {
                    object instance = Activator.CreateInstance(test.DeclaringType!)!;
                    if (test.Invoke(instance, null) is Task task)
                    {
                        await task;
                    }
                });
                return await Task.WhenAny(run, Task.Delay(Hung)) == run ? Unwrap(run.Exception) : new TimeoutException("It hangs.");
            }
            catch (Exception fault)
            {
                return fault;
            }
        }

        private static Exception? Unwrap(Exception? fault)
        {
            while (fault is TargetInvocationException || fault is AggregateException)
            {
                fault = fault.InnerException;
            }

            return fault;
        }
    }
}
