/** The npm scripts that guard the tree, and knip's second pass. */
export type Guard = 'deps' | 'lint' | 'types' | 'format' | 'unused' | 'unused-production';

export interface Violation {
  readonly guard: Guard;
  /** As the tool writes it. */
  readonly rule: string;
  /** The file that the tool must name. */
  readonly file: string;
}

/** Files that do not belong into the tree. What one imports is planted too, so that no real file's name matters here. */
export const plantedFiles: Readonly<Record<string, string>> = {
  // Imports.
  'src/core/planted-cycle-a.ts': `import { b } from './planted-cycle-b.ts';\nexport const a = (): number => b();\n`,
  'src/core/planted-cycle-b.ts': `import type { a } from './planted-cycle-a.ts';\nexport const b = (): number => ({}) as ReturnType<typeof a>;\n`,
  'src/core/planted-upward.ts': `import type { Planted } from '../proxy/match/planted-target.ts';\nexport type Up = Planted;\n`,
  'src/core/planted-package.ts': `import { z } from 'zod';\nexport const schema: unknown = z;\n`,
  'src/wire/planted-upward.ts': `import type { Planted } from '../proxy/match/planted-target.ts';\nexport type Up = Planted;\n`,
  'src/wire/planted-io.ts': `import { connect } from 'node:net';\nexport const open: unknown = connect;\n`,
  'src/proxy/planted-upward.ts': `import type { Planted } from '../control/planted-target.ts';\nexport type Up = Planted;\n`,
  'src/proxy/match/planted-target.ts': `export interface Planted {\n  readonly planted: true;\n}\n`,
  'src/proxy/pick/planted-other-step.ts': `import type { Planted } from '../match/planted-target.ts';\nexport type Other = Planted;\n`,
  'src/proxy/forwarding/planted-step.ts': `import type { Planted } from '../match/planted-target.ts';\nexport type Other = Planted;\n`,
  'src/proxy/access-log/planted-other-step.ts': `import type { Planted } from '../match/planted-target.ts';\nexport type Other = Planted;\n`,
  'src/proxy/middleware/planted-a/target.ts': `export interface Planted {\n  readonly planted: true;\n}\n`,
  'src/proxy/middleware/planted-b/other-feature.ts': `import type { Planted } from '../planted-a/target.ts';\nexport type Other = Planted;\n`,
  'src/control/planted-target.ts': `export interface Planted {\n  readonly planted: true;\n}\n`,
  'src/control/planted-window.ts': `import type { Planted } from '../proxy/match/planted-target.ts';\nexport type Inside = Planted;\n`,
  'src/control/planted-upward.ts': `import type { Planted } from '../cli/planted-target.ts';\nexport type Up = Planted;\n`,
  'src/cli/planted-target.ts': `export interface Planted {\n  readonly planted: true;\n}\n`,
  'src/cli/planted-window.ts': `import type { Planted } from '../proxy/match/planted-target.ts';\nexport type Inside = Planted;\n`,
  'src/planted-upward.ts': `import type { Planted } from './cli/planted-target.ts';\nexport type Up = Planted;\n`,
  'src/core/planted-needs-test.ts': `import type { Planted } from '../../test/planted-support.ts';\nexport type Up = Planted;\n`,
  'test/planted-support.ts': `export interface Planted {\n  readonly planted: true;\n}\n`,
  'src/wire/planted-dev.ts': `import fc from 'fast-check';\nexport const dev: unknown = fc;\n`,
  'src/wire/planted-unknown.ts': `import { nothing } from 'no-such-package';\nexport const unknown: unknown = nothing;\n`,
  'src/core/planted-orphan.ts': `export const orphan = 1;\n`,

  // Lint.
  'src/core/planted-default.ts': `const planted = 1;\nexport default planted;\n`,
  'src/core/planted-long.ts': `export const long: number[] = [];\n${'long.push(1);\n'.repeat(301)}`,
  'src/core/planted-long-function.ts': `export function long(list: number[]): void {\n${'  list.push(1);\n'.repeat(61)}}\n`,
  'src/core/planted-params.ts': `export const sum = (a: number, b: number, c: number, d: number, e: number): number => a + b + c + d + e;\n`,
  'src/core/planted-complexity.ts': `export const knot = (n: number): boolean => ${Array.from({ length: 13 }, (_, i) => `n === ${i}`).join(' || ')};\n`,
  'src/core/planted-depth.ts': `export function deep(n: number): number {
  if (n > 1) {
    if (n > 2) {
      if (n > 3) {
        if (n > 4) return n;
      }
    }
  }
  return 0;
}
`,
  'src/core/planted-console.ts': `export const say = (): void => console.log('planted');\n`,
  'src/core/planted-floating.ts': `export function drop(): void {\n  Promise.resolve(1);\n}\n`,
  'src/core/planted-misused.ts': `export const odd = (list: number[]): number[] => list.filter(async (n) => n > (await 1));\n`,
  'src/core/planted-switch.ts': `export function name(side: 'a' | 'b'): string {\n  switch (side) {\n    case 'a':\n      return 'a';\n  }\n  return '';\n}\n`,
  'src/core/planted-throw.ts': `export function fail(): never {\n  throw 'planted';\n}\n`,
  'src/core/planted-any.ts': `export const anything = (value: any): unknown => value;\n`,

  // The rest.
  'src/core/planted-type-error.ts': `export const count: number = 'one';\n`,
  'src/core/planted-format.ts': `export const   ugly = "double"\n`,
  'src/core/planted-only-tested.test.ts': `import { onlyTested } from './clock.ts';\nimport { test } from 'node:test';\ntest('planted', () => onlyTested());\n`,
};

