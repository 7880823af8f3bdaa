// A subscription as a program reads it: a range loop, item by item, or a channel.

package kei

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"runtime"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// defaultCredit is how many items the library may hand over before they are taken.
const defaultCredit = 64

// mostStates is how many changes of state are kept for a reader that does not read; the oldest go first.
const mostStates = 256

// WithCredit says how many items may wait in this process to be taken, 64 when absent. More is granted as they are; what comes beyond waits in the
// library, see [WithBuffer] and [WithOverflow].
func WithCredit(items uint32) SubscribeOption {
	return onlySubscribe(func(s *settings) { s.credit = items })
}

// WithManualCredit lets so many items come, and no more but for those that [Subscription.Grant] grants.
func WithManualCredit(items uint32) SubscribeOption {
	return onlySubscribe(func(s *settings) { s.credit, s.manual = items, true })
}

// OnState has each change of the subscription's state, such as a connection that was lost and made again, handed to f: by the goroutine that reads, in
// order with the items. S is the state's type, for example [StreamState], or [json.RawMessage].
func OnState[S any](f func(S)) SubscribeOption {
	return onlySubscribe(func(s *settings) {
		s.state = func(text json.RawMessage) error {
			var state S
			if err := decode("", text, &state); err != nil {
				return err
			}
			f(state)
			return nil
		}
	})
}

// Subscription is a sequence of items of the type T. Read it in one of three ways: with [Subscription.All] in a range loop, item by item with
// [Subscription.Next], or from the channel of [Subscription.Chan]. A reader that is slow holds the sender back: at most the credit waits here.
//
// It is closed by its context, by [Subscription.Close], or when it ends by itself. Its methods may be called from any goroutine.
type Subscription[T any] struct {
	*feed
	cleanup runtime.Cleanup
}

// Subscribe opens a subscription. request is JSON, or nil for an empty object. The context's end closes it; its deadline is only for that, and not for
// the opening. See [Subscription].
func (c *Client) Subscribe(ctx context.Context, operation string, request json.RawMessage, options ...SubscribeOption) (*Subscription[json.RawMessage], error) {
	return subscribe[json.RawMessage](ctx, c, operation, request, options)
}

// open is what the generated methods call.
func open[T any](ctx context.Context, c *Client, operation string, request any, options []SubscribeOption) (*Subscription[T], error) {
	text, err := encode(operation, request)
	if err != nil {
		return nil, err
	}
	return subscribe[T](ctx, c, operation, text, options)
}

func subscribe[T any](ctx context.Context, c *Client, operation string, request json.RawMessage, options []SubscribeOption) (*Subscription[T], error) {
	if ctx.Err() != nil {
		return nil, ended(ctx, operation)
	}
	chosen := &settings{credit: defaultCredit}
	for _, option := range options {
		option.apply(chosen)
	}
	if chosen.credit == 0 && !chosen.manual {
		return nil, misused(operation, ErrOptions, "WithCredit(0) would let no item come; it should be at least 1, or WithManualCredit")
	}
	text, err := chosen.wire(operation, 0)
	if err != nil {
		return nil, err
	}
	f := &feed{client: c, ctx: ctx, operation: operation, chosen: chosen, filled: make(chan struct{}, 1), over: make(chan struct{}), shut: make(chan struct{})}
	f.asked = newAsking(chosen.asked)
	f.stop = context.AfterFunc(ctx, f.cancel)
	p := c.runtime.pump
	tag, ok := p.expect(f)
	if !ok {
		f.release()
		return nil, misused(operation, ErrClosed, "the runtime was shut down")
	}
	handle, status, object := abi.Subscribe(c.handle, operation, request, text, p.queue, tag, chosen.credit)
	if status != abi.OK {
		p.forget(tag)
		f.release()
		return nil, failure(operation, status, object)
	}
	f.mu.Lock()
	f.handle = handle
	f.mu.Unlock()
	if ctx.Err() != nil {
		f.cancel() // It may have ended when there was nothing to close yet.
	}
	s := &Subscription[T]{feed: f}
	s.cleanup = runtime.AddCleanup(s, func(f *feed) { f.cancel() }, f)
	return s, nil
}

// Next waits for the next item. It answers [io.EOF] when the subscription has ended well or was closed by [Subscription.Close], the [*Error] by which it
// ended otherwise, or the context's error when that ends before; the subscription then goes on.
func (s *Subscription[T]) Next(ctx context.Context) (T, error) {
	var item T
	text, err := s.next(ctx)
	if err == nil {
		err = decode(s.operation, text, &item)
	}
	runtime.KeepAlive(s)
	return item, err
}

// All is the items, for a range loop, which ends with the subscription. What it ended by, if not well, comes last, with no item. Leaving the loop closes
// the subscription.
//
//	for message, err := range subscription.All() {
//		if err != nil {
//			return err
//		}
//		…
//	}
func (s *Subscription[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		defer func() { _ = s.Close() }()
		for {
			item, err := s.Next(context.Background())
			if err == io.EOF {
				return
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// Chan is the items on a channel without a buffer, which is closed at the end; [Subscription.Err] then says why. It starts a goroutine, which ends with the
// subscription: close that, or end its context, if the channel is not read to its end.
func (s *Subscription[T]) Chan() <-chan T {
	items := make(chan T)
	go func() {
		defer close(items)
		for {
			item, err := s.Next(context.Background())
			if err != nil {
				return
			}
			select {
			case items <- item:
			case <-s.shut:
				return
			case <-s.ctx.Done():
				return
			}
		}
	}()
	return items
}

// Grant lets so many more items come: for [WithManualCredit]. After the end it does nothing.
func (s *Subscription[T]) Grant(items uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	abi.Credit(s.handle, items)
	runtime.KeepAlive(s)
}

// Done is closed when the subscription has ended. Items that came before may still be read.
func (s *Subscription[T]) Done() <-chan struct{} { return s.over }

// Waiting is how many items have come and were not taken yet.
func (s *Subscription[T]) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting) - s.states
}

// Answer is what the END event of a subscription that ended well says; nil before, and for one that did not.
func (s *Subscription[T]) Answer() json.RawMessage {
	select {
	case <-s.over:
		if s.end.status == abi.OK {
			return s.end.body
		}
	default:
	}
	return nil
}

// Err is what the subscription ended by; nil as long as it has not ended, when it ended well, and when it was closed by [Subscription.Close].
func (s *Subscription[T]) Err() error {
	select {
	case <-s.over:
	default:
		return nil
	}
	if err := s.verdict(); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// Close ends the subscription, and waits until it has ended. It may be called again.
func (s *Subscription[T]) Close() error {
	s.cleanup.Stop()
	s.feed.close.Do(func() { close(s.shut) })
	s.cancel()
	<-s.over
	return s.Err()
}
