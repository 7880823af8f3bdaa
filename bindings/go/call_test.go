// Calls: answers, concurrency, cancellation, deadlines, options.

package kei_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

func TestATypedCallAnswersAStructure(t *testing.T) {
	plan, err := newClient(t).Plan(t.Context(), kei.PlanRequest{Objective: "compute 6 * 7"})
	if err != nil {
		t.Fatal(err)
	}
	if plan.PlanID == "" || len(plan.Steps) == 0 || plan.Steps[0].Action != "math.evaluate" {
		t.Fatalf("%+v", plan)
	}
}

func TestAnUntypedCallPassesJSONThrough(t *testing.T) {
	answer, err := newClient(t).Call(t.Context(), "rpc.call", json.RawMessage(`{"method": "echo", "params": {"n": 1.25, "s": "ä"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(answer), `1.25`) || !strings.Contains(string(answer), `ä`) {
		t.Fatalf("%s", answer)
	}
}

func TestAnAnswerLargerThanTheRoomArrivesWhole(t *testing.T) {
	c := newClient(t)
	large := strings.Repeat("0123456789abcdef", 100_000)
	for range 2 { // The room has shrunk again the second time.
		var answer struct {
			Echo map[string]string `json:"echo"`
		}
		var raw json.RawMessage
		if err := c.Do(t.Context(), "rpc.call", kei.RPCCallRequest{Method: "echo", Params: map[string]string{"text": large}}, &raw); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(raw), large) {
			t.Fatalf("%d bytes came, without what was sent: %v", len(raw), answer)
		}
	}
}

func TestSixtyFourConcurrentCallsShareOneToken(t *testing.T) {
	c := newClient(t)
	platform(t, "DELETE", "/_dev/requests", nil)
	var group sync.WaitGroup
	failures := make(chan error, 64)
	for n := range 64 {
		group.Add(1)
		go func() {
			defer group.Done()
			answer, err := c.RPCCall(t.Context(), kei.RPCCallRequest{Method: "echo", Params: map[string]int{"n": n}})
			if err == nil && !strings.Contains(string(answer), fmt.Sprintf(`"n":%d`, n)) {
				err = fmt.Errorf("%d was answered %s", n, answer)
			}
			if err != nil {
				failures <- err
			}
		}()
	}
	group.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	if asked := len(requests(t, "/oidc/token")); asked != 1 {
		t.Errorf("%d token requests", asked)
	}
}

func TestCancellingTheContextCancelsTheOperation(t *testing.T) {
	for _, way := range []string{"Call", "Start"} {
		t.Run(way, func(t *testing.T) {
			c := newClient(t)
			if _, err := c.Plan(t.Context(), kei.PlanRequest{Objective: "tell the time"}); err != nil {
				t.Fatal(err)
			}
			faults(t, fault{"path": "/api/v1/rpc/plan", "hang": true})
			ctx, cancel := context.WithCancelCause(t.Context())
			result := make(chan error, 1)
			request := json.RawMessage(`{"objective": "wait"}`)
			go func() {
				if way == "Call" {
					_, err := c.Call(ctx, "plan", request)
					result <- err
					return
				}
				operation, err := c.Start(ctx, "plan", request)
				if err == nil {
					_, err = operation.Wait(context.Background())
				}
				result <- err
			}()
			eventually(t, "the operation is in flight", func() bool { return handles(t, c)["op"] == 1 })
			why := errors.New("the user left")
			cancel(why)
			err := <-result
			for _, target := range []error{context.Canceled, kei.ErrCancelled, kei.CategoryLifecycle, why} {
				if !errors.Is(err, target) {
					t.Errorf("%v is not %v", err, target)
				}
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v is a deadline", err)
			}
			eventually(t, "no operation is left", func() bool { return handles(t, c)["op"] == 0 })
		})
	}
}

func TestTheContextsDeadlineIsTheCallsAndTravelsOn(t *testing.T) {
	c := newClient(t)
	if _, err := c.Plan(t.Context(), kei.PlanRequest{Objective: "tell the time"}); err != nil {
		t.Fatal(err)
	}
	faults(t, fault{"path": "/api/v1/rpc/plan", "status": 503}, fault{"path": "/api/v1/rpc/explain", "hang": true})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := c.Explain(ctx, kei.ExplainRequest{Query: "why?"}, kei.WithTimeout(time.Hour))
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, kei.ErrDeadline) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v is no deadline", err)
	}
	var timeout interface{ Timeout() bool }
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%v is no timeout", err)
	}
	// The other way: the option is the shorter one.
	ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if _, err := c.Explain(ctx, kei.ExplainRequest{Query: "why?"}, kei.WithTimeout(50*time.Millisecond)); !errors.Is(err, kei.ErrDeadline) {
		t.Errorf("%v is no deadline", err)
	}
	if _, err := c.Call(ctx, "explain", json.RawMessage(`{"query": "why?"}`), kei.WithRawOptions(json.RawMessage(`{"timeout_ms": 50}`))); !errors.Is(err, kei.ErrDeadline) {
		t.Errorf("%v is no deadline", err)
	}
	for _, request := range requests(t, "/api/v1/rpc/explain") {
		var left int
		header, _ := request["headers"].(map[string]any)["x-request-timeout-ms"].(string)
		if _, err := fmt.Sscan(header, &left); err != nil || left < 1 || left > 300 {
			t.Errorf("the server was told that there are %q ms left", header)
		}
	}
}

// late is a context that does not tell its deadline beforehand.
type late struct{ context.Context }

func (late) Deadline() (time.Time, bool) { return time.Time{}, false }

func TestADeadlineThatTheLibraryDidNotKnowOfIsOneAllTheSame(t *testing.T) {
	c := newClient(t)
	faults(t, fault{"path": "/api/v1/rpc/plan", "hang": true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Plan(late{ctx}, kei.PlanRequest{Objective: "wait"})
	if !errors.Is(err, kei.ErrDeadline) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAContextThatHasEndedSendsNothing(t *testing.T) {
	c := newClient(t)
	platform(t, "DELETE", "/_dev/requests", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Plan(ctx, kei.PlanRequest{Objective: "nothing"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := c.Start(ctx, "plan", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := c.StreamSubscribe(ctx, kei.StreamSubscribeRequest{Topic: "t"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if sent := len(requests(t, "/api/v1/rpc/plan")); sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
}

func TestStartedOperationsAreWaitedForAndCancelled(t *testing.T) {
	c := newClient(t)
	var started []*kei.Operation
	for range 64 {
		operation, err := c.Start(t.Context(), "plan", json.RawMessage(`{"objective": "compute 6 * 7"}`))
		if err != nil {
			t.Fatal(err)
		}
		started = append(started, operation)
	}
	for _, operation := range started {
		<-operation.Done()
		for range 2 {
			if answer, err := operation.Wait(t.Context()); err != nil || !strings.Contains(string(answer), "plan_id") {
				t.Fatalf("%s %v", answer, err)
			}
		}
	}
	faults(t, fault{"path": "/api/v1/rpc/plan", "hang": true})
	operation, err := c.Start(t.Context(), "plan", json.RawMessage(`{"objective": "wait"}`))
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := operation.Wait(short); err != context.DeadlineExceeded {
		t.Errorf("the wait ended with %v", err)
	}
	operation.Cancel()
	operation.Cancel()
	if _, err := operation.Wait(t.Context()); !errors.Is(err, kei.ErrCancelled) {
		t.Errorf("%v", err)
	}
}

func TestOptionsReachTheServerAndMetaComesBack(t *testing.T) {
	c := newClient(t)
	faults(t, fault{"path": "/api/v1/rpc/act", "status": 503, "times": 1})
	var meta kei.CallMeta
	act, err := c.Act(t.Context(), kei.ActRequest{Action: "math.evaluate", Parameters: map[string]string{"expression": "6 * 7"}},
		kei.WithMeta(&meta), kei.WithIdempotencyKey("the-answer"), kei.WithCorrelationID("corr-1"), kei.WithHeaders(map[string]string{"X-Extra": "yes"}))
	if err != nil || act.Status != "succeeded" {
		t.Fatalf("%+v %v", act, err)
	}
	if meta.Attempts != 2 || meta.HTTPStatus != 200 || meta.CorrelationID != "corr-1" {
		t.Errorf("%+v", meta)
	}
	arrived := requests(t, "/api/v1/rpc/act")
	if len(arrived) != 2 {
		t.Fatalf("%d requests arrived", len(arrived))
	}
	for _, request := range arrived {
		headers := request["headers"].(map[string]any)
		if headers["idempotency-key"] != "the-answer" || headers["x-correlation-id"] != "corr-1" || headers["x-extra"] != "yes" {
			t.Errorf("%v", headers)
		}
	}
}
