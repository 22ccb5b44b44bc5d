/** Reads Dockerfiles as far as ours go: one instruction a line, lines continued by a backslash, JSON arrays. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export interface Instruction {
  readonly name: string;
  /** `--from=build` and so on. */
  readonly flags: ReadonlyMap<string, string>;
  readonly rest: string;
}

export interface Stage {
  readonly name: string | undefined;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** Those before the first stage. */
  readonly args: ReadonlyMap<string, string>;
  readonly stages: readonly Stage[];
}

export interface Copy {
  /** The stage that it comes from; undefined: the build context. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
  readonly owner: string | undefined;
}

export function readDockerfile(path: string): Dockerfile {
  const text = readFileSync(path, 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ');
  const args = new Map<string, string>();
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const instruction = readInstruction(line);
    if (instruction.name === 'FROM') {
      const [base, as, name] = instruction.rest.split(/\s+/);
      assert.ok(as === undefined || as === 'AS', line);
      stages.push({ name, base: base!, instructions: [] });
    } else if (stages.length > 0) stages.at(-1)!.instructions.push(instruction);
    else {
      assert.equal(instruction.name, 'ARG', line);
      const [name, value] = instruction.rest.split('=');
      args.set(name!, value!);
    }
  }
  return { args, stages };
}

function readInstruction(line: string): Instruction {
  const [, name, flags, rest] = /^([A-Z]+)\s+((?:--[a-z-]+=\S+\s+)*)(.*)$/.exec(line)!;
  const pairs = [...flags!.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, key, value]) => [key!, value!] as const);
  return { name: name!, flags: new Map(pairs), rest: rest!.trim() };
}

export function copiesOf(stage: Stage): Copy[] {
  return allOf(stage, 'COPY').map(({ flags, rest }) => {
    const words = rest.split(/\s+/);
    return { from: flags.get('from'), owner: flags.get('chown'), sources: words.slice(0, -1), target: words.at(-1)! };
  });
}

export function allOf(stage: Stage, name: string): Instruction[] {
  return stage.instructions.filter((each) => each.name === name);
}

/** The text of an instruction that is there once. */
export function only(stage: Stage, name: string): string {
  const found = allOf(stage, name);
  assert.equal(found.length, 1, `${name} is there once`);
  return found[0]!.rest;
}

/** The words of a command in its exec form, which needs no shell. */
export function execForm(text: string): string[] {
  const words: unknown = JSON.parse(text.replace(/^CMD\s+/, ''));
  assert.ok(Array.isArray(words) && words.every((each) => typeof each === 'string'), text);
  return words;
}
