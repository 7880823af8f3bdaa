// REQUEST events: tokens of the host, refusals, and the end of a handler.

package kei_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// token gets a token from the platform's issuer, as a host with a provider of its own would.
func token(ctx context.Context) (kei.TokenReply, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"kei.agent"}}
	request, err := http.NewRequestWithContext(ctx, "POST", os.Getenv("KEI_OIDC_ISSUER")+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return kei.TokenReply{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(os.Getenv("KEI_OIDC_CLIENT_ID"), os.Getenv("KEI_OIDC_CLIENT_SECRET"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return kei.TokenReply{}, err
	}
	defer response.Body.Close()
	var reply kei.TokenReply
	return reply, json.NewDecoder(response.Body).Decode(&reply)
}

func hostClient(t *testing.T) *kei.Client {
	return clientOn(t, newRuntime(t, nil), kei.ClientConfig{BaseURL: os.Getenv("KEI_API_URL"), Auth: kei.AuthConfig{Type: kei.AuthTypeHost}})
}

func TestTheHostProvidesTokens(t *testing.T) {
	c := hostClient(t)
	var asked atomic.Int32
	serving, err := c.AuthServe(t.Context(), func(ctx context.Context, request kei.HostRequest) (kei.TokenReply, error) {
		asked.Add(1)
		if request.Request != kei.HostRequestKindToken {
			return kei.TokenReply{}, errors.New("only tokens are served here")
		}
		return token(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer serving.Close()
	for range 3 {
		if _, err := c.Plan(t.Context(), kei.PlanRequest{Objective: "tell the time"}); err != nil {
			t.Fatal(err)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("the host was asked %d times", asked.Load())
	}
}

func TestARefusalReachesTheCaller(t *testing.T) {
	for name, refusal := range map[string]struct {
		err  error
		code kei.Code
	}{
		"plain":   {errors.New("the vault is sealed"), kei.ErrRefused},
		"of ours": {&kei.Error{Code: kei.ErrTokenTimeout, Message: "the vault is sealed", Retryable: true}, kei.ErrTokenTimeout},
		"a code":  {kei.ErrForbidden, kei.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			c := hostClient(t)
			serving, err := c.AuthServe(t.Context(), func(context.Context, kei.HostRequest) (kei.TokenReply, error) { return kei.TokenReply{}, refusal.err })
			if err != nil {
				t.Fatal(err)
			}
			defer serving.Close()
			_, err = c.Plan(t.Context(), kei.PlanRequest{Objective: "tell the time"})
			if !errors.Is(err, refusal.code) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestARequestWithoutAHandlerIsRefusedAtOnce(t *testing.T) {
	c := hostClient(t)
	serving, err := c.Subscribe(t.Context(), "auth.serve", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer serving.Close()
	if _, err := c.Plan(t.Context(), kei.PlanRequest{Objective: "tell the time"}); err == nil || errors.Is(err, kei.ErrHostTimeout) {
		t.Errorf("%v", err)
	}
}

func TestAHandlersContextEndsWithItsSubscription(t *testing.T) {
	c := hostClient(t)
	began, ended := make(chan struct{}), make(chan struct{})
	serving, err := c.AuthServe(t.Context(), func(ctx context.Context, _ kei.HostRequest) (kei.TokenReply, error) {
		close(began)
		<-ctx.Done()
		close(ended)
		return kei.TokenReply{}, ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() {
		_, err := c.Plan(context.Background(), kei.PlanRequest{Objective: "tell the time"})
		result <- err
	}()
	<-began
	if err := serving.Close(); err != nil {
		t.Error(err)
	}
	<-ended
	if err := <-result; err == nil {
		t.Error("a call without a token succeeded")
	}
}
