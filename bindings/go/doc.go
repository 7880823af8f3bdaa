// Package kei is a client for agents: it takes care of tokens, retries and logging, by way of libkei_agent, a native library.
//
// A [Client] has a method for each operation of the library, such as [Client.Plan] and [Client.HTTPRequest], and [Client.Call], which takes any operation by its
// name and JSON as it is:
//
//	client, err := kei.New(kei.ClientConfig{BaseURL: "https://kei.example.com"})
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	plan, err := client.Plan(ctx, kei.PlanRequest{Objective: "compute 6 * 7"})
//
// # Contexts
//
// Every call takes a context. Its deadline is the call's, over tokens, retries and waits together; its end cancels the operation in the library.
//
// # Errors
//
// Errors are [*Error]. errors.Is compares them with a [Code] such as [ErrRateLimited], a [Category] such as [CategoryTransport], and with
// [context.DeadlineExceeded], [context.Canceled] and [os.ErrClosed] where these mean the same.
//
// # Goroutines, threads, lifetime
//
// Everything here may be used from any goroutine. A runtime's events are drained by one goroutine, which waits in Go's network poller; no call holds a thread,
// C never calls Go, and nothing that Go passes is kept by C. Clients, subscriptions and runtimes are given back by Close, in any order; one that is
// forgotten is given back when the garbage collector finds it. A process may exit while they are busy, and start other programs: these inherit nothing.
//
// # Building
//
// The package needs cgo, the library and its header. pkg-config finds them; the build tag kei_flags takes CGO_CFLAGS and CGO_LDFLAGS instead, and
// kei_static links the static library. See the README.
package kei
