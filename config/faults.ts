import type { z } from 'zod';
import type { ConfigFault } from '../src/errors.ts';
import { suggestion } from './fields.ts';
import { isSecret } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** A setting's place in the file: `pools[0].seats.max`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}

/**
 * Says what zod found in the words of the person who wrote the file. Never quotes a secret, nor anything that came
 * from the environment.
 *
 * @param document what was checked.
 * @param fromEnvironment path texts of the values that came from the environment.
 */
export function faultsOf(
  issue: Issue,
  document: unknown,
  fromEnvironment: ReadonlySet<string>,
): ConfigFault[] {
  const path = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    // By convention of `settings`, the message lists the keys that exist here.
    const known = issue.message.split(', ');
    return issue.keys.map((key) => {
      const hint = suggestion(key, known) || `; the settings here are ${issue.message}`;
      return { path: pathText([...issue.path, key]), problem: `there is no such setting${hint}` };
    });
  }
  if (issue.code === 'custom' && !issue.message.startsWith('expected'))
    return [{ path, problem: issue.message }];
  const found = foundAt(issue.path, document, fromEnvironment);
  return [{ path, problem: `${expectation(issue)}, found ${found.text}${quotes(issue, found.value)}` }];
}

function expectation(issue: Issue): string {
  if (issue.message.startsWith('expected')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${alternatives(issue.values)}`;
    case 'too_small':
      return `expected ${String(issue.minimum)} or more`;
    case 'too_big':
      return `expected ${String(issue.maximum)} or less`;
    default:
      return `expected something else (${issue.message})`;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'settings (`key: value` lines)',
};

function alternatives(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function foundAt(path: readonly PropertyKey[], document: unknown, fromEnvironment: ReadonlySet<string>) {
  let value = document;
  for (const step of path) value = child(value, step);
  if (value === undefined || value === null) return { text: 'nothing', value };
  if (isSecret(path)) return { text: 'something else', value };
  if (fromEnvironment.has(pathText(path)))
    return { text: 'something else in the environment variable', value };
  if (Array.isArray(value)) return { text: value.length === 0 ? 'an empty list' : 'a list', value };
  if (typeof value === 'object') return { text: 'settings (`key: value` lines)', value };
  return { text: shown(value), value };
}

/** A text without quotes may have been read as a number; YAML users stumble over that. */
function quotes(issue: Issue, value: unknown): string {
  const misread = issue.code === 'invalid_type' && issue.expected === 'string' && typeof value !== 'object';
  return misread && value !== undefined ? ' (write it in quotes)' : '';
}

function child(value: unknown, step: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
}

function shown(value: unknown): string {
  // A URL is shown without the parts that people put keys into.
  const plain =
    typeof value === 'string'
      ? value.replace(/:\/\/[^/?#]*@/, '://…@').replace(/(:\/\/[^?#]*)[?#].*/, '$1?…')
      : value;
  const text = JSON.stringify(plain) ?? String(plain);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
