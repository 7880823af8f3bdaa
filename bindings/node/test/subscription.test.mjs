import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { AbortError, KeiError } from '../dist/index.mjs'
import { ask, fresh, tested, until } from './support.mjs'

beforeEach(fresh)

let topics = 0
const topic = () => `node-${process.pid}-${++topics}`

/** A subscription that is live already. */
async function live(client, name, options = {}) {
  let subscription
  await new Promise((resolve, reject) => {
    subscription = client.stream.subscribe({ topic: name }, { ...options, onState: (state) => (state.state === 'live' ? resolve() : options.onState?.(state)) })
    subscription.finished.catch(reject)
  })
  return subscription
}

const publish = (name, count) => ask('POST', '/_dev/stream', { publish: { topic: name, count } })

tested('items come in their order, and leaving the loop ends the subscription', async (client) => {
  const name = topic()
  const subscription = await live(client, name)
  for (let number = 0; number < 200; number++) await client.stream.publish({ topic: name, data: { number } })
  const seen = []
  for await (const { data } of subscription) {
    seen.push(data.number)
    if (seen.length === 200) break
  }
  assert.deepEqual(seen, Array.from({ length: 200 }, (_, number) => number))
  assert.equal(await subscription.finished, undefined)
  assert.deepEqual(await subscription.next(), { done: true, value: undefined })
  await until('the platform knows of no subscription', async () => !JSON.stringify(await ask('GET', '/_dev/stream')).includes(name))
})

tested('no more items come than there is credit for', async (client) => {
  const name = topic()
  const subscription = await live(client, name, { credit: 4, buffer: 2, overflow: 'fail' })
  await publish(name, 10)
  await assert.rejects(subscription.finished, { code: 'KEI_E_OVERFLOW' })
  let taken = 0
  await assert.rejects(async () => { for await (const _ of subscription) taken++ }, { code: 'KEI_E_OVERFLOW' })
  assert.equal(taken, 4)
})

tested('credit is granted as items are taken, however few it is for', async (client) => {
  for (const credit of [1, 2, 3]) {
    const name = topic()
    const subscription = await live(client, name, { credit })
    await publish(name, 20)
    let taken = 0
    for await (const _ of subscription) if (++taken === 20) break
    assert.equal(taken, 20)
  }
})

tested('with credit by hand, so many come as were granted', async (client) => {
  const name = topic()
  const subscription = await live(client, name, { manualCredit: true })
  await publish(name, 5)
  subscription.grant(2)
  await subscription.next()
  await subscription.next()
  const third = subscription.next()
  assert.equal(await Promise.race([third, client.plan({ objective: 'x' }).then(() => 'none')]), 'none')
  subscription.grant(1)
  assert.equal((await third).done, false)
  await subscription.return()
})

tested('a wrong credit is refused', (client) => {
  for (const credit of [0, -1, 1.5, 2 ** 32, 'x']) assert.throws(() => client.stream.subscribe({ topic: 't' }, { credit }), RangeError)
})

tested('several calls of next get the items in turn, and all end', async (client) => {
  const name = topic()
  const subscription = await live(client, name)
  const four = [1, 2, 3, 4].map(() => subscription.next())
  await client.stream.publish({ topic: name, data: 'a' })
  await client.stream.publish({ topic: name, data: 'b' })
  assert.equal((await four[0]).value.data, 'a')
  assert.equal((await four[1]).value.data, 'b')
  await subscription.return()
  assert.deepEqual(await Promise.all(four.slice(2)), [{ done: true, value: undefined }, { done: true, value: undefined }])
})

tested('raw items are texts, with their numbers as they came', async (client) => {
  const name = topic()
  const subscription = await live(client, name, { raw: true })
  await client.stream.publish(`{"topic":"${name}","data":12345678901234567890}`)
  const { value } = await subscription.next()
  assert.match(value, /12345678901234567890/)
  await subscription.return()
})

tested('a signal that is aborted ends the loop with an AbortError', async (client) => {
  const aborter = new AbortController()
  const subscription = await live(client, topic(), { signal: aborter.signal })
  const loop = (async () => { for await (const _ of subscription); })()
  aborter.abort()
  await assert.rejects(loop, AbortError)
  await assert.rejects(subscription.finished, AbortError)
  assert.throws(() => client.stream.subscribe({ topic: 't' }, { signal: aborter.signal }), AbortError)
})

tested('a failure is told to the loop, once', async (client) => {
  const subscription = await live(client, topic())
  const next = subscription.next()
  client.close()
  await assert.rejects(next, { code: 'KEI_E_CLOSED' })
  assert.equal((await subscription.next()).done, true)
  await assert.rejects(subscription.finished, KeiError)
})

tested('a topic that is forbidden ends with the platform\'s error', async (client) => {
  await assert.rejects(async () => { for await (const _ of client.stream.subscribe({ topic: 'private.x' })); }, KeiError)
})

tested('a connection that is lost is told by a state, and the items go on', async (client) => {
  const name = topic()
  const states = []
  const lives = () => states.filter((state) => state === 'live').length
  const subscription = client.stream.subscribe({ topic: name }, { onState: ({ state }) => states.push(state) })
  await until('it is live', () => lives() === 1)
  await ask('POST', '/_dev/stream', { drop: true })
  await until('it is live again', () => lives() === 2)
  await client.stream.publish({ topic: name, data: 1 })
  assert.equal((await subscription.next()).value.data, 1)
  assert.ok(states.includes('reconnecting'))
  await subscription.return()
})

const hosted = { auth: { type: 'host' } }

/** A token for a host to give. */
async function token() {
  const { KEI_OIDC_ISSUER: issuer, KEI_OIDC_CLIENT_ID: id, KEI_OIDC_CLIENT_SECRET: secret } = process.env
  const answer = await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` }, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'kei.agent' }) })
  return answer.json()
}

tested('a request is answered by the handler, without anybody holding the subscription', async (client) => {
  const asked = []
  client.auth.serve({}, { onRequest: async (request, { signal }) => {
    asked.push([request.request, signal.aborted])
    const { access_token, expires_in } = await token()
    return { access_token, expires_in }
  } })
  assert.ok((await client.plan({ objective: 'compute 1 + 1' })).plan_id)
  assert.deepEqual(asked, [['token', false]])
}, hosted)

tested('what the handler throws is what the call fails with', async (client) => {
  client.auth.serve({}, { onRequest: () => { throw new Error('the vault is sealed') } })
  await assert.rejects(client.plan({ objective: 'x' }), (error) => error instanceof KeiError && error.category === 'auth' && error.message.includes('the vault is sealed'))
}, hosted)

tested('a subscription without a handler refuses requests at once', async (client) => {
  const subscription = client.auth.serve()
  await assert.rejects(client.plan({ objective: 'x' }), /onRequest/)
  await subscription.return()
}, hosted)
