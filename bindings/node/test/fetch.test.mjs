import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { AbortError, KeiError } from '../dist/index.mjs'
import { ask, fresh, tested, url } from './support.mjs'

beforeEach(fresh)

tested('a path is the platform\'s, and the answer is a Response', async (client) => {
  const answer = await client.fetch('/api/v1/health')
  assert.ok(answer instanceof Response)
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type'), /json/)
  assert.equal((await answer.json()).status, 'ok')
})

tested('bodies, header fields and whole URLs go with it, and the token', async (client) => {
  const answer = await client.fetch(new URL('/api/v1/rpc/echo?x=1', url), { method: 'POST', body: JSON.stringify({ a: 'ä' }), headers: { 'Content-Type': 'application/json', 'X-Mine': 'yes' } })
  assert.deepEqual(await answer.json(), { a: 'ä' })
  const arrived = JSON.stringify(await ask('GET', '/_dev/requests'))
  assert.match(arrived, /x-mine/)
  assert.match(arrived, /Bearer/)
})

tested('a Request works as well', async (client) => {
  const answer = await client.fetch(new Request(`${url}/api/v1/rpc/echo`, { method: 'POST', body: '{"b":2}', headers: { 'content-type': 'application/json' } }))
  assert.equal(await answer.text(), '{"b":2}')
})

tested('failures that may pass are retried, and what the server says in the end is the answer', async (client) => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/health', status: 503, times: 2 })
  assert.equal((await client.fetch('/api/v1/health')).status, 200)
  const missing = await client.fetch('/api/v1/nowhere')
  assert.deepEqual([missing.ok, missing.status], [false, 404])
  await ask('POST', '/_dev/faults', { path: '/api/v1/busy', status: 503, retry_after: '0', headers: { 'x-why': 'load' }, body: 'later' })
  const busy = await client.fetch('/api/v1/busy')
  assert.deepEqual([busy.status, busy.headers.get('x-why'), await busy.text()], [503, 'load', 'later'])
})

tested('another origin gets no request', async (client) => {
  await assert.rejects(client.fetch('http://127.0.0.1:9/'), KeiError)
})

tested('a signal aborts it', async (client) => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/health', hang: true })
  const aborter = new AbortController()
  setImmediate(() => aborter.abort())
  await assert.rejects(client.fetch('/api/v1/health', { signal: aborter.signal }), AbortError)
})
