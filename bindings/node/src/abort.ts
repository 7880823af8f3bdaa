// Listening to abort signals: one listener for each signal, however many calls share it, since Node warns of more than a few.

type Callback = () => void

/** All that waits for one signal. */
class Waiting {
  readonly callbacks = new Set<Callback>()
  readonly abort = () => {
    for (const callback of this.callbacks) callback()
  }
}

const signals = new WeakMap<AbortSignal, Waiting>()

/** Has `callback` called when the signal is aborted, until what is answered is called. @internal */
export function onAbort(signal: AbortSignal, callback: Callback): Callback {
  let waiting = signals.get(signal)
  if (!waiting) signals.set(signal, (waiting = new Waiting()))
  const { callbacks, abort } = waiting
  if (callbacks.size === 0) signal.addEventListener('abort', abort)
  callbacks.add(callback)
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) signal.removeEventListener('abort', abort)
  }
}
