// Logging, from the library to slog and back.

package kei_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// lines keeps what a handler writes.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestTheLibrarysRecordsComeToSlog(t *testing.T) {
	r := newRuntime(t, kei.RuntimeConfig{Log: kei.LogConfig{Output: kei.LogOutputNone}})
	c := clientOn(t, r, nil)
	var out lines
	tap, err := r.LogTo(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: kei.LevelTrace}), &kei.LogFilter{Level: kei.LogLevelDebug})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Plan(t.Context(), kei.PlanRequest{Objective: "tell the time"}, kei.WithCorrelationID("corr-log")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a record of the call comes", func() bool { return strings.Contains(out.String(), `"correlation_id":"corr-log"`) })
	if err := tap.Close(); err != nil {
		t.Fatal(err)
	}
	if err := tap.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), os.Getenv("KEI_OIDC_CLIENT_SECRET")) {
		t.Error("the secret is in the log")
	}
	if !strings.Contains(out.String(), `"attempts":1,`) {
		t.Errorf("numbers are not as they were: %s", out.String())
	}
	for line := range strings.Lines(out.String()) {
		var record struct {
			Time   time.Time  `json:"time"`
			Level  slog.Level `json:"level"`
			Msg    string     `json:"msg"`
			Target string     `json:"target"`
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Msg == "" || record.Target == "" || time.Since(record.Time).Abs() > time.Hour {
			t.Errorf("%v %s", err, line)
		}
	}
	if _, err := r.LogTo(slog.DiscardHandler, &kei.LogFilter{Level: "loud"}); !errors.Is(err, kei.CategoryConfiguration) {
		t.Errorf("%v", err)
	}
}

func TestSlogWritesThroughTheLibrary(t *testing.T) {
	file := filepath.Join(t.TempDir(), "agent.log")
	r := newRuntime(t, kei.RuntimeConfig{
		Log:       kei.LogConfig{Output: kei.LogOutputFile, File: file, Level: kei.LogLevelDebug},
		Redaction: kei.RedactionConfig{Keys: []string{"order", "took", "http.status", "cause", "http.when", "source", "wait", "odd"}},
	})
	c := clientOn(t, r, nil)
	log := slog.New(kei.NewLogHandler(c, &kei.LogHandlerOptions{Level: slog.LevelDebug, Target: "shop", AddSource: true}))
	log.With("order", 7).WithGroup("http").Warn("it was slow", "status", 200, slog.Group("", "when", time.Unix(0, 0).UTC()))
	log.Error("it broke", "cause", errors.New("no more paper"), "password", "hunter2-hunter2", "wait", 1500*time.Millisecond, "odd", make(chan int))
	log.Log(context.Background(), kei.LevelTrace, "too fine")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var records []map[string]any
	for line := range strings.Lines(string(text)) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record["target"] == "shop" {
			records = append(records, record)
		}
	}
	if len(records) != 2 {
		t.Fatalf("%s", text)
	}
	first, second := records[0], records[1]
	if first["level"] != "WARN" || first["message"] != "it was slow" || first["order"] != 7.0 || first["http.status"] != 200.0 || first["http.when"] != "1970-01-01T00:00:00Z" {
		t.Errorf("%v", first)
	}
	if !strings.Contains(fmt.Sprint(first["source"]), "log_test.go:") {
		t.Errorf("%v", first["source"])
	}
	if second["cause"] != "no more paper" || second["wait"] != "1.5s" || strings.Contains(string(text), "hunter2") {
		t.Errorf("%v", second)
	}
}

func TestWhatWasLoggedBeforeACloseIsHandled(t *testing.T) {
	r := newRuntime(t, kei.RuntimeConfig{Log: kei.LogConfig{Output: kei.LogOutputNone}})
	log := slog.New(kei.NewLogHandler(clientOn(t, r, nil), nil))
	for range 50 {
		var out lines
		tap, err := r.LogTo(slog.NewTextHandler(&out, nil), &kei.LogFilter{Level: kei.LogLevelInfo})
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			log.Info("just in time")
		}
		if err := tap.Close(); err != nil {
			t.Fatal(err)
		}
		log.Info("too late")
		if count := strings.Count(out.String(), "just in time"); count != 10 || strings.Contains(out.String(), "too late") {
			t.Fatalf("%d of 10 records came: %s", count, out.String())
		}
	}
}

// A logger that writes to the library, and is given the library's records, does not go round in circles.
func TestALogHandlerTakesNothingBack(t *testing.T) {
	r := newRuntime(t, kei.RuntimeConfig{Log: kei.LogConfig{Output: kei.LogOutputNone}})
	c := clientOn(t, r, nil)
	var out lines
	both := fan{kei.NewLogHandler(c, &kei.LogHandlerOptions{Level: kei.LevelTrace}), slog.NewTextHandler(&out, nil)}
	if _, err := r.LogTo(both, &kei.LogFilter{Level: kei.LogLevelTrace}); err != nil {
		t.Fatal(err)
	}
	slog.New(kei.NewLogHandler(c, nil)).Info("once")
	slog.New(kei.NewLogHandler(c, nil)).Info("the last")
	eventually(t, "the last has come", func() bool { return strings.Contains(out.String(), "the last") })
	if count := strings.Count(out.String(), "msg=once"); count != 1 {
		t.Errorf("it came %d times", count)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := kei.NewLogHandler(c, nil).Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "late", 0)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// fan hands records to both.
type fan struct{ a, b slog.Handler }

func (f fan) Enabled(ctx context.Context, level slog.Level) bool {
	return f.a.Enabled(ctx, level) || f.b.Enabled(ctx, level)
}

func (f fan) Handle(ctx context.Context, record slog.Record) error {
	return errors.Join(f.a.Handle(ctx, record.Clone()), f.b.Handle(ctx, record))
}

func (f fan) WithAttrs(attrs []slog.Attr) slog.Handler {
	return fan{f.a.WithAttrs(attrs), f.b.WithAttrs(attrs)}
}

func (f fan) WithGroup(name string) slog.Handler {
	return fan{f.a.WithGroup(name), f.b.WithGroup(name)}
}
