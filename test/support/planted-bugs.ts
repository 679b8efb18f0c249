import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Focus } from './model/arbitrary.ts';

interface Edit {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** One way to break the system: edits of a copy of its source. Nothing in the product itself can switch it on. */
export interface PlantedBug {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Where it is looked for; by default in any schedule. */
  readonly focus?: Focus;
}

const SETTLE = 'jobs/settle-intent.ts';
const SEND = 'jobs/send-change.ts';
const INTENTS = 'src/ledger/intents.ts';

/** A change of seats does not ask whether there was another one since the total was read. */
const WITHOUT_LAST_CHANGE: Edit = {
  file: INTENTS,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
  find: '{ key: keys.lastChange(pool), value: lastChange, what: `last change of seats of ${pool}` },',
  put: '',
};

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'the intent is not written',
    edits: [
      {
        file: INTENTS,
        find: "{ command: 'SET', key: keys.intent(intent.pool), args: [textOf(intent)] },\n      { command: 'SET', key: keys.lastChange",
        put: "{ command: 'SET', key: keys.lastChange",
      },
      {
        file: INTENTS,
        find: 'store.continuity?.seats.sawIntent(to);',
        put: 'if (textOf(to)) return;',
      },
    ],
  },
  {
    name: 'a purchase without an answer is sent again',
    edits: [
      {
        file: SEND,
        find: 'if (!passed || hadNoEffect(cause)) {',
        put: 'if (!passed || hadNoEffect(cause) || cause) {',
      },
    ],
  },
  {
    name: 'the settle time is skipped',
    edits: [
      {
        file: SETTLE,
        find: 'const late = timer.elapsed() >= deadline;',
        put: 'const late = timer.elapsed() >= 0 * deadline;',
      },
    ],
  },
  {
    name: 'the settle time goes by the wall clock',
    edits: [
      {
        file: SETTLE,
        find: 'const late = timer.elapsed() >= deadline;',
        put: 'const late = work.clock.now() >= Date.parse(intent.sentAt ?? intent.preparedAt) + pool.seats.settleSeconds * 1_000;',
      },
    ],
  },
  {
    name: 'the count of confirmed replicas is ignored',
    focus: 'failed over',
    edits: [{ file: 'src/ledger/durability.ts', find: 'if (reached < 1)', put: 'if (reached < 0)' }],
  },
  {
    name: 'the intent is moved on without comparing',
    edits: [
      {
        file: INTENTS,
        find: "expect: [fenced(fence), { key: keys.intent(from.pool), value: textOf(from), what: 'intent' }],",
        put: 'expect: [],',
      },
    ],
  },
  {
    name: 'the send deadline is not looked at again',
    edits: [
      {
        file: SEND,
        find: 'if (timer.elapsed() >= deadline || isPast(sending.sendBy, clock)) throw tooLate();',
        put: '',
      },
    ],
  },
  {
    name: 'the total is not read before a change',
    edits: [
      {
        file: 'jobs/seat-total.ts',
        find: 'if (!hasTotal(state, observed)) {',
        put: 'if (state.total < 0) {',
      },
      // Its other safeguard.
      WITHOUT_LAST_CHANGE,
    ],
  },
  {
    name: "the provider's answer is believed",
    edits: [
      {
        file: SETTLE,
        find: 'if (hasTotal(state, expected) && left)',
        put: "if ((hasTotal(state, expected) || intent.state === 'following') && left)",
      },
    ],
  },
  {
    name: "purchases don't count against the day's cap",
    edits: [
      {
        file: 'src/ledger/counts.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
        find: '`${seats}:${operation}`] };\n}\n\n/** Takes',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
        put: '`0:${operation}`] };\n}\n\n/** Takes',
      },
    ],
  },
  {
    name: 'a ledger that lost something is trusted at once',
    focus: 'lost ledger',
    edits: [
      {
        file: 'src/ledger/continuity.ts',
        find: 'return ms > 0 && reason',
        put: 'return ms > 1e15 && reason',
      },
    ],
  },
  {
    name: 'people are moved by what was read long ago',
    edits: [
      {
        file: 'jobs/line-gate.ts',
        find: 'if (timer.elapsed() < deadline) return;',
        put: 'if (deadline > 0) return;',
      },
    ],
  },
  {
    name: 'the fence is not looked at',
    focus: 'overtaken twice',
    edits: [
      {
        file: 'src/ledger/fence.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
        find: 'return { key: keys.fence(pool), value: token, what: `fence of ${pool}` };',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
        put: "return { key: keys.meta, field: 'none', value: null, what: `fence of ${pool} ${token}` };",
      },
      { file: 'src/ledger/fence.ts', find: ')) === token;', put: ')) !== token.slice(1);' },
      // Its other safeguard.
      WITHOUT_LAST_CHANGE,
    ],
  },
  {
    name: 'an approval is not used up',
    focus: 'doubt after doubt',
    edits: [
      {
        file: 'jobs/sync-pool.ts',
        find: 'const used = forgetApprovals(pool.id, approvalsUsedBy(intent, end.end, decisions));',
        put: 'const used = forgetApprovals(pool.id, approvalsUsedBy(intent, end.end, decisions)).slice(1);',
      },
      // Its other safeguard: what was decided of one change in doubt says nothing of the next.
      {
        file: 'src/planning/decisions.ts',
        find: 'if (line.guardrail !== PURCHASE_IN_DOUBT) return quantity;',
        put: 'if (quantity) return quantity;',
      },
    ],
  },
  {
    name: 'a failing provider is taken for one without seats',
    edits: [
      {
        file: 'jobs/seat-lines.ts',
        find: "if (effectUnknown) return 'unknown';",
        put: "if (effectUnknown) return 'no-seats';",
      },
    ],
  },
  {
    name: 'a change that the ledger has forgotten is not put back',
    focus: 'lost event',
    edits: [
      {
        file: 'jobs/notice-break.ts',
        find: 'for (const intent of continuity.seats.intents())',
        put: 'for (const intent of continuity.seats.intents().slice(1))',
      },
    ],
  },
  {
    name: 'a quarrel is never given up',
    edits: [{ file: 'src/ledger/repeats.ts', find: 'const REVERSALS = 3;', put: 'const REVERSALS = 300;' }],
  },
  {
    name: 'a reading from before another change is bought by',
    focus: 'overtaken twice',
    edits: [WITHOUT_LAST_CHANGE],
  },
  {
    name: 'seats are decided on while a change is open',
    edits: [
      {
        file: 'jobs/seat-total.ts',
        find: 'if (open !== null) return await settleIntent',
        put: 'if (open === undefined) return await settleIntent',
      },
      {
        file: INTENTS,
        find: "{ key: keys.intent(intent.pool), value: null, what: 'intent' },\n      ...(footing",
        put: '...(footing',
      },
      {
        file: 'jobs/sync-pool.ts',
        find: "if (open !== null && open.state !== 'in-doubt' && ",
        put: 'if (open === undefined && ',
      },
    ],
  },
];

/** The repository that this file is in. */
const ROOT = path.resolve(import.meta.dirname, '../..');

/** How often the source holds what an edit is to replace. Anything but once, and the edit means nothing. */
export function placesOf({ file, find }: Edit): number {
  return readFileSync(path.join(ROOT, file), 'utf8').split(find).length - 1;
}

/** Plants a bug in a copy and plays schedules until one catches it. Null if none of so many does. */
export async function schedulesToCatch(bug: PlantedBug, seed: number, most: number): Promise<number | null> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-planted-'));
  try {
    for (const part of ['src', 'jobs', 'config', 'test/support', 'package.json']) {
      cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    for (const { file, find, put } of bug.edits) {
      const place = path.join(folder, file);
      const source = readFileSync(place, 'utf8');
      if (!source.includes(find)) throw new Error(`"${bug.name}" no longer fits ${file}: ${find}`);
      writeFileSync(place, source.replace(find, put));
    }
    const hunt = path.join(folder, 'test/support/model/hunt.ts');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [hunt, String(seed), String(most), ...(bug.focus === undefined ? [] : [bug.focus])],
      {
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    );
    return stdout.trim() === 'null' ? null : Number(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
