// Follows a run that is under way. The page is whole without this file; it then only has to be loaded again.

/** Messages that are kept in the page. */
const MOST = 1000;

/** Between two looks at what has become of the people (milliseconds). */
const LOOK_MS = 3000;

/** After the server would not let us follow (milliseconds). */
const AGAIN_MS = 5000;

const root = document.querySelector('[data-run][data-open="yes"]');
if (root !== null) follow(root);

function follow(page) {
  const live = (name) => page.querySelector(`[data-live="${name}"]`);
  const results = createResults(page);
  let after = page.dataset.after;
  let source = null;
  let isOver = false;

  const open = () => {
    if (isOver || document.hidden || source !== null) return;
    source = new EventSource(`/api/runs/${encodeURIComponent(page.dataset.run)}/events?after=${after}`);
    source.addEventListener('open', () => {
      live('connection').hidden = true;
    });
    source.addEventListener('error', () => {
      live('connection').hidden = false;
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      setTimeout(open, AGAIN_MS);
    });
    source.addEventListener('progress', (message) => {
      after = message.lastEventId;
      const event = JSON.parse(message.data);
      addToLog(live('log'), event);
      showStage(live('now'), event);
      results.look();
    });
    source.addEventListener('now', (message) => showPlaces(live('now'), JSON.parse(message.data)));
    source.addEventListener('end', (message) => {
      isOver = true;
      close();
      const event = JSON.parse(message.data);
      addToLog(live('log'), event);
      live('now').replaceChildren(element('li', sentence(event.text)));
      results.lookNow();
    });
    source.addEventListener('signed-out', () => location.reload());
  };
  const close = () => {
    source?.close();
    source = null;
  };

  // A browser has few connections to one host; a page that nobody sees needs none.
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  addEventListener('pagehide', close);
  addEventListener('pageshow', open);
  open();
}

/** Appends what was told, and stays at the end where one was there. */
function addToLog(log, { at, time, pool, text }) {
  if (log === null) return;
  const box = log.parentElement;
  const isAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 8;
  const when = element('time', time);
  when.dateTime = at;
  const entry = element('li');
  entry.append(when, ' ', ...(pool === null ? [] : [element('b', pool), ' ']), text);
  log.append(entry);
  while (log.childElementCount > MOST) log.firstElementChild.remove();
  if (isAtEnd) box.scrollTop = box.scrollHeight;
}

/** A new stage is said aloud; how far it is only moves the bar. */
function showStage(list, { pool, step, text, done, of }) {
  for (const entry of list.querySelectorAll('li[data-pool]')) {
    if (pool !== null && entry.dataset.pool !== pool) continue;
    const bar = entry.querySelector('progress');
    bar.hidden = of === null || of < 2;
    if (!bar.hidden) {
      bar.max = of;
      bar.value = done;
    }
    if (entry.dataset.step === step) continue;
    entry.dataset.step = step;
    entry.querySelector('span').textContent = text;
  }
}

/** Where the pools are, when nothing else happens. */
function showPlaces(list, places) {
  for (const { pool, text } of places) {
    const place = list.querySelector(`li[data-pool="${CSS.escape(pool)}"] span`);
    if (place !== null && place.textContent !== text) place.textContent = text;
  }
}

/** What has become of the people: the parts of this page as the server has them now. */
function createResults(page) {
  let waiting = null;
  const replace = async (isEnd) => {
    waiting = null;
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => null);
    if (answer?.ok !== true) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const part of page.querySelectorAll('[data-part]')) {
      const now = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      // Whoever is in the middle of it is not disturbed before the end.
      if (now === null || (!isEnd && part.contains(document.activeElement))) continue;
      part.replaceChildren(...now.childNodes);
    }
  };
  return {
    look: () => {
      waiting ??= setTimeout(() => replace(false), LOOK_MS);
    },
    lookNow: () => {
      clearTimeout(waiting);
      replace(true);
    },
  };
}

function element(name, text = '') {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function sentence(text) {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
