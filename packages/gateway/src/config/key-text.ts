/** Whether a text can be a key at all. */

/** What templates hold where a key belongs. */
const placeholders: readonly RegExp[] = [
  /^<.*>$/,
  /^\[.*\]$/,
  /^\{.*\}$/,
  /^(?:[a-z]{1,8}[-_])*x{3,}$/i,
  /^(?:[a-z]{1,8}[-_])*(?:\.{3}|…|\*{3,})$/i,
  /^(?:[a-z]{1,8}[-_])*(?:your|insert|enter|paste)[-_ ].*(?:key|token|here)/i,
  /^(?:(?:your|my)[-_ ]?)?api[-_ ]?key(?:[-_ ]?here)?$/i,
  /^(?:change|replace|fill)[-_ ]?(?:me|this|in)$/i,
  /^(?:placeholder|todo|none|null|undefined)$/i,
]

export const isPlaceholder = (text: string): boolean => placeholders.some((pattern) => pattern.test(text))

/** Visible ASCII: what a header can carry. */
export const isSendable = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

export const unsendableMessage: string = 'The key holds a character that cannot be sent, such as a space or a line break.'
export const unsendableRemedy: string = 'Give the key alone, without quotes, spaces or the word Bearer.'
