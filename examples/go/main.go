// An agent in Go: it plans and acts, has 64 calls under way at once, follows a topic, cancels, tells errors apart, and logs.
//
// The library gets the access token, renews it, and tries again what may be tried again. Where the platform is and who the agent is come from the
// environment (KEI_API_URL, KEI_OIDC_ISSUER, KEI_OIDC_CLIENT_ID, KEI_OIDC_CLIENT_SECRET); they could as well be in the kei.ClientConfig.
//
//	kei-agent dev                    # a platform to try it with; export what it prints
//	go run github.com/kei-agent/kei-agent/examples/go
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	runtime, err := kei.NewRuntime(kei.RuntimeConfig{Log: kei.LogConfig{Output: kei.LogOutputNone}})
	if err != nil {
		return err
	}
	defer runtime.Close()
	// The library's records go to the program's own log, and the program's could as well go to the library's: see kei.NewLogHandler.
	logs, err := runtime.LogTo(slog.NewTextHandler(os.Stdout, nil), &kei.LogFilter{
		Level: kei.LogLevelWarn, Targets: map[string]kei.LogLevel{"kei_agent::auth": kei.LogLevelInfo, "example": kei.LogLevelInfo},
	})
	if err != nil {
		return err
	}
	defer logs.Close()
	client, err := runtime.NewClient(nil)
	if err != nil {
		return err
	}
	defer client.Close()

	for _, step := range []func(context.Context, *kei.Client) error{planAndAct, manyAtOnce, follow, cancelled, failing, logging} {
		if err := step(ctx, client); err != nil {
			return err
		}
	}
	return nil
}

// planAndAct is one call after the other. An action may have effects, so it is sent again only with a key by which the platform knows it.
func planAndAct(ctx context.Context, client *kei.Client) error {
	plan, err := client.Plan(ctx, kei.PlanRequest{Objective: "compute 6 * 7 and tell the time"})
	if err != nil {
		return err
	}
	fmt.Printf("plan: %d steps, the first %s\n", len(plan.Steps), plan.Steps[0].Action)
	var meta kei.CallMeta
	act, err := client.Act(ctx, kei.ActRequest{Action: "math.evaluate", Parameters: map[string]string{"expression": "6 * 7"}},
		kei.WithIdempotencyKey("the-answer"), kei.WithMeta(&meta))
	if err != nil {
		return err
	}
	fmt.Printf("act: %s %s, sent %d times\n", act.Status, act.Result, meta.Attempts)
	return nil
}

// manyAtOnce is 64 goroutines. None holds a thread while it waits.
func manyAtOnce(ctx context.Context, client *kei.Client) error {
	var group sync.WaitGroup
	failures := make(chan error, 64)
	for n := range 64 {
		group.Add(1)
		go func() {
			defer group.Done()
			if _, err := client.Observe(ctx, kei.ObserveRequest{Type: "note", Data: map[string]int{"n": n}}); err != nil {
				failures <- err
			}
		}()
	}
	group.Wait()
	close(failures)
	fmt.Printf("64 at once, %d failed\n", len(failures))
	return <-failures
}

// follow subscribes to a topic, and publishes under it once it is live.
func follow(ctx context.Context, client *kei.Client) error {
	publish := func(state kei.StreamState) {
		for n := range 3 {
			if _, err := client.StreamPublish(ctx, kei.StreamPublishRequest{Topic: "example", Data: n}); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
		fmt.Println("published 3 messages, the subscription being", state.State)
	}
	subscription, err := client.StreamSubscribe(ctx, kei.StreamSubscribeRequest{Topic: "example"}, kei.OnState(publish))
	if err != nil {
		return err
	}
	came := 0
	for message, err := range subscription.All() {
		if err != nil {
			return err
		}
		fmt.Printf("message: %s\n", message.Data)
		if came++; came == 3 {
			break // which closes the subscription
		}
	}
	return nil
}

// cancelled gives a call up that takes too long.
func cancelled(ctx context.Context, client *kei.Client) error {
	ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err := client.Explain(ctx, kei.ExplainRequest{Query: "What came of math.evaluate?"})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Println("cancelled:", err)
	case err == nil:
		fmt.Println("answered in time")
	default:
		return err
	}
	return nil
}

// failing tells errors apart: by number, by category, by what they hold.
func failing(ctx context.Context, client *kei.Client) error {
	_, err := client.AgentsGet(ctx, kei.AgentsGetRequest{AgentID: "nobody"})
	var failed *kei.Error
	switch {
	case errors.Is(err, kei.ErrNotFound) && errors.As(err, &failed):
		fmt.Printf("failed as it should: HTTP %d, retryable %v, correlation id %s: %v\n", failed.HTTPStatus, failed.Retryable, failed.CorrelationID, err)
		return nil
	case errors.Is(err, kei.CategoryTransport):
		return fmt.Errorf("the platform cannot be reached: %w", err)
	}
	return fmt.Errorf("an agent that is not there: %w", err)
}

// logging writes a record through the library, which masks what must not be seen.
func logging(_ context.Context, client *kei.Client) error {
	slog.New(kei.NewLogHandler(client, &kei.LogHandlerOptions{Target: "example"})).Info("the example is done", "password", "hunter2")
	return nil
}
