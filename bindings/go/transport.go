// An http.RoundTripper over http.request.

package kei

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"
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
// The library follows redirects within the origin itself. A status from 300 on comes with the header fields that the library keeps of it
// (Retry-After) and, as body, problem details (RFC 9457) made of its error; the server's own body is not kept. [ResponseError] has the [*Error].
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
	var failed *Error
	if errors.As(err, &failed) && failed.HTTPStatus >= 300 {
		return problem(request, failed), nil
	}
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
	call := &HTTPRequest{Method: request.Method, URL: whole.String(), Headers: make(map[string]string, len(request.Header))}
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
	return made(request, int(answer.Status), header, body), nil
}

// made is a response. Its body is there already, decoded, whatever Content-Encoding said.
func made(request *http.Request, status int, header http.Header, body []byte) *http.Response {
	uncompressed := header.Get("Content-Encoding") != ""
	header.Del("Content-Encoding")
	header.Del("Content-Length")
	length := int64(len(body))
	if request.Method != http.MethodHead {
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: length, Uncompressed: uncompressed, Request: request,
	}
}

// failedRequest is the context key under which a response's request carries its error.
type failedRequest struct{}

// problem is an error as a response.
func problem(request *http.Request, failed *Error) *http.Response {
	body, _ := json.Marshal(map[string]any{ // Numbers and texts can always be written.
		"type": "about:blank", "title": http.StatusText(failed.HTTPStatus), "status": failed.HTTPStatus, "detail": failed.Message,
		"kei_error": failed.Name(), "correlation_id": failed.CorrelationID, "attempts": failed.Attempts,
	})
	header := http.Header{"Content-Type": {"application/problem+json"}}
	if failed.RetryAfter > 0 {
		header.Set("Retry-After", strconv.FormatInt(int64((failed.RetryAfter+time.Second-1)/time.Second), 10))
	}
	request = request.WithContext(context.WithValue(request.Context(), failedRequest{}, failed))
	return made(request, failed.HTTPStatus, header, body)
}

// ResponseError is the error behind a response of a [Transport] with a status from 300 on; nil for any other response.
func ResponseError(response *http.Response) *Error {
	if response == nil || response.Request == nil {
		return nil
	}
	failed, _ := response.Request.Context().Value(failedRequest{}).(*Error)
	return failed
}
