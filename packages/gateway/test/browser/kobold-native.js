/**
 * Drives a KoboldCpp as Kobold Lite does in its native mode: the questions it asks when it connects, in its order, the regular
 * expression with which it reads the stream, and the way it aborts. Plain JavaScript, because it runs in the browser as it stands.
 */
function nativeHeaders(key) {
  return { 'Content-Type': 'application/json', ...(key !== '' && { Authorization: `Bearer ${key}` }) }
}

async function getAnswer(base, path, key) {
  const response = await fetch(base + path, { method: 'GET', headers: nativeHeaders(key) })
  return await response.json()
}

function postTo(url, body, key) {
  return fetch(url, { method: 'POST', headers: nativeHeaders(key), body: JSON.stringify(body) })
}

function isAtLeast(version, wanted) {
  return version.localeCompare(wanted, undefined, { numeric: true }) >= 0
}

/** Each answer decides what is asked next; a missing one is an error box. */
async function connect(base, key = '') {
  try {
    const { result: model } = await getAnswer(base, '/api/v1/model', key)
    if (!model) return { ok: false, error: 'no model' }
    const { result: api } = await getAnswer(base, '/api/v1/info/version', key)
    const { value: context } = await getAnswer(base, '/api/v1/config/max_context_length', key)
    const server = await getAnswer(base, '/api/extra/version', key)
    const { value: trueContext } = await getAnswer(base, '/api/extra/true_max_context_length', key)
    const story = await getAnswer(base, '/api/extra/preloadstory', key)
    // Without any header, and so without a key.
    const images = await (await fetch(`${base}/sdapi/v1/sd-models`)).json()
    return {
      ok: true,
      model,
      context,
      trueContext,
      stops: isAtLeast(api, '1.2.2'),
      streams: server.result === 'KoboldCpp' && isAtLeast(server.version, '1.40'),
      chats: server.jinja === true && isAtLeast(server.version, '1.104'),
      saved: Object.keys(story).length,
      images: images.length,
    }
  } catch (error) {
    return { ok: false, error: String(error) }
  }
}

/** What the expression finds in a growing buffer. */
async function* tokensIn(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const event = /^event: (.*)\ndata: (.*)(\r?\n){2}/m
  let buffer = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    buffer += value
    for (let found = event.exec(buffer); found !== null; found = event.exec(buffer)) {
      buffer = buffer.slice(found.index + found[0].length)
      yield JSON.parse(found[2])
    }
  }
}

/** `abortAfter`: so many tokens, then the server is asked to stop. */
async function generate(base, body, key = '', abortAfter = Infinity) {
  const told = { text: '', reason: null }
  let tokens = 0
  try {
    const response = await postTo(`${base}/api/extra/generate/stream`, body, key)
    if (!response.ok) return { ok: false, status: response.status, error: (await response.json()).detail.msg }
    for await (const { token, finish_reason: reason } of tokensIn(response)) {
      told.text += token
      told.reason = reason ?? told.reason
      if (++tokens !== abortAfter) continue
      told.aborted = await (await postTo(`${base}/api/extra/abort`, { genkey: body.genkey }, key)).json()
    }
    return { ok: true, ...told }
  } catch (error) {
    return { ok: false, ...told, error: `Error while submitting prompt: ${String(error)}` }
  }
}

/** The plain way, for servers that are too old to stream; the text is polled. */
async function generateWhole(base, body, key = '') {
  const response = await postTo(`${base}/api/v1/generate`, body, key)
  const { results, detail } = await response.json()
  if (results === undefined) return { ok: false, status: response.status, error: detail.msg }
  const checked = await (await postTo(`${base}/api/extra/generate/check`, { genkey: body.genkey }, key)).json()
  return { ok: true, text: results[0].text, reason: results[0].finish_reason, checked: checked.results[0].text }
}

globalThis.koboldNative = { connect, generate, generateWhole }
