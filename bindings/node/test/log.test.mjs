import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, Log, Runtime } from '../dist/index.mjs'
import { run, until } from './support.mjs'

test('records come as events, of the level asked for, with the correlation id', async () => {
  const client = new Client()
  const log = new Log({ level: 'info' })
  const records = []
  log.on('record', (record) => records.push(record))
  await client.plan({ objective: 'compute 1 + 1' }, { correlation_id: 'log-test-1' })
  const record = await until('the call is logged', () => records.find(({ correlation_id: id }) => id === 'log-test-1'))
  log[Symbol.dispose]()
  client.close()
  assert.equal(record.level, 'info')
  assert.match(record.timestamp, /^\d{4}-\d\d-\d\dT.*Z$/)
  assert.ok(record.target.startsWith('kei_agent'))
  assert.ok(records.every(({ level }) => ['error', 'warn', 'info'].includes(level)))
})

test('records go to a logger by the method of their level', async () => {
  const client = new Client()
  const said = []
  const logger = Object.fromEntries(['error', 'warn', 'info', 'debug'].map((level) => [level, (message, record) => said.push([level, message, record.target])]))
  const log = new Log({ level: 'warn', targets: { mine: 'trace' }, logger })
  for (const level of ['error', 'warn', 'info', 'debug', 'trace']) await client.log.write({ level, message: `said ${level}`, target: 'mine' })
  await until('all are there', () => said.length >= 5)
  log.close()
  client.close()
  assert.deepEqual(said.filter(([, , target]) => target === 'mine').map(([level, message]) => [level, message]),
    [['error', 'said error'], ['warn', 'said warn'], ['info', 'said info'], ['debug', 'said debug'], ['debug', 'said trace']])
})

test('the log of a runtime has its records alone, and a closed log has none', async () => {
  const runtime = new Runtime({ log: { level: 'off' } })
  const mine = new Client(undefined, { runtime })
  const other = new Client()
  const log = runtime.log({ level: 'info' })
  const said = []
  log.on('record', ({ message }) => said.push(message))
  await other.log.write({ level: 'info', message: 'of the other' })
  await mine.log.write({ level: 'info', message: 'of mine' })
  await until('it is there', () => said.includes('of mine'))
  assert.ok(!said.includes('of the other'))
  log.close()
  log.close()
  await mine.log.write({ level: 'info', message: 'too late' })
  assert.ok(!said.includes('too late'))
  mine.close()
  other.close()
  await runtime.shutdown()
})

test('a wrong filter throws', () => {
  assert.throws(() => new Log({ level: 'loud' }), { code: 'KEI_E_CONFIG' })
})

test('what a listener throws is an uncaught exception, and stops no call', async () => {
  const { status, output } = await run(`
    process.on('uncaughtException', (error) => console.log('uncaught:', error.message))
    const client = new kei.Client()
    const log = new kei.Log({ level: 'info' })
    log.once('record', () => { throw new Error('of the listener') })
    console.log(typeof (await client.plan({ objective: 'compute 1 + 1' })).plan_id)
    await client.rpc.call({ method: 'echo', params: {} })`)
  assert.equal(status, 0, output)
  assert.match(output, /uncaught: of the listener/)
  assert.match(output, /string/)
})
