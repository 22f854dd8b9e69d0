//! The reference engine: what happens to profiles as events come in and time passes, as slow as it may be.
//!
//! It keeps nothing that could be found anew: segments and stages are judged by the reference evaluator at every instant
//! that matters. What it remembers is what cannot be found: the data, what was told, and when undated data changed.

use segue::engine::Receipt;
use segue::syntax::{Expr, parse};
use segue_test_support::reference::calendar::{FIRST, LAST, Micros};
use segue_test_support::reference::until::{instants_between, show};
use segue_test_support::reference::value::DAY;
use segue_test_support::reference::{Event, Profile, World, holds};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Something told: the instant, the profile, and what in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) at: Micros,
    pub(crate) profile: String,
    pub(crate) what: String,
    pub(crate) cause: String,
    /// Time alone would have brought it about at the same instant, so that an engine that does not look at what an event
    /// cannot change may say so.
    pub(crate) or_time: bool,
}

/// The name that [`Outcome`] has for what time alone brought about.
pub(crate) const TIME: &str = "time";

struct Lifecycle {
    per: Option<String>,
    stages: Vec<Stage>,
}

struct Stage {
    name: String,
    when: Expr,
    from: Json,
}

/// Where a profile stands in a lifecycle.
#[derive(Clone, Default)]
struct Course {
    moves: Vec<(Micros, usize)>,
    /// Nothing was known of its subject before, so nothing was told of it.
    is_new: bool,
    /// The conditions as they were just before the present instant, by what was known before it.
    before: Vec<bool>,
    /// The instants at which data that have no past brought a move about: it is judged anew there in any case.
    undated: BTreeSet<Micros>,
}

struct Person {
    profile: Profile,
    holds: BTreeMap<String, bool>,
    courses: BTreeMap<(String, Option<String>), Course>,
    /// When an attribute was last said to have its value.
    said: BTreeMap<String, Micros>,
}

pub(crate) struct ReferenceEngine {
    world: World,
    lifecycles: BTreeMap<String, Lifecycle>,
    lateness: Micros,
    now: Micros,
    /// Everything has happened that was due up to here: the present instant, or the one before it.
    done: Micros,
    /// In the order in which they came.
    people: Vec<Person>,
}

impl ReferenceEngine {
    pub(crate) fn new(
        world: World,
        lifecycles: &BTreeMap<String, Json>,
        lateness: Micros,
    ) -> ReferenceEngine {
        let lifecycles = lifecycles
            .iter()
            .map(|(name, document)| (name.clone(), read(document)))
            .collect();
        ReferenceEngine {
            world,
            lifecycles,
            lateness,
            now: FIRST,
            done: FIRST,
            people: Vec::new(),
        }
    }

    /// How many profiles came before one.
    pub(crate) fn place(&self, id: &str) -> usize {
        self.people
            .iter()
            .take_while(|p| p.profile.id != id)
            .count()
    }

    /// The segments that a profile is in and the stages where it stands, as words.
    pub(crate) fn standing(&self, id: &str) -> Vec<String> {
        let Some(person) = self.people.iter().find(|p| p.profile.id == id) else {
            return Vec::new();
        };
        let segments = person
            .holds
            .iter()
            .filter(|(_, holds)| **holds)
            .map(|(name, _)| format!("in {name}"));
        let stages = person
            .courses
            .iter()
            .filter_map(|((lifecycle, subject), course)| {
                let stage = &self.lifecycles[lifecycle].stages[course.moves.last()?.1];
                Some(format!("{} in {lifecycle} for {subject:?}", stage.name))
            });
        segments.chain(stages).collect()
    }

