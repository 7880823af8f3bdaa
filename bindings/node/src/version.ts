import { native } from './native.js'

/** The library's version. */
export const version: string = native.version()
