//! Until when: a generous set of instants at which an answer could change, and the judgement of a claimed `until`.

use super::calendar::{self, Calendar, FIRST, LAST, Micros};
use super::data::Persona;
use super::value::{DAY, Value};
use super::{Profile, Trait, World};
use chrono::{Days, NaiveDate};
use segue::syntax::{
    ArithmeticOp, CalendarUnit, DayRange, Expr, ExprKind, Gap, KindSelector, Literal, Period,
    PeriodLength, TimeSpan, TimeUnit, WindowKind,
};
use std::collections::BTreeSet;

/// Section 5: "`until`: the first instant at which the answer differs, or never … `until` is exact: just before it the answer
/// is the same, at it the answer has changed."
pub fn check_until(
    holds_at: &dyn Fn(Micros) -> bool,
    now: Micros,
    answer: bool,
    until: Option<Micros>,
    instants: &BTreeSet<Micros>,
) -> Result<(), String> {
    check_at_least(holds_at, now, answer, until, instants)?;
    if let Some(end) = until {
        if holds_at(end) == answer {
            return Err(format!("until {}: it is still {answer} then", show(end)));
        }
        if holds_at(end - 1) != answer {
            return Err(format!(
                "until {}: it is {} already a microsecond before",
                show(end),
                !answer
            ));
        }
    }
    Ok(())
}

/// The same where the answer is only said to be certain until then.
pub fn check_at_least(
    holds_at: &dyn Fn(Micros) -> bool,
    now: Micros,
    answer: bool,
    until: Option<Micros>,
    instants: &BTreeSet<Micros>,
) -> Result<(), String> {
    if holds_at(now) != answer {
        return Err(format!("at {} it is {}, not {answer}", show(now), !answer));
    }
    if let Some(end) = until.filter(|end| *end <= now) {
        return Err(format!(
            "until {} is not after now, {}",
            show(end),
            show(now)
        ));
    }
    let end = until.unwrap_or(LAST + 1);
    match instants
        .range(now + 1..end)
        .find(|t| holds_at(**t) != answer)
    {
        Some(t) => Err(format!(
            "until {}: it is {} already at {}",
            until.map_or("never".into(), show),
            !answer,
            show(*t)
        )),
        None => Ok(()),
    }
}

/// The first instant after `now` at which the answer differs: the first of the interesting ones at which it does, moved back
/// by halving to where it begins to.
pub fn first_change(
    holds_at: impl Fn(Micros) -> bool,
    now: Micros,
    instants: &BTreeSet<Micros>,
) -> Option<Micros> {
    let answer = holds_at(now);
    let mut same = now;
    for t in instants.range(now + 1..) {
        if holds_at(*t) == answer {
            same = *t;
            continue;
        }
        let mut other = *t;
        while other - same > 1 {
            let middle = same + (other - same) / 2;
            if holds_at(middle) == answer {
                same = middle
            } else {
                other = middle
            }
        }
        return Some(other);
    }
    None
}

pub fn show(t: Micros) -> String {
    segue::Instant::from_micros(t).to_string()
}

/// All instants after `now` at which anything could change: every instant that the data or the expression know, give or take
/// the lengths of time in the expression; the boundaries of days, weeks, months and years to come; and the microseconds
/// beside each of them.
pub fn interesting_instants(
    world: &World,
    profile: &Profile,
    expr: &Expr,
    now: Micros,
) -> BTreeSet<Micros> {
    collect(world, profile, expr, now, LAST, 45)
}

/// Those of a whole life: from before all data to long after.
pub fn instants_of_a_life(world: &World, profile: &Profile, expr: &Expr) -> BTreeSet<Micros> {
    let mut written = Read::default();
    written.expr(world, expr);
    let mut read = Read {
        rows: written.rows,
        ..Read::default()
    };
    read.profile(profile);
    let known = || {
        read.instants
            .iter()
            .filter(|t| (FIRST + 1..LAST).contains(*t))
    };
    let first = known()
        .min()
        .copied()
        .unwrap_or(0)
        .saturating_sub(super::stages::MARGIN)
        .max(FIRST);
    let last = known()
        .max()
        .copied()
        .unwrap_or(0)
        .saturating_add(super::stages::MARGIN);
    collect(world, profile, expr, first, LAST, (last - first) / DAY)
}

