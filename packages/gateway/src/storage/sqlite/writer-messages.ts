/** What the gateway and its usage writer say to one another. Any message to the writer means: finish and close. */

export interface WriterData {
  readonly dataDirectory: string
  /** Where the journal's segments lie. */
  readonly directory: string
  readonly retentionDays: number
}

export type WriterSays =
  | { readonly is: 'ready'; readonly firstSegment: number }
  | { readonly is: 'refused'; readonly message: string }
  | { readonly is: 'trouble'; readonly message: string }
  | { readonly is: 'closed' }

export function readWriterData(value: unknown): WriterData {
  const fields = fieldsOf(value)
  return {
    dataDirectory: String(fields['dataDirectory']),
    directory: String(fields['directory']),
    retentionDays: Number(fields['retentionDays']),
  }
}

export function readWriterSays(value: unknown): WriterSays {
  const fields = fieldsOf(value)
  const message = String(fields['message'])
  switch (fields['is']) {
    case 'ready':
      return { is: 'ready', firstSegment: Number(fields['firstSegment']) }
    case 'refused':
      return { is: 'refused', message }
    case 'closed':
      return { is: 'closed' }
    default:
      return { is: 'trouble', message }
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