    /// A profile comes in with its past: nothing is told.
    pub(crate) fn insert(&mut self, mut profile: Profile) {
        let kinds = |e: &Event| self.world.schema.kind_index(&e.kind);
        profile.events.sort_by_key(|e| (e.at, kinds(e)));
        let mut seen = BTreeSet::new();
        profile
            .events
            .retain(|e| e.id.is_none() || seen.insert((e.kind.clone(), e.id.clone())));
        let mut person = Person {
            profile,
            holds: BTreeMap::new(),
            courses: BTreeMap::new(),
            said: BTreeMap::new(),
        };
        let now = self.now;
        for (name, rule) in &self.world.segments {
            person
                .holds
                .insert(name.clone(), holds(&self.world, &person.profile, rule, now));
        }
        let subjects: Vec<_> = person
            .profile
            .events
            .iter()
            .flat_map(|e| self.subjects(e))
            .collect();
        let alone = self
            .lifecycles
            .iter()
            .filter(|(_, l)| l.per.is_none())
            .map(|(name, _)| (name.clone(), None));
        for key in alone.chain(subjects) {
            let course = self.begin(&person.profile, &key, now);
            person.courses.entry(key).or_insert(course);
        }
        self.people.push(person);
    }

    /// What becomes of an input at an instant, if nothing else speaks against it.
    fn receipt(&self, at: Micros) -> Receipt {
        if at < self.now.saturating_sub(self.lateness) {
            Receipt::TooLate
        } else if at < self.now {
            Receipt::Late
        } else {
            Receipt::Accepted
        }
    }

    pub(crate) fn observe(&mut self, id: &str, event: Event) -> (Receipt, Vec<Outcome>) {
        let at = event.at;
        let receipt = self.receipt(at);
        if receipt == Receipt::TooLate {
            return (receipt, Vec::new());
        }
        let mut outcomes = self.come_to(at);
        let (person, blank) = self.slot(id);
        let mut known = self.people[person].profile.events.iter();
        let twin =
            known.find(|e| event.id.is_some() && (&e.kind, &e.id) == (&event.kind, &event.id));
        if let Some(twin) = twin {
            let receipt = match (twin.at, &twin.props) == (event.at, &event.props) {
                true => Receipt::Duplicate,
                false => Receipt::Conflict,
            };
            outcomes.extend(self.rest(None));
            return (receipt, outcomes);
        }
        let cause = match &event.id {
            Some(id) => format!("{} {id}", event.kind),
            None => event.kind.clone(),
        };
        for key in self.subjects(&event) {
            if !self.people[person].courses.contains_key(&key) {
                // What happened before, to all subjects alike, is taken as it stands.
                let mut profile = self.people[person].profile.clone();
                profile.events.push(event.clone());
                let course = self.begin(&profile, &key, at - 1);
                let before = self.holding(&profile, &key, self.now - 1);
                self.people[person].courses.insert(
                    key,
                    Course {
                        before,
                        is_new: true,
                        ..course
                    },
                );
            }
        }
        let turned = self.turn(person, &cause, at, true, |profile| {
            profile.events.push(event)
        });
        outcomes.extend(self.or_birth(person, &cause, blank, turned));
        outcomes.extend(self.rest(Some(person)));
        (receipt, outcomes)
    }

    /// Another value of an attribute, which has no past unless it is tracked.
    pub(crate) fn change(
        &mut self,
        id: &str,
        at: Micros,
        attribute: &str,
        change: impl FnOnce(&mut Profile),
    ) -> (Receipt, Vec<Outcome>) {
        let receipt = self.receipt(at);
        if receipt == Receipt::TooLate {
            return (receipt, Vec::new());
        }
        let mut outcomes = self.come_to(at);
        let (person, blank) = self.slot(id);
        let dated = self
            .world
            .schema
            .attribute(attribute)
            .is_some_and(|f| f.tracked);
        let said = self.people[person].said.get(attribute);
        if !dated && said.is_some_and(|said| at < *said) {
            outcomes.extend(self.rest(None));
            return (Receipt::Stale, outcomes);
        }
        self.people[person].said.insert(attribute.to_owned(), at);
        let from = if dated { at } else { self.now };
        let turned = self.turn(person, attribute, from, dated, change);
        outcomes.extend(self.or_birth(person, attribute, blank, turned));
        outcomes.extend(self.rest(Some(person)));
        (receipt, outcomes)
    }

