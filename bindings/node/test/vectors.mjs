// The shared vectors (bindings/vectors): `node test/vectors.mjs [promise|sync] FILE`. Ends with `N passed, N failed`.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { Client, ERRORS, KeiError, Runtime } from '../dist/index.mjs'

const [way, file] = process.argv.slice(2)
const { platform, reset, defaults, cases } = JSON.parse(readFileSync(file, 'utf8'))
const PATIENCE = 30_000

/** Fails when something takes too long. */
function soon(promise, what) {
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what} did not come within ${PATIENCE / 1000} s`)), PATIENCE) })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

const absent = (value) => value === undefined || value === null
const kind = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
const plain = (value) => kind(value) === 'object'

/** Whether values are equal; numbers are as 64-bit floating point numbers. */
const same = (left, right) => isDeepStrictEqual(left, right) || (left === 0 && right === 0)

const RULES = {
  $exact: (value, wanted) => same(value, wanted),
  $type: (value, name) => kind(value) === name,
  $absent: (value, yes) => absent(value) === yes,
  $contains: (value, text) => typeof value === 'string' && value.includes(text),
  $not_contains: (value, text) => typeof value === 'string' && !value.includes(text),
  $in: (value, patterns) => patterns.some((pattern) => matches(value, pattern)),
  $min: (value, number) => typeof value === 'number' && value >= number,
  $max: (value, number) => typeof value === 'number' && value <= number,
  $length: (value, count) => Array.isArray(value) && value.length === count,
  $some: (value, pattern) => Array.isArray(value) && value.some((item) => matches(item, pattern)),
  $each: (value, pattern) => Array.isArray(value) && value.every((item) => matches(item, pattern)),
  $none: (value, pattern) => Array.isArray(value) && !value.some((item) => matches(item, pattern)),
  $text: (value, pattern) => {
    try {
      return typeof value === 'string' && matches(JSON.parse(value), pattern)
    } catch {
      return false
    }
  },
}

function matches(value, pattern) {
  if (Array.isArray(pattern)) return Array.isArray(value) && value.length === pattern.length && pattern.every((one, index) => matches(value[index], one))
  if (!plain(pattern)) return same(value, pattern)
  const names = Object.keys(pattern)
  if (names.some((name) => name.startsWith('$'))) {
    return names.every((name) => {
      if (!RULES[name]) throw new Error(`there is no rule ${name}`)
      return RULES[name](value, pattern[name])
    })
  }
  return plain(value) && names.every((name) => {
    const field = Object.hasOwn(value, name) ? value[name] : undefined
    if (pattern[name] === null) return field === null
    if (absent(field)) return plain(pattern[name]) && pattern[name].$absent === true
    return matches(field, pattern[name])
  })
}

function must(value, pattern, what) {
  if (!matches(value, pattern)) throw new Error(`${what} is ${JSON.stringify(value)}, which does not match ${JSON.stringify(pattern)}`)
}

/** The library's error object, from the fields of the error. */
function objectOf(error) {
  if (!(error instanceof KeiError)) throw error
  return {
    code: error.errno, name: Object.keys(ERRORS).find((name) => ERRORS[name].number === error.errno), message: error.message, retryable: error.retryable,
    retry_after_ms: error.retryAfterMs, http_status: error.httpStatus, oauth_error: error.oauthError, correlation_id: error.correlationId,
    attempts: error.attempts, details: error.details,
  }
}

/** Compares how something ended, a text or an error, with what a step expects. */
async function outcome(ends, step, what) {
  let text
  try {
    text = await soon(ends, what)
  } catch (error) {
    const said = objectOf(error)
    if (!('error' in step)) throw new Error(`${what} failed: ${JSON.stringify(said)}`)
    must(said, step.error, `the error of ${what}`)
    return
  }
  if ('error' in step) throw new Error(`${what} succeeded with ${text}; it should have failed`)
  if ('answer_text' in step && text !== step.answer_text) throw new Error(`${what} answered ${text}`)
  if ('answer' in step) must(JSON.parse(text), step.answer, `the answer of ${what}`)
}

const textOf = (step) => ('request_text' in step ? step.request_text : 'request' in step ? JSON.stringify(step.request) : undefined)

async function ask({ method, path, body }) {
  const answer = await fetch(platform + path, { method, ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/** A list whose readers wait for what is not there yet. */
class Inbox {
  #items = []
  #readers = []

  put(item) {
    this.#items.push(item)
    this.#readers.shift()?.()
  }

  async take() {
    while (this.#items.length === 0) await new Promise((resolve) => this.#readers.push(resolve))
    return this.#items.shift()
  }
}

/** What each kind of step does, in the state of its case. */
const STEPS = {
  async ask(step) {
    for (const end = Date.now() + PATIENCE; ;) {
      const said = await ask(step.ask)
      if (!('until' in step)) return 'is' in step ? must(said, step.is, 'what the platform says') : undefined
      if (matches(said, step.until)) return undefined
      if (Date.now() > end) return must(said, step.until, 'what the platform says, in the end,')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  },
  async call(step, { client }) {
    const ends = way === 'sync'
      ? (async () => client.callSync(step.call, textOf(step), { ...step.options, raw: true }))()
      : client.call(step.call, textOf(step), { ...step.options, raw: true })
    await outcome(ends, step, step.call)
  },
  start(step, { client, started }) {
    const aborter = new AbortController()
    const ends = client.call(step.call, textOf(step), { ...step.options, raw: true, signal: aborter.signal })
    ends.catch(() => {})
    started[step.start] = { ends, aborter }
  },
  cancel: (step, { started }) => started[step.cancel].aborter.abort(),
  finish: (step, { started }) => outcome(started[step.finish].ends, step, step.finish),
  subscribe(step, { client, subscribed }) {
    const states = new Inbox(), asked = new Inbox(), aborter = new AbortController()
    const options = {
      ...step.options, raw: true, signal: aborter.signal, ...('credit' in step && { credit: step.credit, manualCredit: true }),
      onState: (state) => states.put(state),
      onRequest: (body) => new Promise((resolve, reject) => { asked.put({ body, resolve, reject }) }),
    }
    let subscription, failure
    try {
      subscription = client.subscribe(step.to, textOf(step), options)
    } catch (error) {
      failure = error
    }
    subscribed[step.subscribe] = { subscription, failure, states, asked, aborter }
  },
  async item(step, { subscribed }) {
    const { value, done } = await soon(subscribed[step.item].subscription.next(), `an item of ${step.item}`)
    if (done) throw new Error(`${step.item} ended before its item`)
    must(JSON.parse(value), step.body, `the item of ${step.item}`)
  },
  async state(step, { subscribed }) {
    const passed = []
    const found = async () => {
      for (;;) {
        const state = await subscribed[step.state].states.take()
        if (matches(state, step.body)) return
        passed.push(state)
      }
    }
    await soon(found(), `a state of ${step.state} that matches ${JSON.stringify(step.body)}`).catch((error) => {
      throw new Error(`${error.message}; there were ${JSON.stringify(passed)}`)
    })
  },
  async asked(step, { subscribed }) {
    const { body, resolve, reject } = await soon(subscribed[step.asked].asked.take(), `a request of ${step.asked}`)
    if ('refuse' in step) reject(new KeiError({ ...step.refuse.error, code: step.refuse.status }))
    else resolve(step.reply)
    must(body, step.body, `the request of ${step.asked}`)
  },
  credit: (step, { subscribed }) => subscribed[step.credit].subscription.grant(step.more),
  close: (step, { subscribed }) => subscribed[step.close].aborter.abort(),
  async end(step, { subscribed }) {
    const { subscription, failure } = subscribed[step.end]
    if (failure) return outcome(Promise.reject(failure), step, step.end)
    await outcome(subscription.finished.then((ended) => JSON.stringify(ended)), step, step.end)
    const left = await subscription.next().catch(() => ({ done: true }))
    if (!left.done) throw new Error(`${step.end} had an item that no step took: ${left.value}`)
  },
  close_client: (_, { client }) => client.close(),
}

/** Makes something; whether it fails is as the case says. Answers undefined when it was to fail, and did. */
function made(make, wanted, what) {
  let one
  try {
    one = make()
  } catch (error) {
    if (wanted === undefined) throw error
    must(objectOf(error), wanted, `the error of ${what}`)
    return undefined
  }
  if (wanted !== undefined) throw new Error(`${what} was made; it should have failed`)
  return one
}

async function run(one) {
  for (const request of reset) await ask(request)
  const runtime = made(() => new Runtime(one.runtime ?? defaults.runtime), one.runtime_error, 'the runtime')
  if (!runtime) return
  try {
    const client = made(() => new Client(one.client ?? defaults.client, { runtime }), one.client_error, 'the client')
    if (!client) return
    const state = { client, started: {}, subscribed: {} }
    try {
      for (const [index, step] of (one.steps ?? []).entries()) {
        const name = ['start', 'subscribe', 'finish', 'end', 'item', 'state', 'asked', 'credit', 'close', 'close_client', 'cancel', 'ask', 'call'].find((key) => key in step)
        try {
          await STEPS[name](step, state)
        } catch (error) {
          throw new Error(`step ${index + 1} (${name}): ${error.message}`)
        }
      }
    } finally {
      client.close()
    }
  } finally {
    await runtime.shutdown(10_000)
  }
}

let passed = 0, failed = 0
for (const one of cases) {
  if (one.needs?.includes('bytes')) {
    console.log(`left out: ${one.name} (bytes)`)
    continue
  }
  try {
    await run(one)
    passed++
  } catch (error) {
    failed++
    console.log(`FAILED ${one.name}: ${error.message}\n    ${one.promise}`)
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed || !passed ? 1 : 0
