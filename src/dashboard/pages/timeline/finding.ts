import { seatsText } from '../../../planning/guardrails.ts';
import { dayText } from '../parts/time.ts';
import { lackOf, spansOf, type Timeline } from './points.ts';

/** What the timeline says, in one sentence: from today on, if nobody buys or drops anything. */
export function findingOf(timeline: Timeline): string {
  const { today, to } = timeline;
  const coming = comingOf(timeline);
  const first = coming.find(({ lack }) => lack > 0);
  if (first === undefined) {
    const unused = coming[0] === undefined ? 0 : -coming[0].lack;
    const enough = `Enough seats until ${dayText(to, today)}`;
    return unused > 0 ? `${enough}; ${seatsText(unused)} more than needed today.` : `${enough}.`;
  }
  const when = first.from === today ? 'today' : `from ${dayText(first.from, today)}`;
  const worst = worstOf(coming, first);
  const more = worst.lack > first.lack ? `, ${worst.lack} from ${dayText(worst.from, today)}` : '';
  return `${seatsText(first.lack)} short ${when}${more}.`;
}

/** What becomes of that, or what a person has to do about it; empty where nothing is short. */
export function adviceOf(timeline: Timeline): string {
  const coming = comingOf(timeline);
  const first = coming.find(({ lack }) => lack > 0);
  if (first === undefined) return '';
  if (timeline.changes === 'manual') return 'A person has to buy them; runs say when and where.';
  const { max } = timeline;
  const { needed } = worstOf(coming, first);
  if (max !== null && needed > max)
    return `Runs buy what is due, up to seats.max, which is ${max}; ${needed} are needed.`;
  return 'Runs buy what is missing when it is due.';
}

interface Coming {
  readonly from: string;
  readonly lack: number;
  readonly needed: number;
}

function comingOf(timeline: Timeline): Coming[] {
  const { today } = timeline;
  return spansOf(timeline)
    .filter(({ last }) => last >= today)
    .map((span) => ({
      from: span.date < today ? today : span.date,
      lack: lackOf(span) ?? 0,
      needed: span.needed,
    }));
}

function worstOf(coming: readonly Coming[], first: Coming): Coming {
  return coming.reduce((most, each) => (each.lack > most.lack ? each : most), first);
}
