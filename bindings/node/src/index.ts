/// <reference lib="esnext.disposable" preserve="true" />
// What the package offers.

export { Client } from './client.js'
export type { Answered, CallOptions, RequestOf, SubscribeOptions, SyncOptions, Unlisted, WithMeta } from './client.js'
export { AbortError, KeiError } from './error.js'
export type { ErrorCategory } from './error.js'
export { Log } from './log.js'
export type { Logger, LogOptions, LogRecord } from './log.js'
export { Runtime, shutdown } from './runtime.js'
export { Subscription } from './subscription.js'
export type { SubscribeHandlers } from './subscription.js'
export { ERRORS } from './generated/errors.js'
export type { ErrorName } from './generated/errors.js'
export type * from './generated/types.js'
export { version } from './version.js'