/// The same after one instant and up to another.
pub fn instants_between(
    world: &World,
    profile: &Profile,
    expr: &Expr,
    after: Micros,
    to: Micros,
) -> BTreeSet<Micros> {
    collect(world, profile, expr, after, to, (to - after) / DAY + 2)
}

/// Where there are more instants than that, only they themselves are moved by `as of`.
const MANY: usize = 3_000;

fn collect(
    world: &World,
    profile: &Profile,
    expr: &Expr,
    after: Micros,
    to: Micros,
    days: i64,
) -> BTreeSet<Micros> {
    let calendar = &world.calendar;
    let mut read = Read::default();
    read.expr(world, expr);
    read.profile(profile);
    read.scale_lengths();
    read.instants
        .extend(super::stage_instants(world, profile, expr));

    let today = calendar.date(after);
    for day in read.days.clone() {
        // Anniversaries.
        let years = (-1..=3).filter_map(|n| {
            calendar::shift_months(day, 12 * (n + i64::from(year(today) - year(day))))
        });
        for day in years.chain([day]) {
            read.instants
                .extend([calendar.start(day), calendar.start(day + Days::new(1))]);
        }
    }
    // What is further away makes nothing interesting.
    let reach = read.reach();
    let near = after.saturating_sub(reach)..=to.saturating_add(reach);
    read.instants.retain(|t| near.contains(t));
    if read.calendar {
        for t in read.instants.clone() {
            boundaries(calendar, calendar.date(t), 1, LAST, &mut read.instants);
        }
    }
    let spans = read.spans.clone();
    let mut all: Vec<Micros> = read.instants.iter().copied().collect();
    let mut latest = read.instants;
    latest.insert(after);
    for _ in 0..read.depth.clamp(1, 3) {
        all.extend(
            latest
                .iter()
                .flat_map(|t| spans.iter().flat_map(|span| shifted(calendar, *t, *span))),
        );
        // The days nearby are not moved again: after the next move there are days nearby again.
        let moved = |t: Micros| {
            spans
                .iter()
                .flat_map(move |s| [1, -1].map(|times| calendar.shift(t, *s, times)))
        };
        let added = |t: Micros| {
            read.lengths
                .iter()
                .flat_map(move |l| [t.saturating_add(*l), t.saturating_sub(*l)])
        };
        latest = latest
            .iter()
            .flat_map(|t| moved(*t).chain(added(*t)))
            .collect();
        all.extend(&latest);
    }
    if read.calendar {
        for n in 0..=u64::try_from(days).unwrap_or(0) {
            all.push(calendar.start(today + Days::new(n)));
        }
        boundaries(calendar, today, 36, to, &mut all);
    }
    if read.calendar || read.clocks {
        for change in clock_changes(calendar, after, days.max(400)).filter(|t| near.contains(t)) {
            all.push(change);
            all.extend(
                spans
                    .iter()
                    .flat_map(|span| shifted(calendar, change, *span)),
            );
        }
    }
    if read.hours {
        all.extend((0..200).map(|quarter| (after.div_euclid(DAY / 96) + quarter) * (DAY / 96)));
    }
    for ago in read.ago {
        all.sort_unstable();
        all.dedup();
        // Of many, the days nearby are among them already.
        let moved = |t: Micros| {
            if all.len() > MANY {
                vec![calendar.shift(t, ago, 1)]
            } else {
                shifted(calendar, t, ago)
            }
        };
        let later: Vec<Micros> = all.iter().flat_map(|t| moved(*t)).collect();
        all.extend(later);
    }
    all.extend([1, 2, 5, 10, 20, 50, 100].map(|years| after + years * 366 * DAY));
    // Near the end of time lengths no longer fit; what is so for ever is so a century before it.
    all.push(LAST - 100 * 366 * DAY);
    all.sort_unstable();
    all.dedup();
    all.iter()
        .flat_map(|t| [t - 1, *t, t + 1])
        .filter(|t| after < *t && *t <= to.min(LAST))
        .collect()
}

