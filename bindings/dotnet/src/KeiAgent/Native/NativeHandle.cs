// Ownership of what the library keeps: a handle is closed once, by Dispose or, where that was forgotten, by the finaliser.

using System;
using System.Runtime.InteropServices;

namespace KeiAgent.Native
{
    /// <summary>
    /// A handle of libkei_agent. Handles are checked integers of up to 53 bits, which an IntPtr of 32 bits would not hold, so the number stands
    /// beside SafeHandle's own field. A number that was closed is answered with an error by the library, so it may be passed by value.
    /// </summary>
    internal sealed class NativeHandle : SafeHandle
    {
        private readonly ulong _value;
        private readonly string _owner;

        /// <summary>One of the functions that make something of a configuration.</summary>
        internal unsafe delegate int Maker(byte* configuration, UIntPtr length, ulong* made, NativeBuffer* error);

        /// <summary>Makes something of a configuration, and owns it.</summary>
        /// <exception cref="KeiException">The library refused it.</exception>
        internal static unsafe NativeHandle Make(string owner, string configuration, Maker make)
        {
            NativeText utf8 = NativeText.For(configuration.Length);
            ulong made;
            NativeBuffer error = default;
            int status;
            try
            {
                int length = utf8.Add(configuration, nameof(configuration));
                fixed (byte* bytes = utf8.Bytes)
                {
                    status = make(bytes, (UIntPtr)length, &made, &error);
                }
            }
            finally
            {
                utf8.Done();
            }

            KeiException.Check(status, ref error);
            return new NativeHandle(made, owner);
        }

        internal NativeHandle(ulong value, string owner) : base(IntPtr.Zero, ownsHandle: true)
        {
            _value = value;
            _owner = owner;
            SetHandle(new IntPtr(1));
        }

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>The number, for a call.</summary>
        /// <exception cref="ObjectDisposedException">It was closed.</exception>
        internal ulong Value => IsClosed ? throw new ObjectDisposedException(_owner) : _value;

        /// <summary>The number, whether it was closed or not.</summary>
        internal ulong Number => _value;

        protected override bool ReleaseHandle()
        {
            // A subscription that has ended is stale by itself; that is no failure.
            _ = NativeMethods.kei_close(_value);
            return true;
        }
    }
}
