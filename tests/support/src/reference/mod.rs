//! The reference: what an expression means, as short and as slow as it may be.
//!
//! It evaluates the syntax tree as it stands, without a checker: every question is asked anew, every event looked at, every
//! number exact. Comments that begin with "Section" quote design/language.md, those with "decisions" what docs/language.md
//! says beyond it.
//! What the checker refuses makes it panic, so that a comparison with the library also notices what slipped through.

pub mod calendar;
pub mod data;
mod days;
mod events;
mod journeys;
mod members;
mod names;
mod past;
mod rows;
mod stages;
mod texts;
pub mod until;
pub mod value;

use calendar::{Calendar, Micros};
pub use data::{Event, Profile, Trait, World};
use segue::syntax::{
    CompareOp, DistanceUnit, Expr, ExprKind, HeldOp, Literal, Quantifier, TimeSpan,
};
use std::f64::consts::PI;
use std::rc::Rc;
use texts::lower;
use value::{Ratio, Value, compare};

/// Whether the expression holds for the profile at `now`.
pub fn holds(world: &World, profile: &Profile, expr: &Expr, now: Micros) -> bool {
    of_profile(world, profile, now).holds(expr)
}

/// The entry of a trigger: what its conditions and values can name of it.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub entered: Micros,
    pub subject: Option<&'a str>,
    /// What `on` calls the event, and the event.
    pub event: Option<(&'a str, &'a Event)>,
}

impl<'a> Entry<'a> {
    fn scope(self, world: &'a World, profile: &'a Profile, now: Micros) -> Scope<'a> {
        let event = self.event.into_iter();
        Scope {
            steps: event
                .map(|(name, event)| (name.to_owned(), event))
                .collect(),
            entry: Some(self),
            ..of_profile(world, profile, now)
        }
    }

    /// Whether the expression holds for the entry.
    pub fn holds(self, world: &World, profile: &Profile, expr: &Expr, now: Micros) -> bool {
        self.scope(world, profile, now).holds(expr)
    }

    /// The value of the expression for the entry.
    pub fn value(
        self,
        world: &World,
        profile: &Profile,
        expr: &Expr,
        now: Micros,
    ) -> Option<Value> {
        value_in(&self.scope(world, profile, now), expr)
    }
}

/// The value of the expression for the profile at `now`; of a condition, whether it holds. `None` is missing.
pub fn value(world: &World, profile: &Profile, expr: &Expr, now: Micros) -> Option<Value> {
    value_in(&of_profile(world, profile, now), expr)
}

fn value_in(scope: &Scope<'_>, expr: &Expr) -> Option<Value> {
    if scope.stage_of(expr).is_none() && is_condition(expr) {
        Some(Value::Bool(scope.holds(expr)))
    } else {
        scope.value(expr)
    }
}

fn of_profile<'a>(world: &'a World, profile: &'a Profile, now: Micros) -> Scope<'a> {
    Scope {
        world,
        profile,
        now,
        event: None,
        row: None,
        steps: Vec::new(),
        subject: None,
        entry: None,
    }
}

/// The instants at which the stages that an expression reads change, through the segments that it names.
fn stage_instants(world: &World, profile: &Profile, expr: &Expr) -> Vec<Micros> {
    if world.lifecycles.is_empty() {
        return Vec::new();
    }
    let scope = of_profile(world, profile, calendar::LAST);
    scope.stage_instants(expr)
}

