// Errors, bad input, use after close, and secrets that nothing shows.

package kei_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

func TestAnErrorHasAllThatTheLibrarySays(t *testing.T) {
	c := newClient(t)
	faults(t, fault{"path": "/api/v1/rpc/plan", "status": 429, "retry_after": "120"})
	_, err := c.Plan(t.Context(), kei.PlanRequest{Objective: "too much"}, kei.WithCorrelationID("corr-2"))
	var failed *kei.Error
	if !errors.As(err, &failed) {
		t.Fatalf("%T %v", err, err)
	}
	if failed.Operation != "plan" || failed.Code != kei.ErrRateLimited || failed.Name() != "KEI_E_RATE_LIMITED" || failed.Category() != kei.CategoryProtocol ||
		!failed.Retryable || failed.HTTPStatus != 429 || failed.RetryAfter < 100*time.Second || failed.CorrelationID != "corr-2" || failed.Attempts != 1 {
		t.Errorf("%+v", failed)
	}
	if !errors.Is(err, kei.ErrRateLimited) || !errors.Is(err, kei.CategoryProtocol) || errors.Is(err, kei.ErrDeadline) || errors.Is(err, kei.CategoryAuth) {
		t.Errorf("errors.Is is wrong about %v", err)
	}
	if text := err.Error(); !strings.HasPrefix(text, "kei: plan: ") || !strings.HasSuffix(text, "(KEI_E_RATE_LIMITED)") {
		t.Errorf("%s", text)
	}
	text, err := json.Marshal(failed)
	if err != nil {
		t.Fatal(err)
	}
	var again kei.Error
	if err := json.Unmarshal(text, &again); err != nil || again.RetryAfter != failed.RetryAfter || again.HTTPStatus != 429 {
		t.Errorf("%s became %+v, %v", text, again, err)
	}
}

func TestEveryCodeHasANameAndACategory(t *testing.T) {
	for code, category := range map[kei.Code]kei.Category{
		kei.ErrNull: kei.CategoryMisuse, kei.ErrCancelled: kei.CategoryLifecycle, kei.ErrConfig: kei.CategoryConfiguration, kei.ErrToken: kei.CategoryAuth,
		kei.ErrConnect: kei.CategoryTransport, kei.ErrNotFound: kei.CategoryProtocol, kei.ErrBreakerOpen: kei.CategoryResilience,
	} {
		if code.Category() != category || !strings.HasPrefix(code.String(), "KEI_E_") || !errors.Is(code, category) {
			t.Errorf("%d is %s, %s", code, code, code.Category())
		}
	}
	if unknown := kei.Code(9999); unknown.Category() != "" || unknown.Error() == "" {
		t.Errorf("%v %v", unknown, unknown.Category())
	}
	if !kei.ErrConnect.Retryable() || kei.ErrForbidden.Retryable() || !kei.ErrTimeout.Timeout() {
		t.Error("a code is wrong about itself")
	}
}

func TestABadConfigurationIsRefusedAtOnceWithTheLibrarysWords(t *testing.T) {
	r := newRuntime(t, nil)
	for config, code := range map[string]kei.Code{
		`{"base_ur": "http://127.0.0.1"}`: kei.ErrConfigUnknownKey, `{"base_url": 7}`: kei.ErrConfig, `{`: kei.ErrJSON, "{\"base_url\": \"\xff\"}": kei.ErrUTF8,
	} {
		_, err := r.NewClient([]byte(config))
		var failed *kei.Error
		if !errors.As(err, &failed) || failed.Code != code || failed.Message == "" {
			t.Errorf("%q: %v", config, err)
		}
	}
	if _, err := r.NewClient([]byte(`{"base_ur": "http://127.0.0.1"}`)); !strings.Contains(err.Error(), "base_url") {
		t.Errorf("%v does not name what would be right", err)
	}
	if _, err := kei.NewRuntime(kei.RuntimeConfig{Log: kei.LogConfig{Level: "loud"}}); !errors.Is(err, kei.CategoryConfiguration) {
		t.Errorf("%v", err)
	}
	if _, err := r.NewClient(map[string]any{"base_url": make(chan int)}); !errors.Is(err, kei.ErrConfig) {
		t.Errorf("%v", err)
	}
}

