/** Forms: found in the bytes, changed in the bytes, and refused where two readers could see different ones. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { RefusedCall } from '../../domain/failure.ts'
import { bareAsk } from '../dialect.ts'
import type { RequestChanges, Sketch } from '../dialect.ts'
import { boundaryOf } from './parameters.ts'
import { writeFormRequest } from './request.ts'
import { FormFault, scanParts } from './scan.ts'
import { formText, sketchForm } from './sketch.ts'
import type { FormRule } from './sketch.ts'

const rule: FormRule = { once: ['model', 'stream'], needs: ['file', 'url'], example: 'groq/whisper' }
const noChanges: RequestChanges = { model: 'm', removed: [], renamed: {}, defaults: {} }
const file = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n'
const modelField = '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nalpha/m\r\n'
const good = `${modelField}${file}--x--\r\n`

function field(name: string, value: string): string {
  return `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
}

function sketch(body: string | Buffer, contentType = 'multipart/form-data; boundary=x'): Sketch {
  return sketchForm(Buffer.from(body), rule, { ...bareAsk, headers: { 'content-type': contentType } })
}

function refusalOf(body: string | Buffer, contentType?: string): RefusedCall {
  try {
    sketch(body, contentType)
  } catch (error) {
    if (error instanceof RefusedCall) return error
    throw error
  }
  throw new Error('it was not refused')
}

test('model and stream are found wherever they stand, and the bytes stay what they are', () => {
  const bytes = Buffer.from(`a preamble\r\n${field('stream', 'true')}${file}${modelField}--x--\r\nan epilogue`)
  const read = sketch(bytes)
  assert.deepEqual([read.model, read.stream, read.contentType], ['alpha/m', true, 'multipart/form-data; boundary=x'])
  assert.equal(writeFormRequest(read, { ...noChanges, model: 'alpha/m' }), read.bytes)
  assert.equal(sketch(good).stream, false)
})

test('the model is replaced in its place, and nothing else changes', () => {
  assert.equal(writeFormRequest(sketch(good), noChanges).toString(), good.replace('alpha/m', 'm'))
  const counted = good.replace('name="model"', 'name="model"\r\nContent-Length: 7')
  assert.equal(
    writeFormRequest(sketch(counted), noChanges).toString(),
    counted.replace('Content-Length: 7', 'Content-Length: 1').replace('alpha/m', 'm'),
  )
})

test('fields are taken out, renamed and added', () => {
  const read = sketch(`${field('user', 'me')}${field('language', 'de')}${good}`)
  const changes = { ...noChanges, removed: ['user'], renamed: { language: 'lang' }, defaults: { 'a"b': 1, model: 'no', file: 'no' } }
  assert.equal(writeFormRequest(read, changes).toString(), `${field('a%22b', '1')}${field('lang', 'de')}${good.replace('alpha/m', 'm')}`)
})

test('a request that came as JSON is read and written as JSON', () => {
  const read = sketch('{"model":"alpha/m","url":"https://x/a.wav"}', 'application/json; charset=utf-8')
  assert.deepEqual([read.model, read.contentType], ['alpha/m', undefined])
  assert.equal(writeFormRequest(read, noChanges).toString(), '{"model":"m","url":"https://x/a.wav"}')
})

for (const [what, body, says] of [
  ['without a closing boundary', good.replace('--x--\r\n', ''), /the body ends before its closing boundary \(at byte \d+\)/],
  ['cut in a header', good.slice(0, 90), /the body ends before/],
  ['with another boundary', good.replaceAll('--x', '--y'), /the boundary of the content type is not in the body/],
  ['with bare line feeds', good.replaceAll('\r\n', '\n'), /a boundary must/],
  ['with half a line end in front of a boundary', good.replace('RIFF\r\n', 'RIFF\n'), /a boundary must stand behind CRLF/],
  ['with a line that only begins like a boundary', good.replace('RIFF', 'RI\r\n--xy'), /a boundary must end its line/],
  ['with a field without a name', good.replace('name="file"; ', ''), /a field has no readable name/],
  [
    'with a field without a disposition',
    good.replace('Content-Disposition: form-data; name="file"; filename="a.wav"\r\n', ''),
    /no Content-Disp/,
  ],
  ['with a field that names itself twice', good.replace('name="file"', 'name="file"; name="model"'), /no readable name/],
  ['with a name in two notations', good.replace('name="file"', 'name="file"; name*=utf-8\'\'model'), /no readable name/],
  ['with an escaped letter in a name', good.replace('name="file"', 'name="mo\\del"'), /no readable name/],
  ['with two dispositions', good.replace('\r\nContent-Type', '\r\ncontent-disposition: form-data; name="model"\r\nContent-Type'), /twice/],
  ['with a folded header', good.replace('form-data; name="file"', 'form-data;\r\n name="file"'), /header of a field is malformed/],
  ['with no blank line behind a header', good.replace('audio/wav\r\n\r\nRIFF', 'audio/wav'), /no blank line/],
  ['with nothing in it', '', /no body/],
] as const) {
  test(`a form ${what} is refused with 400`, () => {
    const { status, message } = refusalOf(body)
    assert.equal(status, 400)
    assert.match(message, says)
  })
}

for (const [what, body, param, says] of [
  ['no model', `${file}--x--`, 'model', /`model` is missing.*groq\/whisper/],
  ['an empty model', `${field('model', ' ')}${file}--x--`, 'model', /names a model/],
  ['a model with a line end', `${field('model', 'a\r\nb')}${file}--x--`, 'model', /names a model/],
  ['two models', `${modelField}${good}`, 'model', /given twice/],
  ['a model as a file', good.replace('name="model"', 'name="model"; filename="m"'), 'model', /a plain field/],
  ['an encoded model', good.replace('name="model"', 'name="model"\r\nContent-Transfer-Encoding: base64'), 'model', /a plain field/],
  ['two streams', `${field('stream', 'true')}${field('stream', 'false')}${good}`, 'stream', /given twice/],
  ['no file', `${modelField}--x--`, 'file', /`file` is missing/],
] as const) {
  test(`a form with ${what} is refused, naming the field`, () => {
    const refusal = refusalOf(body)
    assert.deepEqual([refusal.status, refusal.details.param], [400, param])
    assert.match(refusal.message, says)
  })
}

test('a model that is not UTF-8 is refused', () => {
  const [before, after] = good.split('alpha/m')
  assert.match(refusalOf(Buffer.concat([Buffer.from(before ?? ''), Buffer.from([0xff]), Buffer.from(after ?? '')])).message, /not UTF-8/)
})

for (const [contentType, status, says] of [
  ['', 415, /The content type is missing/],
  ['application/x-www-form-urlencoded', 415, /`application\/x-www-form-urlencoded`.*multipart\/form-data/],
  ['multipart/form-data', 400, /no usable boundary/],
  ['multipart/form-data; boundary=""', 400, /no usable boundary/],
  ['multipart/form-data; boundary=a; boundary=b', 400, /no usable boundary/],
  [`multipart/form-data; boundary=${'a'.repeat(71)}`, 400, /no usable boundary/],
  ['multipart/form-data; boundary="a b "', 400, /no usable boundary/],
] as const) {
  test(`the content type "${contentType.slice(0, 50)}" is refused with ${status}`, () => {
    const refusal = refusalOf(good, contentType)
    assert.equal(refusal.status, status)
    assert.match(refusal.message, says)
  })
}

test('a boundary is read as RFC 2046 writes it', () => {
  assert.equal(boundaryOf('Multipart/Form-Data; charset=utf-8; BOUNDARY="a:b c=\\"'), undefined)
  assert.equal(boundaryOf('Multipart/Form-Data; charset=utf-8; BOUNDARY="a:b c="'), 'a:b c=')
  assert.equal(boundaryOf('multipart/form-data;boundary=----WebKitFormBoundary7MA4YWxk;'), '----WebKitFormBoundary7MA4YWxk')
  assert.equal(boundaryOf('multipart/mixed; boundary=x'), undefined)
})

test('spaces behind a boundary, a name without quotes and an array of files are read', () => {
  const read = sketch(good.replace('--x\r\n', '--x \t\r\n').replace('name="model"', 'name=model').replace('name="file"', 'name="file[]"'))
  assert.equal(read.model, 'alpha/m')
  assert.deepEqual(
    read.members.map(({ key }) => key),
    ['model', 'file[]'],
  )
})

test('content that looks like a boundary in the middle of a line stays content, but not without end', () => {
  const read = sketch(good.replace('RIFF', 'a--x\r\n--'))
  assert.equal(formText(read, 'file'), 'a--x\r\n--')
  assert.match(refusalOf(good.replace('RIFF', 'a--x'.repeat(10_001))).message, /choose another/)
})

const boundary = fc.string({ unit: fc.constantFrom('a', 'b', 'X', '0', '9', '-', '_', '.'), minLength: 1, maxLength: 70 })
const names = fc.string({ unit: fc.constantFrom('a', 'b', 'Z', '[', ']', '_', 'é', '"'), minLength: 1, maxLength: 8 })
const values = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))

test('whatever the fields hold, they are found where they are', () => {
  fc.assert(
    fc.property(boundary, fc.array(fc.tuple(names, values), { maxLength: 6 }), (mark, fields) => {
      fc.pre(fields.every(([, value]) => !value.includes(`--${mark}`)))
      const parts = fields.flatMap(([name, value]) => [
        Buffer.from(`--${mark}\r\nContent-Disposition: form-data; name="${name.replaceAll('"', '%22')}"\r\n\r\n`),
        value,
        Buffer.from('\r\n'),
      ])
      const bytes = Buffer.concat([...parts, Buffer.from(`--${mark}--\r\n`)])
      const read = scanParts(bytes, mark)
      assert.deepEqual(
        read.map(({ key, valueStart, valueEnd }) => [key, bytes.subarray(valueStart, valueEnd)]),
        fields.map(([name, value]) => [name, value]),
      )
    }),
  )
})

test('a form that is cut anywhere before its last line is refused, and never read as another one', () => {
  const bytes = Buffer.from(good)
  for (let end = 0; end < bytes.length - 2; end++) {
    assert.throws(() => scanParts(bytes.subarray(0, end), 'x'), FormFault, `cut at ${end}`)
  }
})

test('random bytes are refused or read, and nothing else happens', () => {
  const junk = fc.array(
    fc.constantFrom('--x', '--x--', '\r\n', '\n', '\r', 'Content-Disposition: form-data; name="a"', ':', ' ', '\0', 'z'),
  )
  fc.assert(
    fc.property(junk, (pieces) => {
      try {
        scanParts(Buffer.from(pieces.join('')), 'x')
      } catch (error) {
        assert.ok(error instanceof FormFault)
      }
    }),
  )
})
