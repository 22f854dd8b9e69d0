//! Values ready to run: reading, arithmetic, and until when they stay what they are.

use super::aggregate::AggregateNode;
use super::asof::AsOfNode;
use super::bound::{moved, number_at};
use super::context::Ctx;
use super::motion::first_where;
use super::node::Node;
use super::rows::TotalNode;
use super::score::ScoreNode;
use super::stage::CurrentStageNode;
use crate::ir::{Calendar, Function, Part};
use crate::profile::{Accessor, Digits, Event, Profile, ProfileId, RowAccess, Val};
use crate::syntax::ArithmeticOp;
use crate::time::CalendarUnit;
use crate::time::{
    DAY, Date, HOUR, NEVER, day_of_month, hour_of, month_of_year, period_start, weekday,
};
use std::sync::Arc;

pub(crate) enum TermNode<P: Profile> {
    Lit(Literal),
    Id,
    Attribute(Accessor<P>),
    /// By kind, in the order of the kinds.
    Property(Vec<(usize, Accessor<P::Event>)>),
    StepProperty(usize, Vec<(usize, Accessor<P::Event>)>),
    /// Of the row under test, with the position of the property.
    Row(Arc<dyn RowAccess<P>>, usize),
    At(Option<usize>),
    Now,
    Today(i64, Calendar),
    Part {
        part: Part,
        of: Box<TermNode<P>>,
        of_date: bool,
        depends_on_now: bool,
        calendar: Calendar,
    },
    Aggregate(Box<AggregateNode<P>>),
    Total(Box<TotalNode<P>>),
    Arithmetic {
        op: Operation,
        left: Box<TermNode<P>>,
        right: Box<TermNode<P>>,
    },
    PlusMonths {
        of: Box<TermNode<P>>,
        is_date: bool,
        months: i64,
        calendar: Calendar,
    },
    Negate(Box<TermNode<P>>),
    Call {
        function: Function,
        of: Box<TermNode<P>>,
        scale: u8,
        calendar: Calendar,
    },
    Cases {
        cases: Vec<(Node<P>, Literal)>,
        otherwise: Option<Literal>,
    },
    OnlyIf {
        node: Box<Node<P>>,
        of: Box<TermNode<P>>,
    },
    AsOf(Box<AsOfNode<P, TermNode<P>>>),
    Stage(Box<CurrentStageNode<P>>),
    Shared(Arc<TermNode<P>>),
    Score(Box<ScoreNode<P>>),
}

/// A constant that a rule owns.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    Whole(i128),
    Real(f64),
    Text(Arc<str>),
}

impl Literal {
    pub(crate) fn val(&self) -> Val<'_> {
        match self {
            Literal::Whole(v) => Val::Whole(*v),
            Literal::Real(v) => Val::Real(*v),
            Literal::Text(v) => Val::Text(v),
        }
    }
}

/// What an arithmetic node does, inputs_valid_until by the types of its sides.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    /// Whole numbers, brought to one scale first.
    Add {
        left: i128,
        right: i128,
    },
    Subtract {
        left: i128,
        right: i128,
    },
    Multiply,
    /// As floating-point numbers, each divided by its power of ten.
    Real {
        op: ArithmeticOp,
        left: f64,
        right: f64,
    },
    /// A date plus or minus a length of whole days.
    DatePlus(i128),
    /// The days between two dates, as a length of time.
    DateMinus,
    /// A length of time times, or divided by, an exact number of this scale.
    Times(i128),
    DividedBy(i128),
    /// A length of time times (or, inverted, divided by) a floating-point number.
    TimesReal {
        inverted: bool,
    },
}

