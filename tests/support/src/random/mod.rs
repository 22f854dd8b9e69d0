//! Random schemas, profiles and well-typed expressions, built so that edges are hit often: few different values, few lengths of
//! time, and instants that lie such lengths apart from `now` and from one another, on midnights, month ends and clock changes.
//!
//! Everything follows from one seed, so a failure is reproduced by its seed alone.

mod conditions;
mod data;
mod relations;
pub mod search;
pub mod shrink;
mod stages;
pub mod streams;
mod terms;
mod values;

use crate::corpus::{Book, PersonaText, TraitText};
use crate::reference::calendar::{Calendar, Micros};
use chrono::{NaiveDate, Weekday};
use segue::schema::{EventKind, Schema};
use segue::syntax::{TimeSpan, TimeUnit};
use serde_json::Value as Json;

/// A small generator of random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Rng(pub u64);

impl Rng {
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `n` - 1.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next_u64() % n.max(1) as u64) as usize
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// One case: everything that an evaluation needs.
#[derive(Clone, Debug)]
pub struct Case {
    pub seed: u64,
    pub schema: Schema,
    /// Calendar, segments, traits and tags.
    pub book: Book,
    pub profile: Json,
    pub expression: String,
    pub now: Micros,
}

/// Which constructs a case may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// All of them.
    Everything,
    /// No dates, no calendar, no fixed instants: nothing that would notice if all instants moved together.
    Rolling,
}

/// What a case is built with.
pub struct Gen {
    pub rng: Rng,
    style: Style,
    schema: Schema,
    calendar: Calendar,
    now: Micros,
    book: Book,
    /// While named rules are made, nothing asks for all tags or all segments: that would be a circle.
    naming: bool,
    /// Instants that things happen at.
    instants: Vec<Micros>,
    /// The kinds that come up most, so that several events of one meet.
    favourites: Vec<EventKind>,
    /// How many names events have been given.
    names: usize,
}

/// Lengths of time as they are written: a few of each kind, from short to long, fixed ones first.
const SPANS: [(i64, u8, TimeUnit); 16] = [
    (1, 0, TimeUnit::Second),
    (30, 0, TimeUnit::Minute),
    (1, 0, TimeUnit::Hour),
    (15, 1, TimeUnit::Hour),
    (12, 0, TimeUnit::Hour),
    (24, 0, TimeUnit::Hour),
    (1, 0, TimeUnit::Day),
    (2, 0, TimeUnit::Day),
    (3, 0, TimeUnit::Day),
    (7, 0, TimeUnit::Day),
    (1, 0, TimeUnit::Week),
    (30, 0, TimeUnit::Day),
    (1, 0, TimeUnit::Month),
    (2, 0, TimeUnit::Month),
    (1, 0, TimeUnit::Quarter),
    (1, 0, TimeUnit::Year),
];
/// How many of them are fixed lengths.
const FIXED: usize = 12;

impl Gen {
    /// A generator with a schema, a calendar and instants.
    fn begin(seed: u64, style: Style) -> Gen {
        let mut rng = Rng(seed);
        let schema = if rng.percent(60) {
            data::shop()
        } else {
            data::random_schema(&mut rng)
        };
        let zones = [
            "UTC",
            "Europe/Rome",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Beirut",
            "+05:45",
        ];
        let zone = if style == Style::Rolling {
            "UTC"
        } else {
            rng.pick(&zones)
        };
        let week_start = rng.pick(&[Weekday::Mon, Weekday::Mon, Weekday::Sun]);
        let calendar = Calendar::new(zone, week_start);
        let now = data::moment(&mut rng, &calendar);
        let book = Book {
            zone: zone.to_owned(),
            week_start,
            ..Book::default()
        };
        let kinds = schema.kinds().to_vec();
        let favourites = (0..3).map(|_| rng.pick(&kinds)).collect();
        let instants = vec![now];
        let mut of = Gen {
            rng,
            style,
            schema,
            calendar,
            now,
            book,
            naming: false,
            instants,
            favourites,
            names: 0,
        };
        of.fill_instants();
        of
    }

    /// The case of a seed.
    pub fn case(seed: u64, style: Style) -> Case {
        let mut of = Gen::begin(seed, style);
        let now = of.now;
        let profile = of.profile();
        if of.rng.percent(30) {
            of.fill_book();
        }
        let depth = of.rng.pick(&[0, 0, 1, 1, 2]);
        let mut expression = of.condition(depth);
        if seed % 7 == 6 && style == Style::Everything {
            of.fill_lifecycle();
            expression = of.stage_condition();
        }
        // Often the earlier of two: what is still to come makes answers change.
        let (one, other) = (of.instant(), of.instant());
        let now = if of.rng.percent(30) {
            now
        } else {
            one.min(if of.rng.percent(50) { other } else { one })
        };
        Case {
            seed,
            schema: of.schema,
            book: of.book,
            profile,
            expression,
            now,
        }
    }

