// How a pump learns that its queue holds events; here by a thread that waits in C.

package kei

import (
	"sync/atomic"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// waker tells a pump when its queue holds events.
type waker interface {
	// each calls drain whenever the queue may hold events, with the first of them if it was taken already, until drain answers false or stop is called.
	each(drain func(first *abi.Event) bool)
	// stop ends each, though not what drain does at the time.
	stop()
}

// blocking waits on a thread: for systems without a descriptor that Go's poller takes. It costs a thread for each queue.
type blocking struct {
	queue   abi.Handle
	stopped *atomic.Bool
}

func newBlocking(queue abi.Handle) waker { return blocking{queue, new(atomic.Bool)} }

func (b blocking) each(drain func(*abi.Event) bool) {
	for !b.stopped.Load() {
		event, status := abi.QueueWait(b.queue)
		switch status {
		case abi.OK:
			if !drain(&event) {
				return
			}
		case abi.Again: // It was woken.
		default:
			return // The queue was closed.
		}
	}
}

func (b blocking) stop() {
	b.stopped.Store(true)
	abi.QueueWake(b.queue)
}
