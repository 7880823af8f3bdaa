// The steps of a case that are about subscriptions.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// followed is a subscription with what came of it and no step has taken yet. One goroutine reads it.
type followed struct {
	subscription *kei.Subscription[json.RawMessage]
	close        context.CancelFunc
	items        chan json.RawMessage
	states       chan json.RawMessage
	requests     chan request
	refused      error // by which it could not be opened
}

// request waits for a step that answers it.
type request struct {
	body  json.RawMessage
	reply chan<- reply
}

type reply struct {
	body json.RawMessage
	err  error
}

// room is more than any case has come at once.
const room = 4096

func (p *player) subscribe(s *step) error {
	text, err := s.request()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &followed{close: cancel, items: make(chan json.RawMessage, room), states: make(chan json.RawMessage, room), requests: make(chan request, room)}
	p.followed[s.Subscribe] = f
	options := []kei.SubscribeOption{
		kei.OnState(func(state json.RawMessage) { f.states <- state }),
		kei.OnRequest(func(ctx context.Context, body json.RawMessage) (any, error) {
			answer := make(chan reply, 1)
			f.requests <- request{body, answer}
			select {
			case given := <-answer:
				return given.body, given.err
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}),
	}
	if s.Options != nil {
		options = append(options, kei.WithRawOptions(s.Options))
	}
	if s.Credit != nil {
		var credit uint32
		if err := json.Unmarshal(s.Credit, &credit); err != nil {
			return err
		}
		options = append(options, kei.WithManualCredit(credit))
	}
	if f.subscription, f.refused = p.client.Subscribe(ctx, s.To, text, options...); f.refused != nil {
		close(f.items)
		return nil
	}
	go func() {
		defer close(f.items)
		for item, err := range f.subscription.All() {
			if err != nil {
				return
			}
			f.items <- item
		}
	}()
	return nil
}

func (f *followed) item(s *step) error {
	select {
	case item, ok := <-f.items:
		if !ok {
			return errors.New("it has ended, and there is no more item")
		}
		return match(s.Body, item, "the item")
	case <-time.After(patience):
		return errors.New("no item comes")
	}
}

func (f *followed) state(s *step) error {
	limit := time.After(patience)
	last := errors.New("no state comes")
	for {
		select {
		case state := <-f.states:
			if last = match(s.Body, state, "the last state"); last == nil {
				return nil
			}
		case <-limit:
			return last
		}
	}
}

func (f *followed) asked(s *step) error {
	select {
	case asked := <-f.requests:
		if err := match(s.Body, asked.body, "what is asked"); err != nil {
			return err
		}
		if s.Refuse != nil {
			asked.reply <- reply{nil, &kei.Error{Code: kei.Code(s.Refuse.Status), Message: s.Refuse.Error.Message, Retryable: s.Refuse.Error.Retryable}}
			return nil
		}
		asked.reply <- reply{s.Reply, nil}
		return nil
	case <-time.After(patience):
		return errors.New("nothing is asked")
	}
}

func (f *followed) end(s *step) error {
	if f.refused != nil {
		return s.judge(outcome{nil, f.refused})
	}
	select {
	case <-f.subscription.Done():
	case <-time.After(patience):
		return errors.New("it does not end")
	}
	// The reader closes the channel when it has read the last.
	for item := range f.items {
		return fmt.Errorf("an item is left: %s", item)
	}
	return s.judge(outcome{f.subscription.Answer(), f.subscription.Err()})
}
