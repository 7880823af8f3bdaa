// Texts on their way into the library and out of it.

using System;
using System.Text;

namespace KeiAgent.Native
{
    /// <summary>
    /// Texts as UTF-8, one after the other, in memory of the thread's that is used again and again; wiped when done with, since a text may hold a secret.
    /// </summary>
    internal unsafe ref struct NativeText
    {
        private const int KeptAtMost = 64 * 1024;
        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, throwOnInvalidBytes: true);

        [ThreadStatic]
        private static byte[]? _kept;

        private readonly byte[] _bytes;
        private int _used;

        private NativeText(byte[] bytes)
        {
            _bytes = bytes;
            _used = 0;
        }

        /// <summary>Room for so many UTF-16 characters.</summary>
        internal static NativeText For(int characters)
        {
            int room = Math.Max(1024, checked(characters * 3));
            byte[]? bytes = _kept;
            _kept = null;
            return new NativeText(bytes != null && bytes.Length >= room ? bytes : new byte[room]);
        }

        /// <summary>The memory; to be pinned.</summary>
        internal byte[] Bytes => _bytes;

        /// <summary>Adds a text and answers how long it is.</summary>
        /// <exception cref="ArgumentException">It is no valid UTF-16.</exception>
        internal int Add(string text, string argument)
        {
            try
            {
                int length = Strict.GetBytes(text, 0, text.Length, _bytes, _used);
                _used += length;
                return length;
            }
            catch (EncoderFallbackException fault)
            {
                // Without the fault as the inner exception: its text shows a part of the argument.
                throw new ArgumentException($"The text has half of a surrogate pair at position {fault.Index}, which UTF-8 cannot express.", argument);
            }
        }

        /// <summary>Wipes what was added, and keeps the memory for the thread's next call.</summary>
        internal void Done()
        {
            Array.Clear(_bytes, 0, _used);
            if (_bytes.Length <= KeptAtMost)
            {
                _kept = _bytes;
            }
        }

        /// <summary>A text of the library's that lives as long as the process.</summary>
        internal static string Constant(IntPtr text)
        {
            byte* bytes = (byte*)text;
            int length = 0;
            while (bytes[length] != 0)
            {
                length++;
            }

            return Encoding.UTF8.GetString(bytes, length);
        }

        /// <summary>What a buffer holds, as a string.</summary>
        internal static string Read(in NativeBuffer buffer)
        {
            return buffer.Data == null ? string.Empty : Encoding.UTF8.GetString(buffer.Data, checked((int)buffer.Length));
        }

        /// <summary>What a buffer holds, as bytes.</summary>
        internal static byte[] Copy(in NativeBuffer buffer)
        {
            int length = checked((int)buffer.Length);
            if (length == 0)
            {
                return Array.Empty<byte>();
            }

            var bytes = new byte[length];
            System.Runtime.InteropServices.Marshal.Copy((IntPtr)buffer.Data, bytes, 0, length);
            return bytes;
        }
    }
}
