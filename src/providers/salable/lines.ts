import type { LineResult, SeatLine } from '../provider.ts';
import { belongsTo, holderKey, isLive, type KeyOf, licensesOf } from './pool.ts';
import type { License, UpdatedLicense } from './wire.ts';

/** What to do about one line: send this change, or nothing, with the result that stands already. */
export type Decision =
  | {
      readonly kind: 'send';
      readonly line: SeatLine;
      readonly uuid: string;
      readonly granteeId: string | null;
    }
  | { readonly kind: 'settled'; readonly result: LineResult };

/** Looks at each line in the light of what is true now. Decisions are in the order of the lines. */
export type Decide = (lines: readonly SeatLine[], now: Snapshot) => Decision[];

/** The licenses as just read: all of the organization, and which subscription is ours. */
export interface Snapshot {
  readonly subscriptionUuid: string;
  readonly licenses: readonly License[];
  readonly keyOf: KeyOf;
}

/** A free seat is given; one that somebody else has got meanwhile, or that is not ours, is left alone. */
export function decideAssign(lines: readonly SeatLine[], now: Snapshot): Decision[] {
  const seats = liveSeats(now);
  const holding = new Map(
    [...seats.values()].map((license) => [holderKey(license, now.keyOf), license.uuid]),
  );
  const taken = new Set<string>();
  return lines.map((line) => {
    const key = now.keyOf(line.grantee);
    const held = holding.get(key);
    if (key === '') return settled(line, 'refused', 'the grantee is empty');
    if (held !== undefined) return settled(line, 'already', `holds seat ${held} already`);
    if (line.seat === null) return settled(line, 'refused', 'no seat was named for the assignment');
    const license = seats.get(line.seat);
    if (license === undefined) return settled(line, 'lapsed', notOurs(line.seat, now));
    if (holderKey(license, now.keyOf) !== '') {
      return settled(line, 'lapsed', `seat ${line.seat} was given to ${license.granteeId} meanwhile`);
    }
    if (taken.has(line.seat)) return settled(line, 'refused', `seat ${line.seat} is meant for somebody else`);
    taken.add(line.seat);
    holding.set(key, line.seat);
    return { kind: 'send', line, uuid: license.uuid, granteeId: line.grantee };
  });
}

/** A seat is freed if it is ours and the grantee still holds it. */
export function decideUnassign(lines: readonly SeatLine[], now: Snapshot): Decision[] {
  const seats = liveSeats(now);
  const freed = new Set<string>();
  return lines.map((line) => {
    if (line.seat === null) return settled(line, 'refused', 'no seat was named to take back');
    const license = seats.get(line.seat);
    if (license === undefined) {
      const elsewhere = now.licenses.find(({ uuid }) => uuid === line.seat);
      return elsewhere && !belongsTo(now.subscriptionUuid, elsewhere)
        ? settled(line, 'refused', notOurs(line.seat, now))
        : settled(line, 'already', `seat ${line.seat} is gone`);
    }
    const key = holderKey(license, now.keyOf);
    if (key === '') return settled(line, 'already', `seat ${line.seat} is free`);
    if (key !== now.keyOf(line.grantee)) {
      return settled(line, 'already', `seat ${line.seat} was given to ${license.granteeId} meanwhile`);
    }
    if (freed.has(line.seat))
      return settled(line, 'already', `seat ${line.seat} is taken back by another line`);
    freed.add(line.seat);
    return { kind: 'send', line, uuid: license.uuid, granteeId: null };
  });
}

/**
 * What the answer to the batch says of one line that was sent. A line missing from "partially successful" (206) was not
 * applied; one missing from plain success is a mystery, and so is one that came back with another grantee.
 */
export function resultOf(
  sent: Decision & { kind: 'send' },
  answer: { readonly status: number; readonly data: readonly UpdatedLicense[] },
  keyOf: KeyOf,
): LineResult {
  const { grantee } = sent.line;
  const updated = answer.data.filter(({ uuid }) => uuid === sent.uuid);
  if (updated.length === 0) {
    return answer.status === 206
      ? { grantee, outcome: 'refused', reason: `Salable did not apply it to seat ${sent.uuid} (206)` }
      : { grantee, outcome: 'unknown', reason: `Salable's answer does not mention seat ${sent.uuid}` };
  }
  const wanted = holderKey(sent, keyOf);
  const as = updated.find((license) => holderKey(license, keyOf) !== wanted);
  if (as === undefined) return { grantee, outcome: 'applied', reason: null };
  const shown = holderKey(as, keyOf) === '' ? 'free' : `held by ${as.granteeId}`;
  return { grantee, outcome: 'unknown', reason: `Salable's answer shows seat ${sent.uuid} as ${shown}` };
}

function liveSeats(now: Snapshot): Map<string, License> {
  const live = licensesOf(now.subscriptionUuid, now.licenses).filter(isLive);
  return new Map(live.map((license) => [license.uuid, license]));
}

function notOurs(seat: string, now: Snapshot): string {
  return `seat ${seat} is not, or no longer, a license of subscription ${now.subscriptionUuid}`;
}

function settled(line: SeatLine, outcome: 'already' | 'refused' | 'lapsed', reason: string): Decision {
  return { kind: 'settled', result: { grantee: line.grantee, outcome, reason } };
}
