package kei

import "github.com/kei-agent/kei-agent/bindings/go/internal/abi"

// waker tells a pump when its queue holds events.
type waker interface {
	// each calls drain whenever the queue may hold events, with the first of them if it was taken already, until drain answers false or stop is called.
	each(drain func(first *abi.Event) bool)
	// stop ends each, after the queue was closed.
	stop()
}

// blocking waits on a thread: for systems without a descriptor that Go's poller takes. It costs a thread for each queue.
type blocking struct{ queue abi.Handle }

func (b blocking) each(drain func(*abi.Event) bool) {
	for {
		event, status := abi.QueueWait(b.queue)
		switch status {
		case abi.OK:
			if !drain(&event) {
				return
			}
		case abi.Again:
		default:
			return // The queue was closed, which ends the wait.
		}
	}
}

func (blocking) stop() {}
