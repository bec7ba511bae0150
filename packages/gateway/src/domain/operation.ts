/** What a caller can ask for, whatever dialect it is asked in. */
export type Operation = 'chat' | 'complete' | 'embed'

/** The wire formats that are spoken. */
export type DialectName = 'openai-chat' | 'openai-completions' | 'openai-embeddings'
