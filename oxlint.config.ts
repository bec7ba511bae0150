/** The lint rules, and the walls between the gateway's rooms. `ARCHITECTURE.md` shows the same table; a test compares them. */
import { defineConfig } from 'oxlint'
import type { OxlintConfig, OxlintOverride } from 'oxlint'

/** What each room of the gateway may import, besides itself. This table is the architecture. */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  config: ['domain'],
  http: ['domain'],
  dialects: ['domain'],
  providers: ['domain'],
  observability: ['domain'],
  routing: ['domain', 'providers'],
  credentials: ['domain', 'providers'],
  fleet: ['domain', 'providers'],
  tokens: ['domain'],
  usage: ['domain'],
  conversations: ['domain', 'dialects'],
  upstream: ['domain', 'dialects', 'providers', 'credentials'],
  storage: ['domain', 'credentials', 'fleet', 'usage', 'conversations'],
  pipeline: ['domain', 'http', 'dialects', 'providers', 'routing', 'credentials', 'usage', 'conversations', 'upstream'],
  endpoints: ['domain', 'http', 'dialects', 'providers', 'pipeline', 'fleet', 'usage', 'conversations', 'tokens'],
}

const walls: OxlintOverride[] = Object.entries(rooms).map(([room, doors]) => ({
  files: [`packages/gateway/src/${room}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [
              ...Object.keys(rooms)
                .filter((other) => other !== room && !doors.includes(other))
                .map((other) => `**/${other}/**`),
              '**/cli/**',
              '**/gateway.ts',
              '**/main.ts',
            ],
            message: `${room}/ may import only ${doors.join(', ') || 'nothing'}. See ARCHITECTURE.md.`,
          },
        ],
      },
    ],
  },
}))

/** The two libraries stand alone. */
const alone: OxlintOverride = {
  files: ['packages/keyring/**', 'packages/simulator/**'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { group: ['@keywheel/*', 'keywheel', '**/gateway/**'], message: 'keyring and simulator depend on nothing. See ARCHITECTURE.md.' },
        ],
      },
    ],
  },
}

const config: OxlintConfig = defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'node'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  options: { typeAware: true },
  ignorePatterns: ['**/dist/**', '**/node_modules/**', 'data/**'],
  rules: {
    'no-underscore-dangle': 'off',
    // The compiler does this with more sense (noImplicitReturns): a switch that uses up its union needs no last return.
    'typescript/consistent-return': 'off',
    // One await after another is how a candidate loop and a test read.
    'no-await-in-loop': 'off',
    // The ES2022 `cause` is set where there is one; the rule also wants it on errors made for a caller.
    'preserve-caught-error': 'off',
    'no-console': 'error',
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
    complexity: ['error', { max: 10 }],
    'max-depth': ['error', { max: 3 }],
    'max-params': ['error', { max: 4 }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-unsafe-type-assertion': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/consistent-type-imports': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
  },
  overrides: [
    ...walls,
    alone,
    {
      // node:test returns promises that its runner awaits; test bodies are scripts, long and plain.
      files: ['**/*.test.ts', 'packages/*/test/**', 'bench/**'],
      rules: {
        'max-lines-per-function': 'off',
        'typescript/no-floating-promises': 'off',
        'typescript/no-unsafe-type-assertion': 'off',
      },
    },
    // The command line and the benchmark talk to a person.
    { files: ['packages/gateway/src/cli/**', 'bench/**'], rules: { 'no-console': 'off' } },
    // What these import does its work by being imported.
    { files: ['packages/*/bin/**'], rules: { 'import/no-unassigned-import': 'off' } },
    // Tools want their configuration as the default export.
    { files: ['*.config.ts'], rules: { 'import/no-default-export': 'off' } },
    // The one place where a plain string becomes a name.
    { files: ['packages/gateway/src/domain/names.ts'], rules: { 'typescript/no-unsafe-type-assertion': 'off' } },
  ],
})

export default config
