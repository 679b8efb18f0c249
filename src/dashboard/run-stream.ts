import { fromInstant, timeOfDay } from '../dates.ts';
import { messageOf } from '../errors.ts';
import { comparePlaces, END, endOf, eventsAfter, latestEvents, type PlacedEvent } from '../ledger/events.ts';
import { readRun, type StoredRun } from '../ledger/runs.ts';
import type { Store } from '../ledger/store.ts';
import type { DashboardDeps } from './deps.ts';
import { HttpProblem } from './problem.ts';
import { readWhereabouts } from './run-now.ts';
import { createRunWatches, type Following } from './run-watch.ts';

/** Streams that a process keeps open at most. */
const MOST_STREAMS = 100;

/** After so long without a message the stream says where the run is (milliseconds): also so that no proxy takes it for dead. */
const BEAT_MS = 5_000;

/** The first time sooner (milliseconds): whoever comes wants to know. */
const FIRST_BEAT_MS = 500;

/** After a break the browser comes back after so long (milliseconds). */
const COME_BACK_MS = 2_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx and others keep an answer back until it is long enough.
  'x-accel-buffering': 'no',
  // So that its connection is not kept when the process ends.
  connection: 'close',
} as const;

/** The messages of runs as server-sent events. */
export interface RunStreams {
  /**
   * Everything that was told of a run after a place in its stream, then what is told from now on, then `end`.
   * @param after as `Last-Event-ID` has it; null, or what is no such place, is from the beginning.
   * @param mayStay whether who asked still may; asked again every few seconds while the stream is open.
   * @throws HttpProblem if there is no such run, or too many streams are open.
   */
  open(run: string, after: string | null, mayStay: () => Promise<boolean>): Promise<Response>;
}

export function createRunStreams(deps: DashboardDeps): RunStreams {
  const { context, log, closing } = deps;
  const { store, timer } = context;
  const watches = createRunWatches({ store, timer, log, signal: closing });
  const beats = createBeats(deps);
  let open = 0;
  return {
    open: async (run, after, mayStay) => {
      const stored = await readRun(store, run);
      if (stored === null)
        throw new HttpProblem(404, `there is no run ${run}`, 'List the runs with GET /api/runs.');
      const from = await placeIn(store, run, after);
      if (open >= MOST_STREAMS)
        throw new HttpProblem(
          503,
          'too many runs are being followed',
          'Close some pages, or load this one again.',
          {
            headers: { 'retry-after': '10' },
          },
        );
      open += 1;
      const following = watches.follow(run, from);
      let left = false;
      const leave = () => {
        if (left) return;
        left = true;
        open -= 1;
        following.leave();
      };
      const messages = messagesOf(deps, stored, from, following, { mayStay, beat: () => beats(run) });
      return new Response(
        streamOf(messages, leave, (cause) =>
          log.warn({ run, problem: messageOf(cause) }, 'a stream of a run was broken off'),
        ),
        { headers: HEADERS },
      );
    },
  };
}

/**
 * Where somebody was in the messages of a run; `0`, the beginning, if that is no place in them. A place that is yet to come is
 * none: followers share what is read, and all would wait for it.
 */
async function placeIn(store: Store, run: string, after: string | null): Promise<string> {
  if (after === null || !/^\d{1,15}-\d{1,10}$/.test(after)) return '0';
  const [last] = await latestEvents(store, run, 1);
  return last !== undefined && comparePlaces(after, last.id) <= 0 ? after : '0';
}

/** What a generator gives, as fast as it is taken. Nothing of an error goes out: its message may hold anything. */
function streamOf(
  messages: AsyncGenerator<string>,
  leave: () => void,
  onError: (cause: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let gone = false;
  return new ReadableStream({
    pull: async (controller) => {
      try {
        const { value, done } = await messages.next();
        if (gone) return;
        if (!done) return controller.enqueue(encoder.encode(value));
      } catch (cause) {
        onError(cause);
      }
      leave();
      controller.close();
    },
    cancel: () => {
      gone = true;
      leave();
    },
  });
}

async function* messagesOf(
  deps: DashboardDeps,
  { document }: StoredRun,
  from: string,
  following: Following,
  { mayStay, beat }: { readonly mayStay: () => Promise<boolean>; readonly beat: () => Promise<string> },
): AsyncGenerator<string> {
  const { timeZone } = deps.config;
  const { timer } = deps.context;
  const { endedAt, verdict } = document;
  let checked = timer.elapsed();
  let at = from;
  let isNew = true;
  yield `retry: ${COME_BACK_MS}\n\n`;
  for (;;) {
    const fresh = await (endedAt === null
      ? following.after(at)
      : eventsAfter(deps.context.store, document.run, at));
    for (const placed of fresh) {
      at = placed.id;
      if (placed.event.step === END) return yield messageText('end', placed, timeZone);
      yield messageText('progress', placed, timeZone);
    }
    if (deps.closing.aborted) return;
    if (timer.elapsed() - checked >= BEAT_MS) {
      checked = timer.elapsed();
      if (!(await mayStay())) return yield 'event: signed-out\ndata: {}\n\n';
    }
    if (fresh.length > 0) continue;
    // The messages of an old run are gone before the run is.
    if (endedAt !== null)
      return yield messageText('end', { id: at, event: endOf(endedAt, verdict ?? 'failed') }, timeZone);
    const isQuiet = !(await following.news(at, isNew ? FIRST_BEAT_MS : BEAT_MS));
    if (!isQuiet) continue;
    isNew = false;
    yield await beat();
  }
}

/** Where a run is, read at most once a second however many follow it. */
function createBeats(deps: DashboardDeps): (run: string) => Promise<string> {
  const { timer } = deps.context;
  const beats = new Map<string, { readonly at: number; readonly text: Promise<string> }>();
  return (run) => {
    const now = timer.elapsed();
    for (const [key, { at }] of beats) if (now - at >= 1_000) beats.delete(key);
    const known = beats.get(run) ?? { at: now, text: beatOf(deps, run) };
    beats.set(run, known);
    return known.text;
  };
}

/** Where the run is, for those who see nothing happen. It has no id: it is not part of what is told again. */
async function beatOf(deps: DashboardDeps, run: string): Promise<string> {
  const stored = await readRun(deps.context.store, run).catch(() => null);
  if (stored === null) return ': Redis does not answer\n\n';
  const now = await readWhereabouts(deps, stored).catch(() => []);
  return `event: now\ndata: ${JSON.stringify(now)}\n\n`;
}

/** With the time of day in the configured zone, which the browser need not know. */
function messageText(name: string, { id, event }: PlacedEvent, timeZone: string): string {
  const data = { ...event, time: timeOfDay(fromInstant(event.at), timeZone) };
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
