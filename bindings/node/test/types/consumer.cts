// The same package by CommonJS. Compiled, not run.
import kei = require('kei-agent')
import { Client } from 'kei-agent'

export async function main(): Promise<string> {
  const client: kei.Client = new Client()
  const { plan_id } = await client.plan({ objective: 'x' })
  // @ts-expect-error: an objective is needed
  await client.plan({})
  return plan_id
}
