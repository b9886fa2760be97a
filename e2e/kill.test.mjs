// Killed at random moments while people score, vote, decide and publish: what was answered is
// there, what was not is there whole or not at all, and the ledger verifies. On PostgreSQL two
// servers share the work, and each is killed in turn.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Postgres } from './postgres.mjs';
import { PATIENCE, REGION, Site, dfg, makeFolder, sleep } from './harness.mjs';

const KILLS = Number(process.env.DFG_KILLS ?? 20);
assert.ok(Number.isInteger(KILLS) && KILLS > 0, 'DFG_KILLS is a number above 0');
/** The theme whose group reviews. */
const GROUP = 'data';
const ACTIVITY = 'national-edge-ai-hub';
/** A meeting's agenda is long; when its items are voted on, the next meeting begins. */
const VOTERS = 3;

let postgres;
before(() => {
  postgres = Postgres.start();
});
after(() => postgres?.stop());

/** Somebody who is signed in: a cookie, and the servers that take it. */
class Person {
  constructor(cookie) {
    this.cookie = cookie;
  }

  async send(site, where, form) {
    return fetch(new URL(where, site.origin), {
      method: form ? 'POST' : 'GET',
      headers: { cookie: this.cookie },
      body: form && new URLSearchParams(form),
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
    });
  }

  /** A page's text. */
  async read(site, where) {
    const answer = await this.send(site, where);
    const text = await answer.text();
    assert.equal(answer.status, 200, `${where} answered ${answer.status}: ${text}`);
    return text;
  }

  /** Sends a form that must be taken; where the answer leads. */
  async post(site, where, form) {
    const answer = await this.send(site, where, form);
    const text = await answer.text();
    assert.equal(answer.status, 303, `${where} answered ${answer.status}: ${text}`);
    return answer.headers.get('location');
  }
}

const hidden = (page, name) => {
  const found = new RegExp(`name="${name}" value="([^"]*)"`).exec(page);
  assert.ok(found, `no ${name} in ${page}`);
  return found[1];
};

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** A ledger with its people, a review, a proposal and a meeting. */
class Work {
  constructor(kind) {
    this.kind = kind;
    this.data = makeFolder();
    this.database = kind === 'PostgreSQL' ? postgres.makeDatabase() : undefined;
    this.args = ['--data', this.data, ...(this.database ? ['--database', this.database] : [])];
    // What was answered: the last score by its number, votes, decisions and editions by name.
    this.scored = { sent: 0, answered: 0 };
    this.votes = new Set();
    this.decisions = new Set();
    this.editions = new Set();
    this.counts = { kills: 0, scores: 0, votes: 0, decisions: 0, editions: 0, unanswered: 0 };
  }

  async start() {
    return Site.start({ data: this.data, database: this.database, region: REGION });
  }

  async signIn(site, email, role) {
    const link = (await dfg('person', 'invite', email, '--role', role, '--address', site.origin, ...this.args)).trim();
    const answer = await fetch(link, { method: 'POST', redirect: 'manual' });
    assert.equal(answer.status, 303, await answer.text());
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    return new Person(cookies.join('; '));
  }

  async begin(site) {
    this.chair = await this.signIn(site, 'chair@example.org', `group-chair:${GROUP}`);
    this.member = await this.signIn(site, 'member@example.org', `group-member:${GROUP}`);
    this.lead = await this.signIn(site, 'lead@example.org', 'programme-lead');
    this.steering = await this.signIn(site, 'steering@example.org', 'steering-chair');
    this.voters = [this.steering];
    while (this.voters.length < VOTERS) {
      this.voters.push(await this.signIn(site, `voter-${this.voters.length}@example.org`, 'steering-member'));
    }
    this.review = await this.chair.post(site, '/desk/reviews/new', {
      group: GROUP, title: 'Review', opens: day(0), closes: day(20), activity: ACTIVITY,
      'criterion-1': 'Fit', 'weight-1': '60', 'criterion-2': 'Value', 'weight-2': '40', questions: '',
    });
    const change = await this.chair.post(site, '/desk/proposals/new', {
      title: 'Another name', reason: 'It is better', record: `activities/${ACTIVITY}`,
    });
    this.proposal = change.split('/changes/')[0];
    const form = await this.chair.read(site, `${change}/basics`);
    const revision = hidden(form, 'revision');
    await this.chair.post(site, `${change}/basics`, {
      revision, title: 'The hub', theme: GROUP, summary: 'A hub for everyone.', body: '',
    });
    const check = await this.chair.read(site, `${this.proposal}/check`);
    await this.chair.post(site, `${this.proposal}/submission`, { revision: hidden(check, 'revision') });
    await this.meet(site);
  }

