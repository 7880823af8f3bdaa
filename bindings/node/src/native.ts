// Finds and loads the prebuilt library of this platform, and says what its functions take and answer.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fromNative } from './error.js'

/** A number that stands for something the library keeps; always below 2^53. */
export type Handle = number

/** Something that the event loop watches a queue with. Opaque. */
export type Watch = object

/** The functions of `native/addon.c`. What fails throws a KeiError; functions that answer a status never throw. */
interface Native {
  init(makeError: (status: number, text: string | undefined) => Error): void
  version(): string
  runtimeNew(configuration: string | undefined): Handle
  clientNew(runtime: Handle, configuration: string | undefined): Handle
  queueNew(runtime: Handle): Handle
  close(handle: Handle): number
  callSync(client: Handle, operation: string, request: string | undefined, options: string | undefined): string
  submit(client: Handle, operation: string, request: string | undefined, options: string | undefined, queue: Handle, tag: number): Handle
  opCancel(operation: Handle): number
  subscribe(client: Handle, operation: string, request: string | undefined, options: string | undefined, queue: Handle, tag: number, credit: number): Handle
  subCredit(subscription: Handle, count: number): number
  reply(request: Handle, status: number, body: string | undefined): number
  logAttach(runtime: Handle, queue: Handle, filter: string | undefined): void
  drain(queue: Handle, memory: BigUint64Array): number
  watch(queue: Handle, callback: () => void): Watch
  watchRef(watch: Watch, alive: boolean): void
  watchClose(watch: Watch): void
  shutdown(runtime: Handle, timeoutMs: number): Promise<void>
}

function load(): Native {
  const prebuilds = join(__dirname, '..', 'prebuilds')
  const folder = join(prebuilds, `${process.platform}-${process.arch}`)
  const files = [join(folder, 'kei_agent.node'), join(folder, process.platform === 'darwin' ? 'libkei_agent.1.dylib' : 'libkei_agent.so.1')]
  const missing = files.filter((file) => !existsSync(file))
  if (missing.length > 0) {
    const there = existsSync(prebuilds) ? readdirSync(prebuilds).join(', ') : ''
    throw unloadable(`kei-agent has no library for ${process.platform}-${process.arch}: looked for ${missing.join(' and ')}. This package has libraries for: ${there || 'no platform'}.`)
  }
  try {
    return require(files[0]!) as Native
  } catch (error) {
    throw unloadable(`kei-agent's library cannot be loaded from ${files[0]}: ${(error as Error).message}. It needs glibc 2.34 or newer on Linux.`, error)
  }
}

function unloadable(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code: 'KEI_E_LIBRARY' })
}

/** The library, loaded once for each thread. */
export const native: Native = load()
native.init(fromNative)
