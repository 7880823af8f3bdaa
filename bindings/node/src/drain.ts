// One queue of events, emptied on this thread as they come: the event loop watches the queue's descriptor, and takes what is there in one copy.

import { native, type Handle, type Watch } from './native.js'

/** The kinds of events (`KEI_EVENT_…`). */
export const enum Kind {
  Done = 1,
  Item = 2,
  End = 3,
  Request = 4,
  State = 5,
  Log = 6,
}

/** Takes an event. What it throws becomes an uncaught exception and stops no other event. */
export type Receiver = (kind: Kind, tag: number, source: Handle, status: number, flags: number, body: string) => void

// A kei_event: where its fields are, in words of 32 bits, and where its body is, in bytes.
const SIZE = 0, KIND = 1, TAG = 2, SOURCE = 4, STATUS = 8, FLAGS = 9, LENGTH = 12
const BODY = 64
const HIGH = 2 ** 32
const ROOM = 64 * 1024

/** A piece of memory that events are written to, seen in the three ways that they are read. */
class Memory {
  readonly whole: BigUint64Array
  readonly words: Uint32Array
  readonly bytes: Buffer

  constructor(size: number) {
    this.whole = new BigUint64Array(Math.ceil(size / 8))
    this.words = new Uint32Array(this.whole.buffer)
    this.bytes = Buffer.from(this.whole.buffer)
  }
}

// All queues of a thread are emptied one after the other.
const shared = new Memory(ROOM)

/** Reports what a listener of the user's threw, as an event emitter would, without harm to what comes after it. */
export function uncaught(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}

/** A queue and its watch. While something holds it, the process stays alive. @internal */
export class Drain {
  readonly queue: Handle
  readonly #watch: Watch
  readonly #receiver: Receiver
  #holders = 0
  #closed = false

  constructor(runtime: Handle, receiver: Receiver) {
    this.queue = native.queueNew(runtime)
    this.#receiver = receiver
    try {
      this.#watch = native.watch(this.queue, () => this.#empty())
    } catch (error) {
      native.close(this.queue)
      throw error
    }
  }

  /** Has the process stay alive until as many `release`s. */
  hold(): void {
    if (this.#holders++ === 0 && !this.#closed) native.watchRef(this.#watch, true)
  }

  release(): void {
    if (--this.#holders === 0 && !this.#closed) native.watchRef(this.#watch, false)
  }

  /** Closes the queue; events that it still has are let go. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    native.watchClose(this.#watch)
    native.close(this.queue)
  }

  /** Takes what is there now. More is told of in the next turn of the event loop, so that nothing else starves. */
  #empty(): void {
    if (this.#closed) return
    let memory = shared
    let count = native.drain(this.queue, memory.whole)
    if (count < 0) {
      memory = new Memory(-count)
      count = native.drain(this.queue, memory.whole)
    }
    const { words, bytes } = memory
    let at = 0
    for (let event = 0; event < count; event++) {
      const base = at >>> 2
      const body = at + BODY
      const text = bytes.toString('utf8', body, body + words[base + LENGTH]!)
      try {
        this.#receiver(words[base + KIND]!, words[base + TAG]! + words[base + TAG + 1]! * HIGH,
          words[base + SOURCE]! + words[base + SOURCE + 1]! * HIGH, words[base + STATUS]! | 0, words[base + FLAGS]!, text)
      } catch (error) {
        uncaught(error)
      }
      at += words[base + SIZE]!
    }
    // Bodies may hold secrets, which are kept no longer than needed.
    bytes.fill(0, 0, at)
  }
}
