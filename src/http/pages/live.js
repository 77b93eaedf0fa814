// The live page: one availability call, then the stream. No library, no build.
'use strict';

const DAYS = 12;
const LOG_LINES_MAX = 12;
/** What one connection may follow. */
const TOPICS_MAX = 64;
const TOPICS_IN_MESSAGE_MAX = 24;
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 20_000;

const byId = (id) => document.getElementById(id);
/** What is known of each team-day, by topic: the newest state wins. */
const days = new Map();
let service = null;
let chosen = null;
let socket = null;
let failures = 0;

async function getJson(path, options) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Error(body?.detail ?? body?.title ?? `${response.status} from ${path}`);
  return body;
}

function tell(message) {
  byId('problem').hidden = !message;
  byId('problem').textContent = message ?? '';
}

function log(line) {
  const item = document.createElement('li');
  item.textContent = line;
  byId('log').prepend(item);
  while (byId('log').children.length > LOG_LINES_MAX) byId('log').lastChild.remove();
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const topicOf = (day) => `availability:${day.teamId}:${day.date}`;

async function loadService(slug) {
  service = slug;
  days.clear();
  const from = new Date().toISOString().slice(0, 10);
  const query = new URLSearchParams({ serviceId: slug.id, from, days: DAYS });
  const answer = await getJson(`/api/bookings/availability?${query}`);
  for (const day of answer.days) days.set(topicOf(day), { ...day, bookable: day.slots });
  draw();
  subscribe();
}

function draw() {
  const dates = [...new Set([...days.values()].map((day) => day.date))].sort();
  const teams = [...new Set([...days.values()].map((day) => day.teamId))];
  const head = byId('days').tHead;
  head.replaceChildren();
  const row = head.insertRow();
  row.append(element('th', 'Team', { scope: 'col' }));
  for (const date of dates) {
    const shown = new Date(`${date}T00:00Z`).toLocaleDateString(undefined,
      { weekday: 'short', day: 'numeric', month: 'numeric', timeZone: 'UTC' });
    row.append(element('th', shown, { scope: 'col' }));
  }
  const body = byId('days').tBodies[0];
  body.replaceChildren();
  for (const teamId of teams) {
    const line = body.insertRow();
    const first = [...days.values()].find((day) => day.teamId === teamId);
    line.append(element('th', first.timeZone, { scope: 'row' }));
    for (const date of dates) {
      const cell = line.insertCell();
      cell.id = `availability:${teamId}:${date}`;
      fill(cell);
    }
  }
  drawDay();
}

function fill(cell) {
  const day = days.get(cell.id);
  if (!day) return;
  const isOffered = day.bookable.length > 0 || day.remaining === 0;
  cell.dataset.left = !isOffered ? 'off' : day.remaining > 0 ? 'some' : 'none';
  const button = element('button', '', { type: 'button' });
  const note = day.closed ? 'closed' : isOffered ? `of ${day.limit}` : 'no start';
  button.append(element('b', isOffered ? String(day.remaining) : '–'), element('small', note));
  const words = day.closed ? 'closed' : isOffered
    ? `${day.remaining} of ${day.limit} left` : 'no start is offered';
  button.setAttribute('aria-label', `${day.date}, ${day.timeZone}: ${words}`);
  button.addEventListener('click', () => choose(cell.id));
  cell.replaceChildren(button);
}

function choose(topic) {
  chosen = topic;
  drawDay();
  byId('day-title').scrollIntoView({ block: 'nearest' });
}

function drawDay() {
  const day = chosen && days.get(chosen);
  byId('day').hidden = !day;
  if (!day) return;
  byId('day-title').textContent = `${day.date}, ${day.timeZone}`;
  byId('day-numbers').textContent =
    `${day.remaining} of ${day.limit} left, ledger at sequence ${day.seq}.`;
  byId('slots').replaceChildren(...day.bookable.map((slot) => {
    const item = document.createElement('li');
    const button = element('button', slot.startsAt.slice(11, 16), { type: 'button' });
    button.addEventListener('click', () => book(day, slot));
    item.append(button);
    return item;
  }));
  if (day.bookable.length === 0) byId('slots').append(element('li', 'No start is offered on this day.'));
}

async function book(day, slot) {
  tell(null);
  try {
    const made = await getJson('/api/portal/service-requests', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
      body: JSON.stringify({
        serviceId: service.id, startsAt: slot.startsAt, teamId: day.teamId,
        bookingType: 'standard', onConflict: 'fail', paymentMethod: 'cod',
        client: { name: 'Live page', email: 'live@daybook.example' },
      }),
    });
    log(`booked ${made.reference} at sequence ${made.ledger.seq}`);
  } catch (problem) {
    tell(problem.message);
  }
}

