//! A report of a rule file, whatever its kind.

use super::{
    funnel, heat, interval, orders, paths, repurchase, retention, segments, series, spread, stock,
    together,
};
use crate::figure::Figure;
use segue::insight::ReportResult;

/// The figures of a report; `name` is what it is called. A kind that this version does not know has none.
///
/// ```
/// use segue::insight::{ReportBuilder, ReportResult};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events = { viewed = {}, purchased = {} }
///     reports.sales = { funnel = ["viewed", "purchased"] }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-04-01T00:00:00Z".parse()?);
/// let mut report = ReportBuilder::new(&rulebook, &model, "sales", from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "viewed", "at": "2026-03-10T10:00:00Z"}]}"#)?);
///
/// let figures = segue_report::of::report("sales", &report.build());
/// assert!(figures[0].sentence().starts_with("0 of 1 people (0.0 %) come to the last of 2 steps."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn report(name: &str, result: &ReportResult) -> Vec<Figure> {
    match result {
        ReportResult::Funnel(of) => funnel::funnel(name, of),
        ReportResult::Interval(of) => vec![interval::interval(name, of)],
        ReportResult::Paths(of) => vec![paths::paths(name, of)],
        ReportResult::Heat(of) => vec![heat::heat(name, of)],
        ReportResult::Retention(of) => vec![retention::retention(name, of)],
        ReportResult::Series(of) => series::series(name, of),
        ReportResult::Repurchase(of) => repurchase::repurchase(name, of),
        ReportResult::Orders(of) => orders::orders(name, of),
        ReportResult::Spread(of) => spread::spread(name, of),
        ReportResult::Together(of) => together::together(name, of),
        ReportResult::Rfm(of) => spread::rfm(name, of),
        ReportResult::Segments(of) => segments(of),
        ReportResult::Stock(of) => vec![stock(of)],
        _ => Vec::new(),
    }
}
