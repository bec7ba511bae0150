/** OpenAI Responses: `POST /v1/responses`. https://platform.openai.com/docs/api-reference/responses */
import type { Dialect } from '../dialect.ts'
import { writeOpenAiFailure } from '../openai/failure.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { checkResponsesAnswer } from './check-answer.ts'
import { writeResponsesStreamFailure } from './failure.ts'
import { mendRequest } from './mend-request.ts'
import { passResponsesRequest } from './pass-request.ts'
import { readResponsesAnswer } from './read-answer.ts'
import { readResponsesRequest } from './read-request.ts'
import { sketchResponses } from './sketch.ts'
import { amendWhole, amendmentOf } from './stored.ts'
import { ResponsesReader } from './stream-reader.ts'
import { ResponsesStreamWriter } from './stream-writer.ts'
import { ResponsesTap } from './tap.ts'
import { writeResponsesAnswer } from './write-answer.ts'
import { writeResponsesRequest } from './write-request.ts'

export const openAiResponses: Dialect = {
  name: 'openai-responses',
  operation: 'chat',
  sketch: sketchResponses,
  writeRequest: passResponsesRequest,
  readAnswer: (body, ask) => ({ ...checkResponsesAnswer(body), ...(ask !== undefined && amendWhole(body, ask.sketch)) }),
  openTap: (sketch) => new ResponsesTap(amendmentOf(sketch)),
  mendRequest,
  readFailure: readProviderFailure,
  writeFailure: writeOpenAiFailure,
  writeStreamFailure: writeResponsesStreamFailure,
  // The last event of the answer is the end.
  terminator: Buffer.alloc(0),
  caller: {
    readRequest: readResponsesRequest,
    writeAnswer: writeResponsesAnswer,
    openWriter: (ask) => new ResponsesStreamWriter(ask),
  },
  provider: {
    watchesStop: true,
    writeRequest: writeResponsesRequest,
    readAnswer: readResponsesAnswer,
    openReader: (origin) => new ResponsesReader(origin),
  },
}
