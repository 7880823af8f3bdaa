// Where a thread's operations and subscriptions with one runtime get their events: one queue, opened when first needed, closed with the last user of it.

import { onAbort } from './abort.js'
import { Drain, Kind } from './drain.js'
import { native, type Handle } from './native.js'

/** What events of one tag go to. @internal */
export interface Sink {
  /** Whether it keeps the process alive. */
  held: boolean
  /** Takes an event that is not the last. */
  event(kind: Kind, source: Handle, body: string): void
  /** Takes the last event. */
  ended(status: number, body: string): void
}

/** How an operation ended. `aborted` is set when its signal was, before it did. @internal */
export interface Outcome {
  status: number
  body: string
  aborted?: boolean
}

/** An operation and its promise. */
class Operation implements Sink {
  readonly held = true
  #unlisten: (() => void) | undefined

  // `client` is kept from being collected, and so closed, as long as the operation runs.
  constructor(readonly client: object, readonly resolve: (outcome: Outcome) => void) {}

  listen(signal: AbortSignal, handle: Handle): void {
    this.#unlisten = onAbort(signal, () => {
      native.opCancel(handle)
      this.resolve({ status: 0, body: '', aborted: true })
    })
  }

  event(): void {}

  ended(status: number, body: string): void {
    this.#unlisten?.()
    this.resolve({ status, body })
  }
}

/** @internal */
export class Hub {
  readonly #runtime: Handle
  readonly #sinks = new Map<number, Sink>()
  #drain: Drain | undefined
  #users = 0
  #last = 0

  constructor(runtime: Handle) {
    this.#runtime = runtime
  }

  /** Notes a client that may use the hub, until `left`. */
  joined(): void {
    this.#users++
  }

  left(): void {
    this.#users--
    this.#closeIfUnused()
  }

  /** Starts an operation; throws when it cannot be started. */
  submit(client: object, handle: Handle, operation: string, request: string | undefined, options: string | undefined, signal: AbortSignal | undefined): Promise<Outcome> {
    return new Promise((resolve) => {
      const drain = this.#open()
      const tag = ++this.#last
      const sink = new Operation(client, resolve)
      this.#sinks.set(tag, sink)
      drain.hold()
      try {
        const operationHandle = native.submit(handle, operation, request, options, drain.queue, tag)
        if (signal) sink.listen(signal, operationHandle)
      } catch (error) {
        this.#forget(tag)
        drain.release()
        throw error
      }
    })
  }

  /** Opens a subscription; throws when it cannot be opened. */
  subscribe(handle: Handle, operation: string, request: string | undefined, options: string | undefined, credit: number, sink: Sink): Handle {
    const drain = this.#open()
    const tag = ++this.#last
    this.#sinks.set(tag, sink)
    drain.hold()
    try {
      return native.subscribe(handle, operation, request, options, drain.queue, tag, credit)
    } catch (error) {
      this.#forget(tag)
      drain.release()
      throw error
    }
  }

  /** Says whether a sink that has not ended keeps the process alive. */
  keep(sink: Sink, held: boolean): void {
    if (sink.held === held) return
    sink.held = held
    if (held) this.#drain?.hold()
    else this.#drain?.release()
  }

  #open(): Drain {
    return (this.#drain ??= new Drain(this.#runtime, (kind, tag, source, status, _flags, body) => {
      const sink = this.#sinks.get(tag)
      if (kind === Kind.Done || kind === Kind.End) {
        if (!sink) return
        this.#sinks.delete(tag)
        if (sink.held) this.#drain?.release()
        sink.ended(status, body)
        this.#closeIfUnused()
      } else {
        sink?.event(kind, source, body)
      }
    }))
  }

  #forget(tag: number): void {
    this.#sinks.delete(tag)
    this.#closeIfUnused()
  }

  #closeIfUnused(): void {
    if (this.#users > 0 || this.#sinks.size > 0) return
    this.#drain?.close()
    this.#drain = undefined
  }
}

// The hub of the process's own runtime, as this thread uses it.
export const defaultHub = new Hub(0)
