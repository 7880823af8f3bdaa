// What is said where the native library is missing, or is of another version. Run without it, or with one that says so.

using System;

namespace KeiAgent.Tests
{
    internal static class Missing
    {
        /// <summary>With a library whose ABI is another.</summary>
        internal static int Other()
        {
            try
            {
                _ = new KeiClient();
                Console.WriteLine("the library should be refused");
            }
            catch (KeiException fault) when (fault.Code == KeiErrorCode.Abi && fault.Message.Contains("99.0", StringComparison.Ordinal))
            {
                Console.WriteLine("1 passed, 0 failed");
                return 0;
            }

            return 1;
        }

        internal static int Run()
        {
            int failed = 0;

            // Twice: the second attempt says the same, and no type is spoilt by the first.
            for (int attempt = 0; attempt < 2; attempt++)
            {
                try
                {
                    _ = new KeiClient();
                    Console.WriteLine("there should be no library");
                    failed++;
                }
                catch (DllNotFoundException fault)
                {
                    Console.WriteLine(fault.Message);
                    foreach (string part in new[] { "libkei_agent.so", "libkei_agent.so.1", "linux-x64", "runtimes" })
                    {
                        failed += fault.Message.Contains(part, StringComparison.Ordinal) ? 0 : 1;
                    }
                }
                catch (Exception fault)
                {
                    Console.WriteLine(fault);
                    failed++;
                }
            }

            Console.WriteLine($"{(failed == 0 ? 1 : 0)} passed, {(failed == 0 ? 0 : 1)} failed");
            return failed;
        }
    }
}
