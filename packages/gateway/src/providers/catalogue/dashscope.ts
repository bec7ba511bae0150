/** Alibaba Cloud Model Studio outside China: the Qwen models. */
import { providerName } from '../../domain/names.ts'
import { chatAndEmbed, chatSpeech, messagesSpeech } from '../openai-speech.ts'
import type { Provider } from '../provider.ts'

/** Alibaba Model Studio. */
export const dashscope: Provider = {
  name: providerName('dashscope'),
  title: 'Alibaba Model Studio',
  site: 'https://www.alibabacloud.com/help/en/model-studio/use-qwen-by-calling-api',
  // Address and variable: models.dev (2026-08).
  baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
  auth: { kind: 'bearer' },
  keyFrom: ['DASHSCOPE'],
  // For a key of Beijing set DASHSCOPE_API_BASE to https://dashscope.aliyuncs.com/compatible-mode/v1.
  speaks: { ...chatAndEmbed, chat: [chatSpeech, { ...messagesSpeech, base: 'https://dashscope-intl.aliyuncs.com/apps/anthropic/v1' }] },
  modelsPath: '/models',
  quirks: { thinking: 'enable-thinking' },
}