fn year(day: NaiveDate) -> i32 {
    chrono::Datelike::year(&day)
}

/// The beginnings of the periods that hold a day and of the `n` after them, up to an instant.
fn boundaries(
    calendar: &Calendar,
    day: NaiveDate,
    n: i64,
    to: Micros,
    into: &mut impl Extend<Micros>,
) {
    for unit in [
        CalendarUnit::Day,
        CalendarUnit::Week,
        CalendarUnit::Month,
        CalendarUnit::Quarter,
        CalendarUnit::Year,
    ] {
        let first = calendar.first_day(unit, day);
        let starts = (0..=n).map(|n| calendar.start(calendar.later_period(unit, first, n)));
        into.extend(starts.take_while(|t| *t <= to));
    }
}

/// An instant moved by a length both ways. Months can be undone in several ways: every day nearby, its beginning and the
/// same time of day by either reading of the clock.
fn shifted(calendar: &Calendar, t: Micros, span: TimeSpan) -> Vec<Micros> {
    let mut all = Vec::new();
    for times in [1, -1] {
        let moved = calendar.shift(t, span, times);
        all.push(moved);
        if calendar::months(span).is_some() && (FIRST + 10 * DAY..LAST - 10 * DAY).contains(&moved)
        {
            let time = calendar.local(t).time();
            for n in -3..=3 {
                let day = calendar.date(moved) + chrono::TimeDelta::days(n);
                let same_time = calendar.instant(day.and_time(time));
                all.extend([
                    calendar.start(day),
                    same_time,
                    same_time + 3_600_000_000,
                    same_time + 1_800_000_000,
                ]);
            }
        }
    }
    all
}

/// When clocks are set forward or back in so many days to come.
fn clock_changes(calendar: &Calendar, after: Micros, days: i64) -> impl Iterator<Item = Micros> {
    let offset = |t: Micros| calendar.local(t).and_utc().timestamp_micros() - t;
    let day = move |n: i64| after.saturating_add(n * DAY).min(LAST);
    (0..days)
        .filter(move |n| offset(day(*n)) != offset(day(n + 1)))
        .map(move |n| {
            let (mut before, mut behind) = (day(n), day(n + 1));
            while behind - before > 1 {
                let middle = before + (behind - before) / 2;
                if offset(middle) == offset(day(n)) {
                    before = middle
                } else {
                    behind = middle
                }
            }
            behind
        })
}

/// What an expression and the data say about time.
#[derive(Default)]
struct Read {
    instants: BTreeSet<Micros>,
    days: BTreeSet<NaiveDate>,
    spans: Vec<TimeSpan>,
    /// Lengths of time in the data.
    lengths: BTreeSet<Micros>,
    /// What undoes the multiplications and divisions by numbers: times the first, divided by the second.
    factors: BTreeSet<(i128, i128)>,
    /// Whether days and months matter.
    calendar: bool,
    /// Whether it matters what clocks show: months keep the time of day.
    clocks: bool,
    hours: bool,
    /// Whether rows matter.
    rows: bool,
    /// How many lengths may add up.
    depth: usize,
    /// How long ago things are asked of: whatever happens matters so much later.
    ago: Vec<TimeSpan>,
}

