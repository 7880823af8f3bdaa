// What the tests share: the platform in a box, clients, waiting for a condition.

package kei_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// The tests run against a platform in a box: python3 tests/bindings/run.py test go starts one; so does kei-agent dev, which prints the variables.
func TestMain(m *testing.M) {
	if os.Getenv(busyChild) != "" {
		leaveBusy()
	}
	if os.Getenv("KEI_API_URL") == "" {
		fmt.Fprintln(os.Stderr, "KEI_API_URL is not set: run `kei-agent dev` and export what it prints, or run `python3 tests/bindings/run.py test go`")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// platform asks the platform in a box itself, not through the library.
func platform(t testing.TB, method, path string, body any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, os.Getenv("KEI_API_URL")+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %v %s", method, path, response.Status, err, answer)
	}
	return answer
}

type fault map[string]any

// faults has the platform misbehave, until the test ends.
func faults(t testing.TB, list ...fault) {
	t.Helper()
	platform(t, "DELETE", "/_dev/requests", nil)
	platform(t, "POST", "/_dev/faults", list)
	t.Cleanup(func() { platform(t, "DELETE", "/_dev/faults", nil) })
}

// requests is what arrived at a path since the platform was last told to forget.
func requests(t testing.TB, path string) []map[string]any {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal(platform(t, "GET", "/_dev/requests", nil), &all); err != nil {
		t.Fatal(err)
	}
	var found []map[string]any
	for _, request := range all {
		if request["path"] == path {
			found = append(found, request)
		}
	}
	return found
}

func newRuntime(t testing.TB, config any) *kei.Runtime {
	t.Helper()
	r, err := kei.NewRuntime(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// newClient is a client on a runtime of its own, whose breaker stays out of the way of faults.
func newClient(t testing.TB) *kei.Client {
	t.Helper()
	return clientOn(t, newRuntime(t, kei.RuntimeConfig{Log: kei.LogConfig{Level: kei.LogLevelOff}}), kei.ClientConfig{Breaker: kei.BreakerConfig{Enabled: kei.Ptr(false)}})
}

func clientOn(t testing.TB, r *kei.Runtime, config any) *kei.Client {
	t.Helper()
	c, err := r.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// eventually waits until a condition holds, and fails after a generous time.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for begin := time.Now(); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Fatalf("it does not come to this: %s", what)
		}
	}
}

// handles is how many of each kind the process has open, without what asking takes.
func handles(t testing.TB, c *kei.Client) map[string]uint64 {
	t.Helper()
	info, err := c.KeiInfo(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	info.Handles["op"]--
	return info.Handles
}

// collect has the garbage collector run what it has to.
func collect() {
	runtime.GC()
	runtime.GC()
}
