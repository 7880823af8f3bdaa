// Log records as events, so that they go where the program's own go.

import { EventEmitter } from 'node:events'
import { Drain } from './drain.js'
import type { LogLevel, LogLevelsRequest } from './generated/types.js'
import { native } from './native.js'
import type { Runtime } from './runtime.js'

/** A log record: JSON with secrets masked. */
export interface LogRecord {
  /** RFC 3339, in UTC, with microseconds. */
  timestamp: string
  /** In small letters, as the options have it. */
  level: Exclude<LogLevel, 'off'>
  /** Which part says it, for example `kei_agent::auth`. */
  target: string
  message: string
  correlation_id?: string
  [field: string]: unknown
}

/** Anything with a method for each level, such as the console. */
export type Logger = { [level in Exclude<LogLevel, 'off' | 'trace'>]: (message: string, record: LogRecord) => unknown } & { trace?: (message: string, record: LogRecord) => unknown }

/** Which records come, and where to. */
export interface LogOptions extends LogLevelsRequest {
  /** Whose records; the process's own runtime when absent. */
  runtime?: Runtime
  /** Gets each record, by the method of its level: `logger.warn(record.message, record)`. */
  logger?: Logger
}

interface LogEvents {
  record: [record: LogRecord]
}

// By the number that comes with the event.
const LEVELS = ['error', 'error', 'warn', 'info', 'debug', 'trace'] as const

/**
 * The log records of a runtime, as `record` events, until it is closed. They come besides where the configuration sends them. It does not keep the process
 * alive.
 */
export class Log extends EventEmitter<LogEvents> {
  readonly #drain: Drain

  constructor({ runtime, logger, ...filter }: LogOptions = {}) {
    super()
    const handle = runtime ? runtime.handle : 0
    this.#drain = new Drain(handle, (_kind, _tag, _source, _status, flags, body) => {
      const record = JSON.parse(body) as LogRecord
      record.level = LEVELS[flags] ?? 'trace'
      const log = logger?.[record.level] ?? logger?.debug
      log?.call(logger, record.message, record)
      this.emit('record', record)
    })
    try {
      native.logAttach(handle, this.#drain.queue, Object.keys(filter).length > 0 ? JSON.stringify(filter) : undefined)
    } catch (error) {
      this.#drain.close()
      throw error
    }
  }

  /** Ends it. May be called again. */
  close(): void {
    this.#drain.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