impl<P: Profile> TermNode<P> {
    #[inline]
    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        match self {
            TermNode::Lit(lit) => lit.val(),
            TermNode::Id => id_of(ctx.profile),
            TermNode::Attribute(accessor) => accessor.get(ctx.profile, ctx.now),
            TermNode::Property(by_kind) => property(by_kind, ctx.event, ctx.now),
            TermNode::StepProperty(slot, by_kind) => property(by_kind, ctx.step(*slot), ctx.now),
            TermNode::Row(rows, property) => ctx
                .row
                .map_or(Val::Missing, |row| rows.value(ctx.profile, row, *property)),
            TermNode::At(slot) => {
                let event = slot.map_or(ctx.event, |s| ctx.step(s));
                Val::whole(event.map(|e| e.at().micros()))
            }
            TermNode::Now => Val::Whole(i128::from(ctx.now)),
            TermNode::Today(days, calendar) => Val::Whole(i128::from(
                i64::from(calendar.zone.date(ctx.now).days()).saturating_add(*days),
            )),
            TermNode::Part {
                part,
                of,
                of_date,
                calendar,
                ..
            } => {
                let Some(v) = of.value(ctx).as_i64() else {
                    return Val::Missing;
                };
                Val::Whole(i128::from(part_of(*part, v, *of_date, *calendar)))
            }
            TermNode::Aggregate(node) => node.value(ctx),
            TermNode::Total(node) => node.value(ctx),
            TermNode::Arithmetic { op, left, right } => {
                calculate(*op, left.value(ctx), right.value(ctx))
            }
            TermNode::PlusMonths {
                of,
                is_date,
                months,
                calendar,
            } => {
                let Some(v) = of.value(ctx).as_i64() else {
                    return Val::Missing;
                };
                let moved = if *is_date {
                    plus_months(v, *months)
                } else {
                    moved(v, *months, *calendar)
                };
                Val::Whole(i128::from(moved))
            }
            TermNode::Negate(of) => match of.value(ctx) {
                Val::Whole(v) => v.checked_neg().map_or(Val::Missing, Val::Whole),
                Val::Ratio(n, d) => n.checked_neg().map_or(Val::Missing, |n| Val::Ratio(n, d)),
                Val::Real(v) => Val::Real(-v),
                _ => Val::Missing,
            },
            TermNode::Call {
                function,
                of,
                scale,
                calendar,
            } => call(*function, of.value(ctx), *scale, *calendar),
            TermNode::Cases { cases, otherwise } => {
                let held = cases
                    .iter()
                    .find(|(node, _)| node.holds(ctx))
                    .map(|(_, lit)| lit);
                held.or(otherwise.as_ref())
                    .map_or(Val::Missing, Literal::val)
            }
            TermNode::OnlyIf { node, of } => {
                if node.holds(ctx) {
                    of.value(ctx)
                } else {
                    Val::Missing
                }
            }
            TermNode::AsOf(node) => node.value(ctx),
            TermNode::Stage(of) => of
                .current_stage(ctx)
                .stage
                .map_or(Val::Missing, |s| Val::Whole(i128::from(s))),
            TermNode::Shared(of) => of.value(ctx),
            TermNode::Score(node) => node.value(ctx),
        }
    }

    /// The first instant after `ctx.now` at which anything that the value reads may have changed. Monotonicity with `now` itself
    /// (`now - signup`) is not counted: whoever compares such a value solves for it.
    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        match self {
            TermNode::Attribute(accessor) => accessor.valid_until(ctx.profile, ctx.now),
            TermNode::Lit(_)
            | TermNode::Id
            | TermNode::Property(_)
            | TermNode::StepProperty(..)
            | TermNode::Row(..)
            | TermNode::At(_)
            | TermNode::Now
            | TermNode::Today(..) => NEVER,
            TermNode::Part {
                part,
                of,
                of_date,
                depends_on_now,
                calendar,
            } => {
                let valid_until = of.valid_until(ctx);
                if !*depends_on_now {
                    return valid_until;
                }
                let Some(v) = of.value(ctx).as_i64() else {
                    return valid_until;
                };
                if of.counts_months() {
                    // Between two resets such a value moves as `now` does, and then by more or by less.
                    let now = self.value(ctx);
                    let other = |t: i64| self.value(&ctx.at(t)).natural_cmp(&now).is_ne();
                    return valid_until.min(first_where(
                        ctx.now,
                        of.next_discontinuity(ctx),
                        other,
                    ));
                }
                valid_until.min(next_part(*part, v, *of_date, ctx.now, *calendar))
            }
            TermNode::Aggregate(node) => node.valid_until(ctx),
            TermNode::Total(node) => node.valid_until(ctx),
            TermNode::Arithmetic { left, right, .. } => {
                left.valid_until(ctx).min(right.valid_until(ctx))
            }
            TermNode::PlusMonths { of, .. } | TermNode::Negate(of) | TermNode::Call { of, .. } => {
                of.valid_until(ctx)
            }
            TermNode::Cases { cases, .. } => {
                let mut valid_until = NEVER;
                for (node, _) in cases {
                    let (holds, until) = node.evaluate(ctx);
                    valid_until = valid_until.min(until);
                    if holds {
                        break;
                    }
                }
                valid_until
            }
            TermNode::OnlyIf { node, of } => node.evaluate(ctx).1.min(of.valid_until(ctx)),
            TermNode::AsOf(node) => node.valid_until(ctx),
            TermNode::Stage(of) => of.until(ctx),
            TermNode::Shared(of) => of.valid_until(ctx),
            TermNode::Score(node) => node.valid_until(ctx),
        }
    }
}

