// An operation that was started and is waited for later.

package kei

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// Operation is one that was started and is on its way. Its methods may be called from any goroutine.
type Operation struct {
	client *Client
	name   string
	ctx    context.Context
	chosen *settings
	stop   func() bool   // no longer waits for the context
	handle atomic.Uint64 // 0 until it is begun
	done   chan struct{}
	end    result
}

// take notes the end. What reads it waits for done.
func (o *Operation) take(event *abi.Event) {
	o.stop()
	o.end = result{event.Status, append([]byte(nil), event.Body...)}
	close(o.done)
}

// Start starts an operation and returns at once, so that one goroutine can have many on their way. See [Client.Call] for the parameters. An operation that is
// forgotten ends by itself, by its deadline at the latest.
func (c *Client) Start(ctx context.Context, operation string, request json.RawMessage, options ...Option) (*Operation, error) {
	o := &Operation{client: c, name: operation, ctx: ctx, done: make(chan struct{})}
	o.stop = context.AfterFunc(ctx, o.Cancel)
	handle, chosen, err := c.submit(ctx, o, operation, request, options)
	if err != nil {
		o.stop()
		return nil, err
	}
	o.chosen = chosen
	o.handle.Store(uint64(handle))
	if ctx.Err() != nil {
		o.Cancel() // It may have ended when there was nothing to cancel yet.
	}
	return o, nil
}

// Done is closed when the operation has ended.
func (o *Operation) Done() <-chan struct{} { return o.done }

// Cancel ends the operation with [ErrCancelled], unless it has ended already. It does not wait.
func (o *Operation) Cancel() { abi.Cancel(abi.Handle(o.handle.Load())) }

// Wait waits for the end, and answers as [Client.Call] does. It may be called again. When its own context ends before, it returns that context's error, and
// the operation goes on.
func (o *Operation) Wait(ctx context.Context) (json.RawMessage, error) {
	select {
	case <-o.done:
		return settle(o.ctx, o.name, o.end, o.chosen)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
