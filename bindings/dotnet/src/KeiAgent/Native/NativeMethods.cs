// The C functions of libkei_agent, as include/kei_agent.h declares them. Only blittable types cross, so that a call costs no marshalling.

using System;
using System.Runtime.InteropServices;
using System.Security;

namespace KeiAgent.Native
{
    /// <summary>kei_buf: bytes of the library's, given back with kei_buf_free.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct NativeBuffer
    {
        internal byte* Data;
        internal UIntPtr Length;
        internal ulong Owner;
    }

    /// <summary>kei_event.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeEvent
    {
        internal uint Size;
        internal EventKind Kind;
        internal ulong Tag;
        internal ulong Source;
        internal ulong Sequence;
        internal int Status;
        internal uint Flags;
        internal NativeBuffer Body;
    }

    /// <summary>KEI_EVENT_….</summary>
    internal enum EventKind : uint
    {
        None = 0,
        Done = 1,
        Item = 2,
        End = 3,
        Request = 4,
        State = 5,
        Log = 6,
    }

    [SuppressUnmanagedCodeSecurity]
    internal static unsafe class NativeMethods
    {
        internal const string Library = "kei_agent";

        /// <summary>KEI_ABI_VERSION of the header that this file was written after.</summary>
        internal const uint AbiVersion = 65536;

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern uint kei_abi_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_abi_check(uint abi, uint sizeofEvent);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr kei_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr kei_status_name(int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_status_retryable(int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void kei_buf_free(NativeBuffer* buffer);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_runtime_new(byte* configuration, UIntPtr length, ulong* runtime, NativeBuffer* error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_runtime_shutdown(ulong runtime, long timeoutMs, NativeBuffer* error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_client_new(ulong runtime, byte* configuration, UIntPtr length, ulong* client, NativeBuffer* error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_close(ulong handle);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_call(
            ulong client, byte* operation, UIntPtr operationLength, byte* request, UIntPtr requestLength, byte* options, UIntPtr optionsLength, NativeBuffer* answer);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_submit(
            ulong client, byte* operation, UIntPtr operationLength, byte* request, UIntPtr requestLength, byte* options, UIntPtr optionsLength,
            ulong queue, ulong tag, ulong* started, NativeBuffer* error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_op_cancel(ulong operation);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_subscribe(
            ulong client, byte* operation, UIntPtr operationLength, byte* request, UIntPtr requestLength, byte* options, UIntPtr optionsLength,
            ulong queue, ulong tag, uint credit, ulong* subscription, NativeBuffer* error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_sub_credit(ulong subscription, uint count);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_reply(ulong request, int status, byte* body, UIntPtr length);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_queue_new(ulong runtime, byte* configuration, UIntPtr length, ulong* queue, NativeBuffer* error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_queue_next(ulong queue, NativeEvent* received, long timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_queue_drain_packed(ulong queue, byte* buffer, UIntPtr capacity, UIntPtr* used, UIntPtr* count);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_queue_wake(ulong queue);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int kei_log_attach(ulong runtime, ulong queue, byte* filter, UIntPtr length);
    }
}
