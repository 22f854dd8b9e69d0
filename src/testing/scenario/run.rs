//! Running a scenario.

use super::document::{EventDocument, EventTable, Expected, ProfileDocument, Scenario};
use super::expectation::{Problems, Until, instant, known};
use super::given::{Given, properties};
use super::report::{Failure, Report};
use super::stream;
use crate::check::nearest;
use crate::eval::{BindError, Matcher};
use crate::explain::Explanation;
use crate::profile::{Model, Record};
use crate::rule::Rule;
use crate::rulebook::Rulebook;
use crate::testing::builder::{ProfileBuilder, ProfileError, profile};
use crate::testing::moment::{Moment, Setting};
use crate::time::{Instant, Zone};
use std::collections::BTreeMap;

/// What a scenario without any instant is run at: nothing in it depends on that.
const NO_MATTER_WHEN: Instant = Instant::from_micros(0);

/// Runs a scenario. `rulebook` are the rules that it names by `rules`, read by the caller; one with its own `rulebook`
/// needs none.
///
/// What is wrong with the scenario itself (a profile that does not fit the schema, a segment that there is not, no `now`
/// where the rules depend on it) is in the report, too.
///
/// ```
/// use segue::testing::scenario::{Scenario, run};
/// let scenario = Scenario::from_toml(r#"
///     name = "best agers"
///     now = 2026-03-18T12:00:00Z
///
///     [rulebook.schema.attributes]
///     age = "int"
///     [rulebook.schema.events.viewed]
///     subject = "category"
///     properties.category = "string"
///     [rulebook.segments]
///     best_agers = 'age > 50 and viewed("anti-aging") within 30 days'
///
///     [profiles.anna]
///     attributes.age = 57
///     events = ['viewed("anti-aging") 3 days ago']
///     [profiles.ben]
///     attributes.age = 24
///     events = ['viewed("anti-aging") yesterday']
///
///     [segments]
///     best_agers = { members = ["anna"], until = { anna = "27 days from now", ben = "never" } }
/// "#)?;
/// let report = run(&scenario, None);
/// assert!(report.passed(), "{report}");
/// assert_eq!(report.to_string(), "✓ best agers: 4 expectations met\n");
/// # Ok::<(), segue::document::DocumentError>(())
/// ```
#[must_use]
pub fn run(scenario: &Scenario, rulebook: Option<&Rulebook>) -> Report {
    let mut report = Report {
        scenario: scenario
            .name
            .clone()
            .unwrap_or_else(|| "scenario".to_owned()),
        ..Report::default()
    };
    if let Err(problems) = Run::prepare(scenario, rulebook).and_then(|run| {
        run.check(&mut report)?;
        stream::check(
            scenario,
            &run.rulebook,
            &run.moment,
            &run.profiles,
            &mut report,
        )
    }) {
        report.problems = problems;
    } else if report.checked == 0 {
        let why = if scenario.profiles.is_empty() {
            NOBODY
        } else {
            NOTHING_EXPECTED
        };
        report.problems.push(why.to_owned());
    }
    report
}

const NOBODY: &str =
    "there are no profiles, so nothing was tested; say who there is (`[profiles.anna]`)";

const NOTHING_EXPECTED: &str = "nothing is expected, so nothing was tested; say who is in a segment (`[segments]`: `loyal = { members = [\"anna\"] }`), in which stage or step someone is (`[[stages]]`, `[[journeys]]`), or what is done (`[[effects]]`)";

/// A scenario whose parts are all known to make sense.
struct Run<'s> {
    scenario: &'s Scenario,
    rulebook: Rulebook,
    moment: Moment,
    profiles: BTreeMap<&'s str, Record>,
    matchers: BTreeMap<&'s str, Matcher<Record>>,
}

