// How a pump learns that its queue holds events, by the queue's descriptor in Go's poller.

//go:build unix

package kei

import (
	"os"
	"syscall"
	"time"

	"github.com/kei-agent/kei-agent/bindings/go/internal/abi"
)

// polled waits in Go's network poller, by the queue's descriptor: no thread is held, and cancelled waits cost nothing.
type polled struct {
	file *os.File
	conn syscall.RawConn
}

func newWaker(queue abi.Handle) (waker, error) {
	fd, status := abi.QueueFD(queue)
	if status == abi.Status(ErrUnsupported) {
		return newBlocking(queue), nil
	}
	if status != abi.OK {
		return nil, failure("", status, nil)
	}
	// The queue closes its own; the poller needs one that lives until it has let go.
	syscall.ForkLock.RLock()
	own, err := syscall.Dup(int(fd))
	if err == nil {
		syscall.CloseOnExec(own)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	file := os.NewFile(uintptr(own), "kei queue")
	conn, err := file.SyscallConn()
	if err != nil || file.SetReadDeadline(time.Time{}) != nil {
		_ = file.Close()
		return newBlocking(queue), nil // The poller does not take it.
	}
	return &polled{file, conn}, nil
}

func (p *polled) each(drain func(*abi.Event) bool) {
	// Go's poller is edge-triggered: it wakes for every time the queue stops being empty, so the queue is emptied each time.
	_ = p.conn.Read(func(uintptr) bool { return !drain(nil) })
}

func (p *polled) stop() { _ = p.file.Close() }
