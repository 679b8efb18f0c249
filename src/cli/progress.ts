import type { RunEvent } from '../ledger/events.ts';
import { type Output, print, printable, type Terminal } from './terminal.ts';

/** Shows how a run goes, on standard error: standard output is for the result. */
export interface Progress {
  show(event: RunEvent): void;
  end(): void;
}

const WIDTH = 24;

/** A bar that is redrawn on a terminal; plain lines elsewhere, so that no message is overwritten in a log. */
export function createProgress({ err, env }: Terminal, pools: number): Progress {
  return err.isTTY === true && env.TERM !== 'dumb' ? bar(err, pools) : lines(err);
}

function lines(stream: Output): Progress {
  return { show: (event) => print(stream, lineOf(event)), end: () => {} };
}

/** Steps of one pool, in order; a run has one for its roster before them. */
const STEPS = ['read', 'unassign', 'increment', 'assign', 'decrement', 'done'];

function bar(stream: Output, pools: number): Progress {
  const reached = new Map<string, number>();
  let drawn = false;
  const clear = () => {
    if (drawn) stream.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    show: (event) => {
      const step = event.step === 'failed' ? STEPS.length - 1 : STEPS.indexOf(event.step);
      if (event.pool !== null && step >= 0)
        reached.set(event.pool, Math.max(reached.get(event.pool) ?? 0, step + 1));
      const share = [...reached.values()].reduce((sum, each) => sum + each, 0) / (pools * STEPS.length);
      const full = Math.round(Math.min(1, share) * WIDTH);
      clear();
      if (event.step === 'failed' || event.step === 'retry' || event.step === 'done')
        print(stream, lineOf(event));
      const text = `[${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}] ${lineOf(event)}`;
      stream.write(printable(text).slice(0, Math.max(20, (stream.columns ?? 80) - 1)));
      drawn = true;
    },
    end: clear,
  };
}

function lineOf({ pool, text }: RunEvent): string {
  return pool === null || text.startsWith(`${pool}:`) ? text : `${pool}: ${text}`;
}
