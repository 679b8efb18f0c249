import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHoldById, readHoldsOfRun } from '../../src/ledger/holds.ts';
import { type School, startSchool, teaches } from '../support/school.ts';
import { OPERATOR, VIEWER } from '../support/service.ts';
import { type ServedApp, serveApp } from './app.ts';
import { fieldIn, type SignedIn, signedIn } from './signed-in.ts';

const LEAVERS = ['lena', 'leo', 'lia', 'lou'].map((name) => `${name}@example.org`);

/** Enough others that the sheet does not look like another one. */
const OTHERS = ['ada', 'ben', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal'].map((name) => `${name}@example.org`);

let school: School;
let app: ServedApp;
let operator: SignedIn;
let viewer: SignedIn;
beforeAll(async () => {
  school = await startSchool({
    salable: { subscriptions: [{ seats: 13, assigned: [...LEAVERS, 'owner@example.org'] }] },
    roster: teaches(...LEAVERS, ...OTHERS),
  });
  app = await serveApp(school);
  school.workHere();
  await school.sync();
  operator = await signedIn(app.url, OPERATOR);
  viewer = await signedIn(app.url, VIEWER);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await school[Symbol.asyncDispose]();
});

/** A run that holds the removal of these people. */
async function heldRun(...leavers: readonly string[]): Promise<{ path: string; run: string; id: string }> {
  school.setRoster(teaches(...OTHERS, ...LEAVERS.filter((who) => !leavers.includes(who))));
  const { run } = await school.sync();
  const [hold] = await readHoldsOfRun(school.service.context.store, run);
  return { run, path: `/runs/${run}/hold`, id: hold?.id ?? '' };
}

async function stateOf(id: string): Promise<string | undefined> {
  return (await readHoldById(school.service.context.store, id))?.state;
}

/** The fields of the form on a page. */
function decision(page: string, more: Readonly<Record<string, string>>): Record<string, string> {
  return { hold: fieldIn(page, 'hold'), seen: fieldIn(page, 'seen'), decision: 'approve', ...more };
}

test('a hold opens with its effect, then whom it concerns, the limit and its numbers, and what happens otherwise', async () => {
  const { path, run } = await heldRun(...LEAVERS);
  const page = await operator.text(path);
  const at = (text: string) => {
    expect(page).toContain(text);
    return page.indexOf(text);
  };
  expect(at('Approving takes a seat from 4 people and gives back 4 seats in teaching today')).toBeLessThan(
    at('4 of 12 managed holders leave unexplained; the limit is the larger of 2 and 20 % = 2'),
  );
  expect(at('who would lose a seat (4)')).toBeLessThan(at('row vanished from the roster'));
  for (const who of LEAVERS) at(`<a href="/people/${who}">${who}</a>`);
  at('row 2: cohort now');
  at('a seat has to be bought again');
  at('8 people keep their seats whatever is decided');
  at('If nobody decides, nothing of this is done. 4 people keep their seats.');
  expect(page).toContain('To approve, type how many people are held for removal');
  expect(await operator.text(`/runs/${run}`)).toContain(
    `teaching: 4 changes wait for approval and were not done. <a href="${path}">`,
  );
});

test('a viewer sees it without the buttons, and the endpoint refuses what a page would not send', async () => {
  const { path, id } = await heldRun(...LEAVERS);
  const page = await viewer.text(path);
  expect(page).toContain('row vanished from the roster');
  expect(page).not.toContain('name="decision"');
  const fields = decision(await operator.text(path), { number: '4' });
  expect((await viewer.post(path, fields)).status).toBe(403);
  expect((await operator.post(path, { ...fields, form: 'x' })).status).toBe(403);
  expect((await operator.post(path, { ...fields, hold: 'none' })).status).toBe(404);
  expect((await operator.post(path, { ...fields, decision: 'perhaps' })).status).toBe(400);
  expect((await operator.post(path, { ...fields, note: 'x'.repeat(501) })).status).toBe(400);
  expect(await stateOf(id)).toBe('open');
});

test.each(['', '3', '04', '4.0', '-4', 'four'])(
  'the number of removals has to be right: %j',
  async (number) => {
    const { path, id } = await heldRun(...LEAVERS);
    const answer = await operator.post(
      path,
      decision(await operator.text(path), { number, note: 'my <b>note' }),
    );
    expect(answer.status).toBe(400);
    const page = await answer.text();
    expect(page).toContain('the number of people held for removal has to be typed');
    expect(page).toContain('value="my &lt;b&gt;note"');
    expect(await stateOf(id)).toBe('open');
  },
);

test('a hold that a later run has replaced is not decided, and the page says what changed', async () => {
  const before = await heldRun(...LEAVERS.slice(0, 3));
  const fields = decision(await operator.text(before.path), { number: '3' });
  const after = await heldRun(...LEAVERS.slice(1));
  const answer = await operator.post(before.path, fields);
  expect(answer.status).toBe(409);
  const page = await answer.text();
  expect(page).toContain('Nothing was decided');
  expect(page).toContain('No longer held: lena@example.org');
  expect(page).toContain('New: lou@example.org');
  expect(page).toContain(`href="${after.path}"`);
  expect(await stateOf(before.id)).toBe('superseded');
  expect(await stateOf(after.id)).toBe('open');
  // Nor is what is held now, in the name of what was seen before.
  const now = { ...fields, hold: after.id };
  expect((await operator.post(after.path, now)).status).toBe(409);
  expect(await stateOf(after.id)).toBe('open');
  expect(await operator.text(before.path)).toContain('replaced by a later run');
});

test('a run that meets the same lines in between does not spoil a decision', async () => {
  const first = await heldRun(...LEAVERS);
  const fields = decision(await operator.text(first.path), { decision: 'reject', note: ' on leave ' });
  const second = await heldRun(...LEAVERS);
  expect(second.id).toBe(first.id);
  const answer = await operator.post(first.path, fields);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, first.path]);
  expect(await readHoldById(school.service.context.store, first.id)).toMatchObject({
    ...{ state: 'rejected', by: 'ops', note: 'on leave' },
  });
  const page = await operator.text(second.path);
  expect(page).toContain('rejected');
  expect(page).toContain('on leave');
  // Their rows come back, so that the rejection is used up.
  school.setRoster(teaches(...LEAVERS, ...OTHERS));
  await school.sync();
});

