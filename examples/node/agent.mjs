// A small agent: what every program with kei-agent does, each once. It takes its configuration from the environment; without a platform at hand,
// `kei-agent dev` prints the variables to export.
//
//     npm install kei-agent
//     node agent.mjs
import { AbortError, Client, KeiError, Log } from 'kei-agent'

// Logging: the library's records go where this program's own go. Here each warning is a line; they hold no secret.
const log = new Log({ level: 'warn' })
log.on('record', ({ level, message, correlation_id: id }) => console.log(`log: ${level}: ${message} (${id ?? 'no call'})`))

const client = new Client()

// A synchronous call: for start-up and scripts, since nothing else of this thread runs meanwhile.
const { version } = client.callSync('kei.info')
console.log(`kei-agent ${version}`)

// A call. With `meta`, the answer comes with how it was had: failures that may pass were retried.
const { result: plan, meta } = await client.plan({ objective: 'compute 6 * 7' }, { meta: true })
console.log(`plan ${plan.plan_id}: ${plan.steps.length} step, ${meta.attempts} attempts`)

// Many at once: all are in flight together, on one thread.
const answers = await Promise.all(Array.from({ length: 64 }, (_, number) =>
  client.rpc.call({ method: 'echo', params: { number } }, { idempotent: true })))
console.log(`${answers.length} answers, the last is ${answers.at(-1).number}`)

// A subscription: items come as they are taken, and leaving the loop ends it.
const messages = client.stream.subscribe({ topic: 'example' }, { onState: ({ state }) => state === 'live' && publish() })
async function publish() {
  for (let number = 1; number <= 3; number++) await client.stream.publish({ topic: 'example', data: { number } })
}
for await (const { data } of messages) {
  console.log(`message ${data.number}`)
  if (data.number === 3) break
}

// Cancellation: by any AbortSignal, also that of a timeout.
const aborter = new AbortController()
const cancelled = client.plan({ objective: 'tell the time' }, { signal: aborter.signal })
aborter.abort(new Error('the user left'))
try {
  await cancelled
} catch (error) {
  if (!(error instanceof AbortError)) throw error
  console.log(`cancelled: ${error.name}, since ${error.cause.message}`)
}

// Errors: one type, with what a program can act on.
try {
  await client.act({ action: 'no.such.action' })
} catch (error) {
  if (!(error instanceof KeiError)) throw error
  console.log(`${error.code} (${error.category}), HTTP ${error.httpStatus}, ${error.retryable ? 'may pass' : 'will not pass'}: ${error.message}`)
}

client.close()
log.close()