impl<'s> Run<'s> {
    fn prepare(scenario: &'s Scenario, rulebook: Option<&Rulebook>) -> Result<Self, Problems> {
        let rulebook = rules(scenario, rulebook).map_err(|e| vec![e])?;
        let mut problems = Vec::new();
        let mut rules: BTreeMap<&str, Rule> = BTreeMap::new();
        let moments = scenario.later.iter().map(|later| &later.segments);
        for name in std::iter::once(&scenario.segments)
            .chain(moments)
            .flat_map(BTreeMap::keys)
        {
            if rules.contains_key(name.as_str()) {
                continue;
            }
            match rule(name, scenario, &rulebook) {
                Ok(rule) => drop(rules.insert(name, rule)),
                Err(problem) if problems.contains(&problem) => {}
                Err(problem) => problems.push(problem),
            }
        }
        let moments = scenario.later.iter().map(|later| &later.segments);
        for (name, expected) in std::iter::once(&scenario.segments).chain(moments).flatten() {
            let ids = expected
                .members
                .iter()
                .flatten()
                .chain(expected.until.keys());
            problems.extend(ids.filter_map(|id| known(id, name, scenario).err()));
        }
        let setting = Setting::from(&rulebook);
        let now = match &scenario.now {
            None => None,
            Some(given) => match instant(&Moment::new(setting.clone(), None), given) {
                Ok(now) => Some(now),
                Err(problem) => return Err(vec![format!("`now`: {problem}")]),
            },
        };
        if now.is_none() {
            let timed: Vec<String> = rules
                .iter()
                .filter(|(_, r)| r.reads().depends_on_now())
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            if !timed.is_empty() {
                problems.push(format!(
                    "the answer of {} depends on the instant that is asked about; say which: `now = \"2026-01-31T12:00:00Z\"`",
                    timed.join(", ")
                ));
            }
        }
        let moment = Moment::new(setting, now);
        let mut profiles = BTreeMap::new();
        for (id, document) in &scenario.profiles {
            match build(id, document, &moment) {
                Ok(record) => drop(profiles.insert(id.as_str(), record)),
                Err(problem) => problems.push(problem),
            }
        }
        let model = Model::for_schema(rulebook.schema());
        let bound = rules
            .into_iter()
            .map(|(name, rule)| Ok((name, rule.bind(&model)?)));
        let matchers = bound
            .collect::<Result<_, BindError>>()
            .map_err(|e| vec![e.to_string()])?;
        if problems.is_empty() {
            Ok(Run {
                scenario,
                rulebook,
                moment,
                profiles,
                matchers,
            })
        } else {
            Err(problems)
        }
    }