  /** A meeting at which all are present. */
  async meet(site) {
    this.meeting = await this.steering.post(site, '/desk/meetings/new', {
      title: 'Meeting', group: 'steering-group', date: day(0), quorum: '1',
    });
    const page = await this.steering.read(site, this.meeting);
    const members = [...page.matchAll(/name="member" type="checkbox" value="([^"]+)"/g)];
    assert.equal(members.length, VOTERS, page);
    const present = members.map(([, id]) => ['member', id]);
    await this.steering.post(site, `${this.meeting}/presence`, present);
    const links = page.matchAll(new RegExp(`href="(${this.meeting}/items/[^"/]+)"`, 'g'));
    const items = [...new Set([...links].map(([, href]) => href))];
    this.ballots = items.flatMap((item) => this.voters.map((who, index) => ({ item, who, index })));
    assert.ok(this.ballots.length >= VOTERS, `an agenda: ${page}`);
  }

  /** Scores, votes, decides and publishes until the server is gone. */
  async toil(sites, turn) {
    let over = false;
    const site = (n) => sites[n % sites.length];
    const until = async (work) => {
      for (let n = turn; !over; n += 1) {
        try {
          await work(n);
        } catch (error) {
          // Refused by a server that is there is a defect; by one that is gone, expected.
          if (error instanceof assert.AssertionError) throw error;
          this.counts.unanswered += 1;
          return;
        }
      }
    };
    const score = async (n) => {
      const number = (this.scored.sent += 1);
      const form = { 'points-0': '3', 'reason-0': `Score ${number}.`, 'points-1': '1', 'reason-1': 'So' };
      await this.member.post(site(n), `${this.review}/activities/${ACTIVITY}`, form);
      this.scored.answered = number;
      this.counts.scores += 1;
    };
    const vote = async (n) => {
      const ballot = this.ballots.pop();
      if (!ballot) return sleep(20);
      await ballot.who.post(site(n), `${ballot.item}/vote`, { choice: 'for' });
      this.votes.add(`${ballot.item} ${ballot.index}`);
      this.counts.votes += 1;
    };
    const decide = async (n) => {
      const title = `Decision ${turn} ${n}`;
      const page = await this.steering.read(site(n), `${this.proposal}/decision`);
      await this.steering.post(site(n), `${this.proposal}/decision`, {
        revision: hidden(page, 'revision'), verdict: 'defer', title, reason: 'Not yet',
      });
      this.decisions.add(title);
      this.counts.decisions += 1;
    };
    const publish = async (n) => {
      const title = `Edition ${turn} ${n}`;
      const read = () => this.lead.read(site(n), '/desk/edition');
      let page = await read();
      if (page.includes('There is nothing to publish')) return sleep(5);
      const form = { revision: hidden(page, 'revision'), title, foreword: '', reason: 'It is time' };
      await this.lead.post(site(n), '/desk/edition', form);
      page = await read();
      if (!page.includes('name="through"')) return undefined;
      const answer = await this.lead.send(site(n), '/desk/edition/publication', {
        revision: hidden(page, 'revision'), through: hidden(page, 'through'),
      });
      await answer.text();
      // Others decide meanwhile: then it is refused, and nothing is published.
      assert.ok([303, 409].includes(answer.status), `publishing answered ${answer.status}`);
      // One that was published meanwhile left nothing to publish.
      if (!/^\/editions\/\d+$/.test(answer.headers.get('location') ?? '')) return undefined;
      this.editions.add(title);
      this.counts.editions += 1;
      return undefined;
    };
    const all = Promise.all([score, vote, decide, publish].map(until));
    return { stop: () => (over = true), ended: all };
  }

