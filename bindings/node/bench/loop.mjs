// What bench/loop.c does, by the wrapper: the same operation, once after the other and with 64 in flight. Lines with the time and
// the processors' time (of all threads) that one takes, in microseconds, and with what one allocates in JavaScript, in bytes.
// `node --expose-gc --min-semi-space-size=64 bench/loop.mjs`
import { Client } from '../dist/index.mjs'

const CALLS = 200_000
const COUNTED = 5000 // few enough that none of what they allocate is collected, in the young generation that the flags give
const IN_FLIGHT = 64
const client = new Client({ base_url: 'http://127.0.0.1:9', auth: { type: 'none' } })
const one = { level: 'trace', message: 'x' }

function sync(calls) {
  for (let number = 0; number < calls; number++) client.callSync('log.write', one)
}

async function async(calls) {
  let next = 0
  const lane = async () => { while (next++ < calls) await client.call('log.write', one) }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
}

for (const [name, run] of Object.entries({ sync, async })) {
  await run(CALLS / 10)
  const start = process.hrtime.bigint(), before = process.cpuUsage()
  await run(CALLS)
  const wall = Number(process.hrtime.bigint() - start) / 1e3, { user, system } = process.cpuUsage(before)
  gc()
  const heap = process.memoryUsage().heapUsed
  await run(COUNTED)
  console.log(`${name}_bytes ${((process.memoryUsage().heapUsed - heap) / COUNTED).toFixed(0)}`)
  console.log(`${name}_us ${(wall / CALLS).toFixed(3)}\n${name}_cpu_us ${((user + system) / CALLS).toFixed(3)}`)
}
client.close()
