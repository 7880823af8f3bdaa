// `fetch` by way of `http.request`.

import type { Client } from './client.js'
import type { CallOptions } from './generated/types.js'

const NO_BODY = new Set([204, 205, 304])

/** @internal */
export async function httpFetch(client: Client, input: string | URL | Request, init: RequestInit | undefined, options: CallOptions | undefined): Promise<Response> {
  const path = typeof input === 'string' && input.startsWith('/') ? input : undefined
  // A Request knows all the forms that bodies and header fields come in. The platform's address is the library's affair; this one is not sent.
  const asked = new Request(path === undefined ? input : new URL(path, 'http://platform.invalid'), init)
  const request: Record<string, unknown> = { method: asked.method, headers: Object.fromEntries(asked.headers), error_for_status: false }
  if (path === undefined) request['url'] = asked.url
  else request['path'] = path
  if (asked.body) request['body_base64'] = Buffer.from(await asked.arrayBuffer()).toString('base64')
  const answer = await client.call('http.request', request, { ...options, signal: asked.signal })
  const { body, text, body_base64: base64 } = answer
  const content = base64 != null ? Buffer.from(base64, 'base64') : (text ?? (body === undefined ? null : JSON.stringify(body)))
  // What the library has decoded already is not announced as encoded.
  const headers = new Headers(answer.headers)
  headers.delete('content-encoding')
  headers.delete('content-length')
  return new Response(NO_BODY.has(answer.status) ? null : content, { status: answer.status, headers })
}
