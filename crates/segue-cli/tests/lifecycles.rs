//! Whole populations through the engine, from their first event to their last: their stages at each month's end are those
//! that the evaluator finds at that instant, every move is where the evaluator sees the answer change, and what is sent keeps
//! within caps and hours.
//!
//! The purchases of CDNOW's customers are part of the project and always run. The grocery panel runs where its sample lies
//! beside the project, in `../shared/data`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use flate2::read::GzDecoder;
use segue::engine::{
    EffectAction, Engine, EngineOutput, OutputKind, Receipt, StageTransition, SuppressionReason,
};
use segue::profile::{Event, Model, Record, RecordEvent, RecordReader};
use segue::{Instant, Matcher, Rule, Rulebook};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

const DAY: i64 = 86_400_000_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn t(text: &str) -> Instant {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn lines(path: &Path) -> impl Iterator<Item = String> + use<> {
    BufReader::new(GzDecoder::new(File::open(path).unwrap()))
        .lines()
        .map(Result::unwrap)
}

/// Profiles without events, and all their events in order of time.
struct Data {
    profiles: Vec<Record>,
    events: Vec<(String, RecordEvent)>,
}

impl Data {
    fn read(rulebook: &Rulebook, folder: &Path) -> Self {
        let mut reader = RecordReader::new(rulebook.schema());
        let profiles: Vec<Record> = lines(&folder.join("profiles.ndjson.gz"))
            .map(|line| reader.profile(&line).unwrap())
            .collect();
        let mut events: Vec<(String, RecordEvent)> = lines(&folder.join("events.ndjson.gz"))
            .filter_map(|line| {
                reader
                    .event(&line)
                    .unwrap()
                    .map(|read| (read.profile.into_owned(), read.event))
            })
            .collect();
        events.sort_by_key(|(_, event)| event.at());
        Data { profiles, events }
    }

    /// Profiles with all their events.
    fn whole(&self) -> BTreeMap<String, Record> {
        let mut all: BTreeMap<String, Record> = self
            .profiles
            .iter()
            .map(|p| (p.id().to_owned(), p.clone()))
            .collect();
        let mut of: BTreeMap<&str, Vec<RecordEvent>> = BTreeMap::new();
        for (who, event) in &self.events {
            of.entry(who).or_default().push(event.clone());
        }
        for (who, events) in of {
            all.get_mut(who).unwrap().add_events(events);
        }
        all
    }
}

/// A move: when, from where, to where.
type Step<'a> = (Instant, Option<&'a str>, Option<&'a str>);

/// What the evaluator says of a lifecycle: the stage of a profile with its whole data, at any instant.
struct Evaluator {
    stages: Vec<(&'static str, Matcher<Record>)>,
}

impl Evaluator {
    fn new(rulebook: &Rulebook, lifecycle: &str, stages: &[&'static str]) -> Self {
        let model = Model::<Record>::for_schema(rulebook.schema());
        let matcher = |stage: &&'static str| {
            let rule = Rule::check_in(
                &format!("stage of {lifecycle} = {stage}"),
                rulebook.context(),
            )
            .unwrap();
            (*stage, rule.bind(&model).unwrap())
        };
        Evaluator {
            stages: stages.iter().map(matcher).collect(),
        }
    }

    fn stage(&self, profile: &Record, now: Instant) -> Option<&'static str> {
        self.stages
            .iter()
            .find(|(_, matcher)| matcher.holds(profile, now))
            .map(|(stage, _)| *stage)
    }

    /// Every move up to an instant (included): from each answer to the instant at which it ends.
    fn moves(&self, profile: &Record, end: Instant) -> Vec<Step<'static>> {
        let (mut at, mut moves) = (Instant::MIN, Vec::new());
        let mut from = self.stage(profile, at);
        loop {
            let asked = self
                .stages
                .iter()
                .filter(|(stage, _)| from.is_none_or(|from| from == *stage));
            match asked
                .filter_map(|(_, matcher)| matcher.verdict(profile, at).until)
                .min()
            {
                Some(until) if until <= end => at = until,
                _ => return moves,
            }
            let to = self.stage(profile, at);
            moves.push((at, from, to));
            from = to;
        }
    }
}

/// The first instants of the months from one to another: `2017-01` to `2017-04`.
fn months(first: &str, last: &str) -> Vec<Instant> {
    let number =
        |text: &str| text[..4].parse::<i32>().unwrap() * 12 + text[5..].parse::<i32>().unwrap() - 1;
    let of = |n: i32| t(&format!("{}-{:02}-01T00:00:00Z", n / 12, n % 12 + 1));
    (number(first)..=number(last)).map(of).collect()
}

/// A run of a population through the engine, with a look at it at each month's end.
struct Run {
    engine: Engine<Record>,
    out: Vec<EngineOutput>,
    /// For each month's end how far `out` had got, and how many profiles the engine saw in each stage.
    months: Vec<(Instant, usize, BTreeMap<String, usize>)>,
}

