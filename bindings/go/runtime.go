// A runtime: the library's I/O thread, the process's own or the program's, and its end.

package kei

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// Runtime is an I/O thread of the library with what belongs to it: timers, logging, audit. Most programs need none of their own: [New] uses
// [DefaultRuntime]. Its methods may be called from any goroutine.
type Runtime struct {
	*engine
	cleanup runtime.Cleanup
}

// engine is what a runtime holds. It does not know its Runtime, so that one which is forgotten can be seen to be.
type engine struct {
	handle abi.Handle // 0 is the process's own
	pump   *pump

	mu     sync.Mutex
	logs   map[*pump]struct{}
	closed bool
}

// closeGrace is how long Close lets what runs end.
const closeGrace = 5 * time.Second

// The process's own runtime, made when it is first used.
var (
	processMu sync.Mutex
	process   *Runtime
)

// NewRuntime makes a runtime. config is a [RuntimeConfig], its JSON as []byte, or nil for what the environment says. [Runtime.Close] gives it back.
func NewRuntime(config any) (*Runtime, error) {
	text, err := configuration(config)
	if err != nil {
		return nil, err
	}
	if err := fits(); err != nil {
		return nil, err
	}
	handle, status, object := abi.RuntimeNew(text)
	if status != abi.OK {
		return nil, failure("", status, object)
	}
	r, err := driven(handle)
	if err != nil {
		abi.Close(handle)
		return nil, err
	}
	// One that is forgotten takes its thread with it.
	r.cleanup = runtime.AddCleanup(r, func(e *engine) { go e.release() }, r.engine)
	return r, nil
}

// DefaultRuntime is the process's own, made from the environment (KEI_LOG_LEVEL, …) when it is first used. It lives until it is closed, after which
// the process has no other.
func DefaultRuntime() (*Runtime, error) {
	processMu.Lock()
	defer processMu.Unlock()
	if process != nil {
		return process, nil
	}
	if err := fits(); err != nil {
		return nil, err
	}
	made, err := driven(0)
	if err != nil {
		return nil, err
	}
	process = made
	return made, nil
}

func driven(handle abi.Handle) (*Runtime, error) {
	p, err := newPump(handle, nil)
	if err != nil {
		return nil, err
	}
	return &Runtime{engine: &engine{handle: handle, pump: p, logs: make(map[*pump]struct{})}}, nil
}

// fits checks that the library that was loaded is one that this package was made for.
var fits = sync.OnceValue(func() error {
	if status := abi.Check(); status != abi.OK {
		return misused("", Code(status), fmt.Sprintf("this program and libkei_agent %s do not fit together: build it against the header of the library that it loads", abi.Version()))
	}
	return nil
})

// Version is the version of the library that was loaded.
func Version() string { return abi.Version() }

// configuration is a configuration as JSON.
func configuration(config any) ([]byte, error) {
	switch config := config.(type) {
	case nil:
		return nil, nil
	case []byte:
		return config, nil
	case json.RawMessage:
		return config, nil
	}
	text, err := json.Marshal(config)
	if err != nil {
		return nil, misused("", ErrConfig, "the configuration cannot be written as JSON: "+err.Error())
	}
	return text, nil
}

// Shutdown refuses new work, cancels what runs, and waits until every call has returned, every subscription has ended, and no thread of the runtime
// runs any more, or until the context ends.
func (r *Runtime) Shutdown(ctx context.Context) error {
	timeout := int64(-1)
	if deadline, ok := ctx.Deadline(); ok {
		timeout = max(0, time.Until(deadline).Milliseconds())
	}
	result := make(chan error, 1)
	go func() {
		if status, object := abi.RuntimeShutdown(r.handle, timeout); status != abi.OK {
			result <- failure("", status, object)
			return
		}
		<-r.pump.quiet()
		result <- nil
	}()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		err := misused("", ErrCancelled, "the runtime did not end before the context did; it goes on ending")
		return err.blame(ctx)
	}
}

// Close shuts the runtime down, within five seconds, and gives it back. What runs ends with [ErrCancelled] or [ErrClosed]. Closing it again is an error
// that is [os.ErrClosed].
func (r *Runtime) Close() error {
	r.mu.Lock()
	closed := r.closed
	r.closed = true
	r.mu.Unlock()
	if closed {
		return misused("", ErrClosed, "the runtime was closed already")
	}
	r.cleanup.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	err := r.Shutdown(ctx)
	r.release()
	return err
}

// release closes the queues, and the runtime.
func (e *engine) release() {
	e.mu.Lock()
	logs := e.logs
	e.logs, e.closed = nil, true
	e.mu.Unlock()
	e.pump.stop()
	for p := range logs {
		p.stop()
	}
	if e.handle != 0 {
		abi.Close(e.handle)
	}
}
