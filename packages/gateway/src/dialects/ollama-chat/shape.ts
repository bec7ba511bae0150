/** What a line of Ollama's chat looks like. */
import { argumentsObject } from '../ollama/writer.ts'
import type { Shape } from '../ollama/writer.ts'

export const messageShape: Shape = ({ content, thinking, calls, images }) => ({
  message: {
    role: 'assistant',
    content,
    ...(thinking !== undefined && { thinking }),
    ...(images !== undefined && { images }),
    ...(calls !== undefined && {
      tool_calls: calls.map((call) => ({
        id: call.id,
        function: { index: call.index, name: call.name, arguments: argumentsObject(call) },
      })),
    }),
  },
})
