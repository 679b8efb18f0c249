import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { BIN } from './bin.ts';
import type { School } from './school.ts';
import { until } from './until.ts';

export const OPERATOR = 'operator-token-0123456789';
export const VIEWER = 'viewer-token-0123456789';

export const TOKENS = [
  { name: 'ops', role: 'operator', token: OPERATOR },
  { name: 'board', role: 'viewer', token: VIEWER },
];

const readySchema = z.object({ url: z.string().nullable(), pid: z.number() });
const logLine = z.looseObject({ msg: z.string(), level: z.string() });

export type LogLine = z.infer<typeof logLine>;

export interface ServeProcess {
  readonly pid: number;
  /** Where it serves HTTP. */
  readonly url: string;
  /** Standard error, as it is. */
  log(): string;
  /** The log's lines; each has to be JSON. */
  lines(): LogLine[];
  signal(name: NodeJS.Signals): void;
  /** Resolves to the exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export interface ServeOptions {
  readonly only?: string;
  /** Further settings, over those of the school. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The name of its configuration file, to write it anew later. */
  readonly name?: string;
  /** What is started, as of an installed package. Default: `BIN`. */
  readonly bin?: string;
}

/** Processes of `cohort-sync serve`, killed at the end of their test. */
export interface Services extends AsyncDisposable {
  /** Starts one and waits until it is ready. */
  start(options?: ServeOptions): Promise<ServeProcess>;
  /** Starts one and waits for nothing. */
  begin(options?: ServeOptions): Omit<ServeProcess, 'url'> & { ready(): Promise<string> };
  /** Writes a configuration without starting anything. */
  write(options: ServeOptions): string;
}

export function servicesOf(school: School): Services {
  const children: ChildProcess[] = [];
  const killAll = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  // A test that ran out of time is never disposed of.
  process.once('exit', killAll);
  const write = ({ settings = {}, name = 'serve' }: ServeOptions) => {
    const file = path.join(school.folder, `${name}.yaml`);
    const base: unknown = JSON.parse(readFileSync(school.config, 'utf8'));
    const http = { port: 0, tokens: TOKENS };
    writeFileSync(file, JSON.stringify({ ...Object(base), http, log: { level: 'info' }, ...settings }));
    return file;
  };
  const begin = (options: ServeOptions = {}) => {
    const only = options.only === undefined ? [] : ['--only', options.only];
    const child = spawn(
      process.execPath,
      [options.bin ?? BIN, 'serve', '--json', '--config', write(options), ...only],
      {
        cwd: school.folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    );
    children.push(child);
    let out = '';
    let log = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
      child.once('close', (code, signal) => resolve(code ?? signal)),
    );
    const ready = () =>
      until('the service to be ready', () => {
        if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}: ${log}`);
        return out.trimEnd().endsWith('}') ? (readySchema.parse(JSON.parse(out)).url ?? 'none') : null;
      });
    return {
      pid: child.pid ?? 0,
      log: () => log,
      lines: () =>
        log
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => logLine.parse(JSON.parse(line))),
      signal: (name: NodeJS.Signals) => void child.kill(name),
      ended,
      ready,
    };
  };
  return {
    write,
    begin,
    start: async (options) => {
      const started = begin(options);
      return { ...started, url: await started.ready() };
    },
    [Symbol.asyncDispose]: async () => {
      process.off('exit', killAll);
      killAll();
    },
  };
}

/** Calls the API as an operator, or by another token; null sends none. */
export function call(
  url: string,
  method: 'GET' | 'HEAD' | 'POST',
  target: string,
  options: { readonly token?: string | null; readonly body?: unknown } = {},
): Promise<Response> {
  const { token = OPERATOR, body } = options;
  return fetch(`${url}${target}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}
