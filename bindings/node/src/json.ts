// Values to JSON texts.

/** The JSON of a value; a text is taken as JSON already. Undefined for undefined. @internal */
export function jsonText(value: object | string | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value)
}

/** The value of an answer. @internal */
export function jsonValue(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text)
}
