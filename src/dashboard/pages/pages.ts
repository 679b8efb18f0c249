import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { Access, AppEnv } from '../auth.ts';
import type { DashboardDeps } from '../deps.ts';
import type { Failures } from '../failures.ts';
import { serveAsset } from './assets.ts';
import { decideHold } from './hold/decide.ts';
import { createShowHolds, holdPage } from './hold/hold.ts';
import { overview } from './overview/overview.ts';
import { sync } from './overview/sync.ts';
import { formOf } from './parts/form.ts';
import { people } from './people/people.ts';
import { person } from './people/person.ts';
import { preview } from './preview.ts';
import { run } from './run/run.ts';
import { runs } from './runs/runs.ts';
import { signIn, signInPage, signOut } from './sign-in.ts';
import type { Site } from './site.ts';

/** The pages. Every address that is not the API's, of health or of the queues is looked for here. */
export function createPages(deps: DashboardDeps, access: Access, failures: Failures): Hono<AppEnv> {
  const site: Site = { deps, access };
  const { guard } = access;
  const app = new Hono<AppEnv>();
  app.onError((cause, c) => failures.onError(cause, c));
  app.notFound((c) => failures.notFound(c));

  app.get('/assets/:digest/:name', serveAsset);
  app.get('/sign-in', signInPage(site));
  app.post('/sign-in', signIn(site));
  app.post('/sign-out', guard('viewer'), checkForm, signOut(site));

  app.get('/', guard('viewer'), overview(site));
  app.get('/runs', guard('viewer'), runs(site));
  app.get('/people', guard('viewer'), people(site));
  app.get('/people/:address', guard('viewer'), person(site));
  app.post('/sync', guard('operator'), sync(site));
  app.get('/preview', guard('viewer'), preview(site));
  const showHolds = createShowHolds(site);
  app.get('/runs/:id', guard('viewer'), run(site));
  app.get('/runs/:id/hold', guard('viewer'), holdPage(showHolds));
  app.post('/runs/:id/hold', guard('operator'), decideHold(site, showHolds));
  return app;
}

/** For a form without fields of its own. */
async function checkForm(c: Context<AppEnv>, next: () => Promise<void>): Promise<void> {
  await formOf(c, z.object({}));
  await next();
}
