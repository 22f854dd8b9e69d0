//! Wherever the service stops, nothing is lost and nothing is done twice.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use redb::StorageBackend;
use rust_decimal::Decimal;
use segue::engine::{EngineOutput, OutputKind};
use segue::profile::Model;
use segue::rulebook::Format;
use segue::{Duration, Event, Instant, Rulebook};
use segue_service::customer::{Consent, Customer, Fact};
use segue_service::shop::{Entry, Input, Settings, Shop};
use segue_service::store::Store;
use segue_service::till::Notice;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

const RULES: &str = include_str!("../rules.toml");

/// A disk that outlives the process.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<Mutex<Vec<u8>>>);

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let (disk, at) = (self.0.lock().unwrap(), usize::try_from(offset).unwrap());
        out.copy_from_slice(&disk[at..at + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).unwrap();
        self.0.lock().unwrap().resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let at = usize::try_from(offset).unwrap();
        self.0.lock().unwrap()[at..at + data.len()].copy_from_slice(data);
        Ok(())
    }
}

/// Numbers that are random enough, and the same each time (xorshift; G. Marsaglia, 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }
}

/// A mail platform: lists of who is in which segment, and mails, each of which it sends once, whatever it gets again.
#[derive(Debug, Default, PartialEq)]
struct Platform {
    last: u64,
    lists: BTreeSet<(String, String)>,
    sent: BTreeMap<String, u32>,
}

impl Platform {
    fn take(&mut self, output: &EngineOutput) {
        if output.sequence <= self.last {
            return;
        }
        assert_eq!(output.sequence, self.last + 1, "nothing is left out");
        self.last = output.sequence;
        let who = output.profile.to_string();
        match &output.kind {
            OutputKind::SegmentEntered { segment } => {
                assert!(self.lists.insert((who, segment.to_string())), "{output:?}");
            }
            OutputKind::SegmentLeft { segment } => {
                assert!(self.lists.remove(&(who, segment.to_string())), "{output:?}");
            }
            OutputKind::Effect(effect) => {
                *self.sent.entry(effect.key.to_string()).or_default() += 1
            }
            _ => {}
        }
    }
}

fn at(minute: u64) -> Instant {
    let start: Instant = "2026-03-01T08:00:00Z".parse().unwrap();
    Instant::from_micros(start.micros() + i64::try_from(minute).unwrap() * 60_000_000)
}

/// What comes in over half a year, by the logs of three tills; some of it is late.
fn entries() -> Vec<Entry> {
    let mut random = Random(2_041);
    let mut offsets = [0_u64; 3];
    let mut minute = 0;
    (0..400_u128)
        .map(|number| {
            minute += random.below(1_200) as u64;
            let customer = Uuid::from_u128(1 + random.below(12) as u128);
            let till = random.below(3);
            let late = at(minute.saturating_sub([0, 0, 0, 5][random.below(4)]));
            let category = ["tv", "radio", "phone"][random.below(3)].to_owned();
            let fact = |notice| {
                let (id, at) = (Uuid::from_u128(1_000 + number), late.to_utc());
                let fact = Fact { id, at, notice };
                Input::Fact { customer, fact }
            };
            let input = match random.below(12) {
                0..5 => fact(Notice::Viewed { category }),
                5..7 => fact(Notice::AddedToCart { category }),
                7..9 => {
                    let amount = Decimal::new(i64::try_from(random.below(40_000)).unwrap(), 2);
                    fact(Notice::Ordered { category, amount })
                }
                9 => fact(Notice::TillOpened),
                10 if number % 2 == 0 => Input::Erase { customer },
                10 => {
                    let fact = |n: u128| Fact {
                        id: Uuid::from_u128(5_000 + number + n),
                        at: at(minute.saturating_sub(100 * 1_440)).to_utc(),
                        notice: Notice::Viewed {
                            category: category.clone(),
                        },
                    };
                    let facts = (0..3).map(fact).collect();
                    Input::History { customer, facts }
                }
                _ => {
                    let json = serde_json::json!({"id": customer, "custom": {"size": (["S", "M"][random.below(2)])}});
                    let mut customer: Customer = serde_json::from_value(json).unwrap();
                    customer.consent = Consent { email: true };
                    Input::Row {
                        at: at(minute),
                        customer: Box::new(customer),
                    }
                }
            };
            offsets[till] += 1 + random.below(2) as u64;
            Entry {
                source: format!("till-{till}"),
                offset: offsets[till],
                input,
            }
        })
        .collect()
}

fn open(disk: &Disk) -> (Arc<Store>, Shop) {
    let settings = Settings {
        lateness: "10 minutes".parse::<Duration>().unwrap(),
        max_future_skew: "10 minutes".parse::<Duration>().unwrap(),
        max_wakeups_per_call: 2,
    };
    let store = Arc::new(Store::with_backend(disk.clone()).unwrap());
    let shop = Shop::open(RULES, settings, store.clone()).unwrap();
    (store, shop)
}

/// Where a run stops.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stop {
    BeforeTheSave,
    AfterTheSave,
    HalfSent,
    SentButNotNoted,
}

const STOPS: [Stop; 4] = [
    Stop::BeforeTheSave,
    Stop::AfterTheSave,
    Stop::HalfSent,
    Stop::SentButNotNoted,
];

/// The time on the service's clock when an entry comes, if the entry tells.
fn arrival(input: &Input) -> Option<Instant> {
    match input {
        Input::Fact { fact, .. } => Some(fact.at()),
        Input::Row { at, .. } => Some(*at),
        Input::History { .. } | Input::Erase { .. } => None,
    }
}

