//go:build kei_flags && !kei_static

package abi

// Without pkg-config: CGO_CFLAGS and CGO_LDFLAGS say where the header and the shared library are, unless the compiler looks there by itself.

// #cgo LDFLAGS: -lkei_agent
import "C"
