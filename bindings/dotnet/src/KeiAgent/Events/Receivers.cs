// Which tag stands for whom.

using System;
using System.Collections.Generic;

namespace KeiAgent.Events
{
    /// <summary>
    /// Receivers by tag. A tag is a place and a generation, so that one that is no longer used finds nobody. Places are used again, so that a call costs no allocation here.
    /// </summary>
    internal sealed class Receivers
    {
        private readonly object _gate = new object();
        private Place[] _places = new Place[64];
        private int _used;
        private int _free = -1;
        private Exception? _closed;

        private struct Place
        {
            internal IReceiver? Receiver;
            internal uint Generation;
            internal int NextFree;
        }

        /// <summary>Takes a receiver in and answers its tag.</summary>
        /// <exception cref="Exception">What <see cref="Close"/> was given.</exception>
        internal ulong Add(IReceiver receiver)
        {
            lock (_gate)
            {
                if (_closed != null)
                {
                    throw _closed;
                }

                int index = _free;
                if (index >= 0)
                {
                    _free = _places[index].NextFree;
                }
                else
                {
                    index = _used++;
                    if (index == _places.Length)
                    {
                        Array.Resize(ref _places, 2 * index);
                    }
                }

                _places[index].Receiver = receiver;
                return ((ulong)++_places[index].Generation << 32) | (uint)index;
            }
        }

        /// <summary>Whom a tag stands for.</summary>
        internal IReceiver? Find(ulong tag)
        {
            lock (_gate)
            {
                return Known(tag) ? _places[(int)(uint)tag].Receiver : null;
            }
        }

        /// <summary>Lets a receiver go and answers it.</summary>
        internal IReceiver? Remove(ulong tag)
        {
            lock (_gate)
            {
                if (!Known(tag))
                {
                    return null;
                }

                ref Place place = ref _places[(int)(uint)tag];
                IReceiver? receiver = place.Receiver;
                place.Receiver = null;
                place.NextFree = _free;
                _free = (int)(uint)tag;
                return receiver;
            }
        }

        /// <summary>Takes nobody in any more, and answers those that are there.</summary>
        internal IReadOnlyList<IReceiver> Close(Exception reason)
        {
            lock (_gate)
            {
                var left = new List<IReceiver>();
                for (int index = 0; index < _used; index++)
                {
                    if (_places[index].Receiver is IReceiver receiver)
                    {
                        left.Add(receiver);
                    }
                }

                _closed = reason;
                _places = new Place[1];
                _used = 0;
                _free = -1;
                return left;
            }
        }

        private bool Known(ulong tag)
        {
            uint index = (uint)tag;
            return index < (uint)_used && _places[index].Generation == (uint)(tag >> 32) && _places[index].Receiver != null;
        }
    }
}
