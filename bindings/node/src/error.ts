// The one type of error, and how it is made of what the library says.

import { ERRORS, type ErrorName } from './generated/errors.js'
import type { ErrorObject } from './generated/types.js'

/** What kind of thing went wrong: the band of the error's number. */
export type ErrorCategory = (typeof ERRORS)[ErrorName]['category'] | 'unknown'

function nameOf(number: number): ErrorName | undefined {
  return (Object.keys(ERRORS) as ErrorName[]).find((name) => ERRORS[name].number === number)
}

/** A failure of the library's. Nothing in it is secret. */
export class KeiError extends Error {
  /** The stable name, for example `KEI_E_TOKEN`; `ABORT_ERR` for an {@link AbortError}. */
  readonly code: string
  /** The stable number, for example 350. */
  readonly errno: number
  /** What kind of thing went wrong. */
  readonly category: ErrorCategory
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** The HTTP status that caused the error. */
  readonly httpStatus: number | undefined
  /** The OAuth error code (RFC 6749 section 5.2). */
  readonly oauthError: string | undefined
  /** The correlation id of the call. */
  readonly correlationId: string | undefined
  /** How many times the request was sent. */
  readonly attempts: number
  /** Further facts, by name. */
  readonly details: Record<string, unknown>

  /** For hosts that refuse a REQUEST event: `code` is an error's number, of those in {@link ERRORS}. */
  constructor(said: Partial<ErrorObject> & { code: number }, options?: ErrorOptions) {
    const name = said.name ?? nameOf(said.code) ?? 'KEI_E_?'
    const known = ERRORS[name as ErrorName] as (typeof ERRORS)[ErrorName] | undefined
    super(said.message ?? known?.message ?? `the library failed with status ${said.code}`, options)
    this.code = name
    this.errno = said.code
    this.category = known?.category ?? 'unknown'
    this.retryable = said.retryable ?? known?.retryable ?? false
    this.retryAfterMs = said.retry_after_ms ?? undefined
    this.httpStatus = said.http_status ?? undefined
    this.oauthError = said.oauth_error ?? undefined
    this.correlationId = said.correlation_id ?? undefined
    this.attempts = said.attempts ?? 0
    this.details = said.details ?? {}
  }
}
Object.defineProperty(KeiError.prototype, 'name', { value: 'KeiError', configurable: true, writable: true })

/** What a call or subscription ends with whose signal was aborted. `cause` is the signal's reason. */
export class AbortError extends KeiError {
  override readonly code = 'ABORT_ERR'

  /** @internal */
  constructor(signal: AbortSignal) {
    super({ code: ERRORS.KEI_E_CANCELLED.number, message: 'The operation was aborted' }, { cause: signal.reason })
  }
}
Object.defineProperty(AbortError.prototype, 'name', { value: 'AbortError', configurable: true, writable: true })

/** An error of this side's own, by its name. @internal */
export function misuse(name: ErrorName, message: string): KeiError {
  return new KeiError({ code: ERRORS[name].number, message })
}

/** What the library says with a failure: an error object, or only its number. @internal */
export function fromNative(status: number, text: string | undefined): KeiError {
  return new KeiError(text ? (JSON.parse(text) as ErrorObject) : { code: status })
}
