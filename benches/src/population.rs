//! A made-up population that is the same in every run, and three questions about it answered by hand.

use std::f64::consts::TAU;

const DAY: i64 = 86_400;

/// The instant of the questions, in seconds since 1970: 15 June 2025, 15:06:40 UTC.
pub const NOW: i64 = 1_750_000_000;

/// What happens, by its number in [`Data::kind`].
pub const KINDS: [&str; 5] = [
    "viewed",
    "clicked",
    "added_to_cart",
    "purchased",
    "searched",
];

/// How often somebody comes, by the number in [`Data::frequency`].
pub const FREQUENCIES: [&str; 3] = ["rare", "regular", "frequent"];

const VIEWED: u8 = 0;
const PURCHASED: u8 = 3;
const CATEGORIES: usize = 200;
const X_PRODUCT: u8 = 2;
const TV: u8 = 3;
const ANTI_AGING: u8 = 9;

/// The name of a category: three that the questions ask for, and others.
#[must_use]
pub fn category(number: usize) -> String {
    match number {
        2 => "x-product".to_owned(),
        3 => "tv".to_owned(),
        9 => "anti-aging".to_owned(),
        _ => format!("category {number}"),
    }
}

/// The names of all categories, by number.
#[must_use]
pub fn categories() -> Vec<String> {
    (0..CATEGORIES).map(category).collect()
}

/// Profiles and their events, those of one profile side by side and in chronological order.
#[derive(Debug, Default)]
pub struct Data {
    /// By profile.
    pub age: Vec<u8>,
    /// By profile, a number of [`FREQUENCIES`].
    pub frequency: Vec<u8>,
    /// Where the events of each profile begin, and at last their number.
    pub starts: Vec<usize>,
    /// In seconds since 1970.
    pub at: Vec<i64>,
    /// A number of [`KINDS`].
    pub kind: Vec<u8>,
    /// A number of [`categories`].
    pub category: Vec<u8>,
    /// What was paid; 0 for other events than purchases.
    pub cents: Vec<i32>,
}

/// Numbers by a generator of Marsaglia's (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// From 0 (included) to 1 (excluded).
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of a normal distribution, by Box and Muller.
    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.share()).ln()).sqrt() * (TAU * self.share()).cos()
    }
}

impl Data {
    /// So many profiles with about 50 events each, most of them with few and a few with thousands, over one year. A category is the
    /// rarer the greater its number (Zipf), but half of what somebody does is about four that are her own.
    #[must_use]
    pub fn generate(profiles: usize) -> Self {
        let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
        let weights: Vec<f64> = (1..=CATEGORIES).map(|rank| 1.0 / rank as f64).collect();
        let total: f64 = weights.iter().sum();
        let mut popular = Vec::with_capacity(1 << 16);
        let (mut rank, mut below) = (0, weights[0]);
        for i in 0..1 << 16 {
            while rank + 1 < CATEGORIES && f64::from(i) / 65_536.0 * total > below {
                rank += 1;
                below += weights[rank];
            }
            popular.push(rank as u8);
        }
        let any = |number: u64| popular[(number & 0xFFFF) as usize];
        let kind = |number: u64| match number % 100 {
            0..70 => VIEWED,
            70..82 => 1,
            82..90 => 2,
            90..96 => PURCHASED,
            _ => 4,
        };
        let mut data = Data {
            starts: vec![0],
            ..Data::default()
        };
        let mut at = Vec::new();
        for _ in 0..profiles {
            let age = 18.0 + (numbers.share() + numbers.share()) * 36.0;
            data.age.push(age as u8);
            data.frequency.push(match numbers.next() % 10 {
                0..5 => 0,
                5..8 => 1,
                _ => 2,
            });
            let events = ((50_f64.ln() - 0.5 + numbers.normal()).exp() as usize).min(3_000);
            let own: [u8; 4] = std::array::from_fn(|_| any(numbers.next()));
            at.clear();
            at.extend((0..events).map(|_| NOW - (numbers.next() % (365 * DAY) as u64) as i64));
            at.sort_unstable();
            for at in &at {
                let number = numbers.next();
                let kind = kind(number >> 32);
                data.at.push(*at);
                data.kind.push(kind);
                data.category.push(if number & 1 == 0 {
                    own[(number >> 1 & 3) as usize]
                } else {
                    any(number >> 3)
                });
                data.cents.push(if kind == PURCHASED {
                    ((3.3 + 0.8 * numbers.normal()).exp() * 100.0) as i32
                } else {
                    0
                });
            }
            data.starts.push(data.at.len());
        }
        data
    }

    /// How many profiles there are.
    #[must_use]
    pub fn profiles(&self) -> usize {
        self.age.len()
    }

    /// Which of a profile's events are at most so many days old.
    fn within(&self, profile: usize, days: i64) -> std::ops::Range<usize> {
        let (start, end) = (self.starts[profile], self.starts[profile + 1]);
        let old = self.at[start..end].partition_point(|at| *at < NOW - days * DAY);
        start + old..end
    }
}

/// A question, as a marketer writes it and as a programmer does.
pub struct Question {
    /// What it is called.
    pub name: &'static str,
    /// In segue's language.
    pub rule: &'static str,
    /// By hand.
    pub by_hand: fn(&Data, usize) -> bool,
}

/// The three questions.
pub const QUESTIONS: [Question; 3] = [
    Question {
        name: "Q1",
        rule: r#"age > 50 and frequency = frequent and viewed("anti-aging") within 180 days"#,
        by_hand: |data, profile| {
            data.age[profile] > 50
                && data.frequency[profile] == 2
                && data
                    .within(profile, 180)
                    .any(|event| data.kind[event] == VIEWED && data.category[event] == ANTI_AGING)
        },
    },
    Question {
        name: "Q2",
        rule: r#"sum(purchased.amount within 90 days) > 200 and not purchased("x-product") within 30 days
                 and distinct(any event.category within 180 days) >= 3"#,
        by_hand: |data, profile| {
            let bought = |days| {
                data.within(profile, days)
                    .filter(|e| data.kind[*e] == PURCHASED)
            };
            let cents: i64 = bought(90).map(|event| i64::from(data.cents[event])).sum();
            cents > 20_000 && !bought(30).any(|event| data.category[event] == X_PRODUCT) && {
                let mut seen = [0_u64; 4];
                for event in data.within(profile, 180) {
                    let category = data.category[event];
                    seen[usize::from(category >> 6)] |= 1 << (category & 63);
                }
                seen.iter().map(|bits| bits.count_ones()).sum::<u32>() >= 3
            }
        },
    },
    Question {
        name: "Q3",
        rule: r#"viewed("tv") then purchased("tv") within 7 days"#,
        by_hand: |data, profile| {
            let mut viewed = None;
            (data.starts[profile]..data.starts[profile + 1]).any(|event| {
                if data.category[event] != TV {
                    return false;
                }
                let at = data.at[event];
                // Of two at one instant, none follows the other.
                let follows = |(before, last): (Option<i64>, i64)| {
                    let earlier = if last < at { Some(last) } else { before };
                    earlier.is_some_and(|earlier| at - earlier <= 7 * DAY)
                };
                match data.kind[event] {
                    VIEWED => {
                        viewed = match viewed {
                            Some((before, last)) if last == at => Some((before, last)),
                            Some((_, last)) => Some((Some(last), at)),
                            None => Some((None, at)),
                        };
                        false
                    }
                    PURCHASED => viewed.is_some_and(follows),
                    _ => false,
                }
            })
        },
    },
];
