//! Every picture once, with numbers made up, and names as nobody would choose them: `cargo run -p segue-report --example gallery
//! > gallery.html`.

use segue_report::pictures::{
    Areas, Bar, Bars, Cohort, CohortPeriod, Curve, Curves, FlowSeries, Flows, Heat, Layer, Link,
    Matrix, Node, Overlap, Range, Ranges, Retention, Sankey, Step, Steps, Target, TargetState,
    Targets, Trend, Trends,
};
use segue_report::{Figure, Page, Section, Unit};

fn main() {
    print!("{}", page().to_html());
}

/// A name that breaks whatever does not escape it, and one that is longer than any room for it.
const HOSTILE: &str = "\"><script>alert('&')</script>";
const LONG: &str = "everybody who has ever looked at anything for more than a moment and has then gone away without buying it";

/// The page of all pictures.
pub fn page() -> Page {
    Page::new("Every picture once")
        .subtitle("Numbers that are made up, and names as nobody would choose them")
        .tile("profiles", "6,041", "of 7,000")
        .tile("from", "1 Jan 2025", "")
        .tile(HOSTILE, HOSTILE, HOSTILE)
        .section(
            Section::new("Sizes")
                .text("How many there are of what.")
                .figures(sizes()),
        )
        .section(Section::new("Over time").figures(over_time()))
        .section(Section::new("Ways").figures(ways()))
        .section(Section::new("Cells").figures(cells()))
        .section(Section::new(HOSTILE).text(LONG).figures(nothing()))
}

/// Numbers without a pattern, the same each time: the generator of Park and Miller (1988).
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let next = |n: &u64| Some(n * 48_271 % 2_147_483_647);
    std::iter::successors(Some(seed * 7919 + 1), next).skip(2)
}

