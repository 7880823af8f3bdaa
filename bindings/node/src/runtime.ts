// A runtime: an I/O thread of the library's with its logging, audit and metrics. Most programs need none of their own.

import { Log, type LogOptions } from './log.js'
import { Hub, defaultHub } from './hub.js'
import { native, type Handle } from './native.js'
import { misuse } from './error.js'
import type { RuntimeConfig } from './generated/types.js'
import { jsonText } from './json.js'

const forgotten = new FinalizationRegistry<Handle>((handle) => native.close(handle))

/** A runtime of one's own. Clients are made in it by `new Client(configuration, { runtime })`. Belongs to the thread that made it. */
export class Runtime {
  #handle: Handle
  /** @internal */
  readonly hub: Hub

  /** Makes a runtime; a wrong configuration throws. What it leaves out comes from the environment, then from the defaults. */
  constructor(configuration?: RuntimeConfig | string) {
    this.#handle = native.runtimeNew(jsonText(configuration))
    this.hub = new Hub(this.#handle)
    forgotten.register(this, this.#handle, this)
  }

  /** @internal */
  get handle(): Handle {
    if (this.#handle === 0) throw misuse('KEI_E_CLOSED', 'the runtime was closed')
    return this.#handle
  }

  /** Has log records come as events. See {@link Log}. */
  log(options?: Omit<LogOptions, 'runtime'>): Log {
    return new Log({ ...options, runtime: this })
  }

  /**
   * Refuses new work, cancels what runs, waits until its threads have ended, and closes it. Rejects with `KEI_E_DEADLINE` when that took longer than
   * `timeoutMs`, by default 5000; it goes on ending then.
   */
  async shutdown(timeoutMs = 5000): Promise<void> {
    if (this.#handle === 0) return
    await native.shutdown(this.#handle, timeoutMs)
    this.close()
  }

  /** Gives it back, without waiting. It ends when the last of its clients is closed. May be called again. */
  close(): void {
    if (this.#handle === 0) return
    forgotten.unregister(this)
    native.close(this.#handle)
    this.#handle = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }
}

/** Where the clients of a runtime, or of the process's own, get their events. @internal */
export function hubOf(runtime: Runtime | undefined): Hub {
  return runtime ? runtime.hub : defaultHub
}

/**
 * Shuts down the process's own runtime, which all threads share: cancels what runs and waits until its threads have ended. A program need not call this
 * to exit. Rejects with `KEI_E_DEADLINE` when that took longer than `timeoutMs`.
 */
export async function shutdown(timeoutMs = 5000): Promise<void> {
  await native.shutdown(0, timeoutMs)
}