impl Read {
    /// How far apart two instants can be of which one makes the other interesting.
    fn reach(&self) -> Micros {
        let longest = self.spans.iter().map(|span| match calendar::months(*span) {
            Some(months) => months.saturating_mul(31 * DAY),
            None => calendar::length(*span),
        });
        let longest = longest
            .chain(self.lengths.iter().map(|length| length.saturating_abs()))
            .max()
            .unwrap_or(0);
        // Months are undone by days nearby, and a period may begin long before what it is asked for.
        longest.saturating_mul(3).saturating_add(400 * DAY)
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Instant(t) => drop(self.instants.insert(*t)),
            Value::Date(day) => drop(self.days.insert(*day)),
            Value::Duration(length) => drop(self.lengths.insert(*length)),
            Value::List(items) => items.iter().for_each(|item| self.value(item)),
            _ => {}
        }
    }

    fn profile(&mut self, profile: &Profile) {
        for event in &profile.events {
            self.instants.insert(event.at);
            event.props.values().for_each(|v| self.value(v));
        }
        profile.attributes.values().for_each(|v| self.value(v));
        if self.rows {
            profile
                .rows
                .values()
                .flatten()
                .flat_map(|row| row.values())
                .for_each(|v| self.value(v));
        }
        for (at, value) in profile.histories.values().flatten() {
            self.instants.insert((*at).max(FIRST));
            value.iter().for_each(|v| self.value(v));
        }
    }

    fn span(&mut self, span: TimeSpan) {
        if !self.spans.contains(&span) {
            self.spans.push(span);
        }
        self.clocks |= calendar::months(span).is_some();
    }

    /// What is compared with a length after it was multiplied or divided changes where it is another length itself.
    fn scale_lengths(&mut self) {
        let fixed = self
            .spans
            .iter()
            .filter(|span| calendar::months(**span).is_none());
        let lengths: Vec<i128> = fixed
            .map(|span| i128::from(calendar::length(*span)))
            .collect();
        let century = i128::from(100 * 366 * DAY);
        for (times, by) in self.factors.iter().filter(|(_, by)| *by != 0) {
            let scaled = lengths.iter().map(|length| length * times / by);
            let scaled = scaled.filter(|length| (-century..=century).contains(length));
            self.lengths
                .extend(scaled.filter_map(|length| Micros::try_from(length).ok()));
        }
    }

    fn window(&mut self, window: &WindowKind) {
        match window {
            WindowKind::Within(span) | WindowKind::WithinNext(span) => self.span(*span),
            WindowKind::WithinAfter(span, _) | WindowKind::WithinBefore(span, _) => {
                self.span(*span);
                self.depth = self.depth.max(2);
            }
            WindowKind::On(_) => self.calendar = true,
            WindowKind::During(period) => {
                self.calendar = true;
                // The end of a period of the data, so many periods later.
                let (unit, count) = match *period {
                    Period::Single { unit, offset } => (unit, i64::from(offset.unsigned_abs()) + 1),
                    Period::Last { unit, count } | Period::Next { unit, count } => {
                        (unit, i64::from(count) + 1)
                    }
                };
                let unit = match unit {
                    CalendarUnit::Day => TimeUnit::Day,
                    CalendarUnit::Week => TimeUnit::Week,
                    CalendarUnit::Month => TimeUnit::Month,
                    CalendarUnit::Quarter => TimeUnit::Quarter,
                    CalendarUnit::Year => TimeUnit::Year,
                };
                self.span(TimeSpan {
                    mantissa: count,
                    scale: 0,
                    unit,
                });
            }
            _ => {}
        }
    }

    fn expr(&mut self, world: &World, expr: &Expr) {
        let part_of_time = |name: &str| super::events::is_part(name) && name != "at";
        match &expr.kind {
            ExprKind::Literal(Literal::Instant(t)) => drop(self.instants.insert(*t)),
            ExprKind::Literal(Literal::Date(days)) => {
                self.calendar = true;
                self.days
                    .insert(NaiveDate::default() + chrono::TimeDelta::days(i64::from(*days)));
            }
            ExprKind::Literal(Literal::Today(_)) => self.calendar = true,
            ExprKind::Regularly { per, .. } => match per.length {
                PeriodLength::Calendar(_) => self.calendar = true,
                // An event passes from one period to the next after each multiple of the length.
                PeriodLength::Rolling(span) => (1..=i64::from(per.of)).for_each(|nth| {
                    let mantissa = span.mantissa.saturating_mul(nth);
                    self.span(TimeSpan { mantissa, ..span });
                }),
            },
            ExprKind::Literal(Literal::Duration(span))
            | ExprKind::Relative { duration: span, .. } => self.span(*span),
            ExprKind::Upcoming { days, .. } => {
                self.calendar = true;
                match days {
                    DayRange::Next(length) | DayRange::Last(length) | DayRange::In(length) => {
                        self.span(*length)
                    }
                    DayRange::Today(_) => {}
                    DayRange::During(period) => self.window(&WindowKind::During(*period)),
                }
            }
            ExprKind::Held { duration, .. } => self.span(*duration),
            ExprKind::AsOf { ago, .. } => {
                self.span(*ago);
                // A segment that is asked for in several places asks for it several times.
                if !self.ago.contains(ago) {
                    self.ago.push(*ago);
                }
            }
            ExprKind::SegmentMove {
                segment, within, ..
            } => {
                self.span(*within);
                self.depth += 1;
                self.expr(world, &world.segments[&segment.text]);
            }
            ExprKind::StageMove { within, .. } | ExprKind::JourneyMove { within, .. } => {
                self.span(*within)
            }
            ExprKind::Tagged { .. } => world.tags.values().for_each(|rule| self.expr(world, rule)),
            ExprKind::InSegment { segments, .. } => {
                let all = segments.is_empty();
                for (name, rule) in &world.segments {
                    if all || segments.iter().any(|s| s.text == *name) {
                        self.expr(world, rule);
                    }
                }
            }
            ExprKind::Arithmetic { op, left, right } => {
                self.depth = self.depth.max(2);
                for side in [left, right] {
                    if let ExprKind::Literal(Literal::Number { mantissa, scale }) = side.kind {
                        let (n, unit) = (mantissa, 10_i128.pow(u32::from(scale)));
                        match op {
                            ArithmeticOp::Multiply => drop(self.factors.insert((unit, n))),
                            ArithmeticOp::Divide => drop(self.factors.insert((n, unit))),
                            _ => {}
                        }
                    }
                }
            }
            ExprKind::Sequence(sequence) => {
                // What is asked of all events together changes with the events only.
                let steps = &sequence.steps;
                self.depth = self.depth.max(steps.iter().filter(|s| s.absent).count());
                for step in steps {
                    match step.gap {
                        None => {}
                        Some(Gap::Within(span)) => self.span(span),
                        Some(Gap::Between(least, most)) => {
                            self.span(least);
                            self.span(most);
                        }
                    }
                }
            }
            ExprKind::AllRows { .. } => self.rows = true,
            ExprKind::Event {
                kinds: KindSelector::One(name),
                ..
            } => {
                self.rows |= world.schema.relation(&name.text).is_some();
            }
            ExprKind::Property { name, .. } => {
                self.calendar |= part_of_time(&name.text);
                self.hours |= name.text == "hour";
            }
            ExprKind::Path(names) => {
                let full: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
                self.calendar |= full.iter().any(|name| part_of_time(name));
                self.calendar |= world
                    .attribute(&super::events::dotted(&full))
                    .is_some_and(|f| f.ty == segue::Type::Date);
                self.rows |=
                    (1..=full.len()).any(|n| world.schema.relation(&full[..n].join(".")).is_some());
                let mut of_rows = world.schema.relations().iter().flat_map(|r| &r.properties);
                self.calendar |= self.rows
                    && of_rows
                        .any(|p| p.ty == segue::Type::Date && full.contains(&p.name.as_str()));
                self.hours |= full.contains(&"hour");
                match world.traits.get(&*super::events::dotted(&full)) {
                    Some(Trait::Computed(rule)) => self.expr(world, rule),
                    Some(Trait::Cases { cases, .. }) => {
                        cases.iter().for_each(|(_, rule)| self.expr(world, rule))
                    }
                    Some(Trait::Fit(persona)) => self.persona(world, persona),
                    Some(Trait::Persona(all)) => {
                        all.iter().for_each(|persona| self.persona(world, persona))
                    }
                    None => {}
                }
            }
            _ => {}
        }
        each_window(expr, &mut |window| self.window(window));
        each_part(expr, &mut |part| self.expr(world, part));
    }
}