fn months(n: usize) -> Vec<String> {
    let months = (0..n).map(|i| format!("{}-{:02}", 2025 + i / 12, i % 12 + 1));
    months.collect()
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn sizes() -> Vec<Figure> {
    let names = [
        "champions",
        "active",
        "sleeping",
        LONG,
        HOSTILE,
        "顧客セグメント一覧",
        "lost",
    ];
    let values = [812.0, 1204.0, 2310.0, 6041.0, 1.0, 0.0, 4210.0];
    let bars = || {
        names
            .iter()
            .zip(values)
            .map(|(name, value)| Bar::new(*name, value))
            .collect::<Vec<_>>()
    };
    let step = |name: &str, people, took: &str| Step {
        took: took.to_owned(),
        ..Step::new(name, people)
    };
    let range = |name: &str, quartiles| Range {
        name: name.to_owned(),
        of: 1200,
        open: 34,
        quartiles,
    };
    let target = |name: &str, unit, value, target, state| Target {
        name: name.to_owned(),
        period: "Mar 2026".to_owned(),
        unit,
        value,
        target,
        state,
    };
    vec![
        Figure::from(Bars {
            title: "Segments".to_owned(),
            things: "segment".to_owned(),
            measure: "profiles".to_owned(),
            unit: Unit::Count,
            bars: bars(),
            of: Some(6041.0),
        }),
        Bars {
            title: "Turnover by channel".to_owned(),
            things: "channel".to_owned(),
            measure: "euros".to_owned(),
            unit: Unit::Decimal(2),
            bars: vec![
                Bar::new("store", 120_310.5),
                Bar::new("web", 98_000.0),
                Bar::new("returned", -23_410.99),
            ],
            of: None,
        }
        .into(),
        Steps {
            title: "From the first look to the purchase".to_owned(),
            measure: "people".to_owned(),
            steps: vec![
                step("viewed tv", 12_000, ""),
                step("put it into the cart", 4210, "2 hours"),
                step(LONG, 1020, "3 days"),
                step(HOSTILE, 1020, "4 minutes"),
                step("came back", 0, ""),
            ],
        }
        .into(),
        Ranges {
            title: "How long profiles stay".to_owned(),
            things: "stage".to_owned(),
            unit: Unit::Days,
            ranges: vec![
                range("active", Some([12.0, 90.0, 120.5])),
                range(LONG, Some([90.0, 180.0, 180.0])),
                range("lost", None),
                range("blink", Some([0.0, 0.0, 0.1])),
            ],
        }
        .into(),
        Targets {
            title: "KPIs and their targets".to_owned(),
            things: "touchpoint".to_owned(),
            targets: vec![
                target(
                    "home page",
                    Unit::Count,
                    Some(12_310.0),
                    Some(10_000.0),
                    TargetState::Reached,
                ),
                target(
                    "promotional mail",
                    Unit::Share,
                    Some(0.0123),
                    Some(0.02),
                    TargetState::Below,
                ),
                target(
                    LONG,
                    Unit::Decimal(2),
                    Some(9.5),
                    Some(10.0),
                    TargetState::Unfinished,
                ),
                target("call centre", Unit::Count, None, None, TargetState::None),
                target(
                    "far beyond",
                    Unit::Count,
                    Some(1e9),
                    Some(1.0),
                    TargetState::Reached,
                ),
            ],
        }
        .into(),
    ]
}

fn areas(title: &str, layers: usize, periods: Vec<String>) -> Areas {
    let names = ["active", "sleeping", HOSTILE, LONG];
    let layers = (0..layers).map(|i| Layer {
        name: names
            .get(i)
            .map_or_else(|| format!("stage {i}"), |name| (*name).to_owned()),
        values: numbers(i as u64 + 1)
            .zip(1..)
            .take(periods.len())
            .map(|(n, k)| n % 400 + k * 90 * (1 + i as u64 % 3))
            .collect(),
    });
    Areas {
        title: title.to_owned(),
        measure: "profiles".to_owned(),
        layers: layers.collect(),
        periods,
    }
}

fn trends(title: &str, lines: usize, unit: Unit, periods: Vec<String>) -> Trends {
    let lines = (0..lines).map(|i| Trend {
        name: if i == 2 {
            LONG.to_owned()
        } else {
            format!("segment {}", i + 1)
        },
        values: (numbers(i as u64 + 3).take(periods.len()).enumerate())
            .map(|(k, n)| {
                (k != 4 || i != 1)
                    .then_some((n % 1000) as f64 / 3.0 + 100.0 * k as f64 - 150.0 * i as f64)
            })
            .collect(),
    });
    Trends {
        title: title.to_owned(),
        things: "segment".to_owned(),
        measure: "profiles".to_owned(),
        unit,
        lines: lines.collect(),
        periods,
    }
}

fn over_time() -> Vec<Figure> {
    let days = (1..=30)
        .map(|day| format!("2026-06-{day:02}"))
        .collect::<Vec<_>>();
    let flows = |n: usize, periods: Vec<String>| Flows {
        title: format!("Who entered and who left {n} stages"),
        things: "stage".to_owned(),
        series: (0..n)
            .map(|i| FlowSeries {
                name: if i == 1 {
                    LONG.to_owned()
                } else {
                    format!("stage {}", i + 1)
                },
                entered: numbers(i as u64 + 5)
                    .map(|n| n % 900)
                    .take(periods.len())
                    .collect(),
                left: numbers(i as u64 + 9)
                    .map(|n| n % 500)
                    .take(periods.len())
                    .collect(),
            })
            .collect(),
        periods,
    };
    let curve = |name: &str, scale: f64, waiting| Curve {
        name: name.to_owned(),
        of: 1800,
        waiting,
        points: (1..60)
            .map(|i| {
                (
                    f64::from(i) * 1.7,
                    (1.0 - (-f64::from(i) / 20.0).exp()) * scale,
                )
            })
            .collect(),
    };
    let curves = |title: &str, curves| Curves {
        title: title.to_owned(),
        what: "subscribed".to_owned(),
        unit: Unit::Days,
        until: 110.0,
        curves,
    };
    vec![
        areas("Stages", 4, months(18)).into(),
        areas("Many stages", 16, months(7)).into(),
        areas("One month", 3, months(1)).into(),
        trends("Segments over time", 4, Unit::Count, months(14)).into(),
        trends(
            "Many segments, day by day",
            15,
            Unit::Decimal(2),
            days.clone(),
        )
        .into(),
        flows(3, months(18)).into(),
        flows(1, days).into(),
        curves("Until they subscribe", vec![curve("followers", 0.8, 310)]).into(),
        curves(
            "Until they subscribe, by source",
            vec![
                curve("mail", 0.8, 10),
                curve("search", 0.79, 0),
                curve(LONG, 0.2, 3),
            ],
        )
        .into(),
    ]
}

fn ways() -> Vec<Figure> {
    let names = ["active", "sleeping", "lost", HOSTILE];
    let node = |name: &str, column| Node {
        name: name.to_owned(),
        column,
    };
    let nodes = (0..2).flat_map(|column| names.map(|name| node(name, column)));
    let links = (0..4)
        .flat_map(|from| (0..4).map(move |to| (from, to)))
        .zip(numbers(3));
    let links = links
        .filter(|((from, to), _)| from != to)
        .map(|((from, to), n)| Link {
            from,
            to: to + 4,
            count: n % if to == 3 { 9 } else { 3000 },
        });
    let pages = ["search", "home", LONG, "cart", "mail"];
    let path_nodes = (0..4).flat_map(|column| pages.map(|name| node(name, column)));
    let path_links =
        (0..3).flat_map(|step| (0..25).map(move |i| (step * 5 + i / 5, step * 5 + 5 + i % 5)));
    let path_links = path_links.zip(numbers(8)).map(|((from, to), n)| Link {
        from,
        to,
        count: if n % 3 == 0 { n % 700 } else { n % 30 },
    });
    vec![
        Figure::from(Sankey {
            title: "From which stage to which".to_owned(),
            measure: "moves".to_owned(),
            columns: texts(&["from", "to"]),
            nodes: nodes.collect(),
            links: links.collect(),
        }),
        Sankey {
            title: "Ways after the first follow".to_owned(),
            measure: "steps".to_owned(),
            columns: texts(&["2 before", "1 before", "followed", "1 after"]),
            nodes: path_nodes.collect(),
            links: path_links.collect(),
        }
        .into(),
    ]
}

fn cells() -> Vec<Figure> {
    let mut counts = [[0; 24]; 7];
    for (day, n) in counts.iter_mut().zip(1..) {
        for ((hour, cell), noise) in day.iter_mut().enumerate().zip(numbers(n)) {
            *cell = if hour < 6 {
                noise % 30
            } else {
                150 + noise % 1900 / (1 + (hour as u64).abs_diff(19))
            };
        }
    }
    let cohorts = months(12)
        .into_iter()
        .enumerate()
        .map(|(i, period)| Cohort {
            period,
            size: 1800 - 90 * i as u64,
            periods: (numbers(i as u64).take(12 - i).enumerate())
                .map(|(k, n)| CohortPeriod {
                    active: 700 / (1 + k as u64) + n % 60,
                    is_over: k + i < 11,
                })
                .collect(),
        });
    let segments = [
        "champions",
        "active",
        "sleeping",
        LONG,
        HOSTILE,
        "bought once",
        "top decile",
        "loyal",
        "lost",
        "new",
    ];
    let both = (0..10).map(|i: u64| {
        (0..10)
            .map(|j: u64| {
                if i == j {
                    900
                } else {
                    (i.abs_diff(j) * 83 + i + j) % 800
                }
            })
            .collect()
    });
    let matrix = |rows: &[&str], columns: &[&str]| Matrix {
        title: format!("Buying and talking, {} by {}", rows.len(), columns.len()),
        measure: "profiles".to_owned(),
        row_name: "buying".to_owned(),
        column_name: "talking".to_owned(),
        rows: texts(rows),
        columns: texts(columns),
        counts: (1..=rows.len() as u64)
            .map(|i| numbers(i).map(|n| n % 20_000).take(columns.len()).collect())
            .collect(),
    };
    let heat = Heat {
        title: "When they visit".to_owned(),
        measure: "visits".to_owned(),
        first_day: 0,
        counts,
    };
    let retention = Retention {
        title: "Who comes back".to_owned(),
        per: "month".to_owned(),
        cohorts: cohorts.collect(),
    };
    let overlap = Overlap {
        title: "Segments in common".to_owned(),
        measure: "profiles".to_owned(),
        segments: texts(&segments),
        both: both.collect(),
    };
    vec![
        heat.into(),
        retention.into(),
        overlap.into(),
        matrix(&["high", "medium", "low"], &["high", "medium", "low"]).into(),
        matrix(
            &[LONG, "b", HOSTILE],
            &["often", LONG, "now and then", HOSTILE, "never"],
        )
        .into(),
    ]
}

/// What there is to see of nothing.
fn nothing() -> Vec<Figure> {
    let bars = Bars {
        title: HOSTILE.to_owned(),
        things: "segment".to_owned(),
        measure: HOSTILE.to_owned(),
        unit: Unit::Count,
        bars: Vec::new(),
        of: Some(0.0),
    };
    let zero = Bars {
        title: "Nobody".to_owned(),
        bars: vec![
            Bar::new(HOSTILE, 0.0),
            Bar::new("not a number", f64::NAN),
            Bar::new("beyond all", f64::INFINITY),
        ],
        ..bars.clone()
    };
    vec![
        bars.into(),
        zero.into(),
        areas("No month", 3, Vec::new()).into(),
        trends("One month", 2, Unit::Share, months(1)).into(),
        Retention {
            title: "No cohort".to_owned(),
            per: "week".to_owned(),
            cohorts: Vec::new(),
        }
        .into(),
    ]
}
