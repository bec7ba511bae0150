/**
 * Asks a gateway as Kobold Lite does: plain fetch, a Content-Type on every request, the same regular expression for streams,
 * and errors shown as they come. Plain JavaScript, because it runs in the browser as it stands.
 */
const shown = (id) => document.getElementById(id)

function headersWith(key) {
  return key === '' ? { 'Content-Type': 'application/json' } : { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` }
}

/** The "Fetch" button: the status is not looked at, only the shape. */
async function fetchModels(base, key = '') {
  try {
    const response = await fetch(`${base}/models`, { method: 'GET', headers: headersWith(key), referrerPolicy: 'no-referrer' })
    const body = await response.json()
    if (body.error || !body.data || body.data.length === 0) {
      return { ok: false, error: JSON.stringify(body.error?.message ?? body.error ?? body) }
    }
    const ids = body.data.map((model) => model.id).toSorted((a, b) => a.localeCompare(b))
    shown('models').replaceChildren(...ids.map((id) => new Option(id)))
    return { ok: true, ids }
  } catch (error) {
    return fail(`Error: ${String(error)}`)
  }
}

/** A streamed chat. `abortAfter`: so many pieces of text, then the reader leaves. */
async function chat(base, body, key = '', abortAfter = Infinity) {
  const leaving = new AbortController()
  let text = ''
  try {
    const response = await fetch(`${base}/chat/completions`, {
      method: 'POST',
      headers: headersWith(key),
      body: JSON.stringify({ ...body, stream: true }),
      signal: leaving.signal,
    })
    if (!response.ok) return fail(`Error while SSE streaming: ${response.statusText} ${await response.text()}`, response)
    let pieces = 0
    for await (const data of eventsOf(response)) {
      const piece = textOf(JSON.parse(data))
      text += piece
      shown('answer').textContent = text
      if (piece !== '' && ++pieces >= abortAfter) leaving.abort()
    }
    return { ok: true, text, headers: Object.fromEntries(response.headers) }
  } catch (error) {
    return { ...fail(`Error while submitting prompt: ${String(error)}`), text, aborted: leaving.signal.aborted }
  }
}

function textOf(chunk) {
  return chunk.choices?.[0]?.delta?.content ?? ''
}

/** The data of each event, found with one regular expression on a growing buffer. */
async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const event = /^data: ?(.*)(\r?\n){2}/m
  let buffer = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    buffer += value
    for (let found = event.exec(buffer); found !== null; found = event.exec(buffer)) {
      buffer = buffer.slice(found.index + found[0].length)
      if (found[1] !== '[DONE]') yield found[1]
    }
  }
}

/** A whole answer: the status is not looked at; a body without choices is shown as it is. */
async function chatWhole(base, body, key = '') {
  try {
    const response = await fetch(`${base}/chat/completions`, {
      method: 'POST',
      headers: headersWith(key),
      body: JSON.stringify(body),
      referrerPolicy: 'no-referrer',
    })
    const json = await response.json()
    if (json.choices === undefined) {
      return fail(`Error occurred during text generation: ${JSON.stringify(json).slice(0, 500)}`, response)
    }
    const text = json.choices[0].message.content
    shown('answer').textContent = text
    return { ok: true, text }
  } catch (error) {
    return fail(`Error while submitting prompt: ${String(error)}`)
  }
}

function fail(error, response) {
  shown('problem').textContent = error
  return { ok: false, error, ...(response && { status: response.status, headers: Object.fromEntries(response.headers) }) }
}

globalThis.kobold = { fetchModels, chat, chatWhole }
