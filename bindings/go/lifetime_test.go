// Forgetting, closing, shutting down, leaving and starting processes while busy.

package kei_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// busyChild says to this program that it is to leave while busy.
const busyChild = "KEI_TEST_BUSY_CHILD"

func TestWhatIsForgottenIsGivenBack(t *testing.T) {
	watch := newClient(t)
	before := handles(t, watch)
	threads := runtime.NumGoroutine()
	for range 20 {
		func() {
			r, err := kei.NewRuntime(kei.RuntimeConfig{Log: kei.LogConfig{Level: kei.LogLevelOff}})
			if err != nil {
				t.Fatal(err)
			}
			c, err := r.NewClient(nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.KeiInfo(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := c.StreamSubscribe(context.Background(), kei.StreamSubscribeRequest{Topic: "forgotten"}); err != nil {
				t.Fatal(err)
			}
		}()
	}
	eventually(t, "all handles are given back", func() bool {
		collect()
		now := handles(t, watch)
		for kind, count := range now {
			if count > before[kind] {
				return false
			}
		}
		return true
	})
	eventually(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= threads+2 })
}

func TestShutdownEndsWhatRunsAndReturns(t *testing.T) {
	r := newRuntime(t, nil)
	c := clientOn(t, r, nil)
	if _, err := c.Plan(t.Context(), kei.PlanRequest{Objective: "tell the time"}); err != nil {
		t.Fatal(err)
	}
	faults(t, fault{"path": "/api/v1/rpc/plan", "hang": true})
	ends := make(chan error, 9)
	for range 8 {
		go func() {
			_, err := c.Plan(context.Background(), kei.PlanRequest{Objective: "wait"})
			ends <- err
		}()
	}
	subscription, err := c.StreamSubscribe(t.Context(), kei.StreamSubscribeRequest{Topic: "shutdown"})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := subscription.Next(context.Background())
		ends <- err
	}()
	eventually(t, "the operations are in flight", func() bool { return handles(t, c)["op"] == 8 })
	if err := r.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 9 {
		if err := <-ends; !errors.Is(err, kei.CategoryLifecycle) {
			t.Errorf("it ended with %v", err)
		}
	}
	if _, err := c.Plan(t.Context(), kei.PlanRequest{}); !errors.Is(err, kei.ErrClosed) {
		t.Errorf("work was taken after the shutdown: %v", err)
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Errorf("a second shutdown: %v", err)
	}
}

func TestClosingAClientEndsItsCalls(t *testing.T) {
	c := newClient(t)
	if _, err := c.Plan(t.Context(), kei.PlanRequest{Objective: "tell the time"}); err != nil {
		t.Fatal(err)
	}
	watch := newClient(t)
	faults(t, fault{"path": "/api/v1/rpc/plan", "hang": true})
	result := make(chan error, 1)
	go func() {
		_, err := c.Plan(context.Background(), kei.PlanRequest{Objective: "wait"})
		result <- err
	}()
	eventually(t, "the operation is in flight", func() bool { return handles(t, watch)["op"] == 1 })
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; !errors.Is(err, kei.ErrClosed) || !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// Many goroutines close under the others what they use.
func TestClosingUnderLoadIsSafe(t *testing.T) {
	for range 10 {
		r := newRuntime(t, kei.RuntimeConfig{Log: kei.LogConfig{Level: kei.LogLevelOff}})
		c := clientOn(t, r, nil)
		var group sync.WaitGroup
		for range 8 {
			group.Add(1)
			go func() {
				defer group.Done()
				for range 50 {
					if _, err := c.Call(context.Background(), "kei.info", nil); err != nil && !errors.Is(err, os.ErrClosed) && !errors.Is(err, kei.ErrCancelled) {
						t.Error(err)
					}
				}
			}()
		}
		group.Add(2)
		go func() { defer group.Done(); _ = c.Close() }()
		go func() { defer group.Done(); _ = r.Close() }()
		group.Wait()
	}
}

// leaveBusy is what the program does that TestExitWhileBusyIsClean starts: it ends while calls, subscriptions and logging are under way.
func leaveBusy() {
	c, err := kei.New(nil)
	if err != nil {
		panic(err)
	}
	for range 32 {
		go func() {
			for {
				_, _ = c.Call(context.Background(), "rpc.call", json.RawMessage(`{"method": "echo"}`))
			}
		}()
	}
	if _, err := c.StreamSubscribe(context.Background(), kei.StreamSubscribeRequest{Topic: "busy"}); err != nil {
		panic(err)
	}
	if _, err := c.Call(context.Background(), "rpc.call", json.RawMessage(`{"method": "echo"}`)); err != nil {
		panic(err)
	}
	os.Exit(0)
}

func TestExitWhileBusyIsClean(t *testing.T) {
	for range 10 {
		command := exec.Command(os.Args[0])
		command.Env = append(os.Environ(), busyChild+"=1")
		if output, err := command.CombinedOutput(); err != nil || len(output) > 0 {
			t.Fatalf("%v: %s", err, output)
		}
	}
}

// A process that is started while the library is busy has its descriptors closed, and the library goes on.
func TestStartedProcessesInheritNothing(t *testing.T) {
	c := newClient(t)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for ctx.Err() == nil {
				if _, err := c.Call(context.Background(), "rpc.call", json.RawMessage(`{"method": "echo"}`)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	for range 20 {
		output, err := exec.Command("ls", "-l", "/proc/self/fd").CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(output)) {
			if strings.Contains(line, "eventfd") || strings.Contains(line, "eventpoll") || strings.Contains(line, "socket:") {
				t.Errorf("inherited: %s", line)
			}
		}
	}
	cancel()
	group.Wait()
}

func TestAShutdownThatTakesTooLongSaysSo(t *testing.T) {
	r := newRuntime(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// Either it was quick enough, or it says why it returned before the end.
	if err := r.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	done, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := r.Shutdown(done); err != nil {
		t.Errorf("%v", err)
	}
}
