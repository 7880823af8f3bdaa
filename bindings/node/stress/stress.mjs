// Stress: `node --expose-gc stress/stress.mjs CALLS`, with the variables of a platform in a box. Calls with random cancellation from this thread and from eight
// workers, under garbage collection; then workers that are terminated in the middle of calls; then clients and subscriptions that are forgotten. Nothing may
// crash, every call must end, no handle may be left, and memory must not grow. Ends with `N passed, N failed`.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import { AbortError, Client, KeiError } from '../dist/index.mjs'

const calls = Number(process.argv[2] ?? 100_000)
const IN_FLIGHT = 64
let seed = Number(process.env.SEED ?? Date.now() % 2 ** 31) + 7919 * (workerData?.number ?? 0)
const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647

/** One call of some kind, cancelled or not, at some time. Answers how it ended. */
async function one(client, number) {
  const kind = random()
  const aborter = kind < 0.4 ? new AbortController() : undefined
  const padding = 'x'.repeat(Math.floor(random() * (kind < 0.01 ? 100_000 : 500)))
  try {
    const running = kind < 0.9
      ? client.rpc.call({ method: 'echo', params: { number, padding } }, { idempotent: true, signal: aborter?.signal })
      : client.call('kei.info', {}, { signal: aborter?.signal })
    if (kind < 0.1) aborter.abort()
    else if (kind < 0.2) queueMicrotask(() => aborter.abort())
    else if (kind < 0.4) setImmediate(() => aborter.abort())
    const answer = await running
    if (kind < 0.9) assert.equal(answer.number, number)
    return 'answered'
  } catch (error) {
    if (error instanceof AbortError) return 'aborted'
    if (error instanceof KeiError) return error.code
    throw error
  }
}

async function many(count) {
  const client = new Client()
  const ends = {}
  let next = 0
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (next < count) {
      const number = next++
      const end = await one(client, number)
      ends[end] = (ends[end] ?? 0) + 1
      if (number % 5000 === 0) globalThis.gc?.()
    }
  }))
  client.close()
  return ends
}

/** Waits until no handle is left but those of the one that looks. */
async function handles() {
  let left
  for (let tries = 0; tries < 1000; tries++) {
    globalThis.gc()
    await turn()
    const looks = new Client()
    left = looks.callSync('kei.info').handles
    looks.close()
    if (Object.keys(left).length === 1 && left.client === 1) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return left
}

const memory = () => {
  globalThis.gc()
  return process.memoryUsage.rss() / 2 ** 20
}

async function work() {
  if (workerData.kind === 'calls') return parentPort.postMessage(await many(workerData.count))
  // To be terminated: calls in flight, a subscription, a synchronous call now and then.
  const client = new Client()
  const subscription = client.stream.subscribe({ topic: 'stress' })
  void (async () => { for await (const _ of subscription); })().catch(() => {})
  const call = async (number) => { for (;;) await one(client, number++) }
  for (let lane = 0; lane < 16; lane++) void call(lane)
  if (workerData.number % 2) setInterval(() => client.callSync('rpc.call', { method: 'echo', params: {} }), 1)
  parentPort.postMessage('busy')
}

const rows = []
async function check(name, run) {
  try {
    const said = await run()
    rows.push(true)
    console.log(`ok ${name}${said ? `: ${said}` : ''}`)
  } catch (error) {
    rows.push(false)
    console.log(`FAILED ${name}: ${error.stack}`)
  }
}

const start = (data) => new Worker(new URL(import.meta.url), { workerData: data })

async function main() {
  console.log(`seed ${seed}, ${calls} calls`)
  const counted = (ends, count) => {
    const total = Object.values(ends).reduce((sum, number) => sum + number, 0)
    assert.equal(total, count)
    assert.ok(ends.answered > 0 && ends.aborted > 0)
    assert.deepEqual(Object.keys(ends).sort(), ['aborted', 'answered'])
    return JSON.stringify(ends)
  }
  await many(Math.min(calls, 5000))
  let before
  await check('each of the calls of one thread ends once', async () => {
    const half = Math.floor(calls / 4)
    await many(half)
    before = memory()
    return counted(await many(half), half)
  })
  await check('memory does not grow with calls', () => {
    const after = memory()
    assert.ok(after < before + 24, `${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB after`)
    return `${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB after`
  })
  await check('eight workers at once', async () => {
    const count = Math.floor(calls / 16)
    const said = await Promise.all(Array.from({ length: 8 }, async (_, number) => {
      const worker = start({ kind: 'calls', number: number + 1, count })
      const [[ends], [status]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
      assert.equal(status, 0)
      return counted(ends, count)
    }))
    return said[0]
  })
  const rounds = Math.max(4, Math.floor(calls / 2000))
  const terminated = async () => {
    await Promise.all(Array.from({ length: 4 }, async (_, number) => {
      const worker = start({ kind: 'busy', number })
      await once(worker, 'message')
      for (let turns = Math.floor(random() * 40); turns > 0; turns--) await turn()
      await worker.terminate()
    }))
  }
  let warm
  await check('workers terminated in the middle of calls', async () => {
    for (let round = 0; round < rounds; round++) {
      await terminated()
      if (round === rounds >> 1) warm = memory()
    }
    return `${rounds * 4} of them`
  })
  await check('memory does not grow with workers', async () => {
    const after = memory()
    assert.ok(after < warm + 48, `${warm.toFixed(0)} MiB halfway, ${after.toFixed(0)} MiB after`)
    return `${warm.toFixed(0)} MiB halfway, ${after.toFixed(0)} MiB after`
  })
  await check('clients and subscriptions that are forgotten are closed', async () => {
    for (let number = 0; number < 200; number++) {
      const client = new Client()
      if (number % 4 === 0) void client.stream.subscribe({ topic: 'forgotten' })
      if (number % 2) void client.rpc.call({ method: 'echo', params: { number } })
    }
  })
  await check('a process that ends while it is busy does so with its status', async () => {
    const many = Math.max(4, Math.floor(calls / 2000))
    for (let number = 0; number < many; number++) {
      const child = spawn(process.execPath, [fileURLToPath(new URL('leave.mjs', import.meta.url)), Math.floor(random() * 3000)], { stdio: ['ignore', 'inherit', 'inherit'] })
      assert.deepEqual(await once(child, 'close'), [7, null])
    }
    return `${many} of them`
  })
  await check('no handle is left', async () => assert.deepEqual(await handles(), { client: 1 }))
  const good = rows.filter(Boolean).length
  console.log(`${good} passed, ${rows.length - good} failed`)
  process.exitCode = good === rows.length ? 0 : 1
}

await (isMainThread ? main() : work())
