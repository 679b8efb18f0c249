import { counted } from '../counted.ts';
import type { PoolResultDocument } from '../runs/documents.ts';
import { CONFLICT } from '../runs/quarrels.ts';

/** What a pool can be in that is worth a message. */
export const TROUBLES = ['failed', 'held', 'waiting'] as const;
export type Trouble = (typeof TROUBLES)[number];

/** What a notification is about: what a pool entered, or that it is out of all of it. */
export type NoticeKind = Trouble | 'recovered';

/** A notification, before it takes the form that its receiver wants. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly pool: string;
  readonly run: string;
  /** One sentence: what happened. */
  readonly title: string;
  /** What was not done and why, at most a few lines. */
  readonly details: readonly string[];
  /** What to do, with the command that shows or decides it. */
  readonly next: string;
}

/** Of many lines only so many are told: the run has them all, and a channel is no place for a list of people. */
const MOST_DETAILS = 5;

/**
 * What a result is in, each named by its reason and its count: the same text for as long as both are the same, so that
 * nobody is told the same thing twice. Empty if all is well.
 */
export function troublesOf(result: PoolResultDocument): Partial<Record<Trouble, string>> {
  const { error, held } = result;
  const failed = failuresOf(result);
  const reasons = failed.map(({ action, reason }) => `${action}: ${plain(reason)}`);
  const lines = held.map(({ action, guardrail, seats }) => `${action} ${guardrail} ${seats ?? ''}`);
  const without = purchaseFailed(result) ? [`${result.waiting.length} waiting`] : [];
  const failure = error === undefined ? [countBy(reasons), ...without].join('; ') : plain(error.message);
  return {
    ...(error !== undefined || failed.length > 0 ? { failed: failure } : {}),
    ...(held.length > 0 ? { held: countBy(lines) } : {}),
    ...(waits(result)
      ? { waiting: `${result.waiting.length} ${buyNotes(result).map(undated).join('; ')}` }
      : {}),
  };
}

/** What a person decides is told as held, not as failed as well. */
function failuresOf({ failed, held }: PoolResultDocument): PoolResultDocument['failed'] {
  const conflicts = held.filter(({ guardrail }) => guardrail === CONFLICT);
  return failed.filter(
    (line) =>
      !conflicts.some(({ action, grantee }) => action === line.action && (grantee ?? null) === line.grantee),
  );
}

/** Whoever waits for what is held is told of with the hold, and for seats that could not be bought with the failure. */
function waits(result: PoolResultDocument): boolean {
  const { waiting, held } = result;
  const isHeld = held.some(({ action }) => action === 'increment' || action === 'assign');
  return waiting.length > 0 && !isHeld && !purchaseFailed(result);
}

function purchaseFailed({ failed }: PoolResultDocument): boolean {
  return failed.some(({ action }) => action === 'increment');
}

function buyNotes({ notes }: PoolResultDocument): string[] {
  return notes.filter((note) => note.startsWith('buy '));
}

/** That the day has come by which to buy is no news. */
function undated(note: string): string {
  return note.replace(/ (?:now|by \d{4}-\d{2}-\d{2}),/, ',');
}

/** The notification of one thing that a result is in, or of a recovery. */
export function noticeOf(result: PoolResultDocument, run: string, kind: NoticeKind): Notice {
  return { kind, pool: result.pool, run, ...wordsOf(result, run, kind) };
}

function wordsOf(
  result: PoolResultDocument,
  run: string,
  kind: NoticeKind,
): Pick<Notice, 'title' | 'details' | 'next'> {
  const { pool, held, waiting, error } = result;
  const show = `cohort-sync show ${run}`;
  switch (kind) {
    case 'recovered':
      return { title: `${pool} is in order again.`, details: [], next: show };
    case 'held': {
      const reasons = tallied(held.map((line) => `${line.action}: ${line.reason}`));
      const title = `${pool}: ${changes(held.length)} for approval and ${held.length === 1 ? 'was' : 'were'} not done.`;
      return { title, details: [...reasons, ...meanwhile(result)], next: nextForHold(result, run) };
    }
    case 'waiting': {
      const notes = buyNotes(result);
      const details = notes.length > 0 ? notes : tallied(waiting.map((line) => line.reason));
      return { title: `${pool}: ${people(waiting.length)} for a seat.`, details, next: show };
    }
    case 'failed': {
      if (error !== undefined) {
        const details = [error.message, error.advice].map(withoutAddresses);
        return { title: `${pool} failed. Nothing more was changed in it.`, details, next: show };
      }
      const failed = failuresOf(result);
      const count = counted(failed.length, 'change');
      const details = tallied(failed.map((line) => `${line.action}: ${line.reason}`));
      const also = purchaseFailed(result) ? meanwhile(result) : [];
      return { title: `${pool}: ${count} failed.`, details: [...details, ...also], next: show };
    }
  }
}

function meanwhile({ waiting }: PoolResultDocument): string[] {
  return waiting.length === 0 ? [] : [`${people(waiting.length)} for a seat meanwhile`];
}

/** Nobody should approve what a broken sheet asks for: it is mended, and the next run goes on by itself. */
function nextForHold({ held }: PoolResultDocument, run: string): string {
  const doubted = held.some(({ guardrail }) => guardrail === 'roster' || guardrail === 'invalidRows');
  const decide = `cohort-sync approve ${run} (or: cohort-sync reject ${run})`;
  return doubted ? `mend the sheet, and the next run goes on by itself. If it is right: ${decide}` : decide;
}

function changes(count: number): string {
  return counted(count, 'change waits', 'changes wait');
}

function people(count: number): string {
  return counted(count, 'person waits', 'people wait');
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

/** A reason without what differs from run to run: ids, numbers and moments. */
function plain(text: string): string {
  return withoutAddresses(text)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '#')
    .replaceAll(/\d+/g, '#');
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
    `Next: ${notice.next}`,
  ];
  return { text: lines.map((line) => escapeForSlack(line.replaceAll(/\s+/g, ' '))).join('\n') };
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
