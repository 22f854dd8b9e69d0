//! `segue trend`: how many questions hold for, day by day.

use super::{day, percent, population, show};
use crate::args::{Question, Trend};
use crate::rules::{self, Rules};
use crate::terminal::{Failure, Outcome, table};
use segue::population::TrendPoint;
use segue::{Date, Instant, Rule, Zone};
use serde::Serialize;
use std::fmt::Write as _;

/// So many days at most are asked for.
const MOST: usize = 10_000;

/// `--format json`
#[derive(Serialize)]
struct Answer {
    population: usize,
    trends: Vec<Of>,
}

/// How many one question held for.
#[derive(Serialize)]
struct Of {
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expr: Option<String>,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    at: Instant,
    count: usize,
    entered: usize,
    left: usize,
}

pub(crate) fn trend(args: Trend) -> Result<Outcome, Failure> {
    let questions = args.questions.0;
    rules::parse(&questions)?;
    let mut data = args.data.data()?;
    let rules = Rules::load(args.rules, args.timezone, &mut data, true)?;
    let asked = rules.rules(&questions)?;
    let instants = days(args.from, args.until, args.every.get(), rules.zone())?;
    let last = instants.iter().max().copied().unwrap_or(Instant::MIN);
    let population = population(&data, &rules, asked.iter().map(Rule::reads), last)?;
    let mut trends = Vec::with_capacity(asked.len());
    for (question, rule) in questions.into_iter().zip(&asked) {
        let points = population
            .trend(rule, instants.iter().copied())
            .map_err(|e| Failure::new(e.to_string()))?;
        let (segment, expr) = match question {
            Question::Segment(name) => (Some(name), None),
            Question::Expr(_) => (None, Some(rule.to_string())),
        };
        trends.push(Of {
            segment,
            expr,
            points: points.iter().map(Point::of).collect(),
        });
    }
    let answer = Answer {
        population: population.len(),
        trends,
    };
    show(&answer, args.format, || text(&answer, rules.zone()))
}

impl Point {
    fn of(point: &TrendPoint) -> Self {
        Point {
            at: point.at,
            count: point.members.count(),
            entered: point.entered,
            left: point.left,
        }
    }
}

/// The starts of every so many days, from the first to the last.
fn days(from: Date, until: Date, every: u16, zone: Zone) -> Result<Vec<Instant>, Failure> {
    if until < from {
        return Err(Failure::new(format!(
            "`--until {until}` is before `--from {from}`; give the earlier day first"
        )));
    }
    let all = (from.days()..=until.days()).step_by(every.into());
    let n = all.size_hint().0;
    if n > MOST {
        return Err(Failure::new(format!(
            "these are {n} days, and at most {MOST} are counted; make `--every` greater"
        )));
    }
    let start = |days: i32| {
        let date = Date::from_days(days).to_string();
        zone.parse_instant(&date)
            .map_err(|e| Failure::new(e.to_string()))
    };
    all.map(start).collect()
}

fn text(answer: &Answer, zone: Zone) -> String {
    let mut out = format!("{} profiles\n", answer.population);
    for trend in &answer.trends {
        let name = trend.segment.as_ref().or(trend.expr.as_ref());
        let mut rows = table(["day", "members", "share", "entered", "left"], 1);
        for point in &trend.points {
            rows.add_row([
                day(point.at, zone),
                point.count.to_string(),
                percent(point.count, answer.population),
                point.entered.to_string(),
                point.left.to_string(),
            ]);
        }
        let _ = write!(out, "\n{}\n{rows}\n", name.map_or("", String::as_str));
    }
    out
}
