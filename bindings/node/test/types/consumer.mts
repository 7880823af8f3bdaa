// What a consumer in TypeScript may write, and what the types must refuse. Compiled, not run.
import { AbortError, Client, ERRORS, KeiError, Log, Runtime, shutdown, version, type CallOptions, type ClientConfig, type HostRequest, type PlanAnswer, type Subscription } from 'kei-agent'

const configuration: ClientConfig = { base_url: 'https://kei.example.com', auth: { issuer: 'https://login.example.com', client_id: 'a' } }
const client = new Client(configuration, { runtime: new Runtime({ log: { level: 'info' } }) })

export async function calls(): Promise<void> {
  const plan: PlanAnswer = await client.plan({ objective: 'x' })
  const step: string | null | undefined = plan.steps[0]?.action
  const meta = await client.plan({ objective: 'x' }, { meta: true })
  const attempts: number = meta.meta.attempts
  const text: string = await client.plan({ objective: 'x' }, { raw: true, signal: AbortSignal.timeout(5) })
  const byName: PlanAnswer = await client.call('plan', { objective: 'x' })
  const sync: PlanAnswer = client.callSync('plan', '{"objective":"x"}')
  const mine = await client.rpc.call<{ a: number }>({ method: 'echo', params: { a: 1 } })
  const a: number = mine.a
  const newer: { anything: true } = await client.call('newer.operation', {})
  const options: CallOptions = { timeout_ms: 5, retry: { max_attempts: 1 } }
  await client.agents.list(undefined, options)
  const answer: Response = await client.fetch('/x', { method: 'POST', body: 'y' })
  void [step, attempts, text, byName, sync, a, newer, answer]

  // @ts-expect-error: an objective is needed
  await client.plan({})
  // @ts-expect-error: and nothing that is not known
  await client.plan({ objective: 'x', objektive: 'y' })
  // @ts-expect-error: an operation that is known by name is held to its request
  await client.call('plan', { objektive: 'y' })
  // @ts-expect-error: an option that does not exist
  await client.plan({ objective: 'x' }, { timeout: 5 })
  // @ts-expect-error: a subscription is not called
  await client.call('stream.subscribe', { topic: 'x' })
  // @ts-expect-error: no signal reaches a synchronous call
  client.callSync('plan', { objective: 'x' }, { signal: AbortSignal.timeout(5) })
  // @ts-expect-error: a level that does not exist
  new Log({ level: 'loud' })
}

export async function subscriptions(): Promise<void> {
  for await (const message of client.stream.subscribe({ topic: 'x' }, { credit: 5, onState: (state) => console.log(state.state, state.delay_ms) })) {
    const topic: string = message.topic
    const data: unknown = message.data
    void [topic, data]
  }
  const texts: Subscription<string> = client.stream.subscribe({ topic: 'x' }, { raw: true })
  const served = client.auth.serve({}, {
    onRequest: async (request: HostRequest, { signal }) => {
      if (request.request === 'device_code') console.log(request.verification_uri, request.user_code)
      return { access_token: await Promise.resolve(`${signal.aborted}`), expires_in: 60 }
    },
  })
  served.unref().close()
  await texts.return()
}

export function rest(): void {
  const log = new Log({ level: 'warn', targets: { kei_agent: 'debug' }, logger: console })
  log.on('record', ({ level, message, correlation_id }) => console.log(level, message, correlation_id))
  log.close()
  const error: unknown = null
  if (error instanceof AbortError) console.log(error.cause)
  if (error instanceof KeiError && error.errno === ERRORS.KEI_E_TOKEN.number && error.category === 'auth') console.log(error.code, error.retryAfterMs, error.httpStatus, error.oauthError, error.correlationId, error.attempts, error.details)
  void shutdown(1000)
  console.log(version.toUpperCase())
  client.close()
}
