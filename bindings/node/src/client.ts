// A client: a configuration with its connections and its token, and the calls that go by it.

import { AbortError, fromNative, misuse } from './error.js'
import { httpFetch } from './fetch.js'
import type { CallOperation, Operations, SubscribeOperation, Subscriptions } from './generated/map.js'
import { TypedClient } from './generated/client.js'
import type { CallMeta, CallOptions as WireOptions, ClientConfig } from './generated/types.js'
import type { Hub } from './hub.js'
import { jsonText, jsonValue } from './json.js'
import { native, type Handle } from './native.js'
import { hubOf, type Runtime } from './runtime.js'
import { Subscription, type SubscribeHandlers } from './subscription.js'

/** The options of a call: those of the library, under their names there, and what JavaScript adds. */
export interface CallOptions extends WireOptions {
  /** Cancels the call when it is aborted: the promise rejects at once, with an {@link AbortError}. */
  signal?: AbortSignal
  /** Answers the JSON text as it came, byte for byte, so that numbers beyond 2^53 stay what they are. */
  raw?: boolean
}

/** The options of a synchronous call, which no signal can reach. */
export type SyncOptions = Omit<CallOptions, 'signal'>

/** The options of a subscription. */
export interface SubscribeOptions<State = unknown, Request = unknown, Reply = unknown> extends CallOptions, SubscribeHandlers<State, Request, Reply> {}

/** An answer with `meta: true`. */
export interface WithMeta<Answer> {
  result: Answer
  meta: CallMeta
}

/** What a call with these options answers. */
export type Answered<Answer, Options> = Options extends { raw: true } ? string : Options extends { meta: true } ? WithMeta<Answer> : Answer

/** A request: an object, or its JSON text, which is sent on as it is. */
export type RequestOf<Request> = Request | string

/** The name of an operation that this version does not list, as a newer library may have. A listed one is held to its types. */
export type Unlisted<Name extends string> = Name extends CallOperation | SubscribeOperation ? never : Name

interface Held {
  handle: Handle
  hub: Hub
}

function close({ handle, hub }: Held): void {
  native.close(handle)
  hub.left()
}

const forgotten = new FinalizationRegistry<Held>(close)

/** Stops at arguments that no type checker has seen. */
function check(operation: unknown, signal: unknown): void {
  if (typeof operation !== 'string') throw new TypeError(`\`operation\` must be a string, not ${typeof operation}`)
  if (signal != null && !(typeof signal === 'object' && 'aborted' in signal)) throw new TypeError('`signal` must be an AbortSignal')
}

/** The library's options of those given; undefined when there are none, which saves reading them. */
function wire(options: SubscribeOptions<any, any, any> | undefined): string | undefined {
  if (options == null) return undefined
  const { signal, raw, credit, manualCredit, onState, onRequest, ...rest } = options
  for (const _ in rest) return JSON.stringify(rest)
  return undefined
}

/**
 * A client of the platform. It belongs to the thread that made it; others make their own, which share the token if the configuration is the same. An idle
 * client does not keep the process alive, and one that was forgotten is closed.
 */
export class Client extends TypedClient {
  #held: Held | undefined
  readonly #serving = new Map<object, object>()