    pub(crate) fn advance(&mut self, to: Micros) -> Vec<Outcome> {
        let mut outcomes = self.come_to(to);
        outcomes.extend(self.rest(None));
        outcomes
    }

    /// Lets everything happen that is due before an instant, and makes it the present one.
    fn come_to(&mut self, at: Micros) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        if at > self.now {
            outcomes = self.pass(at - 1, None);
            self.now = at;
            for i in 0..self.people.len() {
                let keys: Vec<_> = self.people[i].courses.keys().cloned().collect();
                for key in keys {
                    let before = self.holding(&self.people[i].profile, &key, at - 1);
                    self.people[i].courses.entry(key).or_default().before = before;
                }
            }
        }
        outcomes
    }

    /// Lets everything happen that is due at the present instant, except to one profile that was looked at.
    fn rest(&mut self, but: Option<usize>) -> Vec<Outcome> {
        self.pass(self.now, but)
    }

    /// What time alone brings about up to an instant.
    fn pass(&mut self, to: Micros, but: Option<usize>) -> Vec<Outcome> {
        let mut all: Vec<(Micros, usize, usize, Outcome)> = Vec::new();
        let after = std::mem::replace(&mut self.done, to);
        for i in (0..self.people.len()).filter(|i| Some(*i) != but) {
            let keys: Vec<_> = self.people[i].courses.keys().cloned().collect();
            for key in keys {
                let course = self.people[i].courses[&key].clone();
                let walked = self.walk(&self.people[i].profile, &key, &course, after + 1, to);
                let outcomes = self.moves(i, &key, TIME, course.moves.last().map(|m| m.1), &walked);
                all.extend(
                    outcomes
                        .into_iter()
                        .map(|outcome| (outcome.at, i, 0, outcome)),
                );
                self.people[i]
                    .courses
                    .entry(key)
                    .or_default()
                    .moves
                    .extend(walked);
            }
            let rules: Vec<_> = self
                .world
                .segments
                .iter()
                .map(|(name, rule)| (name.clone(), rule.clone()))
                .collect();
            for (name, rule) in rules {
                for at in self.changes(&self.people[i].profile, &[&rule], after, to) {
                    let inside = self.people[i].holds[&name];
                    self.people[i].holds.insert(name.clone(), !inside);
                    all.push((at, i, 1, self.outcome(i, at, TIME, in_out(!inside, &name))));
                }
            }
        }
        all.sort_by_key(|(at, person, sort, _)| (*at, *person, *sort));
        all.into_iter().map(|(.., outcome)| outcome).collect()
    }

    /// What a change of a profile's data brings about that takes effect at `from`.
    fn turn(
        &mut self,
        i: usize,
        cause: &str,
        from: Micros,
        dated: bool,
        change: impl FnOnce(&mut Profile),
    ) -> Vec<Outcome> {
        let now = self.now;
        let before = self.people[i].profile.clone();
        let mut after = before.clone();
        change(&mut after);
        let mut outcomes = Vec::new();
        let keys: Vec<_> = self.people[i].courses.keys().cloned().collect();
        for key in keys {
            let mut course = self.people[i].courses[&key].clone();
            let old = course.moves.clone();
            let is_due = self.done < now;
            let alone = if is_due {
                self.walk(&before, &key, &course, now, now)
            } else {
                Vec::new()
            };
            let split = course.moves.partition_point(|m| m.0 < from);
            course.moves.truncate(split);
            let walked = self.walk(&after, &key, &course, from, now);
            if !dated && !walked.is_empty() {
                course.undated.insert(now);
            }
            course.moves.extend(&walked);
            if dated && from < now {
                // What came late held just before the present instant as well.
                course.before = self.holding(&after, &key, now - 1);
            }
            let stage = |moves: &[(Micros, usize)]| moves.last().map(|m| m.1);
            let is_new = std::mem::take(&mut course.is_new) && !old.is_empty();
            outcomes.extend(match course.moves.strip_prefix(old.as_slice()) {
                _ if is_new => {
                    vec![self.outcome(i, now, cause, self.moved(&key, None, stage(&course.moves)))]
                }
                Some(new) => {
                    let mut outcomes = self.moves(i, &key, cause, stage(&old), new);
                    outcomes
                        .iter_mut()
                        .for_each(|t| t.or_time = !alone.is_empty() && new == alone);
                    outcomes
                }
                None => match (stage(&old), stage(&course.moves)) {
                    (from, to) if from == to => Vec::new(),
                    (from, to) => vec![self.outcome(i, now, cause, self.moved(&key, from, to))],
                },
            });
            self.people[i].courses.insert(key, course);
        }
        for (name, rule) in &self.world.segments {
            let inside = holds(&self.world, &after, rule, now);
            if inside != self.people[i].holds[name] {
                let or_time = holds(&self.world, &before, rule, now) == inside;
                outcomes.push(Outcome {
                    or_time,
                    ..self.outcome(i, now, cause, in_out(inside, name))
                });
                self.people[i].holds.insert(name.clone(), inside);
            }
        }
        self.people[i].profile = after;
        outcomes
    }

    /// The moves of a lifecycle from one instant to another, both included.
    fn walk(
        &self,
        profile: &Profile,
        key: &(String, Option<String>),
        course: &Course,
        from: Micros,
        to: Micros,
    ) -> Vec<(Micros, usize)> {
        let lifecycle = &self.lifecycles[&key.0];
        let seen = self.seen(profile, key);
        let mut moves = Vec::new();
        if from > to {
            return moves;
        }
        let mut stage = course.moves.iter().rev().find(|m| m.0 < from).map(|m| m.1);
        let just_before = if from == self.now {
            course.before.clone()
        } else {
            self.holding(profile, key, from - 1)
        };
        let rules: Vec<&Expr> = lifecycle.stages.iter().map(|s| &s.when).collect();
        let mut instants: BTreeSet<Micros> =
            self.changes(&seen, &rules, from, to).into_iter().collect();
        instants.extend(course.undated.range(from..=to));
        if self.holding(profile, key, from) != just_before {
            instants.insert(from);
        }
        for at in instants {
            let entered = lifecycle.settle(stage, &self.holding(profile, key, at));
            stage = entered.last().copied().or(stage);
            moves.extend(entered.into_iter().map(|stage| (at, stage)));
        }
        moves
    }

    /// Where a profile stands in a lifecycle at an instant, found from time immemorial on.
    fn begin(&self, profile: &Profile, key: &(String, Option<String>), now: Micros) -> Course {
        let lifecycle = &self.lifecycles[&key.0];
        let rules: Vec<&Expr> = lifecycle.stages.iter().map(|s| &s.when).collect();
        let entered = lifecycle.settle(None, &self.holding(profile, key, FIRST));
        let mut moves: Vec<(Micros, usize)> =
            entered.into_iter().map(|stage| (FIRST, stage)).collect();
        let seen = self.seen(profile, key);
        // Anniversaries are looked for a few years ahead.
        let mut from = first_of_all(now);
        while from < now {
            let to = now.min(from + 3 * 366 * DAY);
            for at in self.changes(&seen, &rules, from, to) {
                let stage = moves.last().map(|m| m.1);
                let entered = lifecycle.settle(stage, &self.holding(profile, key, at));
                moves.extend(entered.into_iter().map(|stage| (at, stage)));
            }
            from = to;
        }
        Course {
            moves,
            before: self.holding(profile, key, now - 1),
            is_new: false,
            undated: BTreeSet::new(),
        }
    }

    /// The instants after one and up to another at which one of the rules changes.
    fn changes(
        &self,
        profile: &Profile,
        rules: &[&Expr],
        after: Micros,
        to: Micros,
    ) -> Vec<Micros> {
        let mut all = BTreeSet::new();
        if after >= to {
            return Vec::new();
        }
        for rule in rules {
            let at = |t| holds(&self.world, profile, rule, t);
            let mut instants = BTreeSet::from([to]);
            if to > after + 1 {
                instants.extend(instants_between(&self.world, profile, rule, after, to));
            }
            let (mut same, mut answer) = (after, at(after));
            for t in instants {
                if at(t) != answer {
                    let mut other = t;
                    while other - same > 1 {
                        let middle = same + (other - same) / 2;
                        if at(middle) == answer {
                            same = middle
                        } else {
                            other = middle
                        }
                    }
                    all.insert(other);
                    answer = !answer;
                }
                same = t;
            }
        }
        all.into_iter().collect()
    }

    /// Which conditions hold.
    fn holding(&self, profile: &Profile, key: &(String, Option<String>), at: Micros) -> Vec<bool> {
        let seen = self.seen(profile, key);
        let at = at.clamp(FIRST, LAST);
        self.lifecycles[&key.0]
            .stages
            .iter()
            .map(|s| holds(&self.world, &seen, &s.when, at))
            .collect()
    }

    /// "The conditions then see only the events of that value (and those of kinds without the property)."
    fn seen(&self, profile: &Profile, key: &(String, Option<String>)) -> Profile {
        let mut profile = profile.clone();
        if let (Some(per), Some(subject)) = (&self.lifecycles[&key.0].per, &key.1) {
            profile
                .events
                .retain(|e| !self.has(e, per) || text_of(e, per).as_ref() == Some(subject));
        }
        profile
    }

    fn has(&self, event: &Event, property: &str) -> bool {
        self.world
            .schema
            .kind(&event.kind)
            .is_some_and(|k| k.property_index(property).is_some())
    }

    /// The lifecycles of subjects that an event is about.
    fn subjects(&self, event: &Event) -> Vec<(String, Option<String>)> {
        let of = |(name, l): (&String, &Lifecycle)| {
            Some((name.clone(), Some(text_of(event, l.per.as_ref()?)?)))
        };
        self.lifecycles.iter().filter_map(of).collect()
    }

    /// The place of a profile. Where it is new, beside it stands what holds of it while nothing is known.
    fn slot(&mut self, id: &str) -> (usize, Option<Vec<String>>) {
        if let Some(i) = self.people.iter().position(|p| p.profile.id == id) {
            return (i, None);
        }
        self.insert(Profile::from_json(&self.world.schema, &json!({"id": id})));
        let place = self.people.len() - 1;
        (place, Some(self.born_into(place)))
    }

    /// Every stage and segment of a profile, as entered from none.
    fn born_into(&self, i: usize) -> Vec<String> {
        let person = &self.people[i];
        let stages = person.courses.iter().filter_map(|(key, course)| {
            let last = course.moves.last()?;
            Some(self.moved(key, None, Some(last.1)))
        });
        let segments = person.holds.iter().filter(|(_, holds)| **holds);
        stages
            .chain(segments.map(|(name, _)| in_out(true, name)))
            .collect()
    }

    /// What an input brings about, or, if it is the first of its profile, all that the profile is then.
    fn or_birth(
        &self,
        i: usize,
        cause: &str,
        blank: Option<Vec<String>>,
        turned: Vec<Outcome>,
    ) -> Vec<Outcome> {
        let Some(blank) = blank else {
            return turned;
        };
        let born = self.born_into(i).into_iter().map(|what| {
            let cause = if blank.contains(&what) {
                "NewProfile"
            } else {
                cause
            };
            self.outcome(i, self.now, cause, what)
        });
        born.collect()
    }

    fn outcome(&self, i: usize, at: Micros, cause: &str, what: String) -> Outcome {
        Outcome {
            at,
            profile: self.people[i].profile.id.clone(),
            what,
            cause: cause.to_owned(),
            or_time: false,
        }
    }

    fn moves(
        &self,
        i: usize,
        key: &(String, Option<String>),
        cause: &str,
        from: Option<usize>,
        moves: &[(Micros, usize)],
    ) -> Vec<Outcome> {
        let mut from = from;
        let mut all = Vec::new();
        for (at, stage) in moves {
            all.push(self.outcome(i, *at, cause, self.moved(key, from, Some(*stage))));
            from = Some(*stage);
        }
        all
    }

    fn moved(
        &self,
        key: &(String, Option<String>),
        from: Option<usize>,
        to: Option<usize>,
    ) -> String {
        let stages = &self.lifecycles[&key.0].stages;
        let name = |stage: Option<usize>| stage.map(|s| stages[s].name.as_str());
        moved(&key.0, key.1.as_deref(), name(from), name(to))
    }
}

