// A subscription as an async iterator. The library sends no more items than the iterator's user can be expected to take: it has credit for a window of
// them, and is granted more as they are taken.

import { AsyncResource } from 'node:async_hooks'
import { onAbort } from './abort.js'
import { Kind, uncaught } from './drain.js'
import { AbortError, KeiError, fromNative } from './error.js'
import { ERRORS } from './generated/errors.js'
import type { Ended } from './generated/types.js'
import type { Hub, Sink } from './hub.js'
import { native, type Handle } from './native.js'

/** How a subscription is opened, besides the options of a call. `Request` is what a REQUEST event asks, `Reply` what is answered. */
export interface SubscribeHandlers<State = unknown, Request = unknown, Reply = unknown> {
  /** How many items may wait on this side until they are taken; 64 when absent. */
  credit?: number
  /** Grants no credit but what `credit` (0 is allowed then) and {@link Subscription.grant} say. */
  manualCredit?: boolean
  /** Told of changes, such as a connection that was lost. */
  onState?: (state: State) => void
  /** Does what the host is asked for, and answers it. What it throws is answered as a failure; its `message` and `retryable` go with it. */
  onRequest?: (request: Request, context: { signal: AbortSignal }) => Reply | Promise<Reply>
}

interface Waiter {
  resolve(result: string | undefined): void
  reject(error: Error): void
}

/** The state of a subscription, apart from what its user holds, so that one that was forgotten can be closed. */
class Feed implements Sink {
  held = true
  handle: Handle = 0
  readonly finished: Promise<Ended | undefined>
  #items: string[] = []
  #first = 0
  #waiters: Waiter[] = []
  #taken = 0
  #done = false
  #failure: Error | undefined
  #told = false
  #closing = false
  #settle!: Waiter
  #aborter: AbortController | undefined

  constructor(readonly operation: string, readonly window: number, readonly manual: boolean, readonly handlers: SubscribeHandlers<any, any, any>, readonly owner: object, readonly onEnd: () => void) {
    this.finished = new Promise<string | undefined>((resolve, reject) => {
      this.#settle = { resolve, reject }
    }).then((body) => (body === undefined ? undefined : (JSON.parse(body) as Ended)))
    this.finished.catch(() => {})
  }

  event(kind: Kind, source: Handle, body: string): void {
    if (kind === Kind.Item) this.#item(body)
    else if (kind === Kind.State) this.handlers.onState?.(JSON.parse(body))
    else if (kind === Kind.Request) this.#answer(source, body).catch(uncaught)
  }

