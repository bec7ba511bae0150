/** How texts of variables and flags become values: numbers, switches, choices, lists. */
import type { Reading } from './settings.ts'

/** A day, the longest wait that can be set. */
const longestSeconds = 86_400

export const plainText = (text: string): Reading<string> => ({ ok: true, value: text })

export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => Reading<number> {
  const expected = most === Number.MAX_SAFE_INTEGER ? `a whole number, ${least} or more` : `a whole number from ${least} to ${most}`
  return (text) => {
    const value = Number(text)
    return /^[+-]?\d+$/.test(text) && value >= least && value <= most ? { ok: true, value } : { ok: false, expected }
  }
}

export function decimal(least: number, most: number): (text: string) => Reading<number> {
  return (text) => {
    const value = Number(text)
    if (/^\d+(?:\.\d+)?$/.test(text) && value >= least && value <= most) return { ok: true, value }
    return { ok: false, expected: `a number from ${least} to ${most}` }
  }
}

/** Seconds as people write them, milliseconds as we keep them. */
export function seconds(leastMs: number): (text: string) => Reading<number> {
  return (text) => {
    const milliseconds = Math.round(Number(text) * 1000)
    if (/^\d+(?:\.\d+)?$/.test(text) && milliseconds >= leastMs && milliseconds <= longestSeconds * 1000)
      return { ok: true, value: milliseconds }
    return { ok: false, expected: `a number of seconds such as 30 or 2.5, at most ${longestSeconds}${leastMs > 0 ? ', more than 0' : ''}` }
  }
}

const switches: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  yes: true,
  on: true,
  false: false,
  '0': false,
  no: false,
  off: false,
}

export function onOrOff(text: string): Reading<boolean> {
  const word = text.toLowerCase()
  const value = Object.hasOwn(switches, word) ? switches[word] : undefined
  return value === undefined ? { ok: false, expected: 'true or false' } : { ok: true, value }
}

export function oneOf<T extends string>(words: readonly T[]): (text: string) => Reading<T> {
  return (text) => {
    const value = words.find((word) => word === text.toLowerCase())
    return value === undefined ? { ok: false, expected: words.join(' or ') } : { ok: true, value }
  }
}

/** A part of an address: nothing that could lead it to another server. */
export const addressPartPattern: RegExp = /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/

export function addressPart(text: string): Reading<string> {
  return addressPartPattern.test(text)
    ? { ok: true, value: text }
    : { ok: false, expected: 'letters, digits, dots, dashes and underscores' }
}

/** Begins with a letter: numbers are priorities. */
export const tierPattern: RegExp = /^[A-Za-z][\w.-]{0,31}$/

export function tierName(text: string): Reading<string> {
  return tierPattern.test(text)
    ? { ok: true, value: text }
    : { ok: false, expected: 'a name such as free: a letter, then letters, digits, dots, dashes and underscores' }
}

/** `a, b,,c` → `['a', 'b', 'c']` */
export const commaList = (text: string): Reading<readonly string[]> => ({
  ok: true,
  value: text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
})
