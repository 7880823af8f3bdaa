//go:build kei_static

package abi

// The static library goes into the program, which then needs no libkei_agent where it runs. CGO_CFLAGS and CGO_LDFLAGS say where the header and the
// library are. Linux takes the archive by its whole name, since the shared library is commonly beside it; Apple's linker has no such way, and wants
// the archive alone in the folder that -L names.

// #cgo linux LDFLAGS: -l:libkei_agent.a -lgcc_s -lutil -lrt -lpthread -lm -ldl
// #cgo darwin LDFLAGS: -lkei_agent -framework Security -framework CoreFoundation -framework SystemConfiguration -liconv
import "C"
