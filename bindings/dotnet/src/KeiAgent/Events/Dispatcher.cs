using System;
using KeiAgent.Native;

namespace KeiAgent.Events
{
    /// <summary>Hands the events of operations and subscriptions to those who wait for them.</summary>
    internal sealed class Dispatcher : EventPump
    {
        internal Dispatcher(ulong queue) : base(queue, "KeiAgent events")
        {
        }

        internal Receivers Receivers { get; } = new Receivers();

        protected override void Take(in NativeEvent received)
        {
            bool last = received.Kind == EventKind.Done || received.Kind == EventKind.End;
            IReceiver? receiver = last ? Receivers.Remove(received.Tag) : Receivers.Find(received.Tag);
            receiver?.Take(received);
        }

        protected override void Ended()
        {
            var reason = KeiException.Local(KeiErrorCode.Closed, "The runtime was closed.");
            foreach (IReceiver receiver in Receivers.Close(reason))
            {
                receiver.Abandon(reason);
            }
        }
    }
}
