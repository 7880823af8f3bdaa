// The options of calls and subscriptions, and how they become JSON. Most of their functions are generated: see options_gen.go.

package kei

import (
	"context"
	"encoding/json"
	"strconv"
)

// Option is an option of a call. It is one of a subscription too.
type Option func(*settings)

// SubscribeOption is an option of a subscription: any [Option], or one of those that make no sense for a call.
type SubscribeOption interface{ apply(*settings) }

func (o Option) apply(s *settings) { o(s) }

// onlySubscribe is an option that a call does not take.
type onlySubscribe func(*settings)

func (o onlySubscribe) apply(s *settings) { o(s) }

// settings are what options set.
type settings struct {
	call   CallOptions
	raw    json.RawMessage // in place of call
	meta   *CallMeta
	credit uint32
	manual bool // credit is granted by Grant alone
	state  func(json.RawMessage) error
	asked  RequestHandler
}

// WithRawOptions takes the options as JSON, as it is, in place of those that other functions set. With "meta" in it, the answer of [Client.Call] has
// the form that this gives it.
func WithRawOptions(options json.RawMessage) Option {
	return func(s *settings) { s.raw = options }
}

// WithMeta has *meta filled in with how the call went, when it ends well: attempts, status, header fields, times.
func WithMeta(meta *CallMeta) Option {
	return func(s *settings) { s.meta, s.call.Meta = meta, true }
}

// wire is the options as JSON: nil for none. The shorter of the context's deadline and the option's timeout holds.
func wire(ctx context.Context, operation string, options []Option) (*settings, []byte, error) {
	timeout := left(ctx)
	if len(options) == 0 {
		return nil, deadline(timeout), nil
	}
	s := new(settings)
	for _, option := range options {
		option(s)
	}
	text, err := s.wire(operation, timeout)
	return s, text, err
}

// deadline is options with a timeout alone.
func deadline(timeout int64) []byte {
	if timeout == 0 {
		return nil
	}
	text := append(make([]byte, 0, 32), `{"timeout_ms":`...)
	return append(strconv.AppendInt(text, timeout, 10), '}')
}

func (s *settings) wire(operation string, timeout int64) ([]byte, error) {
	if s.raw != nil {
		return s.rawWire(timeout), nil
	}
	if timeout > 0 && (s.call.Timeout == 0 || int64(s.call.Timeout) > timeout) {
		s.call.Timeout = Millis(timeout)
	}
	text, err := json.Marshal(&s.call)
	if err != nil {
		return nil, misused(operation, ErrOptions, "the options cannot be written as JSON: "+err.Error())
	}
	return text, nil
}

// rawWire is raw options with the shorter of their timeout and the context's. What is wrong with them is for the library to say.
func (s *settings) rawWire(timeout int64) []byte {
	var fields map[string]json.RawMessage
	if timeout == 0 || json.Unmarshal(s.raw, &fields) != nil {
		return s.raw
	}
	var given float64
	if told, ok := fields["timeout_ms"]; ok && (json.Unmarshal(told, &given) != nil || given <= float64(timeout)) {
		return s.raw
	}
	if fields == nil {
		return deadline(timeout)
	}
	fields["timeout_ms"] = strconv.AppendInt(nil, timeout, 10)
	text, err := json.Marshal(fields)
	if err != nil {
		return s.raw
	}
	return text
}
