// Command stress runs so many calls from eight goroutines, cancelled at random, while the garbage collector runs all the time and subscriptions and clients
// come and go, some of them forgotten: stress CALLS. Afterwards no handle, goroutine or descriptor is left, and the memory is as it was. At last the program is run
// again to leave while it is busy. It prints a line for each thing that is wrong, and how many there were.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

const workers = 8

var quiet = kei.RuntimeConfig{Log: kei.LogConfig{Output: kei.LogOutputNone}}

// impatient is a client whose deadlines are often too short, which would open its breakers.
var impatient = kei.ClientConfig{Breaker: kei.BreakerConfig{Enabled: kei.Ptr(false)}}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: stress CALLS")
		os.Exit(2)
	}
	if os.Args[1] == "leave" {
		leave()
	}
	calls, err := strconv.Atoi(os.Args[1])
	if err != nil || calls < 100 {
		fmt.Fprintln(os.Stderr, "CALLS must be a number from 100 on")
		os.Exit(2)
	}
	passed, failed := 0, 0
	check := func(what string, wrong error) {
		if wrong != nil {
			failed++
			fmt.Printf("FAILED %s: %v\n", what, wrong)
			return
		}
		passed++
	}
	stop := collecting()
	watch := must(must(kei.NewRuntime(quiet)).NewClient(nil))
	// What is kept for good has come to its size when a tenth is done, or a thousand.
	check("the calls that warm up", storm(max(1000, calls/10)))
	settle(watch)
	before := measured(watch)
	begin := time.Now()
	check("every call ends as it should", storm(calls))
	fmt.Printf("%d calls in %.1f s\n", calls, time.Since(begin).Seconds())
	check("nothing is left", settle(watch))
	after := measured(watch)
	fmt.Printf("before: %v\nafter:  %v\n", before, after)
	// The race detector keeps what it knows of goroutines that have ended.
	if !raceDetector {
		check("memory is as it was", atMost("KiB of memory", after.memory, before.memory+before.memory/10+8<<10))
	}
	check("descriptors are as they were", atMost("descriptors", after.descriptors, before.descriptors+2))
	stop()
	check("it leaves while busy", leaving())
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

// collecting runs the garbage collector, over and over, until it is told to stop.
func collecting() func() {
	var done atomic.Bool
	go func() {
		for !done.Load() {
			runtime.GC()
			time.Sleep(time.Millisecond) // else it would have a core for itself
		}
	}()
	return func() { done.Store(true) }
}

// storm runs calls on a runtime of its own, and closes that.
func storm(calls int) error {
	r := must(kei.NewRuntime(quiet))
	var seen atomic.Int64
	tap := must(r.LogTo(counting{slog.DiscardHandler, &seen}, &kei.LogFilter{Level: kei.LogLevelDebug}))
	var left atomic.Int64
	left.Store(int64(calls))
	failures := make(chan error, workers)
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := work(r, &left); err != nil {
				failures <- err
			}
		}()
	}
	group.Wait()
	close(failures)
	err := <-failures
	if seen.Load() == 0 {
		err = errors.Join(err, errors.New("no log record came"))
	}
	return errors.Join(err, tap.Close(), r.Close())
}

// counting counts records.
type counting struct {
	slog.Handler
	seen *atomic.Int64
}

func (counting) Enabled(context.Context, slog.Level) bool { return true }

func (c counting) Handle(context.Context, slog.Record) error {
	c.seen.Add(1)
	return nil
}

// work is one goroutine's share. Its clients and subscriptions come and go; some are closed, and some forgotten.
func work(r *kei.Runtime, left *atomic.Int64) error {
	var client *kei.Client
	for n := 0; left.Add(-1) >= 0; n++ {
		if n%500 == 0 {
			if client != nil && n%1000 == 0 {
				if err := client.Close(); err != nil {
					return err
				}
			}
			client = must(r.NewClient(impatient))
		}
		if n%100 == 0 {
			if err := subscribe(client); err != nil {
				return err
			}
		}
		if err := call(client, n); err != nil {
			return err
		}
	}
	return client.Close()
}

func call(client *kei.Client, n int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	wanted := false // whether it may end by its context
	switch rand.IntN(4) {
	case 0: // cancelled at some time, perhaps before it begins, perhaps when it is done
		wanted = true
		go func() {
			time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
			cancel()
		}()
	case 1:
		wanted = true
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rand.IntN(3000))*time.Microsecond)
		defer cancel()
	}
	params := map[string]any{"n": n, "text": strings.Repeat("x", rand.IntN(2048))}
	var err error
	switch rand.IntN(4) {
	case 0:
		_, err = client.KeiInfo(ctx)
	case 1:
		_, err = client.RPCCall(ctx, kei.RPCCallRequest{Method: "echo", Params: params})
	case 2:
		_, err = client.Call(ctx, "breaker.status", nil)
	default:
		var operation *kei.Operation
		operation, err = client.Start(ctx, "rpc.call", json.RawMessage(`{"method": "echo"}`))
		if err != nil || n%7 == 0 {
			break // A seventh of them is forgotten.
		}
		if n%5 == 0 {
			operation.Cancel()
			wanted = true
		}
		_, err = operation.Wait(context.Background())
	}
	if wanted && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return nil
	}
	return err
}

func subscribe(client *kei.Client) error {
	subscription, err := client.StreamSubscribe(context.Background(), kei.StreamSubscribeRequest{Topic: "stress"}, kei.WithOverflow(kei.OverflowDropOldest))
	if err != nil || rand.IntN(2) == 0 {
		return err // Half of them is forgotten.
	}
	return subscription.Close()
}

// settle waits until nothing is left but what watches, and tells what is.
func settle(watch *kei.Client) error {
	var left error
	for range 2000 {
		runtime.GC()
		info, err := watch.KeiInfo(context.Background())
		if err != nil {
			return err
		}
		h := info.Handles
		left = nil
		// This one's own: a client, a queue, a runtime, and the operation that asks.
		if h["client"] > 1 || h["queue"] > 1 || h["op"] > 1 || h["runtime"] > 1 || h["sub"]+h["subscription"]+h["request"]+h["buffer"] > 0 || runtime.NumGoroutine() > 8 {
			left = fmt.Errorf("handles %v, %d goroutines", h, runtime.NumGoroutine())
		}
		if left == nil {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return left
}

// leaving runs this program again, to leave while it is busy.
func leaving() error {
	for range 5 {
		if output, err := exec.Command(os.Args[0], "leave").CombinedOutput(); err != nil || len(output) > 0 {
			return fmt.Errorf("%w: %s", err, output)
		}
	}
	return nil
}

func leave() {
	left := new(atomic.Int64)
	left.Store(1 << 40)
	r := must(kei.NewRuntime(quiet))
	for range workers {
		go func() {
			// What it does until then must go well: else this would wait for ever.
			if err := work(r, left); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}()
	}
	for left.Load() > 1<<40-200 {
		time.Sleep(time.Millisecond)
	}
	os.Exit(0)
}
