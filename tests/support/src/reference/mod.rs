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
mod past;
mod rows;
mod stages;
pub mod until;
pub mod value;

use calendar::{Calendar, Micros};
pub use data::{Event, Profile, Trait, World};
use events::dotted;
use md5::{Digest as _, Md5};
use segue::Type;
use segue::schema::Field;
use segue::syntax::{
    CompareOp, DistanceUnit, Expr, ExprKind, Literal, Name, Quantifier, TextOp, TimeSpan,
};
use std::f64::consts::PI;
use std::rc::Rc;
use value::{Ratio, Value, compare};

/// Whether the expression holds for the profile at `now`.
pub fn holds(world: &World, profile: &Profile, expr: &Expr, now: Micros) -> bool {
    Scope {
        world,
        profile,
        now,
        event: None,
        row: None,
        steps: Vec::new(),
        subject: None,
    }
    .holds(expr)
}

/// The instants at which the stages that an expression reads change, through the segments that it names.
fn stage_instants(world: &World, profile: &Profile, expr: &Expr) -> Vec<Micros> {
    if world.lifecycles.is_empty() {
        return Vec::new();
    }
    let scope = Scope {
        world,
        profile,
        now: calendar::LAST,
        event: None,
        row: None,
        steps: Vec::new(),
        subject: None,
    };
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
            ExprKind::Sequence(steps) => self.sequence(steps),
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
            ExprKind::Held {
                condition,
                op,
                duration,
            } => self.held(condition, *op, *duration),
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

    /// What a name stands for: within a row or an event its own properties, the innermost first, then the steps of a
    /// sequence, then the profile.
    fn path(&self, names: &[Name]) -> Option<Value> {
        let names: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
        if let Some(found) = self.of_row(&names, true) {
            return found;
        }
        if let Some((event, kinds)) = &self.event
            && (events::is_part(names[0])
                || (1..=names.len()).any(|n| self.declared(kinds, &names[..n]).is_some()))
        {
            return self.property(event, kinds, &names);
        }
        if let Some(found) = self.of_row(&names, false) {
            return found;
        }
        if let Some((_, event)) = self.steps.iter().rev().find(|(step, _)| step == names[0]) {
            return self.property(event, std::slice::from_ref(&event.kind), &names[1..]);
        }
        for split in (1..=names.len()).rev() {
            let name = dotted(&names[..split]);
            let value = if name == "id" {
                Some(Value::Text(self.profile.id.clone()))
            } else if let Some(field) = self.world.attribute(&name) {
                if field.tracked {
                    self.at(&name, self.now)
                } else {
                    self.profile.attributes.get(&*name).cloned()
                }
            } else if let Some(of_trait) = self.world.traits.get(&*name) {
                self.trait_value(of_trait)
            } else {
                continue;
            };
            return names[split..]
                .iter()
                .try_fold(value?, |value, name| self.part(&value, name));
        }
        panic!("`{}` is no name of the schema", names.join("."))
    }

    /// Section 6: "the first case that holds of an ordered list".
    fn trait_value(&self, of: &Trait) -> Option<Value> {
        let scope = Scope {
            event: None,
            row: None,
            steps: Vec::new(),
            subject: None,
            ..self.clone()
        };
        match of {
            // "A trait whose expression is a condition is true or false, never missing."
            Trait::Computed(expr) if is_condition(expr) => Some(Value::Bool(scope.holds(expr))),
            // "In further arithmetic, and as a trait, [an average] is a float."
            Trait::Computed(expr) => match scope.value(expr)? {
                Value::Average(r) => Some(Value::Float(r.float())),
                value => Some(value),
            },
            Trait::Cases { cases, otherwise } => match cases
                .iter()
                .position(|(_, condition)| scope.holds(condition))
            {
                Some(i) => Some(Value::Name(cases[i].0.clone(), i)),
                None => otherwise
                    .as_ref()
                    .map(|name| Value::Name(name.clone(), cases.len())),
            },
        }
    }

    /// The value of one side of a comparison. Section 2: "A bare word opposite an enum is one of its values; opposite
    /// anything else it is a name".
    fn opposite(&self, expr: &Expr, other: &Expr) -> Option<Value> {
        let word = match &expr.kind {
            ExprKind::Literal(Literal::String(text)) => Some(text.as_str()),
            _ => single(expr),
        };
        let words = if word.is_some() {
            self.words(other)
        } else {
            Vec::new()
        };
        match words
            .into_iter()
            .find(|(name, _)| Some(name.as_str()) == word)
        {
            Some((_, value)) => Some(value),
            None => self.value(expr),
        }
    }

    /// The bare words that may stand opposite an expression, and what they mean there.
    fn words(&self, expr: &Expr) -> Vec<(String, Value)> {
        if let Some((name, _)) = self.stage_of(expr) {
            let names: Vec<&String> = self.world.lifecycles[name]
                .stages
                .iter()
                .map(|s| &s.name)
                .collect();
            return words_of(&names);
        }
        let declared = match &expr.kind {
            ExprKind::AsOf { of, .. } => return self.words(of),
            ExprKind::Path(names) => {
                let names: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
                if let Some(Trait::Cases { cases, otherwise }) =
                    self.world.traits.get(&*dotted(&names))
                {
                    let all = cases.iter().map(|(name, _)| name).chain(otherwise);
                    return all
                        .enumerate()
                        .map(|(i, name)| (name.clone(), Value::Name(name.clone(), i)))
                        .collect();
                }
                let of_row = self.row_type(&names, true);
                let of_event = self
                    .event
                    .as_ref()
                    .and_then(|(_, kinds)| self.declared(kinds, &names));
                let of_step = || {
                    let (_, event) = self.steps.iter().rev().find(|(step, _)| step == names[0])?;
                    self.declared(std::slice::from_ref(&event.kind), &names[1..])
                };
                of_row
                    .or(of_event)
                    .or_else(|| self.row_type(&names, false))
                    .or_else(of_step)
                    .or_else(|| self.world.attribute(&dotted(&names)).map(|f| f.ty.clone()))
            }
            ExprKind::Aggregate { argument, .. } if self.rows(argument).is_some() => {
                self.rows(argument).and_then(|rows| self.rows_type(&rows))
            }
            ExprKind::Aggregate { argument, .. } => {
                let term = self.term_of(argument);
                term.property
                    .as_ref()
                    .and_then(|p| self.declared(&term.kinds, &p.split('.').collect::<Vec<_>>()))
            }
            ExprKind::Property { of, name } => match &of.kind {
                ExprKind::Aggregate { argument, .. } if self.rows(argument).is_none() => {
                    self.declared(&self.term_of(argument).kinds, &[&name.text])
                }
                _ => None,
            },
            _ => None,
        };
        match declared {
            Some(Type::Enum(e)) => words_of(&e.values),
            Some(Type::List(of)) => {
                if let Type::Enum(e) = *of {
                    words_of(&e.values)
                } else {
                    Vec::new()
                }
            }
            Some(_) => Vec::new(),
            // Calendar parts: "`weekday` monday…sunday", "`month_of_year` 1-12 (or january…december)"
            None => {
                let names: &[&str] = match last_name(expr) {
                    Some("weekday") => &events::WEEKDAYS,
                    Some("month_of_year") => &events::MONTHS,
                    _ => &[],
                };
                (1_i64..)
                    .zip(names)
                    .map(|(n, name)| ((*name).to_owned(), Value::Exact(Ratio::whole(n))))
                    .collect()
            }
        }
    }

    /// One of the conditions in the parentheses of the present event. Section 2: "one property of a kind may be its *subject*,
    /// which is what `viewed("anti-aging")` compares": a constant alone, or a value of the subject's enum, is compared with it.
    fn event_holds(&self, expr: &Expr) -> bool {
        let (event, _) = self.event.as_ref().expect("within an event's parentheses");
        let kind = self.world.kind(&event.kind).expect("a kind of the schema");
        let subject = kind.subject.map(|s| &kind.properties[s]);
        self.subject_holds(
            expr,
            subject,
            subject.and_then(|s| event.props.get(&s.name).cloned()),
        )
    }

    /// The same of a row as of an event: the declared subject, and the value that it has.
    fn subject_holds(&self, expr: &Expr, subject: Option<&Field>, has: Option<Value>) -> bool {
        let (is_bool, words) = match subject.map(|s| &s.ty) {
            Some(Type::Bool) => (true, Vec::new()),
            Some(Type::Enum(e)) => (false, words_of(&e.values)),
            _ => (false, Vec::new()),
        };
        let word = single(expr).and_then(|word| words.into_iter().find(|(name, _)| name == word));
        let wanted = match &expr.kind {
            ExprKind::Literal(Literal::Bool(_)) if !is_bool => return self.holds(expr),
            ExprKind::Literal(_) | ExprKind::Negate(_) => self.value(expr),
            _ => match word {
                Some((_, value)) => Some(value),
                None => return self.holds(expr),
            },
        };
        self.compare(CompareOp::Eq, has, wanted, false)
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

    /// Decisions: "`like`: `%` any run, `_` any one char, whole value. `matches "re"`: regex *search*".
    fn text(&self, op: TextOp, value: &Expr, pattern: &Expr, ignoring_case: bool) -> bool {
        let (Some(Value::Text(mut text)), Some(Value::Text(mut pattern))) =
            (self.value(value), self.value(pattern))
        else {
            return false;
        };
        if ignoring_case && op != TextOp::Matches {
            (text, pattern) = (lower(&text), lower(&pattern));
        }
        match op {
            TextOp::StartsWith => text.starts_with(&pattern),
            TextOp::EndsWith => text.ends_with(&pattern),
            TextOp::Like => like(
                &text.chars().collect::<Vec<_>>(),
                &pattern.chars().collect::<Vec<_>>(),
            ),
            TextOp::Matches => {
                let regex = regex::RegexBuilder::new(&pattern)
                    .case_insensitive(ignoring_case)
                    .build();
                regex.expect("an expression that compiles").is_match(&text)
            }
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

    /// Section 6: "*Tags*: a tree of paths; `tagged "interest"` holds for `interest/skincare` too."
    fn tagged(&self, quantifier: Quantifier, paths: &[Literal]) -> bool {
        let by_rule = self
            .world
            .tags
            .iter()
            .filter(|(_, rule)| holds(self.world, self.profile, rule, self.now))
            .map(|(path, _)| path);
        let tags: Vec<&String> = self.profile.tags.iter().chain(by_rule).collect();
        let under = |path: &Literal| match path {
            Literal::String(path) => tags
                .iter()
                .any(|tag| *tag == path || tag.starts_with(&format!("{path}/"))),
            other => panic!("{other:?} is no tag"),
        };
        match quantifier {
            Quantifier::Any if paths.is_empty() => !tags.is_empty(),
            Quantifier::Any => paths.iter().any(under),
            Quantifier::All => paths.iter().all(under),
            Quantifier::None => !paths.iter().any(under),
        }
    }

    fn in_segments(&self, quantifier: Quantifier, names: &[Name]) -> bool {
        let member = |name: &String| self.in_segment(name, self.now);
        let names: Vec<&String> = match names.is_empty() {
            true => self.world.segments.keys().collect(),
            false => names.iter().map(|n| &n.text).collect(),
        };
        match quantifier {
            Quantifier::Any => names.into_iter().any(member),
            Quantifier::All => names.into_iter().all(member),
            Quantifier::None => !names.into_iter().any(member),
        }
    }

    fn in_segment(&self, name: &str, at: Micros) -> bool {
        let rule = self
            .world
            .segments
            .get(name)
            .unwrap_or_else(|| panic!("`{name}` is no segment"));
        holds(self.world, self.profile, rule, at)
    }

    /// Decisions: "h = first 8 hex digits of md5(salt + ":" + id) as an unsigned 32-bit number; in iff h < share * 2^32".
    fn in_sample(&self, percent: &Expr, salt: &Literal) -> bool {
        let (Some(Value::Exact(share)), Literal::String(salt)) = (self.value(percent), salt) else {
            panic!("a share is exact")
        };
        let hash = Md5::digest(format!("{salt}:{}", self.profile.id));
        let h = hash
            .iter()
            .take(4)
            .fold(0_i128, |h, byte| h * 256 + i128::from(*byte));
        h * share.1 < share.0 * (1 << 32)
    }
}

/// The functions over values.
impl Scope<'_> {
    fn call(&self, function: &str, arguments: &[Value]) -> Option<Value> {
        let Some(Value::Text(text)) = arguments.first() else {
            return Some(number_call(function, arguments));
        };
        let after_scheme = text
            .split_once("://")
            .map_or(text.as_str(), |(_, rest)| rest);
        Some(match function {
            "lower" => Value::Text(lower(text)),
            "upper" => Value::Text(text.chars().flat_map(char::to_uppercase).collect()),
            "length" => Value::Exact(Ratio::whole(text.chars().count() as i64)),
            // The part of a URL between host and query.
            "path" => {
                let path = if text.contains("://") {
                    after_scheme
                        .find(['/', '?', '#'])
                        .map_or("", |at| &after_scheme[at..])
                } else {
                    text
                };
                let path = path.split(['?', '#']).next().unwrap_or("");
                Value::Text(path.strip_suffix('/').unwrap_or(path).to_owned())
            }
            "host" => Value::Text(
                after_scheme
                    .split(['/', '?', '#', ':'])
                    .next()
                    .unwrap_or("")
                    .to_owned(),
            ),
            other => panic!("no function `{other}` of a text"),
        })
    }
}

fn number_call(function: &str, arguments: &[Value]) -> Value {
    match (function, arguments) {
        ("length", [Value::List(items)]) => Value::Exact(Ratio::whole(items.len() as i64)),
        ("abs", [Value::Exact(r)]) => Value::Exact(Ratio(r.0.abs(), r.1)),
        ("abs", [Value::Average(r)]) => Value::Average(Ratio(r.0.abs(), r.1)),
        ("abs", [Value::Duration(length)]) => Value::Duration(length.saturating_abs()),
        ("abs", [Value::Float(f)]) => Value::Float(f.abs()),
        // "to the nearest whole number, halves away from zero"
        ("round", [Value::Exact(r) | Value::Average(r)]) => {
            let halves = |n: i128| (2 * n + r.1).div_euclid(2 * r.1);
            Value::Exact(Ratio::whole(if r.0 < 0 {
                -halves(-r.0)
            } else {
                halves(r.0)
            }))
        }
        ("round", [Value::Float(f)]) => Value::Float(f.round()),
        other => panic!("no function {other:?}"),
    }
}

fn words_of<S: AsRef<str>>(names: &[S]) -> Vec<(String, Value)> {
    let word = |(rank, name): (usize, &S)| {
        (
            name.as_ref().to_owned(),
            Value::Name(name.as_ref().to_owned(), rank),
        )
    };
    names.iter().enumerate().map(word).collect()
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

fn single(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Path(names) if names.len() == 1 => Some(&names[0].text),
        _ => None,
    }
}

/// The last name of `a.b.c`, also within a function: `top(purchased.weekday)`.
fn last_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Path(names) => names.last().map(|n| n.text.as_str()),
        ExprKind::Property { name, .. } => Some(&name.text),
        ExprKind::Windowed { subject, .. } => last_name(subject),
        ExprKind::Between { value, .. } => last_name(value),
        ExprKind::Aggregate { argument, .. } => last_name(argument),
        ExprKind::AsOf { of, .. } => last_name(of),
        _ => None,
    }
}

fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|n| like(&text[n..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        [c, rest @ ..] => text.first() == Some(c) && like(&text[1..], rest),
    }
}
