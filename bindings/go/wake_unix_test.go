// Both ways to wait for events.

//go:build unix

package kei

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// Where Go's poller takes no descriptor, a thread waits instead: all works the same.
func TestAQueueIsDrainedByAThreadWhereThereIsNoDescriptor(t *testing.T) {
	chooseWaker = func(queue abi.Handle) (waker, error) { return newBlocking(queue), nil }
	defer func() { chooseWaker = newWaker }()
	r, err := NewRuntime(RuntimeConfig{Log: LogConfig{Output: LogOutputNone}})
	if err != nil {
		t.Fatal(err)
	}
	if _, blocks := r.pump.wake.(blocking); !blocks {
		t.Fatalf("it waits by %T", r.pump.wake)
	}
	c, err := r.NewClient(nil)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 32 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 50 {
				if _, err := c.Call(context.Background(), "rpc.call", json.RawMessage(`{"method": "echo"}`)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
	subscription, err := c.StreamSubscribe(t.Context(), StreamSubscribeRequest{Topic: "blocking"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := subscription.Next(t.Context()); !errors.Is(err, CategoryLifecycle) {
		t.Error(err)
	}
	if _, err := c.KeiInfo(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

// By default no thread is held.
func TestAQueueIsDrainedByThePoller(t *testing.T) {
	r, err := NewRuntime(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, polls := r.pump.wake.(*polled); !polls {
		t.Errorf("it waits by %T", r.pump.wake)
	}
}

// What a call costs by each way of waiting, with an operation that does nothing and 64 under way.
func BenchmarkWaiting(b *testing.B) {
	defer func() { chooseWaker = newWaker }()
	for name, choose := range map[string]func(abi.Handle) (waker, error){
		"poller": newWaker,
		"thread": func(queue abi.Handle) (waker, error) { return newBlocking(queue), nil },
	} {
		b.Run(name, func(b *testing.B) {
			chooseWaker = choose
			r, err := NewRuntime(RuntimeConfig{Log: LogConfig{Output: LogOutputNone}})
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			c, err := r.NewClient(nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetParallelism(32) // times two processors
			b.RunParallel(func(each *testing.PB) {
				for each.Next() {
					if _, err := c.Call(context.Background(), "log.levels", nil); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
