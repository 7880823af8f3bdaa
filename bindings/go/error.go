// The error type: what the library says of a failure, and what a context has to do with it.

package kei

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// Error is what went wrong. Every error of this package that comes from the library is one; errors.As gets it, and errors.Is compares it with a [Code],
// a [Category], [context.DeadlineExceeded], [context.Canceled] or [os.ErrClosed]. It holds no secret: the library has masked what it knows to be one.
type Error struct {
	// Operation is the name of the operation that failed; empty when no operation was run.
	Operation string
	// Code is the number.
	Code Code
	// Message is one sentence for a person.
	Message string
	// Retryable tells whether the same call may succeed later without a change.
	Retryable bool
	// RetryAfter is how long the server asked to wait; 0 when it did not.
	RetryAfter time.Duration
	// HTTPStatus is the status that caused the error; 0 when none did.
	HTTPStatus int
	// OAuthError is the OAuth error code (RFC 6749 section 5.2); empty when there is none.
	OAuthError string
	// CorrelationID is that of the call, as it stands in the log and at the server.
	CorrelationID string
	// Attempts is how many times the request was sent.
	Attempts int
	// Details are further facts by name.
	Details map[string]any

	cause error
}

// Name is the name of the code, for example KEI_E_DEADLINE.
func (e *Error) Name() string { return e.Code.String() }

// Category is what kind of thing went wrong.
func (e *Error) Category() Category { return e.Code.Category() }

// Timeout tells whether time ran out, as net.Error has it.
func (e *Error) Timeout() bool { return e.Code.Timeout() }

// Error is the operation, the code's name and the message.
func (e *Error) Error() string {
	text := "kei: "
	if e.Operation != "" {
		text += e.Operation + ": "
	}
	if e.Message == "" {
		return text + e.Name()
	}
	return text + e.Message + " (" + e.Name() + ")"
}

// Unwrap answers the code, and the cause of the context's end if that was why the call ended.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.cause}
}

// UnmarshalJSON reads the library's error object.
func (e *Error) UnmarshalJSON(text []byte) error {
	var object ErrorObject
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}
	*e = Error{
		Operation: e.Operation, Code: Code(object.Code), Message: object.Message, Retryable: object.Retryable, OAuthError: object.OAuthError,
		CorrelationID: object.CorrelationID, Attempts: int(object.Attempts),
	}
	if object.RetryAfter != nil {
		e.RetryAfter = object.RetryAfter.Duration()
	}
	if object.HTTPStatus != nil {
		e.HTTPStatus = int(*object.HTTPStatus)
	}
	if len(object.Details) > 0 {
		e.Details = make(map[string]any, len(object.Details))
		for name, value := range object.Details {
			var detail any
			if err := json.Unmarshal(value, &detail); err != nil {
				return err
			}
			e.Details[name] = detail
		}
	}
	return nil
}

// MarshalJSON writes the library's error object.
func (e *Error) MarshalJSON() ([]byte, error) {
	object := map[string]any{"code": e.Code, "name": e.Name(), "message": e.Message, "retryable": e.Retryable, "attempts": e.Attempts, "details": e.Details}
	if e.Details == nil {
		object["details"] = struct{}{}
	}
	if e.RetryAfter > 0 {
		object["retry_after_ms"] = Milliseconds(e.RetryAfter)
	}
	if e.HTTPStatus > 0 {
		object["http_status"] = e.HTTPStatus
	}
	if e.OAuthError != "" {
		object["oauth_error"] = e.OAuthError
	}
	if e.CorrelationID != "" {
		object["correlation_id"] = e.CorrelationID
	}
	return json.Marshal(object)
}

// failure is the error of a status, with what the library says of it.
func failure(operation string, status abi.Status, object []byte) *Error {
	err := &Error{Operation: operation}
	// A status without a readable object is told by its number alone: the library had no memory for more.
	if json.Unmarshal(object, err) != nil || err.Code == 0 {
		*err = Error{Operation: operation, Code: Code(status), Retryable: Code(status).Retryable()}
	}
	return err
}

// misused is the error of what this package itself refuses.
func misused(operation string, code Code, message string) *Error {
	return &Error{Operation: operation, Code: code, Message: message, Retryable: code.Retryable()}
}

// ended is the error of a call whose context ended before it was sent.
func ended(ctx context.Context, operation string) *Error {
	err := misused(operation, ErrCancelled, "the context was cancelled before the request was sent")
	if ctx.Err() == context.DeadlineExceeded {
		err = misused(operation, ErrDeadline, "the context's deadline passed before the request was sent")
	}
	err.cause = context.Cause(ctx)
	return err
}

// blame gives a call that its context ended the context's reason.
func (e *Error) blame(ctx context.Context) *Error {
	if e.Code != ErrCancelled && e.Code != ErrDeadline || ctx.Err() == nil {
		return e
	}
	e.cause = context.Cause(ctx)
	// The library saw a cancelled operation; the caller's deadline was why.
	if e.Code == ErrCancelled && ctx.Err() == context.DeadlineExceeded {
		e.Code, e.Message, e.Retryable = ErrDeadline, "the context's deadline passed", true
	}
	return e
}
