//go:build !unix

package kei

import "github.com/kei-agent/kei-agent/bindings/go/internal/abi"

func newWaker(queue abi.Handle) (waker, error) { return newBlocking(queue), nil }
