// Command vectors runs the cases of bindings/vectors/cases.json through the Go wrapper: vectors call|start FILE, where the word says how an operation is
// run, by [kei.Client.Call] or by [kei.Client.Start]. It prints a line for each case that fails, and how many there were.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"time"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// patience is how long a step waits for what it says, at most.
const patience = 30 * time.Second

// file is what cases.json holds.
type file struct {
	Platform string `json:"platform"`
	Reset    []ask  `json:"reset"`
	Defaults struct {
		Runtime json.RawMessage `json:"runtime"`
		Client  json.RawMessage `json:"client"`
	} `json:"defaults"`
	Cases []testCase `json:"cases"`
}

type ask struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body"`
}

type testCase struct {
	Name         string          `json:"name"`
	Promise      string          `json:"promise"`
	Runtime      json.RawMessage `json:"runtime"`
	Client       json.RawMessage `json:"client"`
	ClientError  any             `json:"client_error"`
	RuntimeError any             `json:"runtime_error"`
	Steps        []step          `json:"steps"`
}

// step is any of the steps: what its keys are says which.
type step struct {
	Ask         *ask            `json:"ask"`
	Is          json.RawMessage `json:"is"`
	Until       json.RawMessage `json:"until"`
	Call        string          `json:"call"`
	Start       string          `json:"start"`
	Cancel      string          `json:"cancel"`
	Finish      string          `json:"finish"`
	Subscribe   string          `json:"subscribe"`
	To          string          `json:"to"`
	Item        string          `json:"item"`
	State       string          `json:"state"`
	Asked       string          `json:"asked"`
	Credit      json.RawMessage `json:"credit"` // a number beside `subscribe`, else a label
	More        uint32          `json:"more"`
	Close       string          `json:"close"`
	End         string          `json:"end"`
	CloseClient bool            `json:"close_client"`

	Request       json.RawMessage `json:"request"`
	RequestText   *string         `json:"request_text"`
	RequestBase64 *string         `json:"request_base64"`
	Options       json.RawMessage `json:"options"`
	Body          any             `json:"body"`
	Reply         json.RawMessage `json:"reply"`
	Refuse        *struct {
		Status int32 `json:"status"`
		Error  struct {
			Message   string `json:"message"`
			Retryable bool   `json:"retryable"`
		} `json:"error"`
	} `json:"refuse"`
	Answer     json.RawMessage `json:"answer"`
	AnswerText *string         `json:"answer_text"`
	Error      any             `json:"error"`
}

// request is the request's text, to the byte.
func (s *step) request() (json.RawMessage, error) {
	switch {
	case s.RequestText != nil:
		return json.RawMessage(*s.RequestText), nil
	case s.RequestBase64 != nil:
		return base64.StdEncoding.DecodeString(*s.RequestBase64)
	case s.Request != nil:
		return s.Request, nil
	}
	return json.RawMessage("{}"), nil
}

// outcome is how something ended.
type outcome struct {
	answer json.RawMessage
	err    error
}

// judge tells in what way an outcome is not the one that a step wants.
func (s *step) judge(found outcome) error {
	if s.Error != nil {
		if found.err == nil {
			return fmt.Errorf("it should fail, and was answered %s", found.answer)
		}
		return matchError(s.Error, found.err)
	}
	if found.err != nil {
		return fmt.Errorf("it failed: %w", found.err)
	}
	if s.AnswerText != nil && string(found.answer) != *s.AnswerText {
		return fmt.Errorf("the answer should be %q, and is %q", *s.AnswerText, found.answer)
	}
	if s.Answer != nil {
		return matchText(s.Answer, found.answer, "the answer")
	}
	return nil
}

// matchError compares the JSON of an error with a pattern.
func matchError(pattern any, err error) error {
	text, failed := json.Marshal(err)
	if _, ours := err.(*kei.Error); !ours || failed != nil {
		return fmt.Errorf("the error is no *kei.Error: %T %w", err, err)
	}
	return match(pattern, text, "the error")
}

func matchText(pattern, text json.RawMessage, place string) error {
	var wanted any
	if err := json.Unmarshal(pattern, &wanted); err != nil {
		return err
	}
	return match(wanted, text, place)
}

func match(pattern any, text json.RawMessage, place string) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("%s is not JSON: %w", place, err)
	}
	if why := mismatch(pattern, value, place); why != "" {
		return fmt.Errorf("%s", why)
	}
	return nil
}

func main() {
	if len(os.Args) != 3 || os.Args[1] != "call" && os.Args[1] != "start" {
		fmt.Fprintln(os.Stderr, "usage: vectors call|start FILE")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[2])
	var cases file
	if err == nil {
		err = json.Unmarshal(text, &cases)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	passed, failed := 0, 0
	for at := range cases.Cases {
		this := &cases.Cases[at]
		if err := run(&cases, this, os.Args[1] == "start"); err != nil {
			failed++
			fmt.Printf("FAILED %s: %v\n    promised: %s\n", this.Name, err, this.Promise)
			continue
		}
		passed++
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 || passed == 0 {
		os.Exit(1)
	}
}