func TestABadRequestIsRefused(t *testing.T) {
	c := newClient(t)
	for request, code := range map[string]kei.Code{`{"objective": 7}`: kei.ErrRequest, `{`: kei.ErrJSON, "{\"objective\": \"\xff\"}": kei.ErrUTF8} {
		if _, err := c.Call(t.Context(), "plan", json.RawMessage(request)); !errors.Is(err, code) {
			t.Errorf("%q: %v", request, err)
		}
	}
	if _, err := c.Call(t.Context(), "no.such", nil); !errors.Is(err, kei.ErrUnknownOperation) {
		t.Errorf("%v", err)
	}
	if _, err := c.Call(t.Context(), "plan", nil, kei.WithTimeout(-time.Second)); !errors.Is(err, kei.ErrOptions) {
		t.Errorf("%v", err)
	}
	if err := c.Do(t.Context(), "plan", func() {}, nil); !errors.Is(err, kei.ErrRequest) {
		t.Errorf("%v", err)
	}
	var number int
	if err := c.Do(t.Context(), "plan", kei.PlanRequest{Objective: "tell the time"}, &number); !errors.Is(err, kei.ErrProtocol) {
		t.Errorf("%v", err)
	}
}

func TestUseAfterCloseIsAnError(t *testing.T) {
	r := newRuntime(t, nil)
	c := clientOn(t, r, nil)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); !errors.Is(err, os.ErrClosed) || !errors.Is(err, kei.ErrStale) {
		t.Errorf("%v", err)
	}
	if _, err := c.Plan(t.Context(), kei.PlanRequest{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := c.StreamSubscribe(t.Context(), kei.StreamSubscribeRequest{Topic: "t"}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
	left := clientOn(t, r, nil)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := left.Plan(t.Context(), kei.PlanRequest{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := r.NewClient(nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := r.LogTo(slog.DiscardHandler, nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
	if err := left.Close(); err != nil {
		t.Errorf("a client outlives its runtime's close, to be closed: %v", err)
	}
}

func TestSecretsAreShownByNoFormat(t *testing.T) {
	const secret = "hunter2-hunter2"
	config := kei.ClientConfig{Auth: kei.AuthConfig{ClientSecret: secret}}
	var log strings.Builder
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("x", "secret", config.Auth.ClientSecret, "config", config, "auth", config.Auth, "reply", kei.TokenReply{AccessToken: secret})
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		log.WriteString(fmt.Sprintf(verb, config))
		log.WriteString(fmt.Sprintf(verb, config.Auth.ClientSecret))
	}
	if strings.Contains(log.String(), secret) || strings.Contains(log.String(), fmt.Sprintf("%x", secret)) {
		t.Errorf("%s", log.String())
	}
	text, err := json.Marshal(config)
	if err != nil || !strings.Contains(string(text), secret) || config.Auth.ClientSecret.Expose() != secret {
		t.Errorf("the library would not get it: %s", text)
	}
	_, err = newRuntime(t, nil).NewClient(kei.ClientConfig{BaseURL: "not a URL", Auth: kei.AuthConfig{ClientSecret: secret}})
	if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret) {
		t.Errorf("%+v", err)
	}
}

func TestMillisecondsAreRoundedUp(t *testing.T) {
	for d, wanted := range map[time.Duration]kei.Millis{0: 0, 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, time.Second: 1000} {
		if kei.Milliseconds(d) != wanted || kei.Milliseconds(d).Duration() < d {
			t.Errorf("%v became %v", d, kei.Milliseconds(d))
		}
	}
}