/// Everything a part of an expression may read.
#[derive(Clone)]
struct Scope<'a> {
    world: &'a World,
    profile: &'a Profile,
    now: Micros,
    /// Inside an event's parentheses: that event, and all the kinds that were asked for.
    event: Option<(&'a Event, Rc<[String]>)>,
    /// Inside a relation's parentheses: that row.
    row: Option<rows::Within<'a>>,
    /// The steps of a sequence that have a name, the latest last.
    steps: Vec<(String, &'a Event)>,
    /// In a lifecycle that is kept for each value of a property: the property and the value.
    subject: Option<(String, String)>,
    /// In a trigger.
    entry: Option<Entry<'a>>,
}

impl<'a> Scope<'a> {
    fn calendar(&self) -> &'a Calendar {
        &self.world.calendar
    }

    /// The truth of a condition.
    fn holds(&self, expr: &Expr) -> bool {
        if let Some(answer) = self.rows_hold(expr) {
            return answer;
        }
        // An event term alone, or with windows: "some event of the kind".
        if let Some(term) = self.term(expr) {
            assert!(
                term.property.is_none(),
                "a property of many events is no condition"
            );
            return !self.events(&term).is_empty();
        }
        match &expr.kind {
            ExprKind::Or(parts) => parts.iter().any(|p| self.holds(p)),
            ExprKind::And(parts) => parts.iter().all(|p| self.holds(p)),
            ExprKind::Not(part) => !self.holds(part),
            ExprKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            } => self.compare(
                *op,
                self.opposite(left, right),
                self.opposite(right, left),
                *ignoring_case,
            ),
            // Section 3: "`!=`, `not in` and `not contains` are exactly the negation of `=`, `in`, `contains`"; the
            // decisions extend that to every negated word.
            ExprKind::Between {
                negated,
                value,
                low,
                high,
            } => {
                let in_events = self.term(value).map(|mut term| {
                    term.windows.push(segue::syntax::WindowKind::Between(
                        (**low).clone(),
                        (**high).clone(),
                    ));
                    !self.events(&term).is_empty()
                });
                let between = || {
                    self.compare(
                        CompareOp::Ge,
                        self.value(value),
                        self.opposite(low, value),
                        false,
                    ) && self.compare(
                        CompareOp::Le,
                        self.value(value),
                        self.opposite(high, value),
                        false,
                    )
                };
                in_events.unwrap_or_else(between) != *negated
            }
            ExprKind::In {
                negated,
                value,
                list,
                ignoring_case,
            } => {
                list.iter()
                    .any(|item| self.equal(value, item, *ignoring_case))
                    != *negated
            }
            ExprKind::Contains {
                negated,
                quantifier,
                value,
                items,
                ignoring_case,
            } => self.contains(*quantifier, value, items, *ignoring_case) != *negated,
            ExprKind::Text {
                negated,
                op,
                value,
                pattern,
                ignoring_case,
            } => self.text(*op, value, pattern, *ignoring_case) != *negated,
            ExprKind::Presence { missing, value } => self.value(value).is_none() == *missing,
            // Decisions: "`x is empty`: missing, "" or an empty list."
            ExprKind::Empty { negated, value } => {
                let empty = match self.value(value) {
                    None => true,
                    Some(Value::Text(text)) => text.is_empty(),
                    Some(Value::List(items)) => items.is_empty(),
                    Some(_) => false,
                };
                empty != *negated
            }
            ExprKind::Near {
                value,
                radius,
                unit,
                latitude,
                longitude,
            } => self
                .near(value, radius, *unit, latitude, longitude)
                .unwrap_or(false),
            // Decisions: "from the south-west corner to the north-east corner, edges included; west may lie east of east, then it
            // reaches over the date line".
            ExprKind::InRectangle {
                negated,
                value,
                rectangle,
            } => {
                let degrees = |c: &segue::syntax::Coordinate| {
                    c.mantissa as f64 / 10_f64.powi(i32::from(c.scale))
                };
                let (west, east) = (degrees(&rectangle.west), degrees(&rectangle.east));
                let inside = match self.value(value) {
                    Some(Value::Place(lat, lon)) => {
                        let eastward = |from: f64, to: f64| (to - from).rem_euclid(360.0);
                        let wide = if east - west == 360.0 {
                            360.0
                        } else {
                            eastward(west, east)
                        };
                        (degrees(&rectangle.south)..=degrees(&rectangle.north)).contains(&lat)
                            && eastward(west, lon) <= wide
                    }
                    None => false,
                    Some(other) => panic!("{other:?} is no place"),
                };
                inside != *negated
            }
            // Decisions: windows on a date or instant: "a date counts as its start-of-day instant".
            ExprKind::Windowed { subject, windows } => {
                let at = self.value(subject).map(|v| self.first_instant(&v));
                at.is_some_and(|at| {
                    windows.iter().all(|w| {
                        self.window(&w.kind)
                            .is_some_and(|(from, to)| from <= at && at <= to)
                    })
                })
            }
            ExprKind::Times { count, events } => {
                events::satisfies(count, self.events(&self.term_of(events)).len())
            }
            ExprKind::Regularly { count, events, per } => self.regularly(count, events, *per),
            ExprKind::Sequence(sequence) => self.sequence(sequence),
            ExprKind::Tagged { quantifier, paths } => self.tagged(*quantifier, paths),
            ExprKind::InSegment {
                negated,
                quantifier,
                segments,
            } => self.in_segments(*quantifier, segments) != *negated,
            ExprKind::SegmentMove {
                entered,
                segment,
                within,
            } => self.moved(*entered, segment, *within),
            ExprKind::InStage { ever, stage, of } => self.in_stage(*ever, stage, of.as_deref()),
            ExprKind::StageMove {
                entered,
                stage,
                of,
                within,
            } => self.stage_moved(*entered, stage, of.as_deref(), *within),
            ExprKind::InSample {
                negated,
                percent,
                salt,
            } => self.in_sample(percent, salt) != *negated,
            ExprKind::Upcoming {
                anniversary,
                value,
                days,
            } => self.upcoming(*anniversary, value, *days),
            ExprKind::Was {
                negated,
                value,
                values,
                windows,
            } => self.was(value, values, windows) != *negated,
            ExprKind::Changed {
                value,
                from,
                to,
                windows,
            } => self.changed(value, from.as_deref(), to.as_deref(), windows),
            ExprKind::InJourney { step, of } => self.in_journey(step.as_ref(), of, |_| true),
            ExprKind::JourneyMove { what, of, within } => self.journey_moved(*what, of, *within),
            ExprKind::Held {
                condition,
                op,
                duration,
            } => match &condition.kind {
                ExprKind::InJourney { step, of } => {
                    let ago = self.calendar().shift(self.now, *duration, -1);
                    self.in_journey(step.as_ref(), of, |came| match op {
                        HeldOp::MoreThan => came < ago,
                        HeldOp::AtLeast => came <= ago,
                        HeldOp::LessThan => came > ago,
                    })
                }
                _ => self.held(condition, *op, *duration),
            },
            ExprKind::AsOf { of, ago } if is_condition(of) || self.term(of).is_some() => {
                self.then(*ago).holds(of)
            }
            // Decisions: "A bool attribute alone is a condition (missing = false)."
            _ => match self.value(expr) {
                Some(Value::Bool(b)) => b,
                None => false,
                Some(other) => panic!("{other:?} is no condition"),
            },
        }
    }

    /// Decisions: "`as of L ago` asks as if it were `now - L`: what happened later is not seen, what is tracked is as it was".
    fn then(&self, ago: TimeSpan) -> Scope<'a> {
        Scope {
            now: self.calendar().shift(self.now, ago, -1),
            ..self.clone()
        }
    }

    /// The value of a scalar; `None` is missing.
    fn value(&self, expr: &Expr) -> Option<Value> {
        if let Some((name, subject)) = self.stage_of(expr) {
            return self.stage(name, subject.as_deref());
        }
        if let Some(total) = self.rows_total(expr) {
            return total;
        }
        match &expr.kind {
            ExprKind::Literal(literal) => Some(match literal {
                Literal::Bool(b) => Value::Bool(*b),
                Literal::Number { mantissa, scale } => {
                    Value::Exact(Ratio::decimal(*mantissa, *scale))
                }
                // Decisions: "A percent literal is number/100 exact."
                Literal::Percent { mantissa, scale } => {
                    Value::Exact(Ratio::decimal(*mantissa, *scale + 2))
                }
                Literal::String(text) => Value::Text(text.clone()),
                Literal::Date(days) => Value::Date(
                    chrono::DateTime::UNIX_EPOCH.date_naive()
                        + chrono::TimeDelta::days(i64::from(*days)),
                ),
                Literal::Instant(t) => Value::Instant(*t),
                Literal::Duration(span) => Value::Span(*span),
                Literal::Now => Value::Instant(self.now),
                Literal::Today(offset) => Value::Date(
                    self.calendar().date(self.now) + chrono::TimeDelta::days(i64::from(*offset)),
                ),
            }),
            ExprKind::Relative { duration, past } => Some(Value::Instant(self.calendar().shift(
                self.now,
                *duration,
                if *past { -1 } else { 1 },
            ))),
            ExprKind::Arithmetic { op, left, right } => value::arithmetic(
                self.calendar(),
                *op,
                &self.value(left)?,
                &self.value(right)?,
            ),
            ExprKind::AsOf { of, ago } => self.then(*ago).value(of),
            ExprKind::Negate(of) => match self.value(of)? {
                Value::Float(f) => Some(Value::Float(-f)),
                Value::Average(r) => Some(Value::Float(-r.float())),
                Value::Exact(r) => r.negative().map(Value::Exact),
                other => other.micros()?.checked_neg().map(Value::Duration),
            },
            ExprKind::Aggregate { function, argument } => self.aggregate(*function, argument),
            ExprKind::Property { of, name } => match &of.kind {
                ExprKind::Aggregate { function, argument } if events::is_end(*function) => {
                    self.end(*function, argument, &name.text)
                }
                _ => self.part(&self.value(of)?, &name.text),
            },
            ExprKind::Path(names) => self.path(names),
            ExprKind::Call {
                function,
                arguments,
            } => {
                let arguments: Option<Vec<Value>> =
                    arguments.iter().map(|a| self.value(a)).collect();
                self.call(&function.text, &arguments?)
            }
            other => panic!("{other:?} is no value"),
        }
    }

    /// Decisions: "`ignoring case` compares by Unicode lower-case mapping (char::to_lowercase) of both sides".
    fn compare(
        &self,
        op: CompareOp,
        a: Option<Value>,
        b: Option<Value>,
        ignoring_case: bool,
    ) -> bool {
        let fold = |v: Option<Value>| match v {
            Some(Value::Text(text)) if ignoring_case => Some(Value::Text(lower(&text))),
            v => v,
        };
        compare(self.calendar(), op, fold(a).as_ref(), fold(b).as_ref())
    }

    fn equal(&self, value: &Expr, item: &Expr, ignoring_case: bool) -> bool {
        self.compare(
            CompareOp::Eq,
            self.value(value),
            self.opposite(item, value),
            ignoring_case,
        )
    }

    /// Decisions: "`contains` on a string: substring; on a list: an item. `contains any of/all of/none of (…)`. On a missing
    /// list all of them false, except `none of` and `not contains` which are the complements." Section 5: "What is looked for
    /// may be any value of the same type"; "a value that is missing is contained in nothing".
    fn contains(
        &self,
        quantifier: Quantifier,
        value: &Expr,
        items: &[Expr],
        ignoring_case: bool,
    ) -> bool {
        let Some(held) = self.value(value) else {
            return quantifier == Quantifier::None;
        };
        let has = |item: &Expr| match (&held, self.opposite(item, value)) {
            (_, None) => false,
            (Value::Text(text), Some(Value::Text(part))) if ignoring_case => {
                lower(text).contains(&lower(&part))
            }
            (Value::Text(text), Some(Value::Text(part))) => text.contains(&part),
            (Value::List(list), Some(item)) => list.iter().any(|x| {
                self.compare(
                    CompareOp::Eq,
                    Some(x.clone()),
                    Some(item.clone()),
                    ignoring_case,
                )
            }),
            (held, item) => panic!("{held:?} cannot contain {item:?}"),
        };
        match quantifier {
            Quantifier::Any => items.iter().any(has),
            Quantifier::All => items.iter().all(has),
            Quantifier::None => !items.iter().any(has),
        }
    }

    /// Decisions: "near: haversine distance, earth radius 6371008.8 m, <= radius. mile = 1609.344 m."
    fn near(
        &self,
        place: &Expr,
        radius: &Expr,
        unit: DistanceUnit,
        latitude: &Expr,
        longitude: &Expr,
    ) -> Option<bool> {
        let Value::Place(lat, lon) = self.value(place)? else {
            panic!("{place:?} is no place")
        };
        let (to_lat, to_lon) = (
            self.value(latitude)?.float()?,
            self.value(longitude)?.float()?,
        );
        let metres = self.value(radius)?.float()?
            * match unit {
                DistanceUnit::Metre => 1.0,
                DistanceUnit::Kilometre => 1000.0,
                DistanceUnit::Mile => 1609.344,
            };
        let radians = |degrees: f64| degrees * PI / 180.0;
        let half_chord = |from: f64, to: f64| (radians(to - from) / 2.0).sin().powi(2);
        let h = half_chord(lat, to_lat)
            + radians(lat).cos() * radians(to_lat).cos() * half_chord(lon, to_lon);
        Some(2.0 * 6_371_008.8 * h.clamp(0.0, 1.0).sqrt().asin() <= metres)
    }
}

/// Whether an expression is true or false by its form.
fn is_condition(expr: &Expr) -> bool {
    if let ExprKind::AsOf { of, .. } = &expr.kind {
        return is_condition(of);
    }
    let value = matches!(
        expr.kind,
        ExprKind::Literal(_)
            | ExprKind::Relative { .. }
            | ExprKind::Arithmetic { .. }
            | ExprKind::Negate(_)
            | ExprKind::Aggregate { .. }
            | ExprKind::Property { .. }
            | ExprKind::Path(_)
            | ExprKind::Call { .. }
    );
    !value
}
