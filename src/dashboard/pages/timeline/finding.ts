import { dayText } from '../parts/time.ts';
import { lackOf, spansOf, type Timeline } from './points.ts';

/** What the timeline says, in one sentence: from today on, if nobody buys or drops anything. */
export function findingOf(timeline: Timeline): string {
  const { today, to } = timeline;
  const coming = spansOf(timeline)
    .filter(({ last }) => last >= today)
    .map((span) => ({ from: span.date < today ? today : span.date, lack: lackOf(span) ?? 0 }));
  const first = coming.find(({ lack }) => lack > 0);
  if (first === undefined) {
    const unused = coming[0] === undefined ? 0 : -coming[0].lack;
    const enough = `Enough seats until ${dayText(to, today)}`;
    return unused > 0 ? `${enough}; ${seats(unused)} more than needed today.` : `${enough}.`;
  }
  const when = first.from === today ? 'today' : `from ${dayText(first.from, today)}`;
  const worst = coming.reduce((most, each) => (each.lack > most.lack ? each : most), first);
  const more = worst.lack > first.lack ? `, ${worst.lack} from ${dayText(worst.from, today)}` : '';
  return `${seats(first.lack)} short ${when}${more}.`;
}

function seats(count: number): string {
  return `${count} seat${count === 1 ? '' : 's'}`;
}