/// A move in words.
pub(crate) fn moved(
    lifecycle: &str,
    subject: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
) -> String {
    let name = |stage: Option<&str>| stage.unwrap_or("none").to_owned();
    format!("{lifecycle} {subject:?}: {} to {}", name(from), name(to))
}

/// Membership in words.
pub(crate) fn in_out(inside: bool, segment: &str) -> String {
    format!("{} {segment}", if inside { "entered" } else { "left" })
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let or_time = if self.or_time { " or time" } else { "" };
        write!(
            f,
            "{} {}: {} ({}{or_time})",
            show(self.at),
            self.profile,
            self.what,
            self.cause
        )
    }
}

impl Lifecycle {
    /// The stages that are entered one after the other: "the first stage in order whose condition holds and that may be
    /// entered from the present one"; no stage twice, nor the first one again.
    fn settle(&self, stage: Option<usize>, holding: &[bool]) -> Vec<usize> {
        let mut been = vec![stage];
        loop {
            let present = been[been.len() - 1];
            let next = (0..self.stages.len()).find(|i| holding[*i] && self.may_enter(*i, present));
            if next.is_none() || been.contains(&next) {
                return been.into_iter().skip(1).flatten().collect();
            }
            been.push(next);
        }
    }

    fn may_enter(&self, stage: usize, present: Option<usize>) -> bool {
        match &self.stages[stage].from {
            Json::String(word) if word == "any" => true,
            Json::Array(names) => {
                let name = present.map_or("none", |i| self.stages[i].name.as_str());
                names.iter().any(|n| n == name)
            }
            _ => present.is_none_or(|present| present < stage),
        }
    }
}

fn read(document: &Json) -> Lifecycle {
    let stages = document["stages"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|stage| {
            let text = |key: &str| stage[key].as_str().unwrap_or_default();
            let when =
                parse(text("when")).unwrap_or_else(|errors| panic!("{}: {errors:?}", text("when")));
            let from = if stage["from"].is_null() {
                &document["from"]
            } else {
                &stage["from"]
            };
            Stage {
                name: text("name").to_owned(),
                when,
                from: from.clone(),
            }
        });
    Lifecycle {
        per: document["per"].as_str().map(str::to_owned),
        stages: stages.collect(),
    }
}

fn text_of(event: &Event, property: &str) -> Option<String> {
    use segue_test_support::reference::value::Value;
    match event.props.get(property)? {
        Value::Text(text) | Value::Name(text, _) => Some(text.clone()),
        _ => None,
    }
}

/// Before anything that the random data name: their oldest dates are of the year 2000, their longest windows a few years.
fn first_of_all(now: Micros) -> Micros {
    const YEAR_1995: Micros = 788_918_400_000_000;
    now.min(YEAR_1995)
}
