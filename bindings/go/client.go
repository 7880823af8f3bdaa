// A client: made, closed, and calls that are waited for.

package kei

import (
	"context"
	"encoding/json"
	"runtime"
	"sync"
	"time"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// Client is a configuration with its connections and its token. Its methods may be called from any goroutine; make one and share it.
//
// Beside the methods for each operation there are [Client.Call], [Client.Start] and [Client.Subscribe], which take an operation by its name and JSON
// as it is.
type Client struct {
	runtime *Runtime
	handle  abi.Handle
	cleanup runtime.Cleanup
}

// New makes a client on the process's own runtime. config is a [ClientConfig], its JSON as []byte, or nil; what it leaves out comes from the environment
// (KEI_API_URL, …), then from the defaults. Nothing is sent before the first call. [Client.Close] gives it back.
func New(config any) (*Client, error) {
	r, err := DefaultRuntime()
	if err != nil {
		return nil, err
	}
	return r.NewClient(config)
}

// NewClient makes a client on this runtime; see [New].
func (r *Runtime) NewClient(config any) (*Client, error) {
	text, err := configuration(config)
	if err != nil {
		return nil, err
	}
	handle, status, object := abi.ClientNew(r.handle, text)
	runtime.KeepAlive(r)
	if status != abi.OK {
		return nil, failure("", status, object)
	}
	c := &Client{runtime: r, handle: handle}
	// One that is forgotten is given back too.
	c.cleanup = runtime.AddCleanup(c, func(handle abi.Handle) { abi.Close(handle) }, handle)
	return c, nil
}

// Close gives the client back. Its calls and subscriptions end with [ErrClosed]. Closing it again is an error that is [os.ErrClosed].
func (c *Client) Close() error {
	c.cleanup.Stop()
	if status := abi.Close(c.handle); status != abi.OK {
		return misused("", Code(status), "the client was closed already")
	}
	return nil
}

// Runtime is what the client runs on.
func (c *Client) Runtime() *Runtime { return c.runtime }

// result is how an operation ended.
type result struct {
	status abi.Status
	body   []byte
}

// outcome takes an operation's one event.
type outcome struct{ done chan result }

func (o *outcome) take(event *abi.Event) {
	o.done <- result{event.Status, append([]byte(nil), event.Body...)}
}

// outcomes are kept, with their channels, for the next call. One whose event did not come is not put back.
var outcomes = sync.Pool{New: func() any { return &outcome{make(chan result, 1)} }}

// Call runs an operation and answers its JSON. request is JSON, or nil for an empty object.
//
// The context's deadline is the call's: it counts for tokens, retries and waits together, and travels on to the server; without one, the configuration's
// timeouts.total_ms holds. When the context ends, the operation is cancelled, and Call returns once the library has let go of it, within milliseconds.
// The error is an [*Error].
func (c *Client) Call(ctx context.Context, operation string, request json.RawMessage, options ...Option) (json.RawMessage, error) {
	o := outcomes.Get().(*outcome)
	op, chosen, err := c.submit(ctx, o, operation, request, options)
	if err != nil {
		return nil, err
	}
	var end result
	select {
	case end = <-o.done:
	case <-ctx.Done():
		abi.Cancel(op)
		end = <-o.done
	}
	outcomes.Put(o)
	runtime.KeepAlive(c)
	return settle(ctx, operation, end, chosen)
}

// submit sends an operation on its way; its event comes to s.
func (c *Client) submit(ctx context.Context, s sink, operation string, request []byte, options []Option) (abi.Handle, *settings, error) {
	if ctx.Err() != nil {
		return 0, nil, ended(ctx, operation)
	}
	chosen, text, err := wire(ctx, operation, options)
	if err != nil {
		return 0, nil, err
	}
	p := c.runtime.pump
	tag, ok := p.expect(s)
	if !ok {
		return 0, nil, misused(operation, ErrClosed, "the runtime was shut down")
	}
	op, status, object := abi.Submit(c.handle, operation, request, text, p.queue, tag)
	if status != abi.OK {
		p.forget(tag)
		return 0, nil, failure(operation, status, object)
	}
	return op, chosen, nil
}

// settle makes an answer or an error of an end.
func settle(ctx context.Context, operation string, end result, chosen *settings) (json.RawMessage, error) {
	if end.status != abi.OK {
		return nil, failure(operation, end.status, end.body).blame(ctx)
	}
	if chosen == nil || chosen.meta == nil {
		return end.body, nil
	}
	var wrapped struct {
		Result json.RawMessage `json:"result"`
		Meta   *CallMeta       `json:"meta"`
	}
	wrapped.Meta = chosen.meta
	if err := json.Unmarshal(end.body, &wrapped); err != nil {
		return nil, misused(operation, ErrProtocol, "the answer with `meta` cannot be read: "+err.Error())
	}
	return wrapped.Result, nil
}

// Do runs an operation with a request of any type that encodes to JSON, and decodes its answer into *answer, which may be nil. See [Client.Call].
func (c *Client) Do(ctx context.Context, operation string, request, answer any, options ...Option) error {
	text, err := encode(operation, request)
	if err != nil {
		return err
	}
	body, err := c.Call(ctx, operation, text, options...)
	if err != nil || answer == nil {
		return err
	}
	return decode(operation, body, answer)
}

func encode(operation string, request any) (json.RawMessage, error) {
	if request == nil {
		return nil, nil
	}
	text, err := json.Marshal(request)
	if err != nil {
		return nil, misused(operation, ErrRequest, "the request cannot be written as JSON: "+err.Error())
	}
	return text, nil
}

func decode(operation string, text json.RawMessage, answer any) error {
	if raw, ok := answer.(*json.RawMessage); ok {
		*raw = text
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return misused(operation, ErrProtocol, "the answer is not of the expected form: "+err.Error())
	}
	return nil
}

// do is what the generated methods call.
func do[A any](ctx context.Context, c *Client, operation string, request any, options []Option) (A, error) {
	var answer A
	err := c.Do(ctx, operation, request, &answer, options...)
	return answer, err
}

// left is how long a context lets a call take, in milliseconds; 0 for as long as the configuration says. The library's deadline comes first, by less than
// a millisecond, so that the error says what it waited for.
func left(ctx context.Context) int64 {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return min(max(1, time.Until(deadline).Milliseconds()), longest)
}

// longest is the longest that a call may take, in milliseconds.
const longest = 24 * 60 * 60 * 1000
