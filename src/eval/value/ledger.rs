//! Ledgers: points that events earn and take, first in, first out. What is there follows from the events and the instant: the
//! events of all times are gone through once, and what is found is a function of time that holds until new data arrives.
//!
//! At one instant points expire first, then events earn some, then others take some; of the events of one earning that which
//! earns most comes first. So the order in which events of one instant arrive makes no difference.

use super::{Inner, TermNode, Value};
use crate::eval::Binder;
use crate::eval::bounded::NextChange;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::eval::scratch::{Buffer, Entry, pooled};
use crate::eval::window::bound::BoundNode;
use crate::eval::window::shift::{moved, number_at};
use crate::ir::{Calendar, CalendarSpan, Ledger, LedgerValue, Posting};
use crate::profile::{Event, Profile, Val};
use crate::time::{CalendarUnit, NEVER, period_start};
use std::cmp::Reverse;

/// What is asked of a ledger, ready to run.
pub(crate) struct LedgerNode<P: Profile> {
    earn: Vec<EarningNode<P>>,
    take: Vec<PostingNode<P>>,
    question: Question<P>,
    calendar: Calendar,
}

struct PostingNode<P: Profile> {
    select: SelectNode<P>,
    points: TermNode<P>,
}

struct EarningNode<P: Profile> {
    posting: PostingNode<P>,
    expires: Option<CalendarSpan>,
    at_most: Option<(u32, CalendarUnit)>,
}

enum Question<P: Profile> {
    Balance,
    /// Up to which instant points expire.
    Expiring(BoundNode<P>),
    /// Since which instant points were earned.
    Earned(BoundNode<P>),
}

/// What happens to the points at an instant. The order is that in which it does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Movement {
    at: i64,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// What is left of a lot is gone.
    Expire { lot: usize },
    /// An event earns points, which are a lot.
    Earn {
        earning: usize,
        points: Reverse<i64>,
        lot: usize,
    },
    /// An event takes some.
    Take { points: i64 },
}

/// Points that were earned together.
#[derive(Clone, Copy)]
struct Lot {
    expires: i64,
    left: i64,
}

/// How many events of the present period an earning has counted.
#[derive(Clone, Copy)]
struct Counted {
    period_ends: i64,
    events: u32,
}

pooled!(Movement, Lot, Counted);

/// The points after everything up to some instant.
struct Account {
    lots: Buffer<Lot>,
    /// The lots that were filled, the first first, and the first of them of which something may be left.
    queue: Buffer<usize>,
    first: usize,
    /// Of each earning.
    counted: Buffer<Counted>,
    balance: i128,
}

impl Account {
    fn new(lots: Buffer<Lot>, earnings: usize) -> Self {
        let mut counted = Buffer::new();
        counted.resize(
            earnings,
            Counted {
                period_ends: i64::MIN,
                events: 0,
            },
        );
        Account {
            lots,
            queue: Buffer::new(),
            first: 0,
            counted,
            balance: 0,
        }
    }

    /// What is left of a lot is gone.
    fn expire(&mut self, lot: usize) {
        if let Some(lot) = self.lots.get_mut(lot) {
            self.balance -= i128::from(lot.left);
            lot.left = 0;
        }
    }

    /// A debt is paid first; what remains is the lot's.
    fn earn(&mut self, lot: usize, points: i64) {
        let debt = (-self.balance).max(0);
        self.balance += i128::from(points);
        let left = (i128::from(points) - debt).max(0);
        if let (Some(lot), Ok(left)) = (self.lots.get_mut(lot), i64::try_from(left)) {
            lot.left = left;
        }
        self.queue.push(lot);
    }

    /// The oldest points go first; what is not there is owed.
    fn take(&mut self, points: i64) {
        self.balance -= i128::from(points);
        let mut missing = points;
        while missing > 0
            && let Some(oldest) = self.queue.get(self.first)
        {
            if let Some(lot) = self.lots.get_mut(*oldest) {
                let taken = lot.left.min(missing);
                lot.left -= taken;
                missing -= taken;
                if lot.left > 0 {
                    break;
                }
            }
            self.first += 1;
        }
    }
}

/// As a value of 64 bits, into which every balance fits that is not beyond all use.
fn clamped(points: i128) -> i64 {
    let limit = if points < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(points).unwrap_or(limit)
}

impl<P: Profile> PostingNode<P> {
    fn bind(binder: &mut Binder<'_, P>, posting: &Posting) -> Self {
        PostingNode {
            select: binder.select(&posting.select),
            points: binder.term(&posting.points),
        }
    }

