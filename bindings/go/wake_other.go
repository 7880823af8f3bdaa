// How a pump learns that its queue holds events, where there are no descriptors.

//go:build !unix

package kei

import "github.com/kei-agent/kei-agent/bindings/go/internal/abi"

func newWaker(queue abi.Handle) (waker, error) { return newBlocking(queue), nil }