impl Read {
    fn persona(&mut self, world: &World, persona: &Persona) {
        let weights = persona.weights.iter();
        weights.for_each(|(when, _)| self.expr(world, when));
    }
}

fn each_window(expr: &Expr, visit: &mut dyn FnMut(&WindowKind)) {
    if let ExprKind::Windowed { windows, .. }
    | ExprKind::Was { windows, .. }
    | ExprKind::Changed { windows, .. } = &expr.kind
    {
        windows.iter().for_each(|w| visit(&w.kind));
    }
}

/// Visits the expressions directly within an expression, those of its windows among them.
pub fn each_part<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter().for_each(&mut *visit),
        ExprKind::Not(of)
        | ExprKind::Negate(of)
        | ExprKind::As { events: of, .. }
        | ExprKind::Times { events: of, .. }
        | ExprKind::Regularly { events: of, .. }
        | ExprKind::Presence { value: of, .. }
        | ExprKind::Empty { value: of, .. }
        | ExprKind::Upcoming { value: of, .. }
        | ExprKind::Held { condition: of, .. }
        | ExprKind::AsOf { of, .. }
        | ExprKind::InSample { percent: of, .. }
        | ExprKind::Aggregate { argument: of, .. }
        | ExprKind::Property { of, .. }
        | ExprKind::Windowed { subject: of, .. } => visit(of),
        ExprKind::Compare { left, right, .. } | ExprKind::Arithmetic { left, right, .. } => {
            [left, right].into_iter().for_each(|e| visit(e))
        }
        ExprKind::Between {
            value, low, high, ..
        } => [value, low, high].into_iter().for_each(|e| visit(e)),
        ExprKind::Text { value, pattern, .. } => {
            [value, pattern].into_iter().for_each(|e| visit(e))
        }
        ExprKind::InRectangle { value, .. } => visit(value),
        ExprKind::Near {
            value,
            radius,
            latitude,
            longitude,
            ..
        } => {
            [value, radius, latitude, longitude]
                .into_iter()
                .for_each(|e| visit(e));
        }
        ExprKind::In { value, list, .. } => {
            std::iter::once(&**value).chain(list).for_each(&mut *visit)
        }
        ExprKind::Contains { value, items, .. } => {
            std::iter::once(&**value).chain(items).for_each(&mut *visit)
        }
        ExprKind::Was { value, values, .. } => std::iter::once(&**value)
            .chain(values)
            .for_each(&mut *visit),
        ExprKind::Changed {
            value, from, to, ..
        } => {
            [Some(value), from.as_ref(), to.as_ref()]
                .into_iter()
                .flatten()
                .for_each(|e| visit(e));
        }
        ExprKind::Sequence(sequence) => {
            sequence.steps.iter().for_each(|s| visit(&s.events));
            sequence.none_between.iter().for_each(|e| visit(e));
        }
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(&mut *visit),
        ExprKind::Event { conditions, .. } | ExprKind::AllRows { conditions, .. } => {
            conditions.iter().for_each(&mut *visit)
        }
        _ => {}
    }
    if let ExprKind::Windowed { windows, .. }
    | ExprKind::Was { windows, .. }
    | ExprKind::Changed { windows, .. } = &expr.kind
    {
        for window in windows {
            match &window.kind {
                WindowKind::Since(x)
                | WindowKind::Before(x)
                | WindowKind::After(x)
                | WindowKind::On(x) => visit(x),
                WindowKind::WithinAfter(_, x) | WindowKind::WithinBefore(_, x) => visit(x),
                WindowKind::Between(x, y) => [x, y].into_iter().for_each(&mut *visit),
                _ => {}
            }
        }
    }
}
