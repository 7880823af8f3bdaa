// Subscriptions: order, credit, states, and their ends.

package kei_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// follow subscribes to a topic of its own, and waits until what is published comes.
func follow(t *testing.T, ctx context.Context, options ...kei.SubscribeOption) (*kei.Subscription[kei.Message], func(count int)) {
	t.Helper()
	topic := strings.ReplaceAll(t.Name(), "/", ".")
	live := make(chan struct{}, 1)
	options = append(options, kei.OnState(func(state kei.StreamState) {
		if state.State == "live" {
			live <- struct{}{}
		}
	}))
	subscription, err := newClient(t).StreamSubscribe(ctx, kei.StreamSubscribeRequest{Topic: topic}, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = subscription.Close() })
	// The state is told to whoever reads: for an item that is not there yet.
	first := make(chan error, 1)
	go func() {
		_, err := subscription.Next(t.Context())
		first <- err
	}()
	<-live
	publish := func(count int) {
		platform(t, "POST", "/_dev/stream", map[string]any{"publish": map[string]any{"topic": topic, "count": count}})
	}
	publish(1)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	return subscription, publish
}

func TestItemsComeInOrderByEveryWayOfReading(t *testing.T) {
	numbers := func(t *testing.T, next func() (kei.Message, bool)) {
		last := -1.0
		for n := range 100 {
			message, ok := next()
			var data map[string]any
			if !ok || json.Unmarshal(message.Data, &data) != nil {
				t.Fatalf("the message %d: %+v", n, message)
			}
			number, ok := data["n"].(float64)
			if !ok || n > 0 && number != last+1 {
				t.Fatalf("the message %d has the data %s", n, message.Data)
			}
			last = number
		}
	}
	t.Run("All", func(t *testing.T) {
		subscription, publish := follow(t, t.Context(), kei.WithCredit(4))
		publish(100)
		messages := make([]kei.Message, 0, 100)
		for message, err := range subscription.All() {
			if err != nil {
				t.Fatal(err)
			}
			if messages = append(messages, message); len(messages) == 100 {
				break
			}
		}
		at := -1
		numbers(t, func() (kei.Message, bool) { at++; return messages[at], true })
		select {
		case <-subscription.Done():
		default:
			t.Error("leaving the loop did not close it")
		}
	})
	t.Run("Next", func(t *testing.T) {
		subscription, publish := follow(t, t.Context(), kei.WithCredit(1))
		publish(100)
		numbers(t, func() (kei.Message, bool) {
			message, err := subscription.Next(t.Context())
			return message, err == nil
		})
	})
	t.Run("Chan", func(t *testing.T) {
		subscription, publish := follow(t, t.Context())
		publish(100)
		messages := subscription.Chan()
		numbers(t, func() (kei.Message, bool) { message, ok := <-messages; return message, ok })
		if err := subscription.Close(); err != nil {
			t.Error(err)
		}
		if message, ok := <-messages; ok {
			t.Errorf("after the end came %+v", message)
		}
		if subscription.Err() != nil {
			t.Error(subscription.Err())
		}
	})
}

func TestClosingEndsWithEOFAndMayBeRepeated(t *testing.T) {
	subscription, _ := follow(t, t.Context())
	for range 2 {
		if err := subscription.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := subscription.Next(t.Context()); err != io.EOF {
		t.Errorf("%v", err)
	}
	for message, err := range subscription.All() {
		t.Errorf("%+v %v", message, err)
	}
	subscription.Grant(1)
}

func TestTheContextsEndIsTheSubscriptions(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	subscription, _ := follow(t, ctx)
	messages := subscription.Chan()
	cancel()
	if message, ok := <-messages; ok {
		t.Errorf("%+v", message)
	}
	<-subscription.Done()
	if err := subscription.Err(); !errors.Is(err, context.Canceled) || !errors.Is(err, kei.ErrCancelled) {
		t.Errorf("%v", err)
	}
	if err := subscription.Close(); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAWaitForAnItemMayEndWithoutTheSubscription(t *testing.T) {
	subscription, publish := follow(t, t.Context())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := subscription.Next(ctx); err != context.Canceled {
		t.Errorf("%v", err)
	}
	publish(1)
	if _, err := subscription.Next(t.Context()); err != nil {
		t.Error(err)
	}
}

// What a reader does not take stays where it is: here no more than the credit comes.
func TestASlowReaderHoldsTheSenderBack(t *testing.T) {
	subscription, publish := follow(t, t.Context(), kei.WithManualCredit(3), kei.WithOverflow(kei.OverflowBlock))
	publish(100)
	for range 2 {
		if _, err := subscription.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if waiting := subscription.Waiting(); waiting != 0 {
		t.Errorf("%d items came without credit", waiting)
	}
	subscription.Grant(97)
	for range 97 {
		if _, err := subscription.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if waiting := subscription.Waiting(); waiting != 0 {
		t.Errorf("%d items came without credit", waiting)
	}
}

func TestDroppedItemsAreToldInAState(t *testing.T) {
	var dropped atomic.Int64
	live := make(chan struct{}, 1)
	c := newClient(t)
	subscription, err := c.StreamSubscribe(t.Context(), kei.StreamSubscribeRequest{Topic: t.Name()}, kei.WithManualCredit(1), kei.WithBuffer(10),
		kei.WithOverflow(kei.OverflowDropOldest), kei.OnState(func(state map[string]any) {
			switch state["state"] {
			case "live":
				live <- struct{}{}
			case "dropped":
				dropped.Add(int64(state["dropped"].(float64)))
			}
		}))
	if err != nil {
		t.Fatal(err)
	}
	defer subscription.Close()
	first := make(chan error, 1)
	go func() {
		_, err := subscription.Next(t.Context())
		first <- err
	}()
	<-live
	platform(t, "POST", "/_dev/stream", map[string]any{"publish": map[string]any{"topic": t.Name(), "count": 101}})
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	// One was taken; ten are kept of a hundred. Items come in order, so that nothing is dropped any more once the last of them has come.
	items := 0
	for items < 10 || dropped.Load() < 90 {
		subscription.Grant(1)
		message, err := subscription.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if items++; strings.Contains(string(message.Data), "100") {
			break
		}
	}
	if total := int64(items) + dropped.Load(); total != 100 {
		t.Errorf("%d items came and %d were dropped", items, dropped.Load())
	}
}

func TestAWrongSubscriptionIsRefused(t *testing.T) {
	c := newClient(t)
	if _, err := c.Subscribe(t.Context(), "plan", nil); !errors.Is(err, kei.ErrArgument) {
		t.Errorf("%v", err)
	}
	if _, err := c.StreamSubscribe(t.Context(), kei.StreamSubscribeRequest{Topic: "t"}, kei.WithCredit(0)); !errors.Is(err, kei.ErrOptions) {
		t.Errorf("%v", err)
	}
	subscription, err := c.Subscribe(t.Context(), "stream.subscribe", json.RawMessage(`{"topic": 7}`))
	if err == nil {
		_, err = subscription.Next(t.Context())
	}
	if !errors.Is(err, kei.ErrRequest) {
		t.Errorf("%v", err)
	}
	subscription, err = c.Subscribe(t.Context(), "stream.subscribe", json.RawMessage(`{"topic": "private.x"}`))
	if err == nil {
		_, err = subscription.Next(t.Context())
	}
	if err == nil || err == io.EOF {
		t.Errorf("a topic that is forbidden gave %v", err)
	}
	if again := subscription.Err(); fmt.Sprint(again) != fmt.Sprint(err) {
		t.Errorf("%v, and then %v", err, again)
	}
}
