/** OpenAI transcriptions: `POST /v1/audio/transcriptions`. https://platform.openai.com/docs/api-reference/audio/createTranscription */
import type { Dialect } from '../dialect.ts'
import { transcriptDialect } from '../media/transcript.ts'

export const openAiTranscriptions: Dialect = {
  ...transcriptDialect('groq/whisper-large-v3-turbo'),
  name: 'openai-transcriptions',
  operation: 'transcribe',
}
