import type { PoolResultDocument } from '../runs/documents.ts';

/** What a notification is about: what a pool entered, or that it left it. */
export type NoticeKind = 'held' | 'waiting' | 'failed' | 'recovered';

/** A notification, before it takes the form that its receiver wants. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly pool: string;
  readonly run: string;
  /** One sentence: what happened. */
  readonly title: string;
  /** What was not done and why, at most a few lines. */
  readonly details: readonly string[];
  /** The command that shows or decides it. */
  readonly next: string;
}

/** Of many lines only so many are told: the run has them all, and a channel is no place for a list of people. */
const MOST_DETAILS = 5;

/** The state of a pool that is worth a message. */
export function stateOf(result: PoolResultDocument): Exclude<NoticeKind, 'recovered'> | 'well' {
  if (result.verdict === 'failed' || result.verdict === 'held' || result.verdict === 'waiting')
    return result.verdict;
  return 'well';
}

/**
 * Names a pool's state for comparison: the same text for as long as the reason and the count are the same, so that
 * nobody is told the same thing twice.
 */
export function fingerprintOf(result: PoolResultDocument): string {
  const state = stateOf(result);
  switch (state) {
    case 'well':
      return state;
    case 'held':
      return `held ${countBy(result.held.map((line) => `${line.action} ${line.guardrail}`))}`;
    case 'waiting':
      return `waiting ${result.waiting.length} ${result.notes.join('; ')}`;
    case 'failed':
      return result.error === undefined
        ? `failed ${countBy(result.failed.map((line) => line.action))}`
        : `failed ${result.error.message.replaceAll(/\d+/g, '#')}`;
  }
}

/** The notification for a pool's result. */
export function noticeOf(result: PoolResultDocument, run: string): Notice {
  const kind = stateOf(result);
  const { pool } = result;
  switch (kind) {
    case 'well':
      return {
        kind: 'recovered',
        pool,
        run,
        title: `${pool} is in order again.`,
        details: [],
        next: `cohort-sync show ${run}`,
      };
    case 'held':
      return {
        kind,
        pool,
        run,
        title: `${pool}: ${changes(result.held.length)} for approval. Everything else was done.`,
        details: tallied(result.held.map((line) => `${line.action}: ${line.reason}`)),
        next: `cohort-sync approve ${run} (or: cohort-sync reject ${run})`,
      };
    case 'waiting':
      return {
        kind,
        pool,
        run,
        title: `${pool}: ${people(result.waiting.length)} for a seat.`,
        details: result.notes.length > 0 ? result.notes : tallied(result.waiting.map((line) => line.reason)),
        next: `cohort-sync show ${run}`,
      };
    case 'failed':
      return {
        kind,
        pool,
        run,
        title:
          result.error === undefined ? `${pool}: ${result.failed.length} changes failed.` : `${pool} failed.`,
        details:
          result.error === undefined
            ? tallied(result.failed.map((line) => `${line.action}: ${line.reason}`))
            : [result.error.message, result.error.advice],
        next: `cohort-sync show ${run}`,
      };
  }
}

function changes(count: number): string {
  return count === 1 ? '1 change waits' : `${count} changes wait`;
}

function people(count: number): string {
  return count === 1 ? '1 person waits' : `${count} people wait`;
}

/** Equal reasons once, with their number; no more than a few. */
function tallied(reasons: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const reason of reasons.map(withoutAddresses)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const lines = [...counts].map(([reason, count]) => (count === 1 ? reason : `${reason} (${count} times)`));
  const shown = lines.slice(0, MOST_DETAILS);
  return lines.length > shown.length ? [...shown, `and ${lines.length - shown.length} more`] : shown;
}

/** Webhooks lead outside: who is concerned stands in the run, not in the message. */
function withoutAddresses(text: string): string {
  return text.replaceAll(/[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+/g, 'someone');
}

function countBy(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

/** The body for a receiver: `slack` takes one text (api.slack.com/messaging/webhooks), `json` the facts. */
export function bodyOf(notice: Notice, format: 'slack' | 'json'): unknown {
  if (format === 'json') return notice;
  const lines = [
    `*${SIGN[notice.kind]} ${notice.title}*`,
    ...notice.details.map((each) => `• ${each}`),
    `Next: \`${notice.next}\``,
  ];
  return { text: lines.map(escapeForSlack).join('\n') };
}

const SIGN: Record<NoticeKind, string> = {
  held: 'Held:',
  waiting: 'Waiting:',
  failed: 'Failed:',
  recovered: 'Recovered:',
};

/** Slack's own three control characters; see its "Formatting text" reference. */
function escapeForSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