  ended(status: number, body: string): void {
    this.#done = true
    this.#aborter?.abort()
    if (status !== 0 && !this.#closing) this.#failure ??= fromNative(status, body)
    if (this.#failure) this.#settle.reject(this.#failure)
    else this.#settle.resolve(status === 0 ? body : undefined)
    for (const waiter of this.#waiters.splice(0)) this.#finish(waiter)
    this.onEnd()
  }

  /** The next item's text; undefined at the end. A failure is told once. */
  next(): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#first < this.#items.length) {
        const item = this.#items[this.#first]!
        this.#items[this.#first++] = ''
        if (this.#first === this.#items.length) {
          this.#items = []
          this.#first = 0
        }
        this.#took()
        resolve(item)
      } else if (this.#done || this.#closing) {
        this.#finish({ resolve, reject })
      } else {
        this.#waiters.push({ resolve, reject })
      }
    })
  }

  /** Ends it; what was not taken is let go. A failure is what `next` then tells. */
  close(failure?: Error): void {
    if (this.#closing || this.#done) {
      this.#items = []
      this.#first = 0
      return
    }
    this.#closing = true
    this.#failure = failure
    this.#items = []
    this.#first = 0
    native.close(this.handle)
    for (const waiter of this.#waiters.splice(0)) this.#finish(waiter)
  }

  #item(body: string): void {
    if (this.#closing) return
    const waiter = this.#waiters.shift()
    if (waiter) {
      this.#took()
      waiter.resolve(body)
    } else {
      this.#items.push(body)
    }
  }

  /** Grants credit for what was taken, half a window at a time. */
  #took(): void {
    if (this.manual || ++this.#taken < this.window / 2 || this.#done) return
    native.subCredit(this.handle, this.#taken)
    this.#taken = 0
  }

  #finish(waiter: Waiter): void {
    if (this.#failure && !this.#told) waiter.reject(this.#failure)
    else waiter.resolve(undefined)
    this.#told = true
  }

  /** Has the host do what it is asked for. Whether the answer still mattered is the library's affair: it may have timed out. */
  async #answer(request: Handle, body: string): Promise<void> {
    const { onRequest } = this.handlers
    if (!onRequest) {
      native.reply(request, ERRORS.KEI_E_UNSUPPORTED.number, JSON.stringify({ message: 'the subscription was opened without onRequest' }))
      return
    }
    this.#aborter ??= new AbortController()
    let answer: string
    try {
      answer = JSON.stringify((await onRequest(JSON.parse(body), { signal: this.#aborter.signal })) ?? null)
    } catch (error) {
      const { message, retryable } = error as { message?: unknown, retryable?: unknown }
      const said = { message: typeof message === 'string' ? message : String(error), retryable: retryable === true }
      // The number becomes that of the call that waits for the answer.
      const failed = this.operation === 'auth.serve' ? ERRORS.KEI_E_TOKEN : ERRORS.KEI_E_REJECTED
      native.reply(request, error instanceof KeiError ? error.errno : failed.number, JSON.stringify(said))
      return
    }
    native.reply(request, 0, answer)
  }
}

function credit(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least || value > 0xffffffff) throw new RangeError(`\`${name}\` must be a whole number from ${least} to 4294967295, not ${String(value)}`)
}

const forgotten = new FinalizationRegistry<Feed>((feed) => feed.close())

/**
 * What a subscription yields. It is iterated once, by `for await`, and ends with the loop; `close`, `return` and `await using` end it as well. An open
 * subscription keeps the process alive, unless `unref` was called.
 */
export class Subscription<Item> implements AsyncIterableIterator<Item> {
  /**
   * How it ended: what the library says at a good end, undefined when it was closed by this side. Rejects with what went wrong; that is told to
   * whoever iterates, too, so nobody needs to look here.
   */
  readonly finished: Promise<Ended | undefined>
  readonly #feed: Feed
  readonly #hub: Hub
  readonly #parse: (text: string) => Item

  /** @internal */
  constructor(hub: Hub, client: { readonly handle: Handle, serves(feed: object, subscription: object | undefined): void }, operation: string,
              request: string | undefined, options: string | undefined, handlers: SubscribeHandlers<any, any, any>, signal: AbortSignal | undefined, parse: (text: string) => Item) {
    if (signal?.aborted) throw new AbortError(signal)
    const manual = handlers.manualCredit === true
    const window = handlers.credit ?? (manual ? 0 : 64)
    credit('credit', window, manual ? 0 : 1)
    const bound = {
      onState: handlers.onState && AsyncResource.bind(handlers.onState),
      onRequest: handlers.onRequest && AsyncResource.bind(handlers.onRequest),
    }
    let unlisten: (() => void) | undefined
    const feed: Feed = new Feed(operation, window, manual, bound, client, () => {
      unlisten?.()
      client.serves(feed, undefined)
    })
    feed.handle = hub.subscribe(client.handle, operation, request, options, window, feed)
    this.#feed = feed
    this.#hub = hub
    this.#parse = parse
    this.finished = feed.finished
    if (signal) unlisten = onAbort(signal, () => feed.close(new AbortError(signal)))
    // One with handlers works without anybody holding it; it lasts as long as its client. Others are closed when they are forgotten.
    if (handlers.onRequest || handlers.onState) client.serves(feed, this)
    else forgotten.register(this, feed)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The next item. Rejects once with what went wrong, or with an AbortError; `done` from then on. */
  async next(): Promise<IteratorResult<Item, undefined>> {
    const text = await this.#feed.next()
    return text === undefined ? { done: true, value: undefined } : { done: false, value: this.#parse(text) }
  }

  /** Ends it, and waits for that. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close()
    await this.finished.catch(() => {})
    return { done: true, value: undefined }
  }

  /** Ends it without waiting. May be called again. */
  close(): void {
    this.#feed.close()
  }

  /** Lets so many more items come; for subscriptions with `manualCredit`. Without effect once it has ended. */
  grant(count: number): void {
    credit('count', count, 1)
    native.subCredit(this.#feed.handle, count)
  }

  /** Has it keep the process alive, as it does from the start. */
  ref(): this {
    this.#hub.keep(this.#feed, true)
    return this
  }

  /** Has it not keep the process alive. */
  unref(): this {
    this.#hub.keep(this.#feed, false)
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
