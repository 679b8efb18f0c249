import type { Context } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { dateIn, type IsoDate } from '../../../dates.ts';
import { normalizeEmail } from '../../../emails.ts';
import type { AppEnv } from '../../auth.ts';
import { empty, table } from '../parts/boxes.ts';
import { pageNumber, pager, startOf, withQuery } from '../parts/pager.ts';
import { dayText, distance, moment } from '../parts/time.ts';
import { type Html, type Site, show } from '../site.ts';
import { createDirectory, type Directory, type Entry, search } from './directory.ts';

/** People on a page. */
const SIZE = 500;

const query = z.object({ q: z.string().trim().max(200).catch('').default(''), page: pageNumber });

/** `GET /people`: everyone whom the roster has ever listed, searched by address or name. */
export function people(site: Site) {
  const { config, context } = site.deps;
  const readDirectory = createDirectory(context.store);
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { q, page } = query.parse(c.req.query());
    const directory = await readDirectory();
    const found = search(directory, q);
    const [only] = found;
    if (found.length === 1 && only?.email === normalizeEmail(q)) return c.redirect(pathOf(only.email), 303);
    const from = startOf({ page, size: SIZE });
    const href = (to: number) => withQuery('/people', { q, page: to === 1 ? null : to });
    if (page > 1 && from >= found.length) return c.redirect(href(1), 303);
    const today = dateIn(context.clock.now(), config.timeZone);
    const rows = found.slice(from, from + SIZE).map((entry) => row(entry, today));
    const heads = ['Name', 'Address', 'Cohort'];
    const body = html`<h1>People</h1>
${searchForm(q)}
${rows.length > 0 ? table(captionOf(found.length, q), heads, rows) : nothing(directory, q)}
${pager({ page, size: SIZE, count: found.length }, href)}
${age(directory, config.timeZone, context.clock.now())}`;
    return show(c, site, { title: 'People', current: '/people', body });
  };
}

/** Where a person is explained. */
export function pathOf(address: string): string {
  return `/people/${encodeURIComponent(address).replaceAll('%40', '@')}`;
}

/** The field by which people are found, on the list and on the page of each. */
export function searchForm(text: string): Html {
  return html`<form method="get" action="/people" role="search" class="row"><label for="q">Address or name</label><input id="q" name="q" type="search" value="${text}" maxlength="200"><button>Search</button></form>`;
}

function captionOf(count: number, q: string): string {
  const who = `${count.toLocaleString('en-US')} ${count === 1 ? 'person' : 'people'}`;
  return q === '' ? `${who} whom the roster has ever listed` : `${who} found`;
}

/** Terse, since there may be hundreds. */
function row({ email, name, rows }: Entry, today: IsoDate): Html {
  return html`<tr><td><a href="${pathOf(email)}"><bdi>${name ?? email}</bdi></a><td>${email}<td>${cohortOf(rows, today)}`;
}

/** The cohort that one teaches now, or else the next one, or else the last one. */
function cohortOf(rows: Entry['rows'], today: IsoDate): string {
  const active = rows.filter(({ canceled }) => !canceled);
  const now = active.find(({ startsOn, endsOn }) => startsOn <= today && today <= endsOn);
  if (now !== undefined) return `${now.cohort} until ${dayText(now.endsOn, today)}`;
  const byStart = active.toSorted((a, b) => (a.startsOn < b.startsOn ? -1 : 1));
  const next = byStart.find(({ startsOn }) => startsOn > today);
  if (next !== undefined) return `${next.cohort} from ${dayText(next.startsOn, today)}`;
  const last = byStart.at(-1);
  if (last !== undefined) return `${last.cohort} ended ${dayText(last.endsOn, today)}`;
  return rows.length > 0 ? 'canceled' : 'not on the roster now';
}

function nothing({ entries }: Directory, q: string): Html {
  if (entries.length === 0)
    return empty(
      'Nobody is known yet',
      html`The first run reads the roster. Start one on the <a href="/">overview</a>.`,
    );
  const address = normalizeEmail(q);
  return empty(
    'Nobody found',
    address.includes('@')
      ? html`The roster has never listed this address. <a href="${pathOf(address)}">See whether it has a seat all the same</a>`
      : 'Try a part of the name or of the address.',
  );
}

function age({ readAt }: Directory, timeZone: string, now: number): Html {
  if (readAt === null) return html``;
  return html`<p class="muted small">By the roster as the last run has read it, ${moment(readAt, timeZone)} (${distance(readAt, now)}).</p>`;
}
