/** What an image costs, as far as it can be told from its first bytes; nobody's tokens are made of its base64. */

/** For an image of unknown size: what a screen-sized one comes to with most vendors. */
const usualTokens = 1000

/** With `detail: "low"`, where one price holds for any size. */
const lowDetailTokens = 85

const longestEdge = 1568
/** Pixels a token: Anthropic documents this number, and the other vendors' tiles come close to it. */
const pixelsPerToken = 750

/** @param base64 the image's bytes; undefined where only its address is known. */
export function imageTokens(base64: string | undefined, detail: string | undefined): number {
  if (detail === 'low') return lowDetailTokens
  const size = base64 === undefined ? undefined : sizeOf(base64)
  if (size === undefined) return usualTokens
  const scale = Math.min(1, longestEdge / Math.max(size.width, size.height))
  return Math.max(1, Math.ceil((size.width * scale * size.height * scale) / pixelsPerToken))
}

interface Size {
  readonly width: number
  readonly height: number
}

/** JPEG's size lies behind its metadata, which can be long. */
const lookedAtBytes = 96 * 1024

function sizeOf(base64: string): Size | undefined {
  const bytes = Buffer.from(base64.slice(0, Math.ceil(lookedAtBytes / 3) * 4), 'base64')
  const size = pngSize(bytes) ?? gifSize(bytes) ?? webpSize(bytes) ?? jpegSize(bytes)
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined
}

function pngSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89_50_4e_47) return undefined
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

function gifSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 10 || bytes.toString('latin1', 0, 3) !== 'GIF') return undefined
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
}

/** The three kinds of WebP keep their size in three places. */
function webpSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 30 || bytes.toString('latin1', 8, 12) !== 'WEBP') return undefined
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return { width: (bits & 0x3f_ff) + 1, height: ((bits >>> 14) & 0x3f_ff) + 1 }
    }
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3f_ff, height: bytes.readUInt16LE(28) & 0x3f_ff }
    default:
      return undefined
  }
}

/** Walks from segment to segment until one tells the size of the frame. */
function jpegSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xff_d8) return undefined
  let at = 2
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0
    if (isFrame(marker)) return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

/** SOF0 to SOF15 without the three of that range that mean something else. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