/// Reads the logs from where each source is known to stand, until the end or a stop.
fn run(disk: &Disk, log: &[Entry], platform: &mut Platform, stop: Option<(usize, Stop)>) -> bool {
    let (store, mut shop) = open(disk);
    for (i, entry) in log.iter().enumerate() {
        // As by the clock of the service.
        if let Some(now) = arrival(&entry.input) {
            shop.advance(now);
        }
        let _ = shop.take(entry.clone());
        let here = stop.filter(|(at, _)| *at == i).map(|(_, stop)| stop);
        if here == Some(Stop::BeforeTheSave) {
            return false;
        }
        shop.save().unwrap();
        if here == Some(Stop::AfterTheSave) {
            return false;
        }
        let outbox = store.outbox(1_000).unwrap();
        for (n, output) in outbox.iter().enumerate() {
            if here == Some(Stop::HalfSent) && n == outbox.len() / 2 {
                return false;
            }
            platform.take(output);
        }
        if here.is_some() {
            return false;
        }
        if let Some(last) = outbox.last() {
            store.arrived(last.sequence).unwrap();
        }
    }
    // Everything that is outstanding, and half a year more.
    let end = Instant::from_micros(shop.engine().now().micros() + 200 * 86_400_000_000);
    shop.advance(end);
    while let Some(wakeup) = shop.next_wakeup().filter(|wakeup| *wakeup <= end) {
        shop.advance(wakeup);
    }
    shop.save().unwrap();
    for output in store.outbox(usize::MAX).unwrap() {
        platform.take(&output);
        store.arrived(output.sequence).unwrap();
    }
    assert_table_is_right(&shop, platform);
    true
}

/// What the platform has is what the rules say of every customer.
fn assert_table_is_right(shop: &Shop, platform: &Platform) {
    let model = Model::<Customer>::new().unwrap();
    let loader = Rulebook::loader().schema(model.schema().clone());
    let rulebook = loader.load(Format::Toml, RULES).unwrap();
    let now = shop.engine().now();
    let mut right = BTreeSet::new();
    for segment in ["buyer", "big_spender", "size_m", "window_shopper"] {
        let matcher = rulebook.segment(segment).unwrap().bind(&model).unwrap();
        for (id, customer) in shop.engine().profiles() {
            if matcher.holds(customer, now) {
                right.insert((id.to_owned(), segment.to_owned()));
            }
        }
    }
    assert_eq!(platform.lists, right);
}

#[test]
fn wherever_it_stops_nothing_is_lost_or_done_twice() {
    let log = entries();
    let (mut whole, disk) = (Platform::default(), Disk::default());
    assert!(run(&disk, &log, &mut whole, None));
    assert!(whole.sent.len() > 20, "{}", whole.sent.len());
    assert!(whole.sent.values().all(|n| *n == 1));

    let mut random = Random(7);
    for _ in 0..40 {
        let (mut platform, disk) = (Platform::default(), Disk::default());
        // Up to three times, and each time the logs are read again from their beginning.
        for _ in 0..random.below(3) + 1 {
            let stop = (random.below(log.len()), STOPS[random.below(4)]);
            run(&disk, &log, &mut platform, Some(stop));
        }
        assert!(run(&disk, &log, &mut platform, None));
        assert_eq!(platform, whole);
    }
}

/// A notice that the other team has added since is no event, and moves the place in the log.
#[test]
fn what_rules_do_not_know_is_no_event() {
    let fact = Fact {
        id: Uuid::from_u128(1),
        at: at(0).to_utc(),
        notice: Notice::TillOpened,
    };
    assert_eq!(fact.kind(), None);
    let (_, mut shop) = open(&Disk::default());
    let customer = Uuid::from_u128(1);
    let entry = |offset, notice: Notice| Entry {
        source: "till-0".into(),
        offset,
        input: Input::Fact {
            customer,
            fact: Fact {
                notice,
                ..fact.clone()
            },
        },
    };
    use segue::engine::Receipt;
    assert_eq!(
        shop.take(entry(7, Notice::TillOpened)),
        Receipt::UnknownKind
    );
    assert_eq!(shop.take(entry(7, Notice::TillOpened)), Receipt::Duplicate);
    let viewed = Notice::Viewed {
        category: "tv".into(),
    };
    assert_eq!(shop.take(entry(8, viewed)), Receipt::Accepted);
}

#[test]
fn rules_that_change_while_it_runs_are_reported_and_wrong_ones_refused() {
    let (_, mut shop) = open(&Disk::default());
    let ordered = Notice::Ordered {
        category: "tv".into(),
        amount: Decimal::new(300, 0),
    };
    let fact = Fact {
        id: Uuid::from_u128(1),
        at: at(0).to_utc(),
        notice: ordered,
    };
    let customer = Uuid::from_u128(1);
    let _ = shop.take(Entry {
        source: "till-0".into(),
        offset: 1,
        input: Input::Fact { customer, fact },
    });
    let id = customer.to_string();
    assert_eq!(shop.engine().holds(&id, "big_spender"), Some(false));
    assert!(
        shop.reload(&RULES.replace("ordered.amount", "orderd.amount"))
            .is_err()
    );
    let change = shop.reload(&RULES.replace(">= 500", ">= 250")).unwrap();
    assert_eq!(change.segments["big_spender"].entered, 1);
    assert_eq!(shop.engine().holds(&id, "big_spender"), Some(true));
    assert_eq!(shop.engine().profile(&id).map(|c| c.points), Some(10));
}
