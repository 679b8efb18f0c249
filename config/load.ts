import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { z } from 'zod';
import { ConfigError, type ConfigFault, messageOf } from '../src/errors.ts';
import { disagreements } from './agreement.ts';
import { type Substitution, substitute } from './environment.ts';
import { faultsOf, pathText } from './faults.ts';
import { type Config, configSchema, isSecret, type RosterConfig } from './schema.ts';
import { parseYaml } from './yaml.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const CONFIG_FILE = 'cohort-sync.yaml';

export interface LoadConfigOptions {
  /** The file to read, seen from `cwd` (Default: `cohort-sync.yaml`). */
  readonly path?: string | undefined;
  readonly cwd: string;
  /** The process environment. Wins over the `.env` file beside the configuration, or else in `cwd`. */
  readonly env: Environment;
}

/** The configuration with its defaults filled in and its paths made absolute. */
export type LoadedConfig = Config & {
  readonly file: string;
  /** The folder of the file: relative paths in it start here. */
  readonly folder: string;
  /** Every secret text in it, for masking logs. */
  readonly secrets: readonly string[];
};

/**
 * Reads and checks the configuration.
 * @throws ConfigError with all faults at once, each with its path in the file; nothing else.
 */
export function loadConfig({ path: named, cwd, env }: LoadConfigOptions): LoadedConfig {
  const file = path.resolve(cwd, named ?? CONFIG_FILE);
  const folder = path.dirname(file);
  const { value, faults: syntaxFaults } = parseYaml(readConfig(file, named === undefined));
  if (syntaxFaults.length > 0) throw new ConfigError(file, syntaxFaults);
  const environment = { ...readDotEnv(file, [folder, cwd]), ...env };
  const substitution = substitute(value, environment);
  const { config, faults } = check(substitution);
  if (config === null || faults.length > 0) throw new ConfigError(file, faults);
  return {
    ...config,
    roster: withAbsolutePaths(config.roster, folder),
    redis: { ...config.redis, dataFolder: path.resolve(folder, config.redis.dataFolder) },
    file,
    folder,
    secrets: secretsIn(substitution, environment),
  };
}

function readConfig(file: string, byDefault: boolean): string {
  const source = readIfPresent(file, file);
  if (source !== null) return source;
  const advice = byDefault
    ? 'there is no such file; write one with `cohort-sync init`, or name yours with --config PATH'
    : 'there is no such file; check the path after --config, or write a new one with `cohort-sync init`';
  throw fault(file, advice);
}

/** The variables of the first `.env` that exists. */
function readDotEnv(file: string, folders: readonly string[]): Environment {
  for (const folder of folders) {
    const source = readIfPresent(path.join(folder, '.env'), file);
    if (source !== null) return parseEnv(source);
  }
  return {};
}

function readIfPresent(file: string, config: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw fault(config, `${file === config ? 'it' : file} can't be read: ${messageOf(cause)}`);
  }
}

/** What is parsed once a process isn't worth compiling parsers for: that takes longer than all the rest of it. */
const ONCE = { jitless: true } as const;

/** Checks against the schema. Values from the environment are text; where a number or boolean is due they become it. */
function check({ value, faults: known, variables, whole }: Substitution) {
  let parsed = configSchema.safeParse(value, ONCE);
  for (const issue of parsed.error?.issues ?? []) convert(issue, value, whole);
  if (!parsed.success && whole.size > 0) parsed = configSchema.safeParse(value, ONCE);
  const fromEnvironment = new Set(variables.keys());
  const issues = parsed.success ? [] : parsed.error.issues;
  const faults = [
    ...known,
    ...issues.flatMap((issue) => faultsOf(issue, value, fromEnvironment)),
    ...disagreements(value),
  ];
  return { config: parsed.success ? parsed.data : null, faults: firstOfEachPath(faults) };
}

/** One fault a setting: what follows from the first would only distract. */
function firstOfEachPath(faults: readonly ConfigFault[]): ConfigFault[] {
  const firsts = new Map<string, ConfigFault>();
  for (const fault of faults) if (!firsts.has(fault.path)) firsts.set(fault.path, fault);
  return [...firsts.values()];
}

/** Turns the text at an issue's place into the number or boolean that is expected there, where it is one. */
function convert(issue: z.core.$ZodIssue, document: unknown, whole: ReadonlySet<string>): void {
  if (issue.code !== 'invalid_type' || !whole.has(pathText(issue.path))) return;
  const key = issue.path.at(-1);
  let parent = document;
  for (const step of issue.path.slice(0, -1)) parent = Reflect.get(Object(parent), step);
  if (key === undefined || typeof parent !== 'object' || parent === null) return;
  const text: unknown = Reflect.get(parent, key);
  const converted = typeof text === 'string' ? convertText(text.trim(), issue.expected) : undefined;
  if (converted !== undefined) Reflect.set(parent, key, converted);
}

function convertText(text: string, expected: string): number | boolean | undefined {
  if (expected === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (expected === 'number' || expected === 'int')
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  return undefined;
}

function withAbsolutePaths(roster: RosterConfig, folder: string): RosterConfig {
  if (roster.source !== 'google-sheets') return { ...roster, path: path.resolve(folder, roster.path) };
  if (roster.credentials === undefined) return roster;
  return { ...roster, credentials: path.resolve(folder, roster.credentials) };
}

/** The secret settings, the variables they are made of, and the password of the Redis URL. */
function secretsIn({ value, variables }: Substitution, environment: Environment): string[] {
  const secrets = new Set<string>();
  const visit = (item: unknown, at: readonly (string | number)[]): void => {
    if (Array.isArray(item)) for (const [index, child] of item.entries()) visit(child, [...at, index]);
    else if (typeof item === 'object' && item !== null) {
      for (const [key, child] of Object.entries(item)) visit(child, [...at, key]);
    } else if (typeof item === 'string' && isSecret(at)) {
      secrets.add(item);
      for (const name of variables.get(pathText(at)) ?? []) secrets.add(environment[name] ?? '');
      for (const password of passwordsIn(item)) secrets.add(password);
    }
  };
  visit(value, []);
  secrets.delete('');
  return [...secrets];
}

/** The password of a URL as it stands there, and decoded. */
function passwordsIn(text: string): string[] {
  const password = URL.parse(text)?.password ?? '';
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

function fault(file: string, problem: string): ConfigError {
  return new ConfigError(file, [{ path: '', problem }]);
}

function codeOf(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
}
