/** Reads a form (`multipart/form-data`) that a call brought, as a server that takes uploads does. */

/** One field of a form. */
export interface FormField {
  readonly name: string
  /** Sent as a file. */
  readonly fileName: string | undefined
  readonly contentType: string | undefined
  readonly bytes: Buffer
}

/** The fields in order; none where the body is no form, or not a whole one. */
export function readForm(contentType: string, body: Buffer): readonly FormField[] {
  const boundary = /^multipart\/form-data\b.*;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType)
  if (boundary === null) return []
  // One character a byte: positions in the text are positions in the body.
  const sections = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary[1] ?? boundary[2]}`)
  if (sections.at(-1)?.startsWith('--') !== true) return []
  return sections.slice(1, -1).flatMap(readField)
}

function readField(section: string): readonly FormField[] {
  const headEnd = section.indexOf('\r\n\r\n')
  const head = Buffer.from(section.slice(0, headEnd), 'latin1').toString()
  const name = /;\s*name="([^"]*)"/i.exec(head)?.[1]
  if (headEnd === -1 || name === undefined) return []
  return [
    {
      name,
      fileName: /;\s*filename="([^"]*)"/i.exec(head)?.[1],
      contentType: /^content-type:\s*(.+)$/im.exec(head)?.[1]?.trim(),
      bytes: Buffer.from(section.slice(headEnd + 4), 'latin1'),
    },
  ]
}