/** Lines added to files that are in use. */
export const plantedLines: Readonly<Record<string, string>> = {
  'src/core/clock.ts': `export function nobodyUses(): void {}\nexport function onlyTested(): void {}\n`,
};

export const violations: readonly Violation[] = [
  { guard: 'deps', rule: 'no-cycles', file: 'src/core/planted-cycle-a.ts' },
  { guard: 'deps', rule: 'core-stands-under-everything', file: 'src/core/planted-upward.ts' },
  { guard: 'deps', rule: 'core-needs-no-packages', file: 'src/core/planted-package.ts' },
  { guard: 'deps', rule: 'wire-stands-on-core', file: 'src/wire/planted-upward.ts' },
  { guard: 'deps', rule: 'wire-does-no-io', file: 'src/wire/planted-io.ts' },
  { guard: 'deps', rule: 'proxy-does-not-know-control', file: 'src/proxy/planted-upward.ts' },
  { guard: 'deps', rule: 'control-does-not-know-its-callers', file: 'src/control/planted-upward.ts' },
  { guard: 'deps', rule: 'library-does-not-know-the-command', file: 'src/planted-upward.ts' },
  { guard: 'deps', rule: 'proxy-is-entered-by-its-door', file: 'src/control/planted-window.ts' },
  { guard: 'deps', rule: 'proxy-is-entered-by-its-door', file: 'src/cli/planted-window.ts' },
  { guard: 'deps', rule: 'steps-do-not-know-each-other', file: 'src/proxy/pick/planted-other-step.ts' },
  { guard: 'deps', rule: 'steps-do-not-know-each-other', file: 'src/proxy/access-log/planted-other-step.ts' },
  { guard: 'deps', rule: 'steps-do-not-know-each-other', file: 'src/proxy/forwarding/planted-step.ts' },
  { guard: 'deps', rule: 'features-do-not-know-each-other', file: 'src/proxy/middleware/planted-b/other-feature.ts' },
  { guard: 'deps', rule: 'src-does-not-know-tests', file: 'src/core/planted-needs-test.ts' },
  { guard: 'deps', rule: 'no-dev-dependencies-in-src', file: 'src/wire/planted-dev.ts' },
  { guard: 'deps', rule: 'no-unknown-packages', file: 'src/wire/planted-unknown.ts' },
  { guard: 'deps', rule: 'no-orphans', file: 'src/core/planted-orphan.ts' },
  { guard: 'lint', rule: '(no-cycle)', file: 'src/core/planted-cycle' },
  { guard: 'lint', rule: '(no-default-export)', file: 'src/core/planted-default.ts' },
  { guard: 'lint', rule: '(max-lines)', file: 'src/core/planted-long.ts' },
  { guard: 'lint', rule: '(max-lines-per-function)', file: 'src/core/planted-long-function.ts' },
  { guard: 'lint', rule: '(max-params)', file: 'src/core/planted-params.ts' },
  { guard: 'lint', rule: '(complexity)', file: 'src/core/planted-complexity.ts' },
  { guard: 'lint', rule: '(max-depth)', file: 'src/core/planted-depth.ts' },
  { guard: 'lint', rule: '(no-console)', file: 'src/core/planted-console.ts' },
  { guard: 'lint', rule: '(no-floating-promises)', file: 'src/core/planted-floating.ts' },
  { guard: 'lint', rule: '(no-misused-promises)', file: 'src/core/planted-misused.ts' },
  { guard: 'lint', rule: '(switch-exhaustiveness-check)', file: 'src/core/planted-switch.ts' },
  { guard: 'lint', rule: '(only-throw-error)', file: 'src/core/planted-throw.ts' },
  { guard: 'lint', rule: '(no-explicit-any)', file: 'src/core/planted-any.ts' },
  { guard: 'types', rule: 'TS2322', file: 'src/core/planted-type-error.ts' },
  { guard: 'format', rule: 'planted-format.ts', file: 'src/core/planted-format.ts' },
  { guard: 'unused', rule: 'nobodyUses', file: 'src/core/clock.ts' },
  { guard: 'unused', rule: 'planted-orphan.ts', file: 'src/core/planted-orphan.ts' },
  { guard: 'unused-production', rule: 'onlyTested', file: 'src/core/clock.ts' },
];