    /// Visits the events of all times, with the points that each is about; those that are about none are left out.
    fn each<'a>(&'a self, ctx: &Ctx<'a, P>, mut visit: impl FnMut(i64, i64)) {
        self.select
            .each_in(ctx, i64::MIN, i64::MAX, |_, event: &'a P::Event| {
                let points = ctx.within(event, self.select.slot, |ctx| {
                    self.points.value(ctx).as_whole()
                });
                let points = clamped(points.unwrap_or(0));
                if points > 0 {
                    visit(event.at().micros(), points);
                }
            });
    }

    fn max_len(&self, ctx: &Ctx<'_, P>) -> usize {
        let kinds = self.select.kinds.iter();
        kinds.fold(0, |n, kind| {
            n.saturating_add(ctx.of_kind(*kind).events.len())
        })
    }
}

impl<P: Profile> LedgerNode<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, ledger: &Ledger, value: LedgerValue) -> Self {
        let calendar = binder.calendar;
        let ahead = |length: CalendarSpan| {
            let (months, micros) = length.parts();
            BoundNode::now_plus(calendar, months, micros)
        };
        let earn = ledger.earn.iter().map(|earning| EarningNode {
            posting: PostingNode::bind(binder, &earning.posting),
            expires: earning.expires,
            at_most: earning.at_most,
        });
        let earn = earn.collect();
        let take = ledger.take.iter();
        LedgerNode {
            earn,
            take: take.map(|of| PostingNode::bind(binder, of)).collect(),
            question: match value {
                LedgerValue::Balance => Question::Balance,
                LedgerValue::Expiring(length) => Question::Expiring(ahead(length)),
                LedgerValue::Earned(length) => Question::Earned(BoundNode::ago(calendar, length)),
            },
            calendar,
        }
    }

    /// Everything that happens to the points, in order, and a lot for each event that may earn some.
    fn movements<'a>(&'a self, ctx: &Ctx<'a, P>) -> (Buffer<Movement>, Buffer<Lot>) {
        let (mut all, mut lots) = (Buffer::<Movement>::new(), Buffer::<Lot>::new());
        for (i, earning) in self.earn.iter().enumerate() {
            earning.posting.each(ctx, |at, points| {
                let expires = self.expiry(earning, at);
                let lot = lots.len();
                lots.push(Lot { expires, left: 0 });
                let points = Reverse(points);
                all.push(Movement {
                    at,
                    what: What::Earn {
                        earning: i,
                        points,
                        lot,
                    },
                });
                if expires < NEVER {
                    let what = What::Expire { lot };
                    all.push(Movement { at: expires, what });
                }
            });
        }
        for taking in &self.take {
            taking.each(ctx, |at, points| {
                let what = What::Take { points };
                all.push(Movement { at, what });
            });
        }
        ctx.spend(all.len());
        all.sort_unstable();
        (all, lots)
    }

    /// The instant at which points that are earned at `at` are gone.
    fn expiry(&self, earning: &EarningNode<P>, at: i64) -> i64 {
        let Some(length) = earning.expires else {
            return NEVER;
        };
        let (months, micros) = length.parts();
        moved(at, months, self.calendar).saturating_add(micros)
    }

    /// Whether an event still counts in its period; if so, it is counted.
    fn counts(&self, account: &mut Account, earning: usize, at: i64) -> bool {
        let limit = self.earn.get(earning).and_then(|of| of.at_most);
        let (Some((limit, unit)), Some(counted)) = (limit, account.counted.get_mut(earning)) else {
            return true;
        };
        if at >= counted.period_ends {
            let next = number_at(at, unit, self.calendar).saturating_add(1);
            let Calendar { zone, week_start } = self.calendar;
            counted.period_ends = period_start(unit, next, week_start, zone);
            counted.events = 0;
        }
        if counted.events >= limit {
            return false;
        }
        counted.events += 1;
        true
    }

    /// Goes through everything that happens up to an instant, or, where none is given, ever; `visit` is told after each what has
    /// been earned by it.
    fn walk<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        last: i64,
        mut visit: impl FnMut(&Account, i64, i64),
    ) -> (Account, Option<i64>) {
        let (all, lots) = self.movements(ctx);
        let mut account = Account::new(lots, self.earn.len());
        for movement in all.iter() {
            if movement.at > last {
                return (account, Some(movement.at));
            }
            let mut earned = 0;
            match movement.what {
                What::Expire { lot } => account.expire(lot),
                What::Take { points } => account.take(points),
                What::Earn {
                    earning,
                    points: Reverse(points),
                    lot,
                } => {
                    if self.counts(&mut account, earning, movement.at) {
                        account.earn(lot, points);
                        earned = points;
                    }
                }
            }
            visit(&account, movement.at, earned);
        }
        (account, None)
    }

    /// The balances over all times: each instant at which it becomes another, and what it is from then on.
    fn balances<'a>(&'a self, ctx: &Ctx<'a, P>, steps: &mut Vec<Entry>) {
        self.walk(ctx, i64::MAX, |account, at, _| {
            let balance = clamped(account.balance);
            match steps.last_mut() {
                Some((last, of_instant)) if *last == at => *of_instant = balance,
                _ => steps.push((at, balance)),
            }
        });
        let mut before = 0;
        steps.retain(|(_, balance)| std::mem::replace(&mut before, *balance) != *balance);
    }

    /// The balance at an instant, and when it is another.
    fn balance<'a>(&'a self, ctx: &Ctx<'a, P>) -> (i64, i64) {
        let at = |steps: &[Entry]| {
            let next = steps.partition_point(|(at, _)| *at <= ctx.now);
            let before = next.checked_sub(1).and_then(|i| steps.get(i));
            let until = steps.get(next).map_or(NEVER, |(at, _)| *at);
            (before.map_or(0, |(_, balance)| *balance), until)
        };
        // Where many instants are probed, the balances are found once.
        if let Some(indexes) = ctx.indexes.filter(|indexes| !indexes.is_kept()) {
            let gather = |_: &mut Vec<usize>, steps: &mut Vec<Entry>| self.balances(ctx, steps);
            let found = indexes.read(self, None, gather, |index| at(index.entries()));
            if let Some(found) = found {
                return found;
            }
        }
        let mut steps = Buffer::<Entry>::new();
        self.balances(ctx, &mut steps);
        at(&steps)
    }

    /// Whether a condition on the balance is met, and when that changes.
    pub(crate) fn next_change_of_balance<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        accepts: impl Fn(i128) -> bool,
    ) -> Option<NextChange> {
        if !matches!(self.question, Question::Balance) {
            return None;
        }
        let mut steps = Buffer::<Entry>::new();
        self.balances(ctx, &mut steps);
        let next = steps.partition_point(|(at, _)| *at <= ctx.now);
        let before = next.checked_sub(1).and_then(|i| steps.get(i));
        let holds = accepts(before.map_or(0, |(_, balance)| i128::from(*balance)));
        let mut answer = NextChange::forever(holds);
        for (at, balance) in steps.get(next..).unwrap_or(&[]) {
            match (accepts(i128::from(*balance)) == holds, answer.until) {
                (true, NEVER) => {}
                (false, NEVER) => answer = NextChange::once(holds, *at),
                (back, _) => answer.is_final &= !back,
            }
        }
        Some(answer)
    }

    /// The points that expire up to a bound, and until when that is certain.
    fn expiring<'a>(&'a self, ctx: &Ctx<'a, P>, bound: &'a BoundNode<P>) -> (i64, i64) {
        let (account, next) = self.walk(ctx, ctx.now, |_, _, _| {});
        let last = bound.value(ctx).unwrap_or(i64::MIN);
        let (mut points, mut inside, mut beyond) = (0_i128, i64::MIN, NEVER);
        for lot in account.lots.iter().filter(|lot| lot.left > 0) {
            if lot.expires <= last {
                points += i128::from(lot.left);
                inside = inside.max(lot.expires);
            } else {
                beyond = beyond.min(lot.expires);
            }
        }
        // A lot comes in when the bound reaches its instant; months that are clamped can set the bound back from one.
        let crossings = [inside, beyond].into_iter().filter_map(|expires| {
            let is_one = expires > i64::MIN && expires < NEVER;
            is_one.then(|| bound.next_crossing(ctx, expires - 1))
        });
        let until = crossings.fold(next.unwrap_or(NEVER), i64::min);
        (clamped(points), until)
    }

    /// The points that were earned since a bound, and until when that is certain.
    fn earned<'a>(&'a self, ctx: &Ctx<'a, P>, bound: &'a BoundNode<P>) -> (i64, i64) {
        let since = bound.value(ctx).unwrap_or(i64::MAX);
        let (mut points, mut outside, mut inside) = (0_i128, None, None);
        let (_, next) = self.walk(ctx, ctx.now, |_, at, earned| {
            if earned > 0 && at < since {
                outside = Some(at);
            } else if earned > 0 {
                points += i128::from(earned);
                inside = inside.or(Some(at));
            }
        });
        // The first of those inside leaves; months that are clamped can set the bound back to the last of the others.
        let crossings = [outside, inside].into_iter().flatten();
        let crossings = crossings.map(|at| bound.next_crossing(ctx, at));
        (
            clamped(points),
            crossings.fold(next.unwrap_or(NEVER), i64::min),
        )
    }

    fn answer<'a>(&'a self, ctx: &Ctx<'a, P>) -> (i64, i64) {
        match &self.question {
            Question::Balance => self.balance(ctx),
            Question::Expiring(bound) => self.expiring(ctx, bound),
            Question::Earned(bound) => self.earned(ctx, bound),
        }
    }
}

impl<P: Profile> Value<P> for LedgerNode<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        Val::Whole(i128::from(self.answer(ctx).0))
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.answer(ctx).1
    }

    /// An event comes, its points come into a window, and they leave it.
    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, _: usize) -> usize {
        let earn = self.earn.iter().map(|earning| &earning.posting);
        let postings = earn.chain(&self.take);
        postings.fold(0, |n, posting| {
            n.saturating_add(posting.max_len(ctx).saturating_mul(3))
        })
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}
