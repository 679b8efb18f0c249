import { html } from 'hono/html';
import { counted, someOf } from '../../../counted.ts';
import { fromInstant } from '../../../dates.ts';
import type { FailedLine, PoolResultDocument } from '../../../runs/documents.ts';
import { badge, verdictBadge } from '../parts/badge.ts';
import { facts, notice } from '../parts/boxes.ts';
import { seatBar } from '../parts/seat-bar.ts';
import { distance, moment, momentOf } from '../parts/time.ts';
import type { Html } from '../site.ts';
import { seatChart } from '../timeline/chart.ts';
import { adviceOf, findingOf } from '../timeline/finding.ts';
import { cohortTable, seatTable } from '../timeline/table.ts';
import type { LastResult, PoolView } from './read.ts';
import { syncForm } from './sync.ts';

/** How the cards are shown, and to whom. */
export interface Look {
  readonly timeZone: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly formToken: string | null;
  readonly mayAct: boolean;
}

/** One pool: how it stands and why, what is waited for and what to do about it, and how it goes on. */
export function poolCard(view: PoolView, look: Look): Html {
  const { pool, last } = view;
  return html`<section class="card" aria-labelledby="pool-${pool.id}">
<div class="heading"><div class="row"><h2 id="pool-${pool.id}">${pool.id}</h2><span class="muted">${pool.provider}</span>${last === null ? badge('none', 'never checked') : verdictBadge(last.result.verdict)}</div>
<div class="row">${look.mayAct && syncForm(look.formToken, pool.id)}</div></div>
<p>${last === null ? 'No run has looked at this pool yet, so nothing is known of it.' : whyOf(last)}</p>
${view.active && underWay(view.active)}
${last?.result.seats && seatBar(pool.id, { ...last.result.seats, waiting: last.result.waiting.length })}
${facts(timesOf(view, look))}
${waits(view, look)}
${timeline(view)}
</section>`;
}

/** The verdict's reason: there is none without. */
function whyOf({ result }: LastResult): string {
  const { verdict, seats, error, failed, held, waiting, notes } = result;
  switch (verdict) {
    case 'in-sync':
      return seats === null || notes[0] === undefined
        ? 'Everyone who is due a seat has one. Nothing is left to do.'
        : `Everyone who is due a seat has one; ${notes[0]}.`;
    case 'changes':
      return 'The last run left something to do; the next one goes on from there.';
    case 'held':
      return `${counted(held.length, 'change')} may be a mistake in the roster and wait for a person’s decision.`;
    case 'waiting':
      return `${counted(waiting.length, 'person waits', 'people wait')} for a seat${notes[0] === undefined ? '' : `: ${notes[0]}`}.`;
    case 'failed':
      return error === undefined
        ? `${counted(failed.length, 'change')} failed.`
        : 'The pool could not be read, so nothing was done.';
  }
}

function underWay({ run, text }: NonNullable<PoolView['active']>): Html {
  return notice('busy', html`A run is at work: ${text}. <a href="/runs/${run}">Follow it</a>`);
}

function timesOf({ last, next, timeline: shown }: PoolView, { timeZone, now }: Look) {
  const list: (readonly [string, Html | string])[] = [];
  if (last !== null) {
    const { run, endedAt } = last;
    list.push([
      'Last run',
      html`<a href="/runs/${run}">${moment(endedAt, timeZone)}</a> <span class="muted">${distance(endedAt, now)}</span>`,
    ]);
  }
  const none = 'none by itself: no schedule names this pool';
  list.push([
    'Next run',
    next === null ? none : html`${momentOf(next.at, timeZone)} <span class="muted">${next.why}</span>`,
  ]);
  const older = shown !== null && last !== null && fromInstant(shown.at) < fromInstant(last.startedAt);
  if (older) list.push(['Timeline as of', moment(shown.at, timeZone)]);
  return list;
}

/** What is waited for, and what to do about it. */
function waits({ last, hold }: PoolView, { timeZone, now, mayAct }: Look): Html[] {
  const found: Html[] = [];
  if (hold !== null) {
    const run = hold.runs.at(-1) ?? '';
    const until = html`Until it is decided they are not done. The question is open until ${moment(hold.expiresAt, timeZone)} (${distance(hold.expiresAt, now)}); after that the next run asks anew.`;
    found.push(
      notice(
        'held',
        html`${counted(hold.lines.length, 'change waits', 'changes wait')} for a decision. <a href="/runs/${run}/hold">${mayAct ? 'Look and decide' : 'Look'}</a>`,
        until,
      ),
    );
  }
  if (last === null) return found;
  const { result, run, problems } = last;
  if (result.error !== undefined) found.push(notice('bad', result.error.message, result.error.advice));
  const { failed, waiting } = result;
  if (waiting.length > 0) {
    found.push(
      notice(
        'wait',
        html`${names(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'}: ${waiting[0]?.reason}.`,
        next(result),
      ),
    );
  }
  if (result.error === undefined) for (const each of byReason(failed)) found.push(failure(each, timeZone));
  if (problems > 0) {
    found.push(
      notice(
        'none',
        html`${counted(problems, 'row')} of the roster can’t be read. Nobody loses a seat by that. <a href="/runs/${run}">See which</a>`,
      ),
    );
  }
  return found;
}

/** What a person has to do so that the waiting ends, by the plan's own words. */
function next({ notes }: PoolResultDocument): string {
  return notes.length === 0 ? 'The next run tries again by itself.' : `${notes.join('. ')}.`;
}

/** Names at most that are told before the rest is counted. */
const MOST_NAMES = 3;

function names(lines: readonly { readonly grantee: string | null }[]): string {
  return someOf(
    lines.map(({ grantee }) => grantee ?? 'the pool'),
    MOST_NAMES,
  );
}

function byReason(failed: readonly FailedLine[]): FailedLine[][] {
  const groups = new Map<string, FailedLine[]>();
  for (const line of failed) groups.set(line.reason, [...(groups.get(line.reason) ?? []), line]);
  return [...groups.values()];
}

function failure(lines: readonly FailedLine[], timeZone: string): Html {
  const retry = lines.find(({ retryAt }) => retryAt !== null)?.retryAt ?? null;
  const when = retry === null ? 'The next run tries again.' : html`Tried again ${moment(retry, timeZone)}.`;
  return notice('bad', html`${names(lines)}: ${lines[0]?.reason}`, when);
}

function timeline({ pool, timeline: shown }: PoolView): Html {
  if (shown === null) return html``;
  const finding = findingOf(shown);
  return html`<figure class="stack"><figcaption><b>${finding}</b> <span class="muted">${adviceOf(shown) || 'If nothing is bought or given back.'}</span></figcaption>
<div class="chart-scroll" role="region" aria-label="Seat timeline of ${pool.id}" tabindex="0">${seatChart(pool.id, shown, finding)}</div>
<details><summary>The numbers as tables</summary><div class="stack">${seatTable(pool.id, shown)}${cohortTable(pool.id, shown)}</div></details>
</figure>`;
}
