//! Functions of one value.

use super::{Inner, TermNode, Value};
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::eval::search::first_where;
use crate::eval::work::MOVE;
use crate::ir::{Calendar, Function, Term, Ty};
use crate::profile::{Profile, Val};
use crate::time::Date;

/// `abs(balance)`
pub(crate) struct Call<P: Profile> {
    function: Function,
    of: Box<TermNode<P>>,
    /// The digits behind the point of what it is a function of.
    scale: u8,
    calendar: Calendar,
}

impl<P: Profile> Call<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, function: Function, of: &Term) -> Self {
        let scale = if let Ty::Exact(scale) | Ty::Ratio(scale) = of.ty {
            scale
        } else {
            0
        };
        Call {
            function,
            of: Box::new(binder.term(of)),
            scale,
            calendar: binder.calendar,
        }
    }

    fn is_of_now(&self, function: Function) -> bool {
        self.function == function && self.of.now_occurrences() > 0
    }
}

impl<P: Profile> Value<P> for Call<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        call(self.function, self.of.value(ctx), self.scale, self.calendar)
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.of.valid_until(ctx)
    }

    fn inner(&self) -> Inner<'_, P> {
        [Some(&self.of), None]
    }

    fn changes_direction(&self) -> bool {
        self.is_of_now(Function::Abs) || self.of.changes_direction()
    }

    fn next_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let inner = self.next_inner_discontinuity(ctx);
        if self.is_of_now(Function::Abs) {
            let is_below = |t: i64| {
                ctx.spend(MOVE);
                self.of.value(&ctx.at(t)).as_whole().is_some_and(|v| v < 0)
            };
            let below = is_below(ctx.now);
            return first_where(ctx.now, inner, |t| is_below(t) != below);
        }
        if self.is_of_now(Function::Round) {
            return self.next_other(ctx, inner);
        }
        inner
    }

    fn cycle(&self) -> Option<i64> {
        self.of.cycle()
    }

    fn inputs_valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.of.inputs_valid_until(ctx)
    }
}

fn call(function: Function, of: Val<'_>, scale: u8, calendar: Calendar) -> Val<'_> {
    match (function, of) {
        (Function::Length, v) => match v.text() {
            Some(text) => Val::Whole(i128::try_from(text.chars().count()).unwrap_or(i128::MAX)),
            None => Val::Missing,
        },
        (Function::Path, Val::Text(url)) => Val::Text(url_path(url)),
        // In a number or a UUID there is nothing to leave out.
        (Function::Path, text @ Val::Inline(_)) => text,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Reading;

    #[test]
    fn a_uuid_is_a_text_like_any_other() {
        let calls = |text: Val<'_>| {
            [Function::Path, Function::Host, Function::Length].map(|function| {
                let value = call(function, text, 0, Calendar::default());
                (value.text().map(str::to_owned), value.as_whole())
            })
        };
        let id = "00000000-0000-0000-0000-000000000007";
        let of_id = calls(Reading::uuid(7).val(0));
        assert_eq!(of_id, calls(Val::Text(id)));
        assert_eq!(of_id.first(), Some(&(Some(id.to_owned()), None)));
    }
}
