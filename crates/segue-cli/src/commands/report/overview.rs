//! A population as a whole: its segments and how they went, its traits, its lifecycles.

use super::Opened;
use crate::terminal::Failure;
use segue::engine::Engine;
use segue::insight::{LifecycleReport, LifecycleReportBuilder, SegmentSizes, SegmentSizesBuilder};
use segue::ir::ValueType;
use segue::profile::{Model, Record};
use segue::time::CalendarUnit;
use segue::value::Type;
use segue::{Instant, Rulebook};
use segue_report::pictures::{Bar, Bars, Trend, Trends};
use segue_report::{Figure, Section, Unit, of};
use std::collections::BTreeMap;

/// How many months a trend goes back.
const MONTHS: i32 = 12;

/// A trait with more values than this is shown in ranges.
const MAX_VALUES: usize = 16;

/// What stands for the value of those who have none.
const MISSING: &str = "(none)";

pub(super) fn sections(opened: &Opened) -> Result<Vec<Section>, Failure> {
    let rulebook = opened.rulebook()?;
    let model = Model::<Record>::for_schema(opened.rules.schema());
    let mut segments = Section::new("Segments");
    if rulebook.segments().next().is_some() {
        let now = sizes(opened, &model, opened.until)?;
        segments = segments
            .figures(of::segments(&now))
            .figures(trend(opened, &model)?);
    }
    let mut sections = vec![segments];
    let mut traits = Section::new("Traits");
    for name in rulebook.traits() {
        traits = traits.figures(spread(opened, &model, name)?);
    }
    sections.push(traits);
    for report in lifecycles(opened, rulebook, &model)? {
        let section = Section::new(format!("Lifecycle {}", report.lifecycle));
        sections.push(section.figures(of::lifecycle(&report)));
    }
    Ok(sections)
}

fn wrong(error: &dyn std::error::Error) -> Failure {
    Failure::new(error.to_string())
}

fn sizes(opened: &Opened, model: &Model<Record>, until: Instant) -> Result<SegmentSizes, Failure> {
    let builder = SegmentSizesBuilder::new(opened.rulebook()?, model, until);
    let mut builder = builder.map_err(|e| wrong(&e))?;
    opened
        .read
        .persons
        .records()
        .for_each(|record| builder.record(record));
    Ok(builder.build())
}

/// The sizes of the segments at the end of each of the last months.
fn trend(opened: &Opened, model: &Model<Record>) -> Result<Option<Figure>, Failure> {
    let months = months(opened);
    if months.len() < 2 {
        return Ok(None);
    }
    let mut lines: BTreeMap<String, Vec<Option<f64>>> = BTreeMap::new();
    for (_, until) in &months {
        for segment in sizes(opened, model, *until)?.segments {
            let line = lines.entry(segment.segment.to_string()).or_default();
            line.push(Some(segment.people as f64));
        }
    }
    let lines = lines
        .into_iter()
        .map(|(name, values)| Trend { name, values });
    let trends = Trends {
        title: "How the segments went".to_owned(),
        things: "segment".to_owned(),
        measure: "people at the end of each month".to_owned(),
        unit: Unit::Count,
        periods: months.into_iter().map(|(name, _)| name).collect(),
        lines: lines.collect(),
    };
    Ok(Some(trends.into()))
}

/// The last months up to the end of what is counted, each with its end; the last one may not be over.
fn months(opened: &Opened) -> Vec<(String, Instant)> {
    let zone = opened.rules.zone();
    let number = |at: Instant| {
        let date = zone.date_at(at).to_string();
        let mut parts = date
            .splitn(3, '-')
            .map(|part| part.parse::<i32>().unwrap_or(1));
        parts.next().unwrap_or(1) * 12 + parts.next().unwrap_or(1) - 1
    };
    let name = |month: i32| {
        format!(
            "{:04}-{:02}",
            month.div_euclid(12),
            month.rem_euclid(12) + 1
        )
    };
    let last = number(Instant::from_micros(
        opened.until.micros().saturating_sub(1),
    ));
    let first = number(opened.from).max(last - MONTHS);
    let months = (first..=last).map(|month| {
        let next = zone.parse_instant(&format!("{}-01", name(month + 1)));
        (name(month), next.unwrap_or(opened.until).min(opened.until))
    });
    months.collect()
}

/// How people spread over the values of a trait.
fn spread(opened: &Opened, model: &Model<Record>, name: &str) -> Result<Option<Figure>, Failure> {
    let Some(rule) = opened.rulebook()?.value(name) else {
        return Ok(None);
    };
    let evaluator = rule.bind(model).map_err(|e| wrong(&e))?;
    let now = Instant::from_micros(opened.until.micros().saturating_sub(1));
    let names = match rule.value_type() {
        ValueType::Of(Type::Enum(names)) => names.values.to_vec(),
        _ => Vec::new(),
    };
    let mut counts: BTreeMap<Shown, u64> = BTreeMap::new();
    let mut people = 0;
    for record in opened.read.persons.records() {
        let value = serde_json::to_value(evaluator.value(record, now));
        let value = value.map_err(|e| Failure::new(e.to_string()))?;
        *counts.entry(Shown::of(&value, &names)).or_default() += 1;
        people += 1;
    }
    let bars = if counts.len() > MAX_VALUES {
        ranges(&counts)
    } else {
        None
    };
    let bars = bars.unwrap_or_else(|| {
        counts
            .iter()
            .map(|(value, n)| Bar::new(value.text.clone(), *n as f64))
            .collect()
    });
    let bars = Bars {
        title: name.to_owned(),
        things: "value".to_owned(),
        measure: "people".to_owned(),
        unit: Unit::Count,
        bars,
        of: Some(f64::from(people)),
    };
    Ok(Some(bars.into()))
}

