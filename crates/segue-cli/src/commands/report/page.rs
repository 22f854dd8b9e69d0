//! Reports as a page of pictures.

use super::overview;
use super::{Opened, TOUCHPOINTS, touchpoints};
use crate::terminal::Failure;
use segue::Instant;
use segue::insight::{ReportBuilder, ReportResult};
use segue::profile::{Model, Record};
use segue::rulebook::BoardDocument;
use segue_report::{Figure, Page, Section, Unit, of, short_period};

/// What a page shows.
pub(super) enum Shown<'a> {
    /// A report by its name.
    One(&'a str),
    /// The reports of a board by its name.
    Board(&'a str),
    /// The population as a whole, and every report.
    Everything,
}

/// The page; `rules` is the name of the rule file.
pub(super) fn page(opened: &Opened, rules: &str, shown: &Shown<'_>) -> Result<Page, Failure> {
    let title = match shown {
        Shown::One(name) => (*name).to_owned(),
        Shown::Board(name) => {
            let title = board(opened, name)?.title.clone();
            title.unwrap_or_else(|| (*name).to_owned())
        }
        Shown::Everything => "Who they are and what they do".to_owned(),
    };
    let mut page = Page::new(title)
        .subtitle(format!("{rules}, {}", span(opened)))
        .tile("people", count(opened.read.persons.records().count()), "");
    let events = opened
        .read
        .persons
        .records()
        .map(|record| events(record, opened));
    page = page.tile("events", count(events.sum()), "");
    match shown {
        Shown::One(name) => {
            page = page.section(Section::new("").figures(figures(opened, name)?));
        }
        Shown::Board(name) => {
            let mut section = Section::new("");
            for name in &board(opened, name)?.reports {
                section = section.figures(figures(opened, name)?);
            }
            page = page.section(section);
        }
        Shown::Everything => {
            for section in overview::sections(opened)? {
                page = page.section(section);
            }
            let mut reports = Section::new("Reports");
            for name in opened.rulebook()?.reports() {
                reports = reports.figures(figures(opened, name)?);
            }
            page = page.section(reports);
            if !opened.rulebook()?.document().touchpoints.is_empty() {
                let touchpoints = Section::new("Touchpoints");
                page = page.section(touchpoints.figures(figures(opened, TOUCHPOINTS)?));
            }
        }
    }
    Ok(page)
}

/// The names of the reports of a board.
pub(super) fn board<'a>(opened: &'a Opened, name: &str) -> Result<&'a BoardDocument, Failure> {
    let rulebook = opened.rulebook()?;
    let found = rulebook.boards().find(|(own, _)| *own == name);
    found.map(|(_, board)| board).ok_or_else(|| {
        let names: Vec<&str> = rulebook.boards().map(|(name, _)| name).collect();
        let known = if names.is_empty() {
            "the rule file has no `[boards]`".to_owned()
        } else {
            format!("there are: {}", names.join(", "))
        };
        Failure::new(format!("there is no board `{name}`; {known}"))
    })
}

/// The result of a report by its name.
pub(super) fn result(opened: &Opened, name: &str) -> Result<ReportResult, Failure> {
    let model = Model::<Record>::for_schema(opened.rules.schema());
    let builder = ReportBuilder::new(opened.rulebook()?, &model, name, opened.from, opened.until);
    let mut builder = builder.map_err(|e| Failure::new(e.to_string()))?;
    for record in opened.read.persons.records() {
        builder.record(record);
    }
    Ok(builder.build())
}

/// The figures of a report, the first of them with its description.
fn figures(opened: &Opened, name: &str) -> Result<Vec<Figure>, Failure> {
    if name == TOUCHPOINTS {
        return Ok(of::touchpoints(&touchpoints(opened, None)?));
    }
    let document = opened.rulebook()?.document().reports.get(name);
    let description = document.and_then(|report| report.description.clone());
    let figures = of::report(&name.replace('_', " "), &result(opened, name)?).into_iter();
    let mut description = description.into_iter();
    let described = figures.map(|figure| match description.next() {
        Some(text) => figure.described(text),
        None => figure,
    });
    Ok(described.collect())
}

/// How many events of somebody are counted.
fn events(record: &Record, opened: &Opened) -> usize {
    let events = record.events().iter();
    let counted = events.filter(|event| {
        let at = segue::Event::at(*event);
        at >= opened.from && at < opened.until
    });
    counted.count()
}

fn span(opened: &Opened) -> String {
    let day = |at: Instant| short_period(&opened.rules.zone().date_at(at).to_string());
    let last = Instant::from_micros(opened.until.micros().saturating_sub(1));
    format!("{} to {}", day(opened.from), day(last))
}

fn count(n: usize) -> String {
    Unit::Count.show(n as f64)
}
