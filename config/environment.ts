import type { ConfigFault } from '../src/errors.ts';
import { pathText } from './faults.ts';

/** What replacing `${NAME}` in a configuration came to. */
export interface Substitution {
  readonly value: unknown;
  readonly faults: readonly ConfigFault[];
  /** By path text: the variables whose text is part of that value. */
  readonly variables: ReadonlyMap<string, readonly string[]>;
  /** Path texts of values that are one variable and nothing else; these may feed numbers and booleans. */
  readonly whole: ReadonlySet<string>;
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;

/**
 * Replaces `${NAME}` in every text of a parsed YAML document by the environment's value; `$${` stands for `${`. It is
 * done after parsing, so that a value can't change the document's structure, and once, so that a value that holds
 * `${` itself is taken as it is. Keys without a value are left out: a section whose lines are all commented out is
 * the same as no section.
 */
export function substitute(
  document: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): Substitution {
  const faults: ConfigFault[] = [];
  const variables = new Map<string, readonly string[]>();
  const whole = new Set<string>();

  const visit = (
    value: unknown,
    path: readonly (string | number)[],
    parents: readonly unknown[],
  ): unknown => {
    if (typeof value === 'string') return replace(value, pathText(path));
    if (typeof value !== 'object' || value === null) return value;
    if (parents.includes(value)) {
      faults.push({ path: pathText(path), problem: 'an alias (*) that contains itself' });
      return undefined;
    }
    const inside = [...parents, value];
    if (Array.isArray(value))
      return value.map((item: unknown, index) => visit(item, [...path, index], inside));
    const entries = Object.entries(value).filter(([, item]) => item !== null);
    return Object.fromEntries(entries.map(([key, item]) => [key, visit(item, [...path, key], inside)]));
  };

  const replace = (text: string, path: string): string => {
    const names: string[] = [];
    const replaced = text.replace(REFERENCE, (reference, name: string | undefined, close: string) => {
      if (name === undefined) return '${';
      if (close === '' || !/^[A-Za-z_]\w*$/.test(name)) {
        const problem = `expected \${NAME} with the name of an environment variable; a plain \${ is written $\${`;
        faults.push({ path, problem });
        return '';
      }
      const value = environment[name];
      if (value === undefined || value === '') {
        const state = value === undefined ? 'is not set' : 'is empty';
        faults.push({ path, problem: `the environment variable ${name} ${state}` });
        // Stands in for the value, so that its absence makes no second fault.
        return reference;
      }
      names.push(name);
      if (reference === text) whole.add(path);
      return value;
    });
    if (names.length > 0) variables.set(path, names);
    return replaced;
  };

  return { value: visit(document, [], []), faults, variables, whole };
}
