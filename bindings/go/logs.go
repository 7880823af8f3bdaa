// From the library to slog: a runtime's LOG events, handed to a handler.

package kei

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// LevelTrace is the level of the library's finest records: below [slog.LevelDebug].
const LevelTrace = slog.LevelDebug - 4

// LogFilter says which records are wanted: a level, and others for single targets.
type LogFilter = LogLevelsRequest

// LogSubscription has a runtime's log records handed to a [slog.Handler], until it is closed.
type LogSubscription struct {
	engine *engine
	pump   *pump
}

// LogTo has the runtime's log records handed to handler, besides where its configuration sends them. filter says which: nil for those that the
// configuration's log level takes. Secrets in them are masked already.
//
// The handler is called on one goroutine, one record after the other. One that is slow holds up nothing: past 8192 records that wait, the library
// drops and counts them, and a record says how many.
func (r *Runtime) LogTo(handler slog.Handler, filter *LogFilter) (*LogSubscription, error) {
	var text []byte
	if filter != nil {
		var err error
		if text, err = configuration(filter); err != nil {
			return nil, err
		}
	}
	p, err := newPump(r.handle, func(event *abi.Event) {
		if event.Kind == abi.Log {
			handleRecord(handler, event)
		}
	})
	if err != nil {
		return nil, err
	}
	if status := abi.LogAttach(r.handle, p.queue, text); status != abi.OK {
		p.stop()
		return nil, failure("", status, nil)
	}
	r.mu.Lock()
	closed := r.closed
	if !closed {
		r.logs[p] = struct{}{}
	}
	r.mu.Unlock()
	runtime.KeepAlive(r)
	if closed {
		p.stop()
		return nil, misused("", ErrClosed, "the runtime was closed")
	}
	return &LogSubscription{r.engine, p}, nil
}

// Close ends it, once the handler has returned from what has come by now. It may be called again, but not by the handler.
func (l *LogSubscription) Close() error {
	l.engine.mu.Lock()
	delete(l.engine.logs, l.pump)
	l.engine.mu.Unlock()
	// No more come; those that have come are handled.
	abi.LogAttach(l.engine.handle, l.pump.queue, []byte(`{"level": "off"}`))
	l.pump.stop()
	return nil
}

// fromLibrary marks the context of records that come from the library, so that a [LogHandler] does not send them back there.
type fromLibrary struct{}

var libraryContext = context.WithValue(context.Background(), fromLibrary{}, true)

// handleRecord hands a record on: the fields that every record has as slog has them, the others as attributes in the order of their names.
func handleRecord(handler slog.Handler, event *abi.Event) {
	level := levelOf(event.Level)
	if !handler.Enabled(libraryContext, level) {
		return
	}
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(event.Body))
	decoder.UseNumber()
	if err := decoder.Decode(&fields); err != nil {
		fields = map[string]any{"message": "a log record that cannot be read: " + err.Error()}
	}
	text := func(name string) string {
		value, _ := fields[name].(string)
		delete(fields, name)
		return value
	}
	when, err := time.Parse(time.RFC3339Nano, text("timestamp"))
	if err != nil {
		when = time.Now()
	}
	record := slog.NewRecord(when, level, text("message"), 0)
	delete(fields, "level")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		record.AddAttrs(slog.Any(name, number(fields[name])))
	}
	// A handler that fails has nobody to tell, as with slog itself.
	_ = handler.Handle(libraryContext, record)
}

// number is a number as Go has it: a whole one stays whole. Anything else is as it was.
func number(value any) any {
	text, ok := value.(json.Number)
	if !ok {
		return value
	}
	if whole, err := text.Int64(); err == nil {
		return whole
	}
	fraction, err := text.Float64()
	if err != nil {
		return text.String()
	}
	return fraction
}

// levelOf is the level of a record: the library counts from 1 for errors to 5 for traces.
func levelOf(level uint32) slog.Level {
	switch level {
	case 1:
		return slog.LevelError
	case 2:
		return slog.LevelWarn
	case 3:
		return slog.LevelInfo
	case 4:
		return slog.LevelDebug
	default:
		return LevelTrace
	}
}
