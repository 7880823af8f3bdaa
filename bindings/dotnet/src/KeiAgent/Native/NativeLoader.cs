// Finds the native library, once, and says what was looked for when it is not there.

using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;

namespace KeiAgent.Native
{
    internal static class NativeLoader
    {
        private static readonly object Gate = new object();
        private static readonly List<string> Tried = new List<string>();
        private static volatile bool _ready;

        /// <summary>Loads the library, if that was not done yet, and checks that it fits.</summary>
        /// <exception cref="DllNotFoundException">It cannot be found; the message says what was looked for.</exception>
        /// <exception cref="KeiException">It is of another version of the ABI.</exception>
        internal static void Ensure()
        {
            if (!_ready)
            {
                lock (Gate)
                {
                    if (!_ready)
                    {
                        Load();
                        _ready = true;
                    }
                }
            }
        }

        private static void Load()
        {
#if NETCOREAPP
            if (!_resolving)
            {
                NativeLibrary.SetDllImportResolver(typeof(NativeLoader).Assembly, Resolve);
                _resolving = true;
            }
#endif
            int status;
            try
            {
                status = NativeMethods.kei_abi_check(NativeMethods.AbiVersion, (uint)Marshal.SizeOf<NativeEvent>());
            }
            catch (Exception fault) when (fault is DllNotFoundException || fault is BadImageFormatException || fault is EntryPointNotFoundException)
            {
                throw new DllNotFoundException(Missing(fault), fault);
            }

            if (status != 0)
            {
                uint abi = NativeMethods.kei_abi_version();
                throw KeiException.Local(
                    (KeiErrorCode)status,
                    $"This assembly was made for version {NativeMethods.AbiVersion >> 16}.{NativeMethods.AbiVersion & 0xffff} of libkei_agent's ABI, but the library that "
                    + $"was loaded ({NativeText.Constant(NativeMethods.kei_version())}) has {abi >> 16}.{abi & 0xffff}: use the library of the same package.");
            }
        }

        private static string Missing(Exception fault)
        {
            string looked = Tried.Count > 0 ? string.Join(", ", Tried) : string.Join(", ", Names()) + " where the system looks for libraries and beside the program";
            return $"The native library of KeiAgent cannot be loaded for {Machine()} ({RuntimeInformation.OSDescription.Trim()}). Looked for: {looked}. "
                + "The NuGet package KeiAgent brings it along as runtimes/<machine>/native; where a program is published without it, put it beside the program, "
                + $"or into a folder that the system searches. The cause: {fault.Message.Trim()}";
        }

        /// <summary>The machine as NuGet names it, for example linux-x64.</summary>
        private static string Machine()
        {
            string system = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? "win" : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? "osx" : "linux";
            return system + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        }

        /// <summary>The file's names: that of the package, and that of an installation with a version in it.</summary>
        private static string[] Names()
        {
            uint major = NativeMethods.AbiVersion >> 16;
            if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
            {
                return new[] { "kei_agent.dll" };
            }

            return RuntimeInformation.IsOSPlatform(OSPlatform.OSX)
                ? new[] { "libkei_agent.dylib", $"libkei_agent.{major}.dylib" }
                : new[] { "libkei_agent.so", $"libkei_agent.so.{major}" };
        }

#if NETCOREAPP
        private static bool _resolving;

        private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? search)
        {
            if (name != NativeMethods.Library)
            {
                return IntPtr.Zero;
            }

            // What the program's own deps.json names, what lies beside it, and what the system finds; then the folders of a package that was only unpacked.
            Tried.Clear();
            foreach (string file in Names())
            {
                Tried.Add(file + " (beside the program, in its packages, where the system looks)");
                if (NativeLibrary.TryLoad(file, assembly, search, out IntPtr library))
                {
                    return library;
                }
            }

            foreach (string folder in Folders(assembly))
            {
                string path = Path.Combine(folder, "runtimes", Machine(), "native", Names()[0]);
                Tried.Add(path);
                if (NativeLibrary.TryLoad(path, out IntPtr library))
                {
                    return library;
                }
            }

            return IntPtr.Zero;
        }

        private static IEnumerable<string> Folders(Assembly assembly)
        {
            string main = AppContext.BaseDirectory;
            yield return main;

            // Empty in a program that is one file; the analyser's warning of that is what the test is for.
            string? own = Path.GetDirectoryName(assembly.Location);
            if (!string.IsNullOrEmpty(own) && Path.GetFullPath(own!) != Path.GetFullPath(main.TrimEnd(Path.DirectorySeparatorChar)))
            {
                yield return own!;
            }
        }
#endif
    }
}