    /// Named rules; each may use those before it.
    fn fill_book(&mut self) {
        self.naming = true;
        for name in ["recent", "VIP客户"].into_iter().take(self.rng.below(3)) {
            let rule = self.condition(1);
            self.book.segments.insert(name.to_owned(), rule);
        }
        if self.rng.percent(50) {
            let spent = format!("count({})", self.windowed(&[]).text);
            self.book
                .traits
                .insert("bought".into(), TraitText::Computed(spent));
        }
        if self.rng.percent(50) {
            let cases = [("often", self.condition(1)), ("seldom", self.condition(0))]
                .map(|(name, rule)| (name.to_owned(), rule));
            let otherwise = self.rng.percent(50).then(|| "never".to_owned());
            self.book.traits.insert(
                "частота".into(),
                TraitText::Cases {
                    cases: cases.into(),
                    otherwise,
                },
            );
        }
        if self.rng.percent(40) {
            let rule = self.condition(0);
            self.book.tags.insert("interest/tv/oled".into(), rule);
        }
        if self.rng.percent(30) {
            for name in self.book.segments.clone().into_keys() {
                let priority = self.rng.pick(&[1, 1, 2]);
                self.book.priorities.insert(name, priority);
            }
        }
        if self.rng.percent(15) {
            for name in ["gift_buyer", "подарок"]
                .into_iter()
                .take(1 + self.rng.below(2))
            {
                let weights = (0..1 + self.rng.below(3)).map(|i| {
                    let adds = if i == 0 {
                        2
                    } else {
                        self.rng.pick(&[1, 1, 2, -1])
                    };
                    (self.condition(0), adds)
                });
                let (weights, least) = (weights.collect(), self.rng.pick(&[0, 1, 1, 2]));
                let persona = PersonaText { weights, least };
                self.book.personas.insert(name.to_owned(), persona);
            }
        }
        self.naming = false;
    }

    fn kind(&mut self) -> EventKind {
        if self.rng.percent(80) {
            self.rng.pick(&self.favourites)
        } else {
            self.rng.pick(self.schema.kinds())
        }
    }

    /// `s1`, `s2`: a name that no event has yet.
    fn new_name(&mut self) -> String {
        self.names += 1;
        format!("s{}", self.names)
    }

    fn rolling(&self) -> bool {
        self.style == Style::Rolling
    }

    pub fn span(&mut self) -> TimeSpan {
        let few = if self.rolling() || self.rng.percent(70) {
            FIXED
        } else {
            SPANS.len()
        };
        // The longer of two: short ones are soon over.
        let (mantissa, scale, unit) = SPANS[self.rng.below(few).max(self.rng.below(few))];
        TimeSpan {
            mantissa,
            scale,
            unit,
        }
    }

    fn fixed_span(&mut self) -> TimeSpan {
        let (mantissa, scale, unit) = SPANS[self.rng.below(FIXED)];
        TimeSpan {
            mantissa,
            scale,
            unit,
        }
    }

    /// A length as text: `1.5 hours`.
    fn length(&mut self) -> String {
        let span = self.span();
        written(span)
    }

    fn fixed_length(&mut self) -> String {
        let span = self.fixed_span();
        written(span)
    }

    fn instant(&mut self) -> Micros {
        self.rng.pick(&self.instants.clone())
    }

    fn date(&mut self) -> NaiveDate {
        let t = self.instant();
        let day = self.calendar.date(t)
            + chrono::TimeDelta::days(self.rng.pick(&[0, 0, 0, -1, 1, 7, 30]));
        if self.rng.percent(8) {
            self.rng
                .pick(&[
                    NaiveDate::from_ymd_opt(2024, 2, 29),
                    NaiveDate::from_ymd_opt(2000, 2, 29),
                ])
                .unwrap_or(day)
        } else {
            day
        }
    }
}

/// `1 day`, `1.5 hours`, `2 months`
pub fn written(span: TimeSpan) -> String {
    let number = segue::Decimal::new(span.mantissa, span.scale).to_string();
    let unit = format!("{:?}", span.unit).to_lowercase();
    format!("{number} {unit}{}", if number == "1" { "" } else { "s" })
}

/// A name as an expression spells it.
pub fn quoted(name: &str) -> String {
    name.split('.')
        .map(|part| {
            if part.contains(' ') {
                format!("`{part}`")
            } else {
                part.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(".")
}
