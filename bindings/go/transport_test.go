// The http.RoundTripper: tokens, retries, bodies, failures, and the rules of round trippers.

package kei_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

func web(t *testing.T) (*http.Client, string) {
	return &http.Client{Transport: kei.NewTransport(newClient(t))}, os.Getenv("KEI_API_URL")
}

func TestTheTransportAddsTheTokenAndRetries(t *testing.T) {
	client, url := web(t)
	faults(t, fault{"path": "/api/v1/registry", "status": 503, "times": 2})
	response, err := client.Get(url + "/api/v1/registry/agents?limit=1")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != 200 || answer["agents"] == nil {
		t.Fatalf("%v %s %v", err, response.Status, answer)
	}
	if response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", response.Header)
	}
	arrived := requests(t, "/api/v1/registry/agents")
	if len(arrived) != 3 {
		t.Fatalf("%d requests arrived", len(arrived))
	}
	for _, request := range arrived {
		if request["headers"].(map[string]any)["authorization"] == nil {
			t.Errorf("without a token: %v", request)
		}
	}
}

func TestBodiesArriveToTheByte(t *testing.T) {
	client, url := web(t)
	for name, body := range map[string][]byte{"json": []byte("{\"n\": 1.0 }\n"), "text": []byte("grüße\n"), "bytes": {0xff, 0, 1}, "none": nil} {
		platform(t, "DELETE", "/_dev/requests", nil)
		request, err := http.NewRequest("POST", url+"/api/v1/rpc/echo", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-"+name)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		arrived := requests(t, "/api/v1/rpc/echo")
		if len(arrived) != 1 || arrived[0]["body_bytes"] != float64(len(body)) || arrived[0]["headers"].(map[string]any)["content-type"] != "application/x-"+name {
			t.Errorf("%s: %v", name, arrived)
		}
	}
}

func TestAnIdempotencyKeyMakesARequestSafeToRepeat(t *testing.T) {
	client, url := web(t)
	for key, wanted := range map[string]int{"": 1, "web-7": 2} {
		platform(t, "DELETE", "/_dev/faults", nil)
		faults(t, fault{"path": "/api/v1/rpc/echo", "status": 503, "times": 1})
		request, err := http.NewRequest("POST", url+"/api/v1/rpc/echo", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if key != "" {
			request.Header.Set("Idempotency-Key", key)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		arrived := requests(t, "/api/v1/rpc/echo")
		if len(arrived) != wanted || (response.StatusCode == 200) != (wanted == 2) {
			t.Errorf("with the key %q: %s after %d requests", key, response.Status, len(arrived))
		}
		for _, request := range arrived {
			if got, _ := request["headers"].(map[string]any)["idempotency-key"].(string); got != key {
				t.Errorf("the key %q arrived as %q", key, got)
			}
		}
	}
}

func TestAFailureOfTheServersIsAResponse(t *testing.T) {
	client, url := web(t)
	faults(t, fault{"path": "/api/v1/registry", "status": 429, "retry_after": "120", "headers": map[string]string{"content-type": "text/plain", "x-quota": "9"}, "body": "slow down"})
	response, err := client.Get(url + "/api/v1/registry/agents")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if said, err := io.ReadAll(response.Body); err != nil || response.StatusCode != 429 || string(said) != "slow down" {
		t.Errorf("%v %s %q", err, response.Status, said)
	}
	if header := response.Header; header.Get("Retry-After") != "120" || header.Get("X-Quota") != "9" || header.Get("Content-Type") != "text/plain" {
		t.Errorf("%v", header)
	}
}

func TestTheTokenGoesNowhereElse(t *testing.T) {
	client, _ := web(t)
	_, err := client.Get("http://127.0.0.1:9/steal")
	var failed *kei.Error
	if !errors.As(err, &failed) || failed.Code != kei.ErrRefused {
		t.Errorf("%v", err)
	}
}

// body tells when it is closed, and can fail.
type body struct {
	io.Reader
	closed bool
}

func (b *body) Close() error { b.closed = true; return nil }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func TestTheTransportKeepsTheRulesOfRoundTrippers(t *testing.T) {
	client, url := web(t)
	for _, reader := range []io.Reader{strings.NewReader("{}"), failing{}} {
		sent := &body{Reader: reader}
		request, err := http.NewRequest("POST", url+"/api/v1/rpc/echo", sent)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Mine", "1")
		before := request.Header.Clone()
		response, err := client.Transport.RoundTrip(request)
		if _, bad := reader.(failing); bad != (err != nil) {
			t.Errorf("%v", err)
		}
		if err == nil {
			_ = response.Body.Close()
		}
		if !sent.closed || len(before) != len(request.Header) {
			t.Errorf("the body was closed: %v; the header is %v", sent.closed, request.Header)
		}
	}
	faults(t, fault{"path": "/api/v1/health", "hang": true})
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", url+"/api/v1/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() {
		_, err := client.Do(request)
		result <- err
	}()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