/** Takes a state if it is newer than what is shown; another epoch always replaces. */
function take(message) {
  const known = days.get(message.topic);
  if (!known || !message.data) return;
  if (message.epoch === known.epoch && message.seq <= known.seq) return;
  const { limit, used, remaining, closed } = message.data;
  Object.assign(known, { limit, used, remaining, closed, seq: message.seq, epoch: message.epoch });
  const cell = byId(message.topic);
  if (cell) {
    fill(cell);
    cell.classList.remove('changed');
    void cell.offsetWidth;
    cell.classList.add('changed');
  }
  if (message.type === 'availability-updated') {
    log(`${message.data.date}: ${message.cause}, ${remaining} of ${limit} left (sequence ${message.seq})`);
    refresh(known);
  }
}

/** The stream says how much is left; which starts a service still has, the availability call does. */
async function refresh(day) {
  const query = new URLSearchParams(
    { serviceId: service.id, from: day.date, days: 1, teamId: day.teamId });
  const answer = await getJson(`/api/bookings/availability?${query}`).catch(() => null);
  const fresh = answer?.days[0];
  if (!fresh) return;
  day.bookable = fresh.slots;
  const cell = byId(topicOf(day));
  if (cell) fill(cell);
  if (topicOf(day) === chosen) drawDay();
}

function subscribe() {
  if (socket?.readyState !== WebSocket.OPEN || days.size === 0) return;
  const topics = [...days.entries()].slice(0, TOPICS_MAX)
    .map(([topic, day]) => ({ topic, epoch: day.epoch, seq: day.seq }));
  // A message may have 4 KiB, a topic with its position takes about 130 bytes.
  for (let from = 0; from < topics.length; from += TOPICS_IN_MESSAGE_MAX) {
    const some = topics.slice(from, from + TOPICS_IN_MESSAGE_MAX);
    socket.send(JSON.stringify({ type: 'subscribe', id: from, topics: some }));
  }
}

function link(state, text) {
  byId('link').dataset.state = state;
  byId('link').textContent = text;
}

async function connect() {
  link('connecting', 'connecting…');
  try {
    const { ticket } = await getJson('/api/realtime/tickets', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}',
    });
    socket = new WebSocket('/api/portal/realtime', ['daybook.v1']);
    socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'auth', ticket })));
    socket.addEventListener('message', (event) => [].concat(JSON.parse(event.data)).forEach(hear));
    socket.addEventListener('close', (event) => again(event.code));
  } catch {
    again(0);
  }
}

function hear(message) {
  if (message.type === 'hello') {
    failures = 0;
    link('open', 'live');
    subscribe();
  } else if (message.type === 'ping') {
    socket.send(JSON.stringify({ type: 'pong' }));
  } else if (message.type === 'subscribed' || message.type === 'availability-updated') {
    take(message);
  }
}

/** Full jitter, so that a restarted server is not met by everybody at once. */
function again(code) {
  if (code >= 4000 && code < 4100) return link('closed', `closed (${code})`);
  const ceiling = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** failures);
  failures += 1;
  link('closed', 'not connected, trying again');
  setTimeout(connect, Math.random() * ceiling);
}

async function start() {
  const services = await getJson('/api/portal/services');
  const picker = byId('service');
  for (const one of services.items) picker.append(new Option(one.name, one.id));
  const load = () => {
    tell(null);
    const one = services.items.find((item) => item.id === picker.value);
    if (one) loadService(one).catch((problem) => tell(problem.message));
    else tell('There is no service yet. Run “daybook seed --demo” for some.');
  };
  picker.addEventListener('change', load);
  load();
  connect();
}

start().catch((problem) => tell(problem.message));
