//! segue beside hand-written Rust and its peers: three rules, one run, ratios.
//!
//! ```text
//! cargo bench -p segue-benches --bench evaluate            # all of it, tables at the end
//! cargo bench -p segue-benches --bench evaluate -- viewers # one rule
//! cargo test  -p segue-benches --benches                   # only: do all give the same answers?
//! ```
//!
//! | rule | | what it is for |
//! |---|---|---|
//! | A `viewers` | `age > 50 and viewed("anti-aging") and frequency = frequent` | the rule of the first page; 12 categories viewed, the decisive one the ninth |
//! | B `newsletter` | twelve terms over eleven attributes | strings, lists, ranges; every term has to be looked at, in a customer who is in and in one who is not |
//! | C `buyers` | `count(purchased("anti-aging", amount > 20) within 180 days) >= 2` | fifty events, 25 of them in the window, three sought |
//!
//! The benches are `parse` (text to tree), `check_compile` (tree to something that runs, and text to the same),
//! `evaluate` (one customer at one instant), `window` (a count in a window over 10 to 100,000 events), `matching` (which
//! of 10,000 and 100,000 rules hold for one customer), `stream` (events a second with 1,000 and 10,000 segments), `uneven`
//! (events a second where a few profiles have most of them, and every event concerns every segment) and `population` (who is in, of a
//! million profiles with 50 million events).
//!
//! `benches/python/population.py` asks Polars, DuckDB and ClickHouse the questions of `population`, over the columns that
//! the bench writes with `--write`. Each has its tables in memory and its texts as codes, and may use as many threads.
//!
//! `npm ci && npm start` in `benches/node` runs the stream's 1,000 rules through json-rules-engine. It is given what its
//! documentation advises, facts that are asked for with parameters, over a history that is kept by hand, by category; every
//! rule is judged at every event, since it knows nothing else. On 2,000 events, spread over the same half a
//! year, as many segments hold as `segue simulate` finds. Its figure is the median of three runs by the processor's time.
//!
//! # What makes the comparison fair
//!
//! - All contenders of a comparison take turns, a millisecond each, and a ratio is the median of the ratios within a
//!   round: see [`board`]. A busy machine slows all of them alike.
//! - Every contender's answer is asserted to be the hand-written one's before it is timed, and so are its answers for
//!   customers on both sides of every border of the rule.
//! - Each peer is given its data as its own documentation advises, and is timed twice: with its context ready, as if
//!   nothing about the customer had changed, and (`+ context`) with the context built from the service's struct, which
//!   is what a service pays that keeps its customers in structs. Hand-written code and segue read the struct in place,
//!   and so does CEL when the struct implements its traits (`own types`).
//! - A context holds what the one rule reads and nothing else; strings are borrowed wherever the peer allows it.
//! - The host leaves events later than `now` out of a peer's context, which saves its rule a comparison.
//! - A peer that cannot say a rule is left out of it, with a comment where it would stand.
//! - Amounts are cents to the peers, and the values of enums their names.

pub mod board;
pub mod by_hand;
pub mod customer;
pub mod population;
pub mod segue_side;
