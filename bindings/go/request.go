// REQUEST events: work that the library asks of the host, answered by a handler.

package kei

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// RequestHandler answers a REQUEST event: work that the library asks of the host, such as a token of the host's own. Each call has a goroutine of its own,
// and its context ends with the subscription. The answer is encoded to JSON. An error refuses: an [*Error] or a [Code] with its own number,
// [context.DeadlineExceeded] as [ErrDeadline], any other as [ErrRefused]; its text becomes the message.
type RequestHandler func(ctx context.Context, request json.RawMessage) (any, error)

// OnRequest has a subscription's REQUEST events answered by handler. Without it they are refused.
func OnRequest(handler RequestHandler) SubscribeOption {
	return onlySubscribe(func(s *settings) { s.asked = handler })
}

// answering is a handler with a type for what is asked and what is answered, as the generated methods take it.
func answering[Q, A any](operation string, handler func(context.Context, Q) (A, error)) SubscribeOption {
	return OnRequest(func(ctx context.Context, text json.RawMessage) (any, error) {
		var request Q
		if err := decode(operation, text, &request); err != nil {
			return nil, err
		}
		return handler(ctx, request)
	})
}

// asking runs a handler for the requests of one subscription.
type asking struct {
	handler RequestHandler
	ctx     context.Context
	end     context.CancelFunc
}

func newAsking(handler RequestHandler) *asking {
	ctx, end := context.WithCancel(context.Background())
	return &asking{handler, ctx, end}
}

// take has a request answered; by the pump, so the handler runs elsewhere.
func (a *asking) take(event *abi.Event) {
	request := event.Source
	if a.handler == nil {
		abi.Close(request)
		return
	}
	body := append(json.RawMessage(nil), event.Body...)
	go func() {
		answer, err := a.handler(a.ctx, body)
		if err == nil {
			var text []byte
			if text, err = json.Marshal(answer); err == nil {
				// One that nobody waits for any more is no failure of the host's.
				abi.Reply(request, abi.OK, text)
				clear(text) // It may be a token.
				return
			}
		}
		status, text := refusal(err)
		abi.Reply(request, status, text)
	}()
}

// refusal is an error as the library takes it.
func refusal(err error) (abi.Status, []byte) {
	code, retryable, message := ErrRefused, false, err.Error()
	var object *Error
	var number Code
	switch {
	case errors.As(err, &object):
		code, retryable = object.Code, object.Retryable
		if err == error(object) {
			message = object.Message // without the number, which goes by itself
		}
	case errors.As(err, &number):
		code, retryable = number, number.Retryable()
	case errors.Is(err, context.DeadlineExceeded):
		code, retryable = ErrDeadline, true
	case errors.Is(err, context.Canceled):
		code = ErrCancelled
	}
	text, _ := json.Marshal(struct { // Texts and booleans can always be written.
		Message   string `json:"message"`
		Retryable bool   `json:"retryable"`
	}{message, retryable})
	return abi.Status(code), text
}