/// The profile's id as a text.
pub(crate) fn id_of<P: Profile>(profile: &P) -> Val<'_> {
    match profile.id() {
        ProfileId::Text(text) => Val::Text(text),
        ProfileId::Number(n) => Val::Digits(Digits::new(n)),
        ProfileId::Signed(n) => Val::Digits(Digits::signed(n)),
    }
}

fn property<'a, E: Event>(
    by_kind: &'a [(usize, Accessor<E>)],
    event: Option<&'a E>,
    now: i64,
) -> Val<'a> {
    let Some(event) = event else {
        return Val::Missing;
    };
    let kind = event.kind();
    by_kind
        .iter()
        .find(|(k, _)| *k == kind)
        .map_or(Val::Missing, |(_, accessor)| accessor.get(event, now))
}

/// A date moved by months, as days.
fn plus_months(days: i64, months: i64) -> i64 {
    let date = Date::from_days(i32::try_from(days).unwrap_or(i32::MAX));
    i64::from(crate::time::date_plus_months(date, months).days())
}

/// A part of the calendar. `v` is microseconds, or days where it is a date.
pub(crate) fn part_of(part: Part, v: i64, of_date: bool, calendar: Calendar) -> i64 {
    let date = || {
        if of_date {
            Date::from_days(i32::try_from(v).unwrap_or(i32::MAX))
        } else {
            calendar.zone.date(v)
        }
    };
    match part {
        Part::Date => i64::from(date().days()),
        Part::Period(unit) => crate::time::period_number(unit, date(), calendar.week_start),
        Part::MonthOfYear => month_of_year(date()),
        Part::DayOfMonth => day_of_month(date()),
        Part::Weekday => weekday(date()) + 1,
        Part::Hour => hour_of(v, calendar.zone),
    }
}

/// When a part of a value that moves with `now` changes next; [`NEVER`] for the parts that only grow, which whoever
/// compares them solves for.
fn next_part(part: Part, v: i64, of_date: bool, now: i64, calendar: Calendar) -> i64 {
    if matches!(part, Part::Date | Part::Period(_)) {
        return NEVER;
    }
    if of_date {
        // The date of today, perhaps moved: it changes at midnight.
        let tomorrow = Date::from_days(calendar.zone.date(now).days() + 1);
        return calendar.zone.start_of(tomorrow).max(now + 1);
    }
    if part == Part::Hour {
        let to_hour = HOUR - calendar.zone.local(v).rem_euclid(HOUR);
        let end = calendar.zone.stretch_end(v);
        return now.saturating_add(to_hour.min(end - v).max(1));
    }
    let unit = if part == Part::MonthOfYear {
        CalendarUnit::Month
    } else {
        CalendarUnit::Day
    };
    let next = period_start(
        unit,
        number_at(v, unit, calendar).saturating_add(1),
        calendar.week_start,
        calendar.zone,
    );
    if next <= v {
        NEVER
    } else {
        now.saturating_add(next - v)
    }
}

