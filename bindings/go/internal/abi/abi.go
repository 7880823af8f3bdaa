// Package abi is the C interface of libkei_agent as plain Go functions: every line of cgo is here, and nothing else is.
//
// What Go passes is pinned by cgo for the time of the call and copied by the library before it returns, so that nothing is copied twice. No function
// here has C call back into Go, and none keeps a Go pointer. What C hands out is copied into Go's memory and given back at once.
package abi

/*
#include <kei_agent.h>

// Without these, what is passed would be moved to the heap for each call: none of these functions keeps a pointer, or calls Go.
#cgo noescape kei_call
#cgo nocallback kei_call
#cgo noescape kei_submit
#cgo nocallback kei_submit
#cgo noescape kei_subscribe
#cgo nocallback kei_subscribe
#cgo noescape kei_queue_drain_packed
#cgo nocallback kei_queue_drain_packed
#cgo noescape kei_queue_fd
#cgo nocallback kei_queue_fd
#cgo noescape kei_reply
#cgo nocallback kei_reply
#cgo noescape kei_buf_free
#cgo nocallback kei_buf_free
#cgo noescape kei_client_new
#cgo nocallback kei_client_new
#cgo noescape kei_runtime_new
#cgo nocallback kei_runtime_new
#cgo noescape kei_queue_new
#cgo nocallback kei_queue_new
#cgo noescape kei_log_attach
#cgo nocallback kei_log_attach
#cgo nocallback kei_op_cancel
#cgo nocallback kei_sub_credit
#cgo nocallback kei_close
*/
import "C"

import "unsafe"

// Handle is a reference to something that the library keeps; 0 is none.
type Handle uint64

// Status is how a call ended: 0, or the number of an error.
type Status int32

// What the wrapper itself must know of the statuses; the rest is the caller's.
const (
	OK       Status = C.KEI_OK
	Stale    Status = C.KEI_E_STALE
	Panic    Status = C.KEI_E_PANIC
	TooSmall Status = C.KEI_E_TOO_SMALL
	Closed   Status = C.KEI_E_CLOSED
	Again    Status = C.KEI_E_AGAIN
)

// The kinds of events.
const (
	Done    = C.KEI_EVENT_DONE
	Item    = C.KEI_EVENT_ITEM
	End     = C.KEI_EVENT_END
	Request = C.KEI_EVENT_REQUEST
	State   = C.KEI_EVENT_STATE
	Log     = C.KEI_EVENT_LOG
)

// Check tells whether the library that was loaded fits the header that this was compiled with.
func Check() Status {
	return Status(C.kei_abi_check(C.KEI_ABI_VERSION, C.sizeof_kei_event))
}

// Version is the library's version.
func Version() string { return C.GoString(C.kei_version()) }

// StatusName is the name of a status, for example KEI_E_STALE.
func StatusName(status Status) string { return C.GoString(C.kei_status_name(C.kei_status(status))) }

// StatusRetryable tells whether a call that ended so may succeed later without a change.
func StatusRetryable(status Status) bool { return C.kei_status_retryable(C.kei_status(status)) != 0 }

// RuntimeNew makes a runtime. Not OK: the bytes are the error object.
func RuntimeNew(config []byte) (Handle, Status, []byte) {
	var out C.kei_runtime
	var answer C.kei_buf
	status := C.kei_runtime_new(chars(config), C.size_t(len(config)), &out, &answer)
	return Handle(out), Status(status), take(&answer)
}

// RuntimeShutdown shuts a runtime down, and waits for that up to so many milliseconds, or as long as it takes if that is negative.
func RuntimeShutdown(runtime Handle, timeout int64) (Status, []byte) {
	var answer C.kei_buf
	status := C.kei_runtime_shutdown(C.kei_runtime(runtime), C.int64_t(timeout), &answer)
	return Status(status), take(&answer)
}

// ClientNew makes a client. Not OK: the bytes are the error object.
func ClientNew(runtime Handle, config []byte) (Handle, Status, []byte) {
	var out C.kei_client
	var answer C.kei_buf
	status := C.kei_client_new(C.kei_runtime(runtime), chars(config), C.size_t(len(config)), &out, &answer)
	return Handle(out), Status(status), take(&answer)
}

// QueueNew makes a queue. Not OK: the bytes are the error object.
func QueueNew(runtime Handle) (Handle, Status, []byte) {
	var out C.kei_queue
	var answer C.kei_buf
	status := C.kei_queue_new(C.kei_runtime(runtime), nil, 0, &out, &answer)
	return Handle(out), Status(status), take(&answer)
}

// Close gives a handle of any kind back.
func Close(handle Handle) Status { return Status(C.kei_close(C.kei_handle(handle))) }

// Call runs an operation on this thread, and waits for it. The bytes are the answer, or the error object if the status is not OK.
func Call(client Handle, operation string, request, options []byte) (Status, []byte) {
	var answer C.kei_buf
	status := C.kei_call(C.kei_client(client), text(operation), C.size_t(len(operation)), bytes(request), C.size_t(len(request)),
		chars(options), C.size_t(len(options)), &answer)
	return Status(status), take(&answer)
}

