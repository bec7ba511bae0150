/** Answers that are not streamed: one JSON object. */
import type { AnswerPlan } from './answer-plan.ts'

/** A chat completion. */
export function chatAnswer(plan: AnswerPlan): object {
  const text = [...plan.tokens].join('')
  const message = {
    role: 'assistant',
    content: text === '' && plan.toolCalls.length > 0 ? null : text,
    ...(plan.reasoning.length > 0 ? { reasoning_content: plan.reasoning.join('') } : {}),
    ...(plan.toolCalls.length > 0 ? { tool_calls: toolCallsOf(plan) } : {}),
    refusal: null,
  }
  return envelope(plan, 'chat.completion', { index: 0, message, logprobs: null, finish_reason: plan.finish })
}

/** A text completion. */
export function textAnswer(plan: AnswerPlan): object {
  const text = [...plan.tokens].join('')
  return envelope(plan, 'text_completion', { index: 0, text, logprobs: null, finish_reason: plan.finish })
}

/** The list of models. */
export function modelList(models: readonly string[], created: number): object {
  return { object: 'list', data: models.map((id) => ({ id, object: 'model', created, owned_by: 'simulator' })) }
}

function envelope(plan: AnswerPlan, object: string, choice: object): object {
  const usage = plan.usage === undefined ? {} : { usage: plan.usage }
  return { id: plan.id, object, created: plan.created, model: plan.model, choices: [choice], ...usage, ...plan.extra }
}

function toolCallsOf(plan: AnswerPlan): readonly object[] {
  return plan.toolCalls.map(({ id, name, arguments: text }) => ({ id, type: 'function', function: { name, arguments: text } }))
}