fn calculate<'a>(op: Operation, left: Val<'a>, right: Val<'a>) -> Val<'a> {
    let whole = |v: Option<i128>| v.map_or(Val::Missing, Val::Whole);
    if left.is_missing() || right.is_missing() {
        return Val::Missing;
    }
    if let Operation::Real {
        op,
        left: l,
        right: r,
    } = op
    {
        let (a, b) = (left.as_real(l), right.as_real(r));
        let v = match op {
            ArithmeticOp::Add => a + b,
            ArithmeticOp::Subtract => a - b,
            ArithmeticOp::Multiply => a * b,
            ArithmeticOp::Divide => a / b,
        };
        return if v.is_finite() {
            Val::Real(v)
        } else {
            Val::Missing
        };
    }
    if let Operation::TimesReal { inverted } = op {
        let Some(micros) = left.as_whole() else {
            return Val::Missing;
        };
        let by = right.as_real(1.0);
        #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
        let v = (if inverted {
            micros as f64 / by
        } else {
            micros as f64 * by
        })
        .floor();
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        return if v.abs() < 9e18 {
            Val::Whole(v as i128)
        } else {
            Val::Missing
        };
    }
    let (Some(a), Some(b)) = (left.as_whole(), right.as_whole()) else {
        return Val::Missing;
    };
    let day = i128::from(DAY);
    whole(match op {
        Operation::Add { left, right } => scaled_sum(a, left, b, right, false),
        Operation::Subtract { left, right } => scaled_sum(a, left, b, right, true),
        Operation::Multiply => a.checked_mul(b),
        Operation::DatePlus(sign) => b
            .div_euclid(day)
            .checked_mul(sign)
            .and_then(|d| a.checked_add(d)),
        Operation::DateMinus => (a - b).checked_mul(day),
        Operation::Times(scale) => a.checked_mul(b).map(|v| v.div_euclid(scale)),
        Operation::DividedBy(scale) => a.checked_mul(scale).and_then(|v| {
            let q = v.checked_div(b)?;
            Some(if v % b != 0 && ((v < 0) != (b < 0)) {
                q - 1
            } else {
                q
            })
        }),
        Operation::Real { .. } | Operation::TimesReal { .. } => None,
    })
}

fn scaled_sum(a: i128, left: i128, b: i128, right: i128, minus: bool) -> Option<i128> {
    let (a, b) = (a.checked_mul(left)?, b.checked_mul(right)?);
    if minus {
        a.checked_sub(b)
    } else {
        a.checked_add(b)
    }
}

fn call(function: Function, of: Val<'_>, scale: u8, calendar: Calendar) -> Val<'_> {
    match (function, of) {
        (Function::Length, v) => match v.text() {
            Some(text) => Val::Whole(i128::try_from(text.chars().count()).unwrap_or(i128::MAX)),
            None => Val::Missing,
        },
        (Function::Path, Val::Text(url)) => Val::Text(url_path(url)),
        (Function::Host, Val::Text(url)) => url_host(url).map_or(Val::Missing, Val::Text),
        (Function::Abs, Val::Whole(v)) => v.checked_abs().map_or(Val::Missing, Val::Whole),
        (Function::Abs, Val::Ratio(n, d)) => {
            n.checked_abs().map_or(Val::Missing, |n| Val::Ratio(n, d))
        }
        (Function::Abs, Val::Real(v)) => Val::Real(v.abs()),
        (Function::Round, Val::Whole(v)) => {
            let unit = 10_i128.pow(u32::from(scale));
            Val::Whole(round_half_away(v, unit))
        }
        (Function::Round, Val::Ratio(n, d)) => match d.checked_mul(10_i128.pow(u32::from(scale))) {
            Some(d) => Val::Whole(round_half_away(n, d)),
            None => Val::Missing,
        },
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        (Function::Round, Val::Real(v)) if v.abs() < 1e18 => Val::Whole(v.round() as i128),
        (Function::DayStart, Val::Whole(days)) => {
            let date = Date::from_days(i32::try_from(days).unwrap_or(i32::MAX));
            Val::Whole(i128::from(calendar.zone.start_of(date)))
        }
        _ => Val::Missing,
    }
}

fn round_half_away(n: i128, d: i128) -> i128 {
    let (q, r) = (n / d, n % d);
    if r.unsigned_abs() >= d.unsigned_abs() - r.unsigned_abs() {
        q + n.signum()
    } else {
        q
    }
}

/// An address without scheme, host, query and fragment, and without a slash at its end; `/` where nothing is left.
fn url_path(url: &str) -> &str {
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest
            .find(['/', '?', '#'])
            .and_then(|i| rest.get(i..))
            .unwrap_or(""),
        None => url,
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let path = rest.get(..end).unwrap_or(rest).trim_end_matches('/');
    if path.is_empty() { "/" } else { path }
}

/// The host of an address, without user and port.
fn url_host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') {
        host.split_inclusive(']').next()?
    } else {
        host.split(':').next()?
    };
    (!host.is_empty()).then_some(host)
}
