// The examples of the documentation.

package kei_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// One client serves the whole program. What its configuration leaves out comes from the environment.
func Example() {
	client, err := kei.New(kei.ClientConfig{Timeouts: kei.TimeoutConfig{Total: kei.Milliseconds(10 * time.Second)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	plan, err := client.Plan(context.Background(), kei.PlanRequest{Objective: "compute 6 * 7"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Steps[0].Action)
	// Output: math.evaluate
}

// Options say how a call is made, and WithMeta how it went.
func ExampleClient_Act() {
	client, err := kei.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	var meta kei.CallMeta
	act, err := client.Act(context.Background(), kei.ActRequest{Action: "math.evaluate", Parameters: map[string]string{"expression": "6 * 7"}},
		kei.WithIdempotencyKey("order-7"), kei.WithTimeout(5*time.Second), kei.WithMeta(&meta))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(act.Status, meta.Attempts)
	// Output: succeeded 1
}

// Any operation can be called by its name, with JSON as it is.
func ExampleClient_Call() {
	client, err := kei.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	answer, err := client.Call(context.Background(), "rpc.call", []byte(`{"method": "echo", "params": {"n": 1}}`))
	fmt.Println(string(answer), err)
	// Output: {"n":1} <nil>
}

// One goroutine can have many operations on their way.
func ExampleClient_Start() {
	client, err := kei.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var started []*kei.Operation
	for range 3 {
		operation, err := client.Start(ctx, "rpc.call", []byte(`{"method": "echo", "params": "hello"}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		started = append(started, operation)
	}
	for _, operation := range started {
		answer, err := operation.Wait(ctx)
		fmt.Println(string(answer), err)
	}
	// Output:
	// "hello" <nil>
	// "hello" <nil>
	// "hello" <nil>
}

// Errors are told apart by number, by category, by what Go calls the same thing, and by their fields.
func ExampleError() {
	client, err := kei.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	_, err = client.AgentsGet(context.Background(), kei.AgentsGetRequest{AgentID: "nobody"})
	var failed *kei.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Println("out of time")
	case errors.Is(err, kei.CategoryTransport):
		fmt.Println("the platform cannot be reached")
	case errors.Is(err, kei.ErrNotFound) && errors.As(err, &failed):
		fmt.Println(failed.HTTPStatus, failed.Retryable)
	}
	// Output: 404 false
}

// A subscription is read in a range loop; leaving that closes it.
func ExampleSubscription_All() {
	client, err := kei.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	ctx := context.Background()
	live := func(state kei.StreamState) {
		fmt.Println(state.State)
		_, _ = client.StreamPublish(ctx, kei.StreamPublishRequest{Topic: "orders", Data: "one more"})
	}
	orders, err := client.StreamSubscribe(ctx, kei.StreamSubscribeRequest{Topic: "orders"}, kei.OnState(live))
	if err != nil {
		fmt.Println(err)
		return
	}
	for message, err := range orders.All() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(string(message.Data))
		break
	}
	// Output:
	// live
	// "one more"
}

// An http.Client sends with the client's token, and retries as it does.
func ExampleTransport() {
	client, err := kei.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	web := &http.Client{Transport: kei.NewTransport(client)}
	response, err := web.Get(os.Getenv("KEI_API_URL") + "/api/v1/registry/agents/nobody")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	fmt.Println(response.StatusCode, response.Header.Get("Content-Type"))
	// Output: 404 application/problem+json
}

// The library's log goes to slog, and slog's to the library.
func ExampleRuntime_LogTo() {
	runtime, err := kei.NewRuntime(kei.RuntimeConfig{Log: kei.LogConfig{Output: kei.LogOutputNone}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer runtime.Close()
	client, err := runtime.NewClient(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	withoutTime := func(_ []string, attr slog.Attr) slog.Attr {
		if attr.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return attr
	}
	records, err := runtime.LogTo(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}), &kei.LogFilter{Level: kei.LogLevelInfo})
	if err != nil {
		fmt.Println(err)
		return
	}
	slog.New(kei.NewLogHandler(client, &kei.LogHandlerOptions{Target: "shop"})).Info("an order came", "status", 7)
	_ = records.Close()
	// Output: level=INFO msg="an order came" status=7 target=shop
}