impl Run {
    fn of(
        rulebook: &Rulebook,
        data: &Data,
        lifecycle: &str,
        evaluator: &Evaluator,
        ends: &[Instant],
    ) -> Self {
        let model = Model::<Record>::for_schema(rulebook.schema());
        let whole = data.whole();
        let mut engine = Engine::new(rulebook, &model).unwrap();
        data.profiles
            .iter()
            .for_each(|profile| engine.insert(profile.clone()));
        let mut run = Run {
            engine,
            out: Vec::new(),
            months: Vec::new(),
        };
        let mut events = data.events.iter().peekable();
        for (number, end) in ends.iter().enumerate() {
            while let Some((who, event)) = events.next_if(|(_, event)| event.at() <= *end) {
                let receipt = run
                    .engine
                    .observe(who.as_str(), event.clone(), &mut run.out);
                assert_eq!(receipt, Receipt::Accepted);
            }
            run.engine.advance(*end, &mut run.out);
            let mut stock = BTreeMap::new();
            for (id, profile) in &whole {
                let stage = run.engine.stage(id, lifecycle, None);
                assert_eq!(stage, evaluator.stage(profile, *end), "{id} at {end}");
                *stock.entry(stage.unwrap_or("none").to_owned()).or_insert(0) += 1;
            }
            run.months.push((*end, run.out.len(), stock));
            if number == ends.len() / 2 {
                let kept = serde_json::to_string(run.engine.state()).unwrap();
                run.engine = Engine::restore(
                    rulebook,
                    &model,
                    serde_json::from_str(&kept).unwrap(),
                    &mut Vec::new(),
                )
                .unwrap()
                .0;
            }
        }
        assert_eq!(events.next(), None);
        run
    }

    fn moves(&self) -> impl Iterator<Item = (&EngineOutput, &StageTransition)> {
        self.out.iter().filter_map(|h| {
            if let OutputKind::StageChanged(moved) = &h.kind {
                Some((h, moved))
            } else {
                None
            }
        })
    }

    /// Each month the stock of a stage is what it was, and who came, without who left.
    fn balances(&self, first: &BTreeMap<String, usize>) {
        let (mut stock, mut done) = (first.clone(), 0);
        for (end, so_far, seen) in &self.months {
            for output in &self.out[done..*so_far] {
                if let OutputKind::StageChanged(moved) = &output.kind {
                    *stock
                        .get_mut(moved.from.as_deref().unwrap_or("none"))
                        .unwrap() -= 1;
                    *stock
                        .entry(moved.to.as_deref().unwrap().to_owned())
                        .or_default() += 1;
                }
            }
            stock.retain(|_, count| *count > 0);
            assert_eq!(stock, *seen, "{end}");
            done = *so_far;
        }
    }

    /// The moves of each profile are those of the evaluator, at the same instants, and told in the order of time.
    fn moves_are_those_of(&self, evaluator: &Evaluator, data: &Data) {
        let mut told: BTreeMap<&str, Vec<Step>> = BTreeMap::new();
        let mut last = Instant::MIN;
        for (output, moved) in self.moves() {
            assert!(last <= output.at, "{output:?}");
            last = output.at;
            let step = (output.at, moved.from.as_deref(), moved.to.as_deref());
            told.entry(&output.profile).or_default().push(step);
        }
        let (end, ..) = self.months.last().unwrap();
        for (id, profile) in &data.whole() {
            assert_eq!(
                told.remove(id.as_str()).unwrap_or_default(),
                evaluator.moves(profile, *end),
                "{id}"
            );
        }
    }

    /// What was sent to each profile: when, and what.
    fn sent(&self) -> BTreeMap<&str, Vec<(Instant, &str)>> {
        let mut sent: BTreeMap<&str, Vec<(Instant, &str)>> = BTreeMap::new();
        for output in &self.out {
            if let OutputKind::Effect(effect) = &output.kind
                && let EffectAction::Send { message, .. } = &effect.action
            {
                sent.entry(&output.profile)
                    .or_default()
                    .push((output.at, message));
            }
        }
        sent
    }
}

/// At most so many at instants that a name is given to: a day, a month.
fn at_most(most: usize, sent: &[(Instant, &str)], period: impl Fn(&str) -> String) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (at, _) in sent {
        let count = counts.entry(period(&at.to_string())).or_default();
        *count += 1;
        assert!(*count <= most, "{sent:?}");
    }
}

