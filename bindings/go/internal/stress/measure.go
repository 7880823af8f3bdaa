// What a process holds: memory, descriptors, goroutines, handles.

package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	kei "github.com/kei-agent/kei-agent/bindings/go"
)

// measures is what a process holds.
type measures struct {
	memory      int // resident, in KiB; 0 where the system does not tell
	descriptors int
	goroutines  int
	handles     map[string]uint64
}

func (m measures) String() string {
	return fmt.Sprintf("%d KiB, %d descriptors, %d goroutines, handles %v", m.memory, m.descriptors, m.goroutines, m.handles)
}

// measured is what this process holds now. What Go keeps to itself for later is given back before.
func measured(watch *kei.Client) measures {
	debug.FreeOSMemory()
	info := must(watch.KeiInfo(context.Background()))
	m := measures{goroutines: runtime.NumGoroutine(), handles: info.Handles}
	if text, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				_, _ = fmt.Sscan(rest, &m.memory)
			}
		}
	}
	if entries, err := os.ReadDir("/dev/fd"); err == nil {
		m.descriptors = len(entries)
	}
	return m
}

func atMost(what string, value, limit int) error {
	if value > limit {
		return fmt.Errorf("%d %s, and it should be %d at most", value, what, limit)
	}
	return nil
}
