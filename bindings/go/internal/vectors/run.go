// Playing a case: its steps, one after the other.

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// player plays one case.
type player struct {
	platform string
	start    bool // operations are run by Start
	client   *kei.Client
	closed   bool
	going    map[string]*going
	followed map[string]*followed
}

// going is an operation on its way.
type going struct {
	cancel func()
	done   chan outcome
}

// run plays a case, from the platform's reset to the runtime's end.
func run(all *file, this *testCase, start bool) (err error) {
	p := &player{platform: all.Platform, start: start, going: map[string]*going{}, followed: map[string]*followed{}}
	for _, reset := range all.Reset {
		if _, err := p.ask(&reset); err != nil {
			return fmt.Errorf("the reset: %w", err)
		}
	}
	runtime, err := kei.NewRuntime(either(this.Runtime, all.Defaults.Runtime))
	if this.RuntimeError != nil {
		return refused(this.RuntimeError, runtime, err)
	}
	if err != nil {
		return fmt.Errorf("the runtime: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err = errors.Join(err, runtime.Shutdown(ctx), runtime.Close())
	}()
	p.client, err = runtime.NewClient(either(this.Client, all.Defaults.Client))
	if this.ClientError != nil {
		return refused(this.ClientError, p.client, err)
	}
	if err != nil {
		return fmt.Errorf("the client: %w", err)
	}
	defer func() {
		if !p.closed {
			err = errors.Join(err, p.client.Close())
		}
	}()
	for at := range this.Steps {
		if err := p.step(&this.Steps[at]); err != nil {
			return fmt.Errorf("step %d: %w", at+1, err)
		}
	}
	return nil
}

func either(given, otherwise json.RawMessage) json.RawMessage {
	if given != nil {
		return given
	}
	return otherwise
}

// refused compares the error by which something could not be made.
func refused(pattern any, made io.Closer, err error) error {
	if err == nil {
		return errors.Join(errors.New("it should not be made, and was"), made.Close())
	}
	return matchError(pattern, err)
}

func (p *player) step(s *step) error {
	switch {
	case s.Ask != nil:
		return p.asking(s)
	case s.Start != "":
		return p.begin(s)
	case s.Call != "":
		if err := p.begin(&step{Start: "", Call: s.Call, Request: s.Request, RequestText: s.RequestText, RequestBase64: s.RequestBase64, Options: s.Options}); err != nil {
			return err
		}
		return p.finish("", s)
	case s.Cancel != "":
		p.going[s.Cancel].cancel()
		return nil
	case s.Finish != "":
		return p.finish(s.Finish, s)
	case s.Subscribe != "":
		return p.subscribe(s)
	case s.Item != "":
		return p.followed[s.Item].item(s)
	case s.State != "":
		return p.followed[s.State].state(s)
	case s.Asked != "":
		return p.followed[s.Asked].asked(s)
	case s.Credit != nil:
		var label string
		if err := json.Unmarshal(s.Credit, &label); err != nil {
			return err
		}
		p.followed[label].subscription.Grant(s.More)
		return nil
	case s.Close != "":
		p.followed[s.Close].close()
		return nil
	case s.End != "":
		return p.followed[s.End].end(s)
	case s.CloseClient:
		p.closed = true
		return p.client.Close()
	}
	return errors.New("there is no such step")
}

// begin starts an operation in the way that is being tested.
func (p *player) begin(s *step) error {
	request, err := s.request()
	if err != nil {
		return err
	}
	var options []kei.Option
	if s.Options != nil {
		options = []kei.Option{kei.WithRawOptions(s.Options)}
	}
	g := &going{done: make(chan outcome, 1)}
	p.going[s.Start] = g
	if !p.start {
		ctx, cancel := context.WithCancel(context.Background())
		g.cancel = cancel
		go func() {
			answer, err := p.client.Call(ctx, s.Call, request, options...)
			g.done <- outcome{answer, err}
		}()
		return nil
	}
	operation, err := p.client.Start(context.Background(), s.Call, request, options...)
	if err != nil {
		g.cancel, g.done = func() {}, done(outcome{nil, err})
		return nil
	}
	g.cancel = operation.Cancel
	go func() {
		answer, err := operation.Wait(context.Background())
		g.done <- outcome{answer, err}
	}()
	return nil
}

func done(found outcome) chan outcome {
	ended := make(chan outcome, 1)
	ended <- found
	return ended
}

func (p *player) finish(label string, s *step) error {
	select {
	case found := <-p.going[label].done:
		return s.judge(found)
	case <-time.After(patience):
		return errors.New("it does not end")
	}
}

// asking asks the platform, again and again where the step says so.
func (p *player) asking(s *step) error {
	begin := time.Now()
	for {
		answer, err := p.ask(s.Ask)
		if err != nil {
			return err
		}
		switch {
		case s.Is != nil:
			return matchText(s.Is, answer, s.Ask.Path)
		case s.Until == nil:
			return nil
		}
		if err = matchText(s.Until, answer, s.Ask.Path); err == nil {
			return nil
		}
		if time.Since(begin) > patience {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (p *player) ask(a *ask) (json.RawMessage, error) {
	request, err := http.NewRequest(a.Method, p.platform+a.Path, bytes.NewReader(a.Body))
	if err != nil {
		return nil, err
	}
	if a.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s was answered %s: %s", a.Method, a.Path, response.Status, body)
	}
	return body, err
}