/// A value of a trait: numbers in their order, then names in theirs, then texts, then whoever has none.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    number: Option<f64>,
    /// The position of a name among those of an enum.
    position: Option<usize>,
    text: String,
}

impl Shown {
    fn of(value: &serde_json::Value, names: &[String]) -> Self {
        let text = match value {
            serde_json::Value::Null => MISSING.to_owned(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Shown {
            number: text.parse().ok().filter(|n: &f64| n.is_finite()),
            position: names.iter().position(|name| *name == text),
            text,
        }
    }

    fn is_missing(&self) -> bool {
        self.text == MISSING
    }
}

impl Eq for Shown {}

impl PartialOrd for Shown {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Shown {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |of: &Shown| {
            (
                of.is_missing(),
                of.number.is_none(),
                of.position.unwrap_or(usize::MAX),
            )
        };
        let numbers =
            |a: &Shown, b: &Shown| a.number.unwrap_or(0.0).total_cmp(&b.number.unwrap_or(0.0));
        (rank(self).cmp(&rank(other)))
            .then_with(|| numbers(self, other))
            .then_with(|| self.text.cmp(&other.text))
    }
}

/// Numbers in about a dozen ranges of a round width; `None` where not all are numbers.
fn ranges(counts: &BTreeMap<Shown, u64>) -> Option<Vec<Bar>> {
    let present = || counts.iter().filter(|(value, _)| !value.is_missing());
    if present().any(|(value, _)| value.number.is_none()) {
        return None;
    }
    let numbers = || present().filter_map(|(value, n)| Some((value.number?, *n)));
    // Most of them, so that a few far ones do not hide the others.
    let total: u64 = numbers().map(|(_, n)| n).sum();
    let mut seen = 0;
    let (least, _) = numbers().next()?;
    let (most, _) = numbers().find(|(_, n)| {
        seen += n;
        seen * 20 >= total * 19
    })?;
    let rough = ((most - least) / 10.0).max(1e-9);
    let power = 10f64.powf(rough.log10().floor());
    let width = [1.0, 2.0, 5.0, 10.0]
        .map(|n| n * power)
        .into_iter()
        .find(|width| *width >= rough)?;
    let start = (least / width).floor() * width;
    let digits = if width >= 1.0 { 0 } else { 2 };
    let mut bars: Vec<Bar> = (0..11_u8)
        .map(|i| {
            let from = start + f64::from(i) * width;
            let [low, high] = [from, from + width].map(|n| Unit::Decimal(digits).show(n));
            Bar::new(
                if i == 10 {
                    format!("{low} and more")
                } else {
                    format!("{low} to less than {high}")
                },
                0.0,
            )
        })
        .collect();
    for (number, n) in numbers() {
        // A position among eleven.
        let i = ((number - start) / width).floor().clamp(0.0, 10.0) as usize;
        if let Some(bar) = bars.get_mut(i) {
            bar.value += n as f64;
        }
    }
    let none = counts.iter().filter(|(value, _)| value.is_missing());
    bars.extend(none.map(|(value, n)| Bar::new(value.text.clone(), *n as f64)));
    Some(bars)
}

/// Stock and flow of the lifecycles: time passes over everybody as they are, with all that happened to them.
fn lifecycles(
    opened: &Opened,
    rulebook: &Rulebook,
    model: &Model<Record>,
) -> Result<Vec<LifecycleReport>, Failure> {
    if rulebook.lifecycles().next().is_none() {
        return Ok(Vec::new());
    }
    let engine = Engine::new(rulebook, model).map_err(|e| wrong(&e))?;
    let mut engine = engine.without_explanations();
    let mut outputs = Vec::new();
    let just_before = |at: Instant| Instant::from_micros(at.micros().saturating_sub(1));
    engine.advance(just_before(opened.from), &mut outputs);
    for record in opened.read.persons.records() {
        engine.insert(record.clone());
    }
    let mut report = LifecycleReportBuilder::new(rulebook, opened.from).by(unit(opened));
    report.take_stock(&engine);
    // Day by day, so that what is told does not pile up.
    let end = just_before(opened.until);
    const DAY: i64 = 86_400_000_000;
    while engine.now() < end {
        outputs.clear();
        let next = Instant::from_micros(engine.now().micros().saturating_add(DAY)).min(end);
        engine.advance(next, &mut outputs);
        outputs.iter().for_each(|output| report.record(output));
    }
    report.take_stock(&engine);
    Ok(report.build(end))
}

/// Periods of which there are not too many.
fn unit(opened: &Opened) -> CalendarUnit {
    const DAY: i64 = 86_400_000_000;
    match opened.until.micros().saturating_sub(opened.from.micros()) / DAY {
        ..=31 => CalendarUnit::Day,
        32..=200 => CalendarUnit::Week,
        201..=1200 => CalendarUnit::Month,
        _ => CalendarUnit::Quarter,
    }
}