#[test]
fn a_year_of_a_grocery_panel() {
    let folder = root().join("../shared/data/cj-sample");
    if !folder.is_dir() {
        return;
    }
    let rules = std::fs::read_to_string(root().join("examples/panel/rules.toml")).unwrap();
    let rulebook = Rulebook::from_toml(&rules).unwrap_or_else(|e| panic!("{e}"));
    let data = Data::read(&rulebook, &folder);
    assert_eq!((data.profiles.len(), data.events.len()), (112, 7_474));
    let stages = ["prospect", "new", "active", "at_risk", "lost"];
    let evaluator = Evaluator::new(&rulebook, "life", &stages);
    // The case asks a little after the last month's end.
    let mut ends = months("2017-02", "2017-12");
    let now = t("2018-01-01T04:26:25Z");
    ends.push(now);
    let run = Run::of(&rulebook, &data, "life", &evaluator, &ends);

    // The groups that other programs found.
    for (stage, count, hash) in [
        (
            "prospect",
            0,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            "new",
            0,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            "active",
            93,
            "c5576ef7893a671d0643a67d7fe5c8aa84bd12d8870908c6555b22f6bfeeba27",
        ),
        (
            "at_risk",
            10,
            "da719aa8baf57bbcc471b55e4b7339a69fc86667b978fcc84850d7dd5b2cd8d1",
        ),
        (
            "lost",
            9,
            "0a3a215c33d5b4a8c05d813de67ce17d122abf5dd3570c0e0085eca4a91ce6b2",
        ),
    ] {
        let mut ids: Vec<&str> = data.profiles.iter().map(Record::id).collect();
        ids.retain(|id| run.engine.stage(id, "life", None) == Some(stage));
        ids.sort_unstable();
        let digest: String = Sha256::digest(ids.join("\n"))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!((ids.len(), &*digest), (count, hash), "{stage}");
    }

    run.balances(&BTreeMap::from([("prospect".to_owned(), 112)]));
    run.moves_are_those_of(&evaluator, &data);

    let sent = run.sent();
    for (who, sent) in &sent {
        at_most(1, sent, |at| at[..10].to_owned());
        at_most(4, sent, |at| at[..7].to_owned());
        let coupons: Vec<Instant> = sent
            .iter()
            .filter(|(_, m)| m.ends_with("coupon"))
            .map(|(at, _)| *at)
            .collect();
        assert!(
            coupons
                .windows(2)
                .all(|two| two[1].micros() - two[0].micros() >= 60 * DAY),
            "{who}: {coupons:?}"
        );
        for (at, _) in sent {
            let hour: u8 = at.to_string()[11..13].parse().unwrap();
            assert!((9..20).contains(&hour), "{who} at {at}");
        }
    }
    // Whatever may hold a message back did so, and every message was sent all the same.
    let messages: BTreeSet<&str> = sent
        .values()
        .flatten()
        .map(|(_, message)| *message)
        .collect();
    assert_eq!(
        Vec::from_iter(messages),
        [
            "come_back_coupon",
            "last_coupon",
            "thanks_for_large_basket",
            "weekly_offer"
        ]
    );
    let mut reasons: BTreeSet<String> = BTreeSet::new();
    for output in &run.out {
        let OutputKind::Suppressed(held) = &output.kind else {
            continue;
        };
        reasons.insert(match &held.reason {
            SuppressionReason::FrequencyCap { cap, .. } => format!("cap {cap}"),
            SuppressionReason::QuietHours { .. } => "hours".to_owned(),
            SuppressionReason::Cooldown { .. } => "cooldown".to_owned(),
            SuppressionReason::Expired { .. } => "expired".to_owned(),
            SuppressionReason::Guard => "guard".to_owned(),
            SuppressionReason::Holdout { own: false } => {
                assert!(!sent.contains_key(&*output.profile), "{}", output.profile);
                "holdout".to_owned()
            }
            other => panic!("{other:?}"),
        });
    }
    let all = [
        "cap 1", "cap 2", "cap 3", "cooldown", "expired", "guard", "holdout", "hours",
    ];
    assert_eq!(Vec::from_iter(&reasons), all);
}

#[test]
fn eighteen_months_of_a_music_shop() {
    let rulebook = Rulebook::from_toml(
        r#"
[schema.events.purchase.properties]
amount = "decimal(2)"

[lifecycles.habit]
from = "any"
stages = [
    { name = "active", when = "purchase within 90 days" },
    { name = "sleeping", when = "purchase within 270 days" },
    { name = "lost", when = "purchase" },
]
"#,
    )
    .unwrap_or_else(|e| panic!("{e}"));
    let data = Data::read(&rulebook, &root().join("examples/cdnow"));
    assert_eq!((data.profiles.len(), data.events.len()), (6_041, 18_224));
    let evaluator = Evaluator::new(&rulebook, "habit", &["active", "sleeping", "lost"]);
    let run = Run::of(
        &rulebook,
        &data,
        "habit",
        &evaluator,
        &months("1997-02", "1998-07"),
    );
    run.balances(&BTreeMap::from([("none".to_owned(), 6_041)]));
    run.moves_are_those_of(&evaluator, &data);
    // Nobody is lost within nine months, and the end is what `segue eval` says of 1 July 1998.
    let lost = run
        .months
        .iter()
        .position(|(.., stock)| stock.contains_key("lost"));
    assert_eq!(
        lost.map(|month| run.months[month].0),
        Some(t("1997-10-01T00:00:00Z"))
    );
    let of = |stage: &str, number| (stage.to_owned(), number);
    let end = BTreeMap::from([of("active", 855), of("sleeping", 924), of("lost", 4_262)]);
    assert_eq!(run.months.last().unwrap().2, end);
}
