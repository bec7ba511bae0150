import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readForm } from './form.ts'

test('a form’s fields are read as they were sent, bytes and all', async () => {
  const sound = Uint8Array.from({ length: 256 }, (_value, index) => index)
  const form = new FormData()
  form.append('model', 'grüße')
  form.append('file', new Blob([sound], { type: 'audio/wav' }), 'a.wav')
  const request = new Request('http://nowhere/', { method: 'POST', body: form })
  const fields = readForm(request.headers.get('content-type') ?? '', Buffer.from(await request.arrayBuffer()))
  assert.deepEqual(
    fields.map(({ name, fileName, contentType }) => [name, fileName, contentType]),
    [
      ['model', undefined, undefined],
      ['file', 'a.wav', 'audio/wav'],
    ],
  )
  assert.deepEqual(
    fields.map(({ bytes }) => bytes),
    [Buffer.from('grüße'), Buffer.from(sound)],
  )
})

test('what is no form, or only the beginning of one, has no fields', () => {
  assert.deepEqual(readForm('application/json', Buffer.from('{}')), [])
  assert.deepEqual(readForm('multipart/form-data; boundary=x', Buffer.from('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1')), [])
})
