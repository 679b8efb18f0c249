import type { LineResult, SeatLine } from '../src/providers/provider.ts';

/**
 * How seats are given and taken where nothing can be looked up: by asking, by asking again where either outcome leads to
 * the same state, and by the provider's counts. A request of several lines that fails may have been applied in part, so
 * that each of its lines is in doubt from then on.
 */

/** Most requests that one piece of work may take; what is left then is left to the next run. */
const MOST_CALLS = 100;

/** What a request came to. */
export type Reply =
  | { readonly kind: 'results'; readonly results: readonly LineResult[] }
  | { readonly kind: 'refused' | 'no-seats'; readonly reason: string };

/** Asks the provider, and keeps the ledger in step with what is asked and answered. */
export interface Desk {
  /** Notes what is intended, asks, notes what the answer says. @throws what leaves the work to another attempt. */
  ask(action: 'assign' | 'unassign', lines: readonly SeatLine[]): Promise<Reply>;
  /** Whether a request without a clear answer may have been applied to this line. */
  inDoubt(line: SeatLine): boolean;
  /** Notes that what was asked for a line was certainly not done. */
  undo(action: 'assign' | 'unassign', line: SeatLine): Promise<void>;
  /** Seats left by what is known; `told` once an answer has said so in this piece of work. */
  room(): { readonly seats: number; readonly told: boolean };
}

/** Gives seats in the order of the lines. Results are in that order. */
export async function assignAll(
  desk: Desk,
  lines: readonly SeatLine[],
  size: number,
): Promise<readonly LineResult[]> {
  const results = new Map<SeatLine, LineResult>();
  const settle = (line: SeatLine, outcome: LineResult['outcome'], reason: string | null) =>
    void results.set(line, { grantee: line.grantee, outcome, reason });
  const doubtful = lines.filter((line) => desk.inDoubt(line));
  // First, and apart: where assigning twice is refused, they would have the others refused with them.
  const queue = [...chunks(doubtful, size), ...chunks(withoutThose(lines, doubtful), size)];
  let shortage: string | null = null;
  let calls = 0;
  for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
    const sure = batch.every((line) => !desk.inDoubt(line));
    const { seats, told } = desk.room();
    if (sure && told && seats <= 0) shortage ??= 'the provider counts no free seat';
    // Who is in doubt still and was not the first in line is not likely to have got a seat: it is asked again some day.
    if (shortage !== null) {
      for (const line of batch) settle(line, 'no-seats', shortage);
      continue;
    }
    if (calls >= MOST_CALLS) {
      for (const line of batch)
        settle(line, 'unknown', 'too many requests were needed: the next run goes on');
      continue;
    }
    if (sure && batch.length > Math.max(1, seats)) {
      queue.unshift(batch.slice(Math.max(1, seats)));
      batch = batch.slice(0, Math.max(1, seats));
    }
    calls += 1;
    const reply = await desk.ask('assign', batch);
    const open = openAfter(batch, reply, results);
    const [only] = open;
    if (only === undefined) continue;
    if (open.length > 1) {
      // Fewer are open than were asked for: some were named, and the rest may be fine together.
      queue.unshift(...(open.length < batch.length ? [open] : smaller(open, reply)));
    } else if (open.length < batch.length) {
      queue.unshift(open);
    } else if (reply.kind !== 'results') {
      calls += sure ? 0 : 2;
      const final = sure ? reply : await askBothWays(desk, only, reply);
      if (final.kind === 'results') for (const result of final.results) results.set(only, result);
      else {
        await desk.undo('assign', only);
        settle(only, final.kind, final.reason);
        if (final.kind === 'no-seats') shortage = final.reason;
      }
    } else {
      settle(only, 'unknown', reply.results[0]?.reason ?? null);
    }
  }
  return lines.map((line) => results.get(line) ?? unanswered(line));
}

/**
 * One that was refused and may have a seat all the same: taken back and given again, which ends with a seat whatever was
 * so before. Only for those whose request was never answered clearly, and who are due the seat.
 */
async function askBothWays(desk: Desk, line: SeatLine, verdict: Reply): Promise<Reply> {
  const back = await desk.ask('unassign', [line]);
  const [freed] = back.kind === 'results' ? back.results : [];
  if (freed?.outcome === 'already') return verdict;
  if (freed?.outcome === 'applied') return desk.ask('assign', [line]);
  const reason =
    'the provider will neither give this seat nor take it back: whether they have one is not known';
  return { kind: 'results', results: [{ grantee: line.grantee, outcome: 'unknown', reason }] };
}

/** Takes seats back. To ask for it twice does no harm: either way the seat is gone. */
export async function unassignAll(
  desk: Desk,
  lines: readonly SeatLine[],
  size: number,
): Promise<readonly LineResult[]> {
  const results = new Map<SeatLine, LineResult>();
  const queue = chunks(lines, size);
  let calls = 0;
  for (let batch = queue.shift(); batch !== undefined && calls < MOST_CALLS; batch = queue.shift()) {
    calls += 1;
    const reply = await desk.ask('unassign', batch);
    const open = openAfter(batch, reply, results);
    const [only] = open;
    if (only === undefined) continue;
    if (open.length < batch.length) queue.unshift(open);
    else if (open.length > 1) queue.unshift(...halves(open));
    else if (reply.kind !== 'results') {
      await desk.undo('unassign', only);
      results.set(only, { grantee: only.grantee, outcome: 'refused', reason: reply.reason });
    }
  }
  return lines.map((line) => results.get(line) ?? unanswered(line));
}

/** Files the results that are clear; the lines that are not, in their order. */
function openAfter(
  batch: readonly SeatLine[],
  reply: Reply,
  results: Map<SeatLine, LineResult>,
): readonly SeatLine[] {
  if (reply.kind !== 'results') return batch;
  return batch.filter((line, index) => {
    const result = reply.results[index];
    if (result === undefined || result.outcome === 'unknown') return true;
    results.set(line, result);
    return false;
  });
}

/**
 * A fault is looked for by halves. Where there are too few seats the first in line is asked for alone: the count in that
 * answer tells how many more there are.
 */
function smaller<T>(all: readonly T[], { kind }: Reply): (readonly T[])[] {
  return kind === 'no-seats' ? [all.slice(0, 1), all.slice(1)] : halves(all);
}

function halves<T>(all: readonly T[]): (readonly T[])[] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

function chunks<T>(all: readonly T[], size: number): (readonly T[])[] {
  const found: (readonly T[])[] = [];
  for (let from = 0; from < all.length; from += size) found.push(all.slice(from, from + size));
  return found;
}

function withoutThose<T>(all: readonly T[], some: readonly T[]): readonly T[] {
  const left = new Set(some);
  return all.filter((each) => !left.has(each));
}

function unanswered({ grantee }: SeatLine): LineResult {
  return { grantee, outcome: 'unknown', reason: 'the provider gave no clear answer: the next run goes on' };
}