test('an approval leads to the run that it starts, is made once, and stands in the audit by person', async () => {
  const { path, id } = await heldRun(...LEAVERS);
  const fields = decision(await operator.text(path), { number: ' 4 ', note: 'they have left' });
  const [first, second] = await Promise.all([operator.post(path, fields), operator.post(path, fields)]);
  expect([first?.status, second?.status].sort()).toEqual([303, 409]);
  const [won, lost] = first?.status === 303 ? [first, second] : [second, first];
  expect(await lost?.text()).toMatch(
    /Already decided.*What teaching held was approved by <bdi>ops<\/bdi> at/s,
  );
  const run = won?.headers.get('location')?.replace('/runs/', '') ?? '';
  expect((await school.ended(run)).pools[0]?.done.unassigned.toSorted()).toEqual(LEAVERS);
  expect(await readHoldById(school.service.context.store, id)).toMatchObject({
    state: 'approved',
    by: 'ops',
  });
  const decided = (await school.audit()).filter(({ action }) => action === 'approve');
  expect(decided.map(({ grantee }) => grantee).toSorted()).toEqual(LEAVERS);
  expect(decided[0]).toMatchObject({
    ...{ from: 'held unassign', outcome: 'decided' },
    reason: 'by ops: they have left (row vanished from the roster)',
  });
  expect((await operator.post(path, fields)).status).toBe(409);
  expect(await operator.text(path)).toMatch(/approved<\/span>.*they have left/s);
});

test('what is not there is a page of its own', async () => {
  for (const path of ['/runs/r-none', '/runs/r-none/hold']) {
    const answer = await operator.get(path);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('There is no run r-none');
  }
});
