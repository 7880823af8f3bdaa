import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { getEventListeners } from 'node:events'
import { beforeEach, test } from 'node:test'
import { inspect } from 'node:util'
import { AbortError, Client, ERRORS, KeiError, Runtime } from '../dist/index.mjs'
import { ask, fresh, tested, until } from './support.mjs'

beforeEach(fresh)

const echo = (client, params, options) => client.rpc.call({ method: 'echo', params }, { idempotent: true, ...options })

/** Whether a request for a path has arrived at the platform. */
const arrived = async (path) => JSON.stringify(await ask('GET', '/_dev/requests')).includes(path)

tested('a call answers what the platform answers, typed or by name', async (client) => {
  const plan = await client.plan({ objective: 'compute 6 * 7' })
  assert.equal(plan.steps[0].action, 'math.evaluate')
  const act = await client.call('act', { action: 'math.evaluate', parameters: { expression: '6*7' } })
  assert.equal(act.result.value, 42)
})

tested('64 calls at once each get their own answer', async (client) => {
  const answers = await Promise.all(Array.from({ length: 64 }, (_, number) => echo(client, { number })))
  assert.deepEqual(answers.map(({ number }) => number), Array.from({ length: 64 }, (_, number) => number))
})

tested('a synchronous call answers, and throws', (client) => {
  assert.deepEqual(client.callSync('rpc.call', { method: 'echo', params: { a: 1 } }), { a: 1 })
  assert.throws(() => client.callSync('rpc.call', { method: 'none' }), (error) => error instanceof KeiError && error.code === 'KEI_E_NOT_FOUND' && error.httpStatus === 404)
})

tested('raw texts pass byte for byte, numbers beyond 2^53 included', async (client) => {
  const text = '{"big":12345678901234567890,"text":"ä€😀"}'
  const request = `{"method":"echo","params":${text}}`
  assert.equal(await client.rpc.call(request, { raw: true }), text)
  assert.equal(client.callSync('rpc.call', request, { raw: true }), text)
})

tested('answers larger than the memory that events are taken into come whole', async (client) => {
  const texts = [70_000, 1_000_000, 10, 900_000].map((size) => 'ä'.repeat(size))
  const answers = await Promise.all(texts.map((text) => echo(client, { text })))
  assert.ok(answers.every(({ text }, index) => text === texts[index]))
})

tested('an error says what the library says', async (client) => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', status: 429, retry_after: '120', times: 1 })
  const error = await client.plan({ objective: 'x' }, { correlation_id: 'node-test-1' }).catch((failed) => failed)
  assert.ok(error instanceof KeiError && error instanceof Error)
  assert.equal(error.name, 'KeiError')
  assert.equal(error.code, 'KEI_E_RATE_LIMITED')
  assert.equal(error.errno, ERRORS.KEI_E_RATE_LIMITED.number)
  assert.equal(error.category, 'protocol')
  assert.equal(error.httpStatus, 429)
  assert.equal(error.correlationId, 'node-test-1')
  assert.equal(error.retryable, true)
  assert.ok(error.retryAfterMs > 100_000)
  assert.equal(error.attempts, 1)
})

tested('the stack of an error leads to whoever awaits the call', async (client) => {
  async function whoCalled() {
    await client.rpc.call({ method: 'none' })
  }
  const error = await whoCalled().catch((failed) => failed)
  assert.match(error.stack, /whoCalled/)
})

tested('with meta, a call that was retried tells of its attempts', async (client) => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', status: 503, times: 2 })
  const { result, meta } = await client.plan({ objective: 'compute 1 + 1' }, { meta: true })
  assert.ok(result.plan_id)
  assert.equal(meta.attempts, 3)
})

tested('an unknown option, a wrong request and an unknown operation are refused, and nothing is sent', async (client) => {
  await assert.rejects(client.plan({ objective: 'x' }, { timeout: 5 }), { code: 'KEI_E_OPTIONS', message: /timeout/ })
  await assert.rejects(client.plan({}), { code: 'KEI_E_REQUEST', message: /objective/ })
  await assert.rejects(client.call('plam', {}), { code: 'KEI_E_UNKNOWN_OPERATION' })
  assert.equal(await arrived('/rpc/'), false)
})

tested('what JSON cannot say rejects, and leaves nothing behind', async (client) => {
  await assert.rejects(echo(client, { big: 1n }), TypeError)
  const loop = {}
  loop.loop = loop
  await assert.rejects(echo(client, loop), TypeError)
  assert.deepEqual(await echo(client, { fine: true }), { fine: true })
})

tested('arguments of a wrong type are named', async (client) => {
  await assert.rejects(client.call(undefined, {}), { name: 'TypeError', message: '`operation` must be a string, not undefined' })
  await assert.rejects(client.call('plan', 5), { code: 'KEI_E_REQUEST' })
  await assert.rejects(client.call('plan', { objective: 'x' }, { signal: 5 }), { name: 'TypeError', message: /`signal` must be an AbortSignal/ })
  assert.throws(() => client.callSync(5), TypeError)
  assert.throws(() => client.subscribe(5), TypeError)
  assert.throws(() => new Client(5), { code: 'KEI_E_CONFIG' })
  assert.ok((await client.plan({ objective: 'x' }, null)).plan_id)
})