  /**
   * Makes a client; nothing is sent yet. What the configuration leaves out comes from the environment (`KEI_API_URL`, …), then from the defaults. A wrong
   * one throws a {@link KeiError} that says what would be right.
   */
  constructor(configuration?: ClientConfig | string, { runtime }: { runtime?: Runtime } = {}) {
    super()
    this.#held = { handle: native.clientNew(runtime ? runtime.handle : 0, jsonText(configuration)), hub: hubOf(runtime) }
    this.#held.hub.joined()
    forgotten.register(this, this.#held, this)
  }

  /** Runs an operation. Rejects with a {@link KeiError}, or an {@link AbortError} when the signal was aborted. */
  async call<Name extends CallOperation, Options extends CallOptions>(operation: Name, request?: RequestOf<Operations[Name]['request']>, options?: Options): Promise<Answered<Operations[Name]['answer'], Options>>
  async call<Name extends string, Options extends CallOptions>(operation: Unlisted<Name>, request?: object | string, options?: Options): Promise<Answered<any, Options>>
  async call(operation: string, request?: object | string, options?: CallOptions): Promise<unknown> {
    const signal = options?.signal
    check(operation, signal)
    if (signal?.aborted) throw new AbortError(signal)
    const { handle, hub } = this.#open()
    const { status, body, aborted } = await hub.submit(this, handle, operation, jsonText(request), wire(options), signal)
    // Errors are made here, so that their stack is that of the caller who awaits.
    if (aborted) throw new AbortError(signal!)
    if (status !== 0) throw fromNative(status, body)
    return options?.raw ? body : jsonValue(body)
  }

  /**
   * Runs an operation and waits for it, with the event loop and all else of this thread standing still: for scripts and start-up, not for servers. What
   * this thread itself has to answer, a handler of REQUEST events, cannot be asked meanwhile.
   */
  callSync<Name extends CallOperation, Options extends SyncOptions>(operation: Name, request?: RequestOf<Operations[Name]['request']>, options?: Options): Answered<Operations[Name]['answer'], Options>
  callSync<Name extends string, Options extends SyncOptions>(operation: Unlisted<Name>, request?: object | string, options?: Options): Answered<any, Options>
  callSync(operation: string, request?: object | string, options?: SyncOptions): unknown {
    check(operation, undefined)
    const body = native.callSync(this.#open().handle, operation, jsonText(request), wire(options))
    return options?.raw ? body : jsonValue(body)
  }

  /** Opens a subscription, to be iterated by `for await`. Throws when it cannot be opened. */
  subscribe<Name extends SubscribeOperation, Options extends SubscribeOptions<Subscriptions[Name]['state'], Subscriptions[Name]['asked'], Subscriptions[Name]['reply']>>(operation: Name, request?: RequestOf<Subscriptions[Name]['request']>, options?: Options): Subscription<Options extends { raw: true } ? string : Subscriptions[Name]['item']>
  subscribe<Name extends string, Options extends SubscribeOptions<any, any, any>>(operation: Unlisted<Name>, request?: object | string, options?: Options): Subscription<Options extends { raw: true } ? string : any>
  subscribe(operation: string, request?: object | string, options?: SubscribeOptions<any, any, any>): Subscription<unknown> {
    check(operation, options?.signal)
    const { handle, hub } = this.#open()
    const serves = (feed: object, subscription: object | undefined) => {
      if (subscription) this.#serving.set(feed, subscription)
      else this.#serving.delete(feed)
    }
    return new Subscription(hub, { handle, serves }, operation, jsonText(request), wire(options), options ?? {}, options?.signal, options?.raw ? (text) => text : jsonValue)
  }

  /**
   * `fetch`, by way of `http.request`: with the client's token, retries, breaker and logging. A path that begins with a slash is the platform's; whole URLs
   * must be on the platform or an origin in `http.allowed_origins`. What may pass is tried again; what the server says in the end
   * is the answer, whatever its status. Where there is none it rejects with a {@link KeiError}. Bodies are read whole, and JSON in an answer is written anew.
   */
  fetch(input: string | URL | Request, init?: RequestInit, options?: Omit<WireOptions, 'meta'>): Promise<Response> {
    return httpFetch(this, input, init, options)
  }

  /** Ends what is in flight, with `KEI_E_CLOSED`, and gives the client back. May be called again; other calls throw from now on. */
  close(): void {
    if (!this.#held) return
    forgotten.unregister(this)
    close(this.#held)
    this.#held = undefined
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #open(): Held {
    if (!this.#held) throw misuse('KEI_E_CLOSED', 'the client was closed')
    return this.#held
  }
}
