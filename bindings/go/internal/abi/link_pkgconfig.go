//go:build !kei_static && !kei_flags

package abi

// The default: pkg-config says where the header and the shared library are.

// #cgo pkg-config: kei_agent
import "C"
