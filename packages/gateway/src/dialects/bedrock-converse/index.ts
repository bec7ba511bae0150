/** Converse and ConverseStream of Amazon Bedrock. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
import type { Dialect } from '../dialect.ts'
import { providerOnly } from '../provider-only.ts'
import { readBedrockAnswer } from './answer.ts'
import { readBedrockFailure } from './failure.ts'
import { writeBedrockRequest } from './request.ts'
import { ConverseReader } from './stream.ts'

export const bedrockConverse: Dialect = providerOnly({
  name: 'bedrock-converse',
  operation: 'chat',
  streamType: 'application/vnd.amazon.eventstream',
  readFailure: readBedrockFailure,
  provider: {
    // Bedrock takes four; the gateway watches for all of them beside.
    watchesStop: true,
    fetchesNoImages: true,
    writeRequest: writeBedrockRequest,
    readAnswer: (body, origin, _target, request) => readBedrockAnswer(body, origin, request),
    openReader: (origin, _target, request) => new ConverseReader(origin, request),
  },
})
