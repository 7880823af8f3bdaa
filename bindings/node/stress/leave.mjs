// Ends while calls, subscriptions and workers are busy, after some turns of the event loop: `node stress/leave.mjs TURNS`. Its status is 7.
import { Worker, isMainThread } from 'node:worker_threads'
import { setImmediate as turn } from 'node:timers/promises'
import { Client } from '../dist/index.mjs'

const client = new Client()
globalThis.kept = client.stream.subscribe({ topic: 'leaving' })
const busy = async () => { for (;;) await client.rpc.call({ method: 'echo', params: {} }, { idempotent: true }) }
for (let lane = 0; lane < 32; lane++) busy()
if (isMainThread) {
  for (let number = 0; number < 2; number++) new Worker(new URL(import.meta.url)).unref()
  for (let turns = Number(process.argv[2]); turns > 0; turns--) await turn()
  process.exit(7)
}
