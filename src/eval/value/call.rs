//! Functions of one value.

use crate::ir::{Calendar, Function};
use crate::profile::Val;
use crate::time::Date;

pub(super) fn call(function: Function, of: Val<'_>, scale: u8, calendar: Calendar) -> Val<'_> {
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
