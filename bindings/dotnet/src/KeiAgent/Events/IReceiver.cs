using System;
using KeiAgent.Native;

namespace KeiAgent.Events
{
    /// <summary>Who waits for the events of one tag.</summary>
    internal interface IReceiver
    {
        /// <summary>Takes an event. Its body lives until this returns.</summary>
        void Take(in NativeEvent received);

        /// <summary>No event will come: the queue is gone.</summary>
        void Abandon(Exception reason);
    }
}
