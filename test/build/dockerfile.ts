import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const command = z.array(z.string());

/** What a Dockerfile came to without an engine. */
export interface BuiltImage {
  /** Where the root of the last stage is. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workdir: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly healthcheck: readonly string[];
}

interface Stage {
  name: string;
  root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  entrypoint: string[];
  cmd: string[];
  healthcheck: string[];
}

/**
 * Carries out the steps of a Dockerfile as they stand in it, each stage in a folder of its own that takes the place of
 * its root. What the base image brings is this machine's; users are noted, not changed to.
 * @param source a folder with what the build would be sent.
 */
export function buildImage(source: string, target: string, env: NodeJS.ProcessEnv): BuiltImage {
  const stages: Stage[] = [];
  for (const [instruction, rest] of instructionsOf(readFileSync(path.join(source, 'Dockerfile'), 'utf8'))) {
    const stage = stages.at(-1);
    if (instruction === 'FROM') {
      const name = / AS (\S+)$/i.exec(rest)?.[1] ?? 'last';
      const root = path.join(target, name);
      mkdirSync(root, { recursive: true });
      stages.push({
        name,
        root,
        workdir: '/',
        env: {},
        user: 'root',
        entrypoint: [],
        cmd: [],
        healthcheck: [],
      });
      continue;
    }
    if (stage === undefined) throw new Error(`${instruction} before FROM`);
    carryOut(instruction, rest, { stage, stages, source, env });
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error('the Dockerfile has no stage');
  return last;
}

interface Step {
  readonly stage: Stage;
  readonly stages: readonly Stage[];
  readonly source: string;
  readonly env: NodeJS.ProcessEnv;
}

function carryOut(instruction: string, rest: string, { stage, stages, source, env }: Step): void {
  const here = path.join(stage.root, stage.workdir);
  switch (instruction) {
    case 'WORKDIR':
      stage.workdir = rest;
      mkdirSync(path.join(stage.root, rest), { recursive: true });
      return;
    case 'COPY': {
      const from = /^--from=(\S+) /.exec(rest)?.[1];
      const origin = from === undefined ? source : stages.find((each) => each.name === from)?.root;
      if (origin === undefined) throw new Error(`COPY from ${from}: there is no such stage`);
      const words = rest.replace(/^--from=\S+ /, '').split(' ');
      const to = words.pop() ?? '.';
      const intoFolder = to.endsWith('/') || words.length > 1;
      for (const word of words) {
        const goal = intoFolder ? path.join(here, to, path.basename(word)) : path.join(here, to);
        cpSync(path.join(origin, word), goal, { recursive: true, verbatimSymlinks: true });
      }
      return;
    }
    case 'RUN':
      execFileSync('/bin/sh', ['-c', rest], { cwd: here, env: { ...env, ...stage.env }, stdio: 'pipe' });
      return;
    case 'ENV': {
      const [name = '', value = ''] = rest.split('=');
      stage.env[name] = value;
      return;
    }
    case 'USER':
      stage.user = rest;
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = command.parse(JSON.parse(rest));
      return;
    case 'CMD':
      stage.cmd = command.parse(JSON.parse(rest));
      return;
    case 'HEALTHCHECK':
      stage.healthcheck = command.parse(JSON.parse(rest.slice(rest.indexOf('CMD ') + 4)));
      return;
    case 'EXPOSE':
      return;
    default:
      throw new Error(`${instruction} is not known here`);
  }
}

function instructionsOf(text: string): (readonly [string, string])[] {
  const whole = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '');
  return whole
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const space = line.indexOf(' ');
      return [line.slice(0, space), line.slice(space + 1).trim()] as const;
    });
}
