/** One form for names of models and groups, so that what a variable can spell is what a provider calls it. */

/** `gemini-2.5-pro` and `GEMINI_2_5_PRO` → `gemini_2_5_pro` */
export const canonicalName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
