// The one goroutine that drains a queue, and where each event goes.

package kei

import (
	"sync"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// sink is where the events of one operation or subscription go.
type sink interface {
	// take is handed an event, whose body is gone when it returns. It runs on the pump's goroutine, and must not block.
	take(event *abi.Event)
}

// pump drains one queue on a goroutine of its own, and hands each event to the sink whose tag it has. C never calls Go.
type pump struct {
	queue abi.Handle
	wake  waker
	other func(*abi.Event) // takes what has no sink; may be nil
	hand  func(*abi.Event) // deliver, made a value once
	room  *abi.Room        // the goroutine's own, as long as it runs
	done  chan struct{}    // closed when the goroutine has ended
	once  sync.Once

	mu    sync.Mutex
	sinks map[uint64]sink
	next  uint64
	// idle is closed when no sink is left; nil while nobody waits for that.
	idle chan struct{}
	shut bool
}

// chooseWaker is another in tests.
var chooseWaker = newWaker

// roomBytes is how much is drained at once; more for an event that is larger.
const roomBytes = 64 << 10

// newPump makes a queue of a runtime's, and drains it. Events that have no sink go to other, if there is one.
func newPump(runtime abi.Handle, other func(*abi.Event)) (*pump, error) {
	queue, status, object := abi.QueueNew(runtime)
	if status != abi.OK {
		return nil, failure("", status, object)
	}
	wake, err := chooseWaker(queue)
	if err != nil {
		abi.Close(queue)
		return nil, err
	}
	p := &pump{queue: queue, wake: wake, other: other, room: abi.NewRoom(roomBytes), done: make(chan struct{}), sinks: make(map[uint64]sink)}
	p.hand = p.deliver
	go p.run()
	return p, nil
}

func (p *pump) run() {
	defer close(p.done)
	p.wake.each(func(first *abi.Event) bool {
		if first != nil {
			p.deliver(first)
		}
		return p.drain()
	})
}

// drain hands on all events that are there; false when the queue was closed. One goroutine at a time.
func (p *pump) drain() bool {
	for {
		n, status := p.room.Drain(p.queue, p.hand)
		switch {
		case status == abi.TooSmall:
			p.room = abi.NewRoom(n)
		case status != abi.OK:
			return false
		case n == 0:
			if p.room.Bytes() > roomBytes {
				p.room = abi.NewRoom(roomBytes)
			}
			return true
		}
	}
}

func (p *pump) deliver(event *abi.Event) {
	if s := p.sink(event); s != nil {
		s.take(event)
	} else if p.other != nil {
		p.other(event)
	}
}

// sink finds who an event is for; the last event of an operation or subscription takes it off the list.
func (p *pump) sink(event *abi.Event) sink {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sinks[event.Tag]
	if event.Kind == abi.Done || event.Kind == abi.End {
		p.remove(event.Tag)
	}
	return s
}

// expect announces the events of an operation or subscription, and answers its tag. It is done before it is begun, since events may come at once.
func (p *pump) expect(s sink) (uint64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return 0, false
	}
	p.next++
	p.sinks[p.next] = s
	return p.next, true
}

// forget takes back what was announced, for what was not begun.
func (p *pump) forget(tag uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove(tag)
}

func (p *pump) remove(tag uint64) {
	delete(p.sinks, tag)
	if len(p.sinks) == 0 && p.idle != nil {
		close(p.idle)
		p.idle = nil
	}
}

// quiet is closed once every operation and subscription has had its last event; nothing new is announced from now on.
func (p *pump) quiet() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = true
	if len(p.sinks) == 0 {
		return closed
	}
	if p.idle == nil {
		p.idle = make(chan struct{})
	}
	return p.idle
}

// stop ends the goroutine, hands on what has come by now, and closes the queue; it may be called again. What was still expected ends with KEI_E_CLOSED here,
// since its events go with the queue.
func (p *pump) stop() {
	p.once.Do(func() {
		p.mu.Lock()
		p.shut = true
		p.mu.Unlock()
		p.wake.stop()
		<-p.done
		p.drain()
		abi.Close(p.queue)
		p.mu.Lock()
		left := p.sinks
		p.sinks = nil
		if p.idle != nil {
			close(p.idle)
			p.idle = nil
		}
		p.mu.Unlock()
		for tag, s := range left {
			s.take(&abi.Event{Kind: abi.End, Tag: tag, Status: abi.Closed})
		}
	})
}

var closed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