  /** What is held on somebody, by table: each row as it stands in the database. */
  async held(site, who) {
    const data = JSON.parse(await who.read(site, '/desk/account/data'));
    return (table) => data.records[table] ?? [];
  }

  /** Nothing that was answered is lost, and nothing is there by half. */
  async check(site) {
    await dfg('verify', ...this.args);
    const log = (await dfg('log', '--json', ...this.args)).trim().split('\n');
    const bodies = log.map((line) => JSON.parse(JSON.parse(line).body));
    const editions = new Set(bodies.map((body) => body.edition?.title).filter(Boolean));
    for (const title of this.editions) assert.ok(editions.has(title), `${title} is lost`);
    const records = bodies.flatMap((body) => (body.changes ?? []).map((change) => ({ body, change })));
    const decided = records.filter(({ change }) => JSON.stringify(change).includes('"Decision '));
    const titles = decided.map(({ change }) => /"(Decision \d+ \d+)"/.exec(JSON.stringify(change))[1]);
    for (const title of this.decisions) assert.ok(titles.includes(title), `${title} is lost`);
    assert.equal(new Set(titles).size, titles.length, 'a decision is there twice');
    // The proposal rests on the last decision of the ledger: there is no half decision.
    const chair = await this.held(site, this.chair);
    const [{ state, standing }] = chair('proposals');
    const named = decided.at(-1)?.body.decision;
    assert.equal(state, named ? 'deferred' : 'submitted');
    if (named) assert.ok(standing.includes(`"${named}"`), `${standing} does not name ${named}`);
    const votes = [];
    for (const who of this.voters) votes.push(...(await this.held(site, who))('votes'));
    assert.ok(votes.length >= this.votes.size, `${votes.length} votes of ${this.votes.size}`);
    const scores = (await this.held(site, this.member))('scores');
    const kept = scores.map(({ reason }) => Number(/^Score (\d+)\.$/.exec(reason)?.[1] ?? 0));
    assert.ok(Math.max(0, ...kept) >= this.scored.answered, `score ${kept} of ${this.scored.answered}`);
  }
}

async function killAtRandom(t, kind, kills) {
  const work = new Work(kind);
  let site = await work.start();
  await work.begin(site);
  let other = kind === 'PostgreSQL' ? await work.start() : null;
  while (work.counts.kills < kills) {
    if (work.ballots.length < 10) await work.meet(site);
    const toil = await work.toil(other ? [site, other] : [site], work.counts.kills * 1000);
    await sleep(30 + Math.random() * 400);
    await site.kill();
    work.counts.kills += 1;
    if (other) await sleep(100);
    toil.stop();
    await toil.ended;
    site = await work.start();
    await work.check(site);
    // Each of two servers dies in turn.
    if (other) [site, other] = [other, site];
  }
  await work.member.read(site, `${work.review}/activities/${ACTIVITY}`);
  await site.stop();
  await other?.stop();
  const { counts } = work;
  t.diagnostic(`${kind}: ${JSON.stringify(counts)}`);
  // With enough kills, all of it was in the way of one.
  if (kills >= 5) {
    for (const [name, count] of Object.entries(counts)) assert.ok(count > 0, `no ${name}`);
  }
}

test('nothing answered is lost when the server is killed: SQLite', { timeout: KILLS * 60_000 }, (t) =>
  killAtRandom(t, 'SQLite', KILLS));

test('nothing answered is lost when one of two servers is killed: PostgreSQL', { timeout: KILLS * 60_000 }, (t) =>
  killAtRandom(t, 'PostgreSQL', Math.ceil(KILLS / 4)));
