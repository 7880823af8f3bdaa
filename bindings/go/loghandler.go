// From slog to the library: a handler that writes through log.write.

package kei

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// LogHandlerOptions says what a [LogHandler] does; all may be left out.
type LogHandlerOptions struct {
	// Level is the lowest level that is written; [slog.LevelInfo] when nil. The library's own levels hold besides.
	Level slog.Leveler
	// Target is what the records say which part of the program they come from; "host" when empty. The library's levels go by its beginning.
	Target string
	// AddSource adds the file and line of the record as the field "source".
	AddSource bool
}

// LogHandler is a [slog.Handler] that writes through the library's log: into its file, to its collectors, with its masking. Groups become the beginnings
// of names, with a dot. Attributes whose names are not listed in the configuration's redaction.keys are masked.
type LogHandler struct {
	client  *Client
	options LogHandlerOptions
	prefix  string         // of names, from the groups
	fields  map[string]any // from WithAttrs; never changed once it is here
}

// NewLogHandler makes a handler that writes to the log of the client's runtime. options may be nil.
func NewLogHandler(client *Client, options *LogHandlerOptions) *LogHandler {
	h := &LogHandler{client: client}
	if options != nil {
		h.options = *options
	}
	return h
}

// Enabled tells whether records of a level are written.
func (h *LogHandler) Enabled(ctx context.Context, level slog.Level) bool {
	if ctx.Value(fromLibrary{}) != nil {
		return false
	}
	least := slog.LevelInfo
	if h.options.Level != nil {
		least = h.options.Level.Level()
	}
	return level >= least
}

// Handle writes a record. The library takes it without waiting for any sink.
func (h *LogHandler) Handle(ctx context.Context, record slog.Record) error {
	if ctx.Value(fromLibrary{}) != nil {
		return nil
	}
	fields := make(map[string]any, len(h.fields)+record.NumAttrs())
	for name, value := range h.fields {
		fields[name] = value
	}
	record.Attrs(func(attr slog.Attr) bool {
		addField(fields, h.prefix, attr)
		return true
	})
	if h.options.AddSource && record.PC != 0 {
		frame, _ := runtime.CallersFrames([]uintptr{record.PC}).Next()
		fields["source"] = fmt.Sprintf("%s:%d", frame.File, frame.Line)
	}
	request := LogWriteRequest{Level: libraryLevel(record.Level), Message: record.Message, Target: h.options.Target, Fields: fields}
	text, err := json.Marshal(request)
	if err != nil {
		return misused("log.write", ErrRequest, "the record cannot be written as JSON: "+err.Error())
	}
	// It sends nothing and waits for nothing, so it runs on this thread: that is cheaper than the way by the queue.
	status, object := abi.Call(h.client.handle, "log.write", text, nil)
	runtime.KeepAlive(h.client)
	if status != abi.OK {
		return failure("log.write", status, object)
	}
	return nil
}

// WithAttrs is a handler that adds attributes to each record.
func (h *LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	with := *h
	with.fields = make(map[string]any, len(h.fields)+len(attrs))
	for name, value := range h.fields {
		with.fields[name] = value
	}
	for _, attr := range attrs {
		addField(with.fields, h.prefix, attr)
	}
	return &with
}

// WithGroup is a handler that puts a group's name before those of the attributes that follow.
func (h *LogHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	with := *h
	with.prefix += name + "."
	return &with
}

// addField adds an attribute, or those of a group, under their names.
func addField(fields map[string]any, prefix string, attr slog.Attr) {
	value := attr.Value.Resolve()
	if attr.Equal(slog.Attr{}) {
		return
	}
	if value.Kind() == slog.KindGroup {
		if attr.Key != "" {
			prefix += attr.Key + "."
		}
		for _, inner := range value.Group() {
			addField(fields, prefix, inner)
		}
		return
	}
	fields[prefix+attr.Key] = plain(value)
}

// plain is a value as JSON has it.
func plain(value slog.Value) any {
	switch value.Kind() {
	case slog.KindDuration:
		return value.Duration().String()
	case slog.KindTime:
		return value.Time().Format(time.RFC3339Nano)
	case slog.KindFloat64:
		// JSON has no infinities.
		if _, err := json.Marshal(value.Float64()); err != nil {
			return value.String()
		}
		return value.Float64()
	case slog.KindAny:
		switch held := value.Any().(type) {
		case error:
			return held.Error()
		case json.Marshaler: // It knows best.
		case fmt.Stringer:
			return held.String()
		}
		if _, err := json.Marshal(value.Any()); err != nil {
			return fmt.Sprint(value.Any())
		}
	}
	return value.Any()
}

// libraryLevel is the library's level for one of slog's: the next above, for those in between.
func libraryLevel(level slog.Level) LogLevel {
	switch {
	case level >= slog.LevelError:
		return LogLevelError
	case level >= slog.LevelWarn:
		return LogLevelWarn
	case level >= slog.LevelInfo:
		return LogLevelInfo
	case level >= slog.LevelDebug:
		return LogLevelDebug
	default:
		return LogLevelTrace
	}
}
