// What the tests share: the platform in a box, whose variables the environment holds, and programs that are run to their end.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from '../dist/index.mjs'

export const url = process.env.KEI_API_URL
if (!url) throw new Error('KEI_API_URL is missing: run the tests with `python3 tests/bindings/run.py test node`, which starts a platform in a box')

/** Asks the platform in a box itself. */
export async function ask(method, path, body) {
  const answer = await fetch(url + path, { method, ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

/** Forgets faults and what arrived. */
export async function fresh() {
  await ask('DELETE', '/_dev/faults')
  await ask('DELETE', '/_dev/requests')
}

/** A test with a client of its own. */
export const tested = (name, body, configuration) => test(name, async () => {
  const client = new Client(configuration)
  try {
    await body(client)
  } finally {
    client.close()
  }
})

/** Waits until something holds. */
export async function until(what, condition) {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const value = await condition()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`this did not come about: ${what}`)
}

/** Runs a program, in which `kei` is the package, to its end; one that hangs is ended as failed. */
export async function run(source) {
  const head = `import * as kei from ${JSON.stringify(fileURLToPath(new URL('../dist/index.mjs', import.meta.url)))}\n`
  const child = spawn(process.execPath, ['--input-type=module', '-e', head + source], { env: { ...process.env, NODE_TEST_CONTEXT: undefined } })
  let output = ''
  child.stdout.on('data', (data) => { output += data })
  child.stderr.on('data', (data) => { output += data })
  const timer = setTimeout(() => { output += '\nit hangs'; child.kill('SIGKILL') }, 60_000)
  const [status, signal] = await once(child, 'close')
  clearTimeout(timer)
  return { status: status ?? signal, output }
}
