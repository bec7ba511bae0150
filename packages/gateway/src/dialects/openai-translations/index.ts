/** OpenAI translations of speech into English: `POST /v1/audio/translations`. https://platform.openai.com/docs/api-reference/audio/createTranslation */
import type { Dialect } from '../dialect.ts'
import { transcriptDialect } from '../media/transcript.ts'

export const openAiTranslations: Dialect = {
  ...transcriptDialect('openai/whisper-1'),
  name: 'openai-translations',
  operation: 'translate',
}