// Submit starts an operation, whose DONE event comes to the queue with the tag. Not OK: the bytes are the error object, and no event comes.
func Submit(client Handle, operation string, request, options []byte, queue Handle, tag uint64) (Handle, Status, []byte) {
	var out C.kei_op
	var answer C.kei_buf
	status := C.kei_submit(C.kei_client(client), text(operation), C.size_t(len(operation)), bytes(request), C.size_t(len(request)),
		chars(options), C.size_t(len(options)), C.kei_queue(queue), C.uint64_t(tag), &out, &answer)
	return Handle(out), Status(status), take(&answer)
}

// Cancel cancels an operation; it does not wait.
func Cancel(operation Handle) Status { return Status(C.kei_op_cancel(C.kei_op(operation))) }

// Subscribe opens a subscription, whose events come to the queue with the tag. Not OK: the bytes are the error object, and no event comes.
func Subscribe(client Handle, operation string, request, options []byte, queue Handle, tag uint64, credit uint32) (Handle, Status, []byte) {
	var out C.kei_sub
	var answer C.kei_buf
	status := C.kei_subscribe(C.kei_client(client), text(operation), C.size_t(len(operation)), bytes(request), C.size_t(len(request)),
		chars(options), C.size_t(len(options)), C.kei_queue(queue), C.uint64_t(tag), C.uint32_t(credit), &out, &answer)
	return Handle(out), Status(status), take(&answer)
}

// Credit lets a subscription deliver so many more items.
func Credit(subscription Handle, more uint32) Status {
	return Status(C.kei_sub_credit(C.kei_sub(subscription), C.uint32_t(more)))
}

// Reply answers a REQUEST event.
func Reply(request Handle, status Status, body []byte) Status {
	return Status(C.kei_reply(C.kei_handle(request), C.kei_status(status), bytes(body), C.size_t(len(body))))
}

// LogAttach has a runtime's log records come to the queue.
func LogAttach(runtime, queue Handle, filter []byte) Status {
	return Status(C.kei_log_attach(C.kei_runtime(runtime), C.kei_queue(queue), chars(filter), C.size_t(len(filter))))
}

// QueueFD is the descriptor that is readable as long as the queue holds events. It is the queue's, and lives as long.
func QueueFD(queue Handle) (uintptr, Status) {
	var fd C.ptrdiff_t
	status := C.kei_queue_fd(C.kei_queue(queue), &fd)
	return uintptr(fd), Status(status)
}

// QueueWait blocks this thread until the queue holds an event, which is answered, or was woken or closed.
func QueueWait(queue Handle) (Event, Status) {
	var event C.kei_event
	event.size = C.sizeof_kei_event
	status := C.kei_queue_next(C.kei_queue(queue), &event, -1)
	if status != C.KEI_OK {
		return Event{}, Status(status)
	}
	return made(&event, take(&event.body)), OK
}

// QueueWake ends one QueueWait.
func QueueWake(queue Handle) Status { return Status(C.kei_queue_wake(C.kei_queue(queue))) }

// Event is something that happened.
type Event struct {
	Kind   uint32
	Level  uint32 // of a log record
	Tag    uint64
	Source Handle
	Status Status
	Body   []byte
}

// Room is memory for drained events.
type Room struct {
	words []uint64 // aligned as the events must be
	event Event    // the one that is handed on, so that none is made for each
}

// NewRoom is room for so many bytes.
func NewRoom(bytes int) *Room { return &Room{words: make([]uint64, (bytes+7)/8)} }

// Bytes is how much room there is.
func (r *Room) Bytes() int { return len(r.words) * 8 }

// Drain takes the events that are there now, as many as fit, and hands each to take, for which it is good until that returns. It answers how many they
// were. The room is wiped of what was in it, since that may be secret. TooSmall: not even one fits; the number is how many bytes it needs.
func (r *Room) Drain(queue Handle, take func(*Event)) (int, Status) {
	var used, count C.size_t
	status := C.kei_queue_drain_packed(C.kei_queue(queue), (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(r.words))), C.size_t(r.Bytes()), &used, &count)
	if status != C.KEI_OK {
		return int(used), Status(status)
	}
	words := r.words
	for range count {
		head := (*C.kei_event)(unsafe.Pointer(unsafe.SliceData(words)))
		body := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(head), C.sizeof_kei_event)), int(head.body.len))
		r.event = made(head, body)
		words = words[head.size/8:]
		take(&r.event)
	}
	r.event = Event{}
	clear(r.words[:used/8])
	return int(count), OK
}

func made(event *C.kei_event, body []byte) Event {
	return Event{Kind: uint32(event.kind), Level: uint32(event.flags), Tag: uint64(event.tag), Source: Handle(event.source),
		Status: Status(event.status), Body: body}
}

// take copies a buffer of the library's and gives it back.
func take(buf *C.kei_buf) []byte {
	if buf.data == nil {
		return nil
	}
	copied := make([]byte, int(buf.len))
	copy(copied, unsafe.Slice((*byte)(unsafe.Pointer(buf.data)), len(copied)))
	C.kei_buf_free(buf)
	return copied
}

func text(s string) *C.char     { return (*C.char)(unsafe.Pointer(unsafe.StringData(s))) }
func chars(b []byte) *C.char    { return (*C.char)(unsafe.Pointer(unsafe.SliceData(b))) }
func bytes(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(b))) }