test('a wrong configuration throws where it is given, and names the field', () => {
  assert.throws(() => new Client({ base_url: 'http://127.0.0.1:1', auth: { type: 'none' }, retry: { max_attempts: 0 } }), { code: 'KEI_E_CONFIG', message: /max_attempts/ })
  assert.throws(() => new Client({ base_ur: 'x' }), { code: 'KEI_E_CONFIG_UNKNOWN_KEY', message: /base_url/ })
  assert.throws(() => new Runtime({ log: { level: 'loud' } }), { code: 'KEI_E_CONFIG', message: /level/ })
  assert.throws(() => new Client('{'), { code: 'KEI_E_JSON' })
})

tested('a signal that is aborted already sends nothing', async (client) => {
  const reason = new Error('because')
  const error = await echo(client, {}, { signal: AbortSignal.abort(reason) }).catch((failed) => failed)
  assert.ok(error instanceof AbortError && error instanceof KeiError)
  assert.equal(error.name, 'AbortError')
  assert.equal(error.code, 'ABORT_ERR')
  assert.equal(error.cause, reason)
  await client.plan({ objective: 'compute 1 + 1' })
  assert.equal(await arrived('/rpc/echo'), false)
  assert.equal(await arrived('/rpc/plan'), true)
})

tested('aborting ends a call that hangs, and the library lets go of it', async (client) => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', hang: true })
  const aborter = new AbortController()
  const running = client.plan({ objective: 'x' }, { signal: aborter.signal })
  await until('it is in flight', () => client.callSync('kei.info').in_flight === 2)
  aborter.abort()
  await assert.rejects(running, AbortError)
  await until('nothing is in flight', () => client.callSync('kei.info').in_flight === 1)
})

tested('a signal of a timeout is the cause of the AbortError', async (client) => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', hang: true })
  const keep = setTimeout(() => {}, 60_000) // a signal's own timer keeps nothing alive
  const error = await client.plan({ objective: 'x' }, { signal: AbortSignal.timeout(20) }).catch((failed) => failed)
  clearTimeout(keep)
  assert.equal(error.cause.name, 'TimeoutError')
})

tested('a signal that many calls share has one listener, and none when they have ended', async (client) => {
  const aborter = new AbortController()
  const { signal } = aborter
  const listening = () => getEventListeners(signal, 'abort').length
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', hang: true })
  const answered = Array.from({ length: 20 }, (_, number) => echo(client, { number }, { signal }))
  const hanging = Array.from({ length: 20 }, () => client.plan({ objective: 'x' }, { signal }))
  assert.equal(listening(), 1)
  await Promise.all(answered)
  assert.equal(listening(), 1)
  aborter.abort()
  for (const { reason } of await Promise.allSettled(hanging)) assert.ok(reason instanceof AbortError)
  await until('the last has ended', () => listening() === 0)
})

tested('the deadline of a call is an error of its own', async (client) => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', hang: true })
  await assert.rejects(client.plan({ objective: 'x' }, { timeout_ms: 30 }), { code: 'KEI_E_DEADLINE' })
})

test('closing ends what is in flight; a closed client refuses, and may be closed again', async () => {
  const client = new Client()
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', hang: true })
  const running = client.plan({ objective: 'x' })
  client.close()
  client.close()
  client[Symbol.dispose]()
  await assert.rejects(running, { code: 'KEI_E_CLOSED' })
  await assert.rejects(client.plan({ objective: 'x' }), { code: 'KEI_E_CLOSED', message: 'the client was closed' })
  assert.throws(() => client.callSync('kei.info'), { code: 'KEI_E_CLOSED' })
  assert.throws(() => client.stream.subscribe({ topic: 't' }), { code: 'KEI_E_CLOSED' })
})

tested('a call goes on in the context that it was made in', async (client) => {
  const storage = new AsyncLocalStorage()
  const seen = await Promise.all([1, 2, 3].map((number) => storage.run(number, async () => {
    await echo(client, {})
    return storage.getStore()
  })))
  assert.deepEqual(seen, [1, 2, 3])
})

test('nothing secret is in errors, nor in what is shown of a client', async () => {
  const client = new Client({ auth: { client_secret: 'wrong-secret-of-a-test' } })
  const error = await client.plan({ objective: 'x' }).catch((failed) => failed)
  const shown = inspect(client, { depth: 9, showHidden: true }) + inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + JSON.stringify(client)
  client.close()
  assert.ok(error instanceof KeiError, String(error))
  for (const hidden of ['wrong-secret-of-a-test', 'eyJ']) assert.ok(!shown.includes(hidden))
})

test('a runtime of one\'s own: what its clients have in flight ends with its shutdown', async () => {
  const runtime = new Runtime({ log: { level: 'off' } })
  const client = new Client(undefined, { runtime })
  assert.deepEqual(await echo(client, { a: 1 }), { a: 1 })
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', hang: true })
  const running = assert.rejects(client.plan({ objective: 'x' }), { code: 'KEI_E_CLOSED' })
  await runtime.shutdown()
  await running
  await assert.rejects(echo(client, {}), { code: 'KEI_E_CLOSED' })
  await runtime.shutdown()
  client.close()
  assert.throws(() => new Client(undefined, { runtime }), { code: 'KEI_E_CLOSED', message: 'the runtime was closed' })
})
