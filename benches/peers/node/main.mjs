// The timed work by Node's undici: `node main.mjs IN_FLIGHT SECONDS`. The same as c/bench.h.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

// Latencies are counted in steps of 100 ns, up to 100 ms.
const STEPS = 1_000_000
const WARM_UP = 300

const { BENCH_ORIGIN, BENCH_BEARER, BENCH_BODY } = process.env
const [inFlight, seconds] = process.argv.slice(2).map(Number)
const counts = new Uint32Array(STEPS)
const pool = new Pool(BENCH_ORIGIN, { connections: inFlight, pipelining: 1 })
const request = {
  path: '/api/v1/rpc/bench.echo',
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${BENCH_BEARER}` },
  body: BENCH_BODY
}
let all = 0
let phase = 0

async function work() {
  while (phase < 2) {
    const start = process.hrtime.bigint()
    const { statusCode, body } = await pool.request(request)
    if (statusCode !== 200) throw new Error(`status ${statusCode}`)
    await body.arrayBuffer()
    all++
    if (phase === 1) counts[Math.min(Number(process.hrtime.bigint() - start) / 100, STEPS - 1) | 0]++
  }
}

function quantile(count, share) {
  let seen = 0
  const at = counts.findIndex((number) => (seen += number) > count * share)
  return (at + 0.5) / 10
}

const workers = Array.from({ length: inFlight }, work)
await sleep(WARM_UP)
const [start, before, used] = [process.hrtime.bigint(), all, process.cpuUsage()]
phase = 1
await sleep(seconds * 1000)
phase = 2
const { user, system } = process.cpuUsage(used)
const took = Number(process.hrtime.bigint() - start) / 1e9
const requests = all - before
await Promise.all(workers)
const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
console.log(JSON.stringify({
  requests, all, errors: 0, seconds: took, cpu_s: (user + system) / 1e6,
  p50_us: quantile(requests, 0.5), p99_us: quantile(requests, 0.99), peak_rss_kib: peak
}))
await pool.close()
