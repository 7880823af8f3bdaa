// The timed work by Go's net/http: `peers IN_FLIGHT SECONDS`. The same as c/bench.h.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Latencies are counted in steps of 100 ns, up to 100 ms.
const (
	step   = 100 * time.Nanosecond
	steps  = 1_000_000
	warmUp = 300 * time.Millisecond
)

var (
	counts [steps]atomic.Uint32
	all    atomic.Uint64
	phase  atomic.Int32
)

func done(start time.Time) bool {
	all.Add(1)
	now := phase.Load()
	if now == 1 {
		counts[min(int(time.Since(start)/step), steps-1)].Add(1)
	}
	return now < 2
}

func cpu() float64 {
	var used syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

func quantile(count uint64, share float64) float64 {
	seen := uint64(0)
	for at := range counts {
		seen += uint64(counts[at].Load())
		if float64(seen) > float64(count)*share {
			return (float64(at) + 0.5) * 0.1
		}
	}
	return 0
}

func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	return strings.Fields(rest)[0]
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func work(client *http.Client, body, bearer string) {
	for {
		start := time.Now()
		request, err := http.NewRequest(http.MethodPost, os.Getenv("BENCH_ORIGIN")+"/api/v1/rpc/bench.echo", strings.NewReader(body))
		must(err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", bearer)
		answer, err := client.Do(request)
		must(err)
		_, err = io.ReadAll(answer.Body)
		must(err)
		must(answer.Body.Close())
		if answer.StatusCode != http.StatusOK {
			panic(answer.Status)
		}
		if !done(start) {
			return
		}
	}
}

func main() {
	inFlight, err := strconv.Atoi(os.Args[1])
	must(err)
	seconds, err := strconv.ParseFloat(os.Args[2], 64)
	must(err)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight}}
	var workers sync.WaitGroup
	workers.Add(inFlight)
	for range inFlight {
		go func() {
			defer workers.Done()
			work(client, os.Getenv("BENCH_BODY"), "Bearer "+os.Getenv("BENCH_BEARER"))
		}()
	}
	time.Sleep(warmUp)
	start, used, before := time.Now(), cpu(), all.Load()
	phase.Store(1)
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	phase.Store(2)
	took, count := time.Since(start).Seconds(), all.Load()-before
	used = cpu() - used
	workers.Wait()
	fmt.Printf(`{"requests": %d, "all": %d, "errors": 0, "seconds": %.6f, "cpu_s": %.6f, "p50_us": %.2f, "p99_us": %.2f, "peak_rss_kib": %s}`+"\n",
		count, all.Load(), took, used, quantile(count, 0.5), quantile(count, 0.99), peak())
}
