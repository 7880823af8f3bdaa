// Small types of values: secrets, milliseconds, pointers.

package kei

import (
	"fmt"
	"log/slog"
	"time"
)

const masked = "[REDACTED]"

// Secret is a text that no formatting shows: not fmt with any verb, not slog. JSON has it in full, since that is how it reaches the library.
type Secret string

// String masks it.
func (Secret) String() string { return masked }

// GoString masks it.
func (Secret) GoString() string { return masked }

// Format masks it, whatever the verb.
func (Secret) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(masked)) }

// LogValue masks it.
func (Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// Expose is the text itself.
func (s Secret) Expose() string { return string(s) }

// Millis is a time in whole milliseconds, as the library has it in JSON.
type Millis int64

// Milliseconds is a duration in whole milliseconds, rounded up, so that a short wait does not become none.
func Milliseconds(d time.Duration) Millis {
	return Millis((d + time.Millisecond - 1) / time.Millisecond)
}

// Duration is the same as a duration.
func (m Millis) Duration() time.Duration { return time.Duration(m) * time.Millisecond }

// String is the duration, for example "1.5s".
func (m Millis) String() string { return m.Duration().String() }

// Ptr is a pointer to a value: for optional fields in which 0 or false is not the same as absent.
func Ptr[T any](value T) *T { return &value }
