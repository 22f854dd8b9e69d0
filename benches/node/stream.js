// The stream of benches/stream.rs through json-rules-engine: the same five rules about each category, all judged at every
// event, as that engine does. `npm ci && npm start` here, or `npm start -- [events [categories]]`.
//
// What is asked of a profile's history are dynamic facts with parameters, as its documentation has it. They are kept by
// hand, by category and in order of time, and not cached, since no two conditions ask the same.

import { Engine } from 'json-rules-engine'

const PROFILES = 100_000
const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)

/** Marsaglia's generator (xorshift64*), the upper 31 bits. */
function numbers() {
  let state = 0x9e3779b97f4a7c15n
  return (below) => {
    state ^= state >> 12n
    state = BigInt.asUintN(64, state ^ (state << 25n))
    state ^= state >> 27n
    const number = BigInt.asUintN(64, state * 0x2545f4914f6cdd1dn) >> 33n
    return Number(number % BigInt(below))
  }
}

/** Who does what, in order of time over half a year. */
function* stream(events, categories) {
  const next = numbers()
  for (let i = 0; i < events; i++) {
    const at = START + i * ((180 * DAY) / events)
    const who = next(PROFILES)
    const category = (who * 7 + next(5)) % categories
    const act = next(10)
    if (act <= 5) yield { who, at, kind: 'viewed', category }
    else if (act <= 7) yield { who, at, kind: 'purchased', category, amount: next(20_000) / 100 }
    else yield { who, at, kind: 'opened' }
  }
}

/** What is kept of a profile: its views and purchases by category. */
class History {
  views = new Map()
  purchases = new Map()

  add({ kind, at, category, amount }) {
    if (kind === 'opened') return
    const acts = kind === 'viewed' ? this.views : this.purchases
    if (!acts.has(category)) acts.set(category, [])
    acts.get(category).push({ at, amount })
  }
}

const NONE = []

/** The acts of a category since so many days ago. */
const since = (acts, { category, days }, now) => (acts.get(category) ?? NONE).filter((act) => act.at >= now - days * DAY)

function engine(categories) {
  const engine = new Engine()
  const fact = (name, of) => {
    const asked = async (params, almanac) => of(await almanac.factValue('history'), params, await almanac.factValue('now'))
    engine.addFact(name, asked, { cache: false })
  }
  fact('views', (history, params, now) => since(history.views, params, now).length)
  fact('purchases', (history, params, now) => since(history.purchases, params, now).length)
  fact('spent', (history, params, now) =>
    since(history.purchases, params, now).reduce((sum, { amount }) => sum + amount, 0))
  fact('viewed then purchased', (history, { category, days, then }, now) =>
    since(history.views, { category, days }, now).some((view) =>
      (history.purchases.get(category) ?? NONE).some(({ at }) => view.at < at && at <= view.at + then * DAY)))
  for (let category = 0; category < categories; category++) {
    const all = (...conditions) => ({
      all: conditions.map(([fact, params, operator, value]) => ({ fact, params: { category, ...params }, operator, value })),
    })
    const rules = [
      all(['views', { days: 7 }, 'greaterThanInclusive', 2]),
      all(['views', { days: 14 }, 'greaterThan', 0], ['purchases', { days: 30 }, 'equal', 0]),
      all(['purchases', { days: 90 }, 'greaterThan', 0]),
      all(['spent', { days: 180 }, 'greaterThan', 200]),
      all(['viewed then purchased', { days: 3, then: 2 }, 'equal', true]),
    ]
    rules.forEach((conditions, i) => engine.addRule({ conditions, event: { type: `s${category}_${i}` } }))
  }
  return engine
}

const [events = 4_000, categories = 200] = process.argv.slice(2).map(Number)
const rules = engine(categories)
const profiles = new Map()
let held = 0
const begun = performance.now()
for (const act of stream(events, categories)) {
  if (!profiles.has(act.who)) profiles.set(act.who, new History())
  const history = profiles.get(act.who)
  history.add(act)
  held += (await rules.run({ history, now: act.at })).events.length
}
const seconds = (performance.now() - begun) / 1000
const rate = Math.round(events / seconds)
console.log(`${categories * 5} segments: ${rate} events/s judging every segment at every event, ${held} held`)
