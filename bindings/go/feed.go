// The inner side of a subscription: what has come, credit, and how it ended.

package kei

import (
	"context"
	"encoding/json"
	"io"
	"sync"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// feed is what the pump fills and readers empty. It does not know its Subscription, so that one which is forgotten can be seen to be.
type feed struct {
	client    *Client
	ctx       context.Context
	operation string
	chosen    *settings
	asked     *asking
	stop      func() bool

	mu      sync.Mutex
	handle  abi.Handle // 0 until it is begun
	waiting []message
	states  int
	owed    uint32        // items taken that no credit was granted for yet
	filled  chan struct{} // holds one token while something may be waiting
	over    chan struct{} // closed at the end
	end     result
	shut    chan struct{} // closed by Close
	byHost  bool          // it was closed by Close before it ended, so that its end is none to complain of
	close   sync.Once
}

// message is an item, or a change of state.
type message struct {
	body  json.RawMessage
	state bool
}

// take is handed the events, by the pump.
func (f *feed) take(event *abi.Event) {
	switch event.Kind {
	case abi.Item:
		f.add(message{body: append([]byte(nil), event.Body...)})
	case abi.State:
		if f.chosen.state != nil {
			f.add(message{body: append([]byte(nil), event.Body...), state: true})
		}
	case abi.Request:
		f.asked.take(event)
	case abi.End:
		f.release()
		select {
		case <-f.shut:
			f.byHost = true
		default:
		}
		f.end = result{event.Status, append([]byte(nil), event.Body...)}
		close(f.over)
	}
}

// release lets go of what holds the subscription.
func (f *feed) release() {
	f.stop()
	f.asked.end()
}

func (f *feed) add(m message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m.state {
		if f.states++; f.states > mostStates {
			f.dropState()
		}
	}
	f.waiting = append(f.waiting, m)
	f.signal()
}

func (f *feed) dropState() {
	for at, m := range f.waiting {
		if m.state {
			f.waiting = append(f.waiting[:at], f.waiting[at+1:]...)
			f.states--
			return
		}
	}
}

// signal wakes a reader.
func (f *feed) signal() {
	select {
	case f.filled <- struct{}{}:
	default:
	}
}

// pop takes the first message. It grants more credit when half of it is used up.
func (f *feed) pop() (message, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 {
		return message{}, false
	}
	m := f.waiting[0]
	f.waiting[0] = message{}
	f.waiting = f.waiting[1:]
	if len(f.waiting) > 0 {
		f.signal() // for another reader
	} else {
		f.waiting = nil
	}
	if m.state {
		f.states--
	} else if f.owed++; !f.chosen.manual && f.owed*2 >= f.chosen.credit {
		abi.Credit(f.handle, f.owed)
		f.owed = 0
	}
	return m, true
}

// next is the next item; io.EOF after the end.
func (f *feed) next(ctx context.Context) (json.RawMessage, error) {
	for {
		m, ok := f.pop()
		switch {
		case ok && m.state:
			if err := f.chosen.state(m.body); err != nil {
				return nil, err
			}
			continue
		case ok:
			return m.body, nil
		}
		select {
		case <-f.filled:
		case <-f.over:
			// What came before the end is there by now.
			f.mu.Lock()
			left := len(f.waiting) > 0
			f.mu.Unlock()
			if !left {
				return nil, f.verdict()
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// verdict is how the subscription ended.
func (f *feed) verdict() error {
	if f.end.status == abi.OK {
		return io.EOF
	}
	err := failure(f.operation, f.end.status, f.end.body).blame(f.ctx)
	if f.byHost && err.Code == ErrCancelled {
		return io.EOF
	}
	return err
}

// cancel closes the subscription in the library, whose END event follows.
func (f *feed) cancel() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.handle != 0 {
		abi.Close(f.handle)
	}
}