    fn check(&self, report: &mut Report) -> Result<(), Problems> {
        let mut problems = Vec::new();
        let now = self.moment.now.unwrap_or(NO_MATTER_WHEN);
        let mut moments = vec![(now, &self.scenario.segments)];
        for later in &self.scenario.later {
            match instant(&self.moment, &later.now) {
                Ok(at) => moments.push((at, &later.segments)),
                Err(problem) => problems.push(format!("`later`: {problem}")),
            }
        }
        for (now, segments) in moments {
            for (name, expected) in segments {
                if let Err(found) = self.segment(name, expected, now, report) {
                    problems.extend(found);
                }
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// Compares what is expected of a segment at an instant with what is.
    fn segment(
        &self,
        name: &str,
        expected: &Expected,
        now: Instant,
        report: &mut Report,
    ) -> Result<(), Problems> {
        let Some(matcher) = self.matchers.get(name) else {
            return Ok(());
        };
        for (id, record) in &self.profiles {
            let wanted = expected
                .members
                .as_ref()
                .map(|members| members.iter().any(|m| m == id));
            let until = expected.until.get(*id);
            if wanted.is_none() && until.is_none() {
                continue;
            }
            let verdict = matcher.verdict(record, now);
            let until = match until {
                Some(given) => Some(
                    Until::read(given, &self.moment, now)
                        .map_err(|e| vec![format!("`until` of `{id}` in `{name}`: {e}")])?,
                ),
                None => None,
            };
            report.checked += usize::from(wanted.is_some()) + usize::from(until.is_some());
            let right = wanted.is_none_or(|w| w == verdict.holds)
                && until
                    .as_ref()
                    .is_none_or(|u| verdict.is_exact && u.accepts(verdict.until, &self.moment));
            if right {
                continue;
            }
            let explanation = matcher.explain(record, now).named(name);
            let shown = |holds: Option<bool>, until: Option<String>| {
                let place = holds.map(|holds| if holds { "in" } else { "out" }.to_owned());
                let until = until.map(|until| format!("until {until}"));
                place.into_iter().chain(until).collect::<Vec<_>>().join(" ")
            };
            report.failures.push(Failure {
                segment: name.to_owned(),
                profile: (*id).to_owned(),
                now,
                actual: shown(
                    Some(verdict.holds),
                    until.as_ref().map(|_| self.shown(&explanation)),
                ),
                expected: shown(wanted, until.map(|u| u.text)),
                explanation,
            });
        }
        Ok(())
    }

    fn shown(&self, explanation: &Explanation) -> String {
        explanation.until.map_or_else(
            || "never".to_owned(),
            |until| {
                let at_least = if explanation.is_exact {
                    ""
                } else {
                    "at least "
                };
                let until = crate::explain::instant_text(until, self.moment.zone());
                format!("{at_least}{until}")
            },
        )
    }
}

/// The rules of a scenario: those given, or its own.
fn rules(scenario: &Scenario, given: Option<&Rulebook>) -> Result<Rulebook, String> {
    let zone = match &scenario.timezone {
        Some(name) => Some(
            name.parse::<Zone>()
                .map_err(|e| format!("`timezone`: {e}"))?,
        ),
        None => None,
    };
    let loader = || match zone {
        Some(zone) => Rulebook::loader().timezone(zone),
        None => Rulebook::loader(),
    };
    match (&scenario.rules, &scenario.rulebook, given) {
        (Some(_), Some(_), _) => {
            Err("it has both `rules` and a `rulebook`; keep one of them".to_owned())
        }
        (None, Some(_), _) if scenario.schema.is_some() => {
            Err("it has both a `rulebook` and a `schema` for other rules; write the schema under `[rulebook.schema]`".to_owned())
        }
        (_, Some(document), _) => loader()
            .load_document(document.clone())
            .map_err(|e| format!("its rulebook does not load:\n{e}")),
        (_, None, Some(rulebook)) if zone.is_none() => Ok(rulebook.clone()),
        (_, None, Some(rulebook)) => {
            let loader = loader().schema(rulebook.schema().clone());
            loader
                .load_document(rulebook.document().clone())
                .map_err(|e| e.to_string())
        }
        (Some(file), None, None) => Err(format!("the rules `{file}` were not given to it")),
        (None, None, None) => Err(
            "it has no rules; write `rules = \"rules.toml\"`, or the rules under `[rulebook]`"
                .to_owned(),
        ),
    }
}

fn rule(name: &str, scenario: &Scenario, rulebook: &Rulebook) -> Result<Rule, String> {
    if let Some(text) = scenario.expressions.get(name) {
        if rulebook.segment(name).is_some() {
            return Err(format!(
                "`{name}` is both a segment and one of the `expressions`; rename the expression"
            ));
        }
        return Rule::check_in(text, rulebook.context())
            .map_err(|e| format!("`expressions.{name}`:\n{e}"));
    }
    if let Some(rule) = rulebook.segment(name) {
        return Ok(rule.clone());
    }
    let known = rulebook
        .segments()
        .map(|(name, _)| name)
        .chain(scenario.expressions.keys().map(String::as_str));
    Err(match nearest(name, known) {
        Some(meant) => format!("there is no segment `{name}`; did you mean `{meant}`?"),
        None => format!("there is no segment `{name}`; add it to the rules, or to `expressions`"),
    })
}

fn build(id: &str, document: &ProfileDocument, moment: &Moment) -> Result<Record, String> {
    let mut builder = profile(id);
    let mut problems = Vec::new();
    for (name, given) in &document.attributes {
        match attributes(builder.clone(), name, given, moment) {
            Ok(with) => builder = with,
            Err(problem) => problems.push(format!("`{name}`: {problem}")),
        }
    }
    for (name, changes) in &document.history {
        for change in changes {
            match (change.at.value(), change.value.value()) {
                (Ok(at), Ok(value)) => builder = builder.changed(name, value).at(at),
                (at, value) => problems.extend(
                    at.err()
                        .into_iter()
                        .chain(value.err())
                        .map(|e| format!("`history.{name}`: {e}")),
                ),
            }
        }
    }
    for tag in &document.tags {
        builder = builder.tagged(tag);
    }
    for event in &document.events {
        match happened(builder.clone(), event) {
            Ok(with) => builder = with,
            Err(problem) => problems.push(problem),
        }
    }
    match builder.build_at(moment) {
        Ok(record) if problems.is_empty() => Ok(record),
        Ok(_) => Err(ProfileError::new(id, problems).to_string()),
        Err(error) => Err(ProfileError::new(
            id,
            problems
                .into_iter()
                .chain(error.problems().to_vec())
                .collect(),
        )
        .to_string()),
    }
}

/// An attribute, a relation, or a table of several whose names begin alike.
fn attributes(
    builder: ProfileBuilder,
    name: &str,
    given: &Given,
    moment: &Moment,
) -> Result<ProfileBuilder, String> {
    match given {
        given if moment.schema().relation(name).is_some() => Ok(builder.with(name, given.rows()?)),
        Given::Table(entries) if moment.schema().attribute(name).is_none() => {
            entries.iter().try_fold(builder, |builder, (key, given)| {
                attributes(builder, &format!("{name}.{key}"), given, moment)
            })
        }
        given => Ok(builder.with(name, given.value()?)),
    }
}

fn happened(builder: ProfileBuilder, event: &EventDocument) -> Result<ProfileBuilder, String> {
    let EventTable {
        id,
        kind,
        at,
        props,
    } = match event {
        EventDocument::Sentence(sentence) => return Ok(builder.happened(sentence.as_str())),
        EventDocument::Table(table) => table,
    };
    let error = |e: String| format!("event `{kind}`: {e}");
    let mut output = builder.event(kind);
    if let Some(id) = id {
        output = output.id(id.as_str());
    }
    let props = props.iter().map(|(name, given)| (name.as_str(), given));
    for (name, value) in properties(props).map_err(error)? {
        output = output.having(&name, value);
    }
    Ok(output.at(at.value().map_err(error)?))
}
