// The numbers of errors and their categories, as errors that errors.Is finds.

package kei

import (
	"context"
	"os"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// Code is the number of an error, such as [ErrDeadline]. It is an error itself, so that errors.Is finds it in any [*Error]:
//
//	if errors.Is(err, kei.ErrRateLimited) { … }
//
// Numbers are stable, and new ones may come with newer versions of the library: treat an unknown one by its [Code.Category].
type Code int32

// Category is the band that a code belongs to: what kind of thing went wrong. It is an error too, for errors.Is.
type Category string

// String is the code's name in the library's documentation, for example KEI_E_DEADLINE.
func (c Code) String() string { return abi.StatusName(abi.Status(c)) }

// Error is the code's name.
func (c Code) Error() string { return c.String() }

// Category is the band of the code.
func (c Code) Category() Category {
	if band := int(c) / 100; c > 0 && band < len(bands) {
		return bands[band]
	}
	return ""
}

// Retryable tells whether the same call may succeed later without a change. [Error.Retryable] is more exact, since it knows the case.
func (c Code) Retryable() bool { return abi.StatusRetryable(abi.Status(c)) }

// Timeout tells whether the code says that time ran out.
func (c Code) Timeout() bool {
	return c == ErrDeadline || c == ErrTimeout || c == ErrTokenTimeout || c == ErrHostTimeout
}

// Is answers for errors.Is: a code is its category, and what Go's own packages call the same thing: [ErrDeadline] is
// [context.DeadlineExceeded] and [os.ErrDeadlineExceeded], [ErrCancelled] is [context.Canceled], [ErrClosed] and [ErrStale] are [os.ErrClosed].
func (c Code) Is(target error) bool {
	switch target {
	case context.DeadlineExceeded, os.ErrDeadlineExceeded:
		return c == ErrDeadline
	case context.Canceled:
		return c == ErrCancelled
	case os.ErrClosed:
		return c == ErrClosed || c == ErrStale
	}
	category, ok := target.(Category)
	return ok && category == c.Category()
}

// Error is the category's name, as an error: errors.Is finds it in any [*Error].
func (c Category) Error() string { return "kei: " + string(c) + " error" }
