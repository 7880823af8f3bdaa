// Command bench measures what a call of the wrapper costs, with an operation that does nothing: bench CALLS. testdata/loop.c does the same by the C interface alone.
// It prints a name and a number a line: µs a call, and allocations and bytes of Go's a call.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// operation is the same as in loop.c.
const operation = "log.levels"

// inFlight is how many calls are under way at once, the same as in loop.c.
const inFlight = 64

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bench CALLS")
		os.Exit(2)
	}
	calls, err := strconv.Atoi(os.Args[1])
	if err == nil {
		err = run(calls)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(calls int) error {
	client, err := kei.New(nil)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	call := func() error {
		_, err := client.Call(ctx, operation, nil)
		return err
	}
	if err := measure("Go, Call one after the other", calls, 1, call); err != nil {
		return err
	}
	if err := measure("Go, Call from 64 goroutines", calls, inFlight, call); err != nil {
		return err
	}
	return measure("Go, typed LogLevels from 64 goroutines", calls, inFlight, func() error {
		_, err := client.LogLevels(ctx, kei.LogLevelsRequest{})
		return err
	})
}

func measure(name string, calls, goroutines int, call func() error) error {
	if err := call(); err != nil {
		return err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	failures := make(chan error, goroutines)
	var group sync.WaitGroup
	for range goroutines {
		group.Add(1)
		go func() {
			defer group.Done()
			for range calls / goroutines {
				if err := call(); err != nil {
					failures <- err
					return
				}
			}
		}()
	}
	group.Wait()
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	close(failures)
	made := float64(calls / goroutines * goroutines)
	fmt.Printf("%s: µs %.2f\n", name, float64(took.Nanoseconds())/1e3/made)
	fmt.Printf("%s: allocations %.2f\n", name, float64(after.Mallocs-before.Mallocs)/made)
	fmt.Printf("%s: bytes %.1f\n", name, float64(after.TotalAlloc-before.TotalAlloc)/made)
	return <-failures
}
