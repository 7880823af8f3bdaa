// What becomes of the process: when it ends, and what it leaves.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ask, fresh, run } from './support.mjs'

beforeEach(fresh)
const folder = mkdtempSync(join(tmpdir(), 'kei-node-'))
after(() => rmSync(folder, { recursive: true }))
const root = fileURLToPath(new URL('..', import.meta.url))

test('an idle client does not keep the process alive', async () => {
  const { status, output } = await run(`
    const client = new kei.Client()
    await client.plan({ objective: 'compute 1 + 1' })
    globalThis.kept = [client, new kei.Client(), new kei.Runtime(), new kei.Log({ level: 'trace' })]`)
  assert.deepEqual([status, output], [0, ''])
})

test('a call keeps the process alive until it is answered', async () => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', latency_ms: 200, times: 1 })
  const { output } = await run(`new kei.Client().plan({ objective: 'compute 1 + 1' }).then(() => console.log('answered'))`)
  assert.equal(output, 'answered\n')
})

test('a promise goes on with its event, not with the next that Node has', async () => {
  const { output } = await run(`
    const timer = setTimeout(() => console.log('only with the timer'), 20_000)
    const client = new kei.Client()
    await client.call('kei.info')
    await client.call('kei.info')
    clearTimeout(timer)
    console.log('at once')`)
  assert.equal(output, 'at once\n')
})

test('an open subscription keeps the process alive, one without a reference does not', async () => {
  const { status, output } = await run(`
    const client = new kei.Client()
    const subscription = client.stream.subscribe({ topic: 't' })
    setTimeout(() => { console.log('still here'); subscription.unref().ref().unref().unref() }, 100).unref()
    globalThis.kept = subscription`)
  assert.deepEqual([status, output], [0, 'still here\n'])
})

test('process.exit while busy ends at once, with its status', async () => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', hang: true })
  const { status, output } = await run(`
    const client = new kei.Client()
    for (let number = 0; number < 200; number++) client.plan({ objective: 'x' }).catch(() => {})
    for (let number = 0; number < 2000; number++) client.call('kei.info').catch(() => {})
    globalThis.kept = client.stream.subscribe({ topic: 't' })
    setTimeout(() => process.exit(7), 30)`)
  assert.deepEqual([status, output], [7, ''])
})

test('an uncaught exception while busy ends the process as ever', async () => {
  const { status, output } = await run(`
    const client = new kei.Client()
    client.call('kei.info').then(() => { throw new Error('on purpose') })
    for (let number = 0; number < 2000; number++) client.call('kei.info')`)
  assert.equal(status, 1, output)
  assert.match(output, /on purpose/)
})

const workers = `
  import { Worker } from 'node:worker_threads'
  import { once } from 'node:events'
  const head = 'const kei = require(' + ${JSON.stringify(JSON.stringify(join(root, 'dist/index.js')))} + '); const { parentPort } = require("node:worker_threads");'
  const start = (source) => new Worker(head + source, { eval: true, execArgv: [] })
  const handles = async () => {
    let last
    for (let tries = 0; tries < 1000; tries++) {
      const client = new kei.Client()
      last = client.callSync('kei.info').handles
      client.close()
      if (Object.values(last).length === 1 && last.client === 1) return 'none left'
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return JSON.stringify(last)
  }`

test('a worker that is terminated in the middle of calls leaves no handle', async () => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', hang: true })
  const { status, output } = await run(`${workers}
    for (let round = 0; round < 5; round++) {
      const worker = start(\`
        const client = new kei.Client(), runtime = new kei.Runtime(), other = new kei.Client(undefined, { runtime })
        for (const one of [client, other]) for (let number = 0; number < 20; number++) one.plan({ objective: 'x' }).catch(() => {})
        globalThis.kept = [client.stream.subscribe({ topic: 't' }), other.stream.subscribe({ topic: 't' }), new kei.Log({ level: 'trace' })]
        const spin = () => client.call('kei.info').then(spin); spin()
        parentPort.postMessage('busy')\`)
      await once(worker, 'message')
      await worker.terminate()
    }
    console.log(await handles())`)
  assert.deepEqual([status, output], [0, 'none left\n'])
})

test('a worker that is terminated in a synchronous call ends with the call', async () => {
  await ask('POST', '/_dev/faults', { path: '/api/v1/rpc/plan', hang: true })
  const { status, output } = await run(`${workers}
    const worker = start(\`
      const client = new kei.Client()
      parentPort.postMessage('busy')
      client.callSync('plan', { objective: 'x' }, { timeout_ms: 300 })\`)
    await once(worker, 'message')
    console.log(await worker.terminate(), await handles())`)
  assert.deepEqual([status, output], [0, '1 none left\n'])
})

test('a worker that ends by itself leaves no handle', async () => {
  const { status, output } = await run(`${workers}
    const worker = start(\`globalThis.kept = new kei.Client(); kept.call('nope').catch((error) => parentPort.postMessage(error.code))\`)
    const [[code], [ended]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
    console.log(code, ended, await handles())`)
  assert.deepEqual([status, output], [0, 'KEI_E_UNKNOWN_OPERATION 0 none left\n'])
})

test('require and import give the same classes', async () => {
  const { status, output } = await run(`
    import { createRequire } from 'node:module'
    const required = createRequire(import.meta.url)(${JSON.stringify(join(root, 'dist/index.js'))})
    console.log(required.Client === kei.Client, required.KeiError === kei.KeiError, Object.keys(required).length > 5 && Object.keys(required).every((name) => required[name] === kei[name]))`)
  assert.deepEqual([status, output], [0, 'true true true\n'])
})

test('a missing library is an error that names what was looked for and what there is', async () => {
  for (const part of ['dist', 'prebuilds', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
  const [there] = readdirSync(join(folder, 'prebuilds'))
  renameSync(join(folder, 'prebuilds', there), join(folder, 'prebuilds', 'plan9-mips'))
  const { output } = await run(`
    import { createRequire } from 'node:module'
    try { createRequire(import.meta.url)(${JSON.stringify(join(folder, 'dist/index.js'))}) } catch (error) { console.log(error.code, error.message) }`)
  assert.match(output, /^KEI_E_LIBRARY kei-agent has no library for \S+: looked for .*kei_agent\.node and .*libkei_agent.* has libraries for: plan9-mips\.\n$/)
})
