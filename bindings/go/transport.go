// An http.RoundTripper over http.request.

package kei

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Transport is an [http.RoundTripper] that sends requests through the library, which adds the token, and retries, breaks circuits, logs and traces as
// for every call:
//
//	web := &http.Client{Transport: kei.NewTransport(client)}
//
// Requests go to the platform or an origin in the configuration's http.allowed_origins; others are refused with [ErrRefused], so that the token
// goes nowhere else. Bodies are read whole before anything is sent, and answers before RoundTrip returns: they are bounded by limits.max_request_bytes and
// limits.max_answer_bytes, and no stream without an end can be read so.
//
// The library follows redirects within the origin itself, and retries what may pass. Whatever the server says in the end is the response, with its status, header fields
// and body. What never had an answer is an [*Error].
type Transport struct {
	client  *Client
	options []Option
}

// NewTransport makes a transport that uses a client, with options for every request.
func NewTransport(client *Client, options ...Option) *Transport {
	return &Transport{client, options}
}

// RoundTrip sends a request; see [http.RoundTripper]. Its Idempotency-Key, if it has one, is used for all attempts.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	call, err := httpCall(request)
	if err != nil {
		return nil, err
	}
	options := t.options
	if key := request.Header.Get("Idempotency-Key"); key != "" {
		options = append(options[:len(options):len(options)], WithIdempotencyKey(key))
	}
	answer, err := t.client.HTTPRequest(request.Context(), *call, options...)
	if err != nil {
		return nil, err
	}
	return response(request, answer)
}

// httpCall is a request as http.request takes it. The body is closed, as RoundTripper has it, whatever comes.
func httpCall(request *http.Request) (*HTTPRequest, error) {
	body, err := readBody(request)
	if err != nil {
		return nil, err
	}
	if request.URL == nil {
		return nil, misused("http.request", ErrRequest, "the request has no URL")
	}
	whole := *request.URL
	whole.Fragment, whole.User = "", nil
	call := &HTTPRequest{
		Method: request.Method, URL: whole.String(), Headers: make(map[string]string, len(request.Header)), ErrorForStatus: new(bool),
	}
	for name, values := range request.Header {
		switch textproto.CanonicalMIMEHeaderKey(name) {
		case "Idempotency-Key", "Content-Length", "Connection", "Transfer-Encoding":
			// The library's own business.
		default:
			call.Headers[name] = strings.Join(values, ", ")
		}
	}
	switch {
	case len(body) == 0:
	case utf8.Valid(body):
		call.Text = string(body)
	default:
		call.BodyBase64 = base64.StdEncoding.EncodeToString(body)
	}
	return call, nil
}

func readBody(request *http.Request) ([]byte, error) {
	if request.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(request.Body)
	if closing := request.Body.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, fmt.Errorf("kei: reading the request's body: %w", err)
	}
	return body, nil
}

// response is an answer as net/http has it.
func response(request *http.Request, answer HTTPAnswer) (*http.Response, error) {
	body := []byte(answer.Text)
	if answer.BodyBase64 != "" {
		decoded, err := base64.StdEncoding.DecodeString(answer.BodyBase64)
		if err != nil {
			return nil, misused("http.request", ErrProtocol, "the answer's `body_base64` is not base64: "+err.Error())
		}
		body = decoded
	} else if answer.Body != nil {
		body = answer.Body
	}
	header := make(http.Header, len(answer.Headers))
	for name, value := range answer.Headers {
		header.Set(name, value)
	}
	// The body is there already, decoded, whatever Content-Encoding said.
	uncompressed := header.Get("Content-Encoding") != ""
	header.Del("Content-Encoding")
	header.Del("Content-Length")
	if request.Method != http.MethodHead {
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	status := int(answer.Status)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Uncompressed: uncompressed, Request: request,
	}, nil
}
