//! A shop's segments in numbers: profiles of 40 attributes, and rules of 2 to 5 tests over them, about one in a hundred of
//! which holds for a profile. Each rule is also spelled as a-tree spells it.
//!
//! Everything follows from a seed.

use segue::profile::{Record, Value};
use segue::schema::{Field, Schema, one_of};
use segue::{Rule, Type};

/// What an attribute is, and how many values it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of so many texts, the first ones more often.
    Text(u64),
    /// The same as an enum.
    Enum(&'static [&'static str]),
    /// From 0 up to this, small ones more often.
    Int(u64),
    /// True for so many of a hundred.
    Bool(u64),
}

pub const ATTRIBUTES: [(&str, Kind); 40] = [
    ("country", Kind::Text(60)),
    ("city", Kind::Text(400)),
    ("language", Kind::Text(25)),
    ("store", Kind::Text(200)),
    ("category", Kind::Text(120)),
    ("brand", Kind::Text(300)),
    ("campaign", Kind::Text(150)),
    ("referrer", Kind::Text(40)),
    ("device", Kind::Text(12)),
    ("browser", Kind::Text(10)),
    ("employer", Kind::Text(500)),
    ("profession", Kind::Text(80)),
    ("gender", Kind::Enum(&["female", "male", "other"])),
    (
        "tier",
        Kind::Enum(&["bronze", "silver", "gold", "platinum"]),
    ),
    (
        "plan",
        Kind::Enum(&["free", "basic", "plus", "family", "business"]),
    ),
    (
        "frequency",
        Kind::Enum(&["occasional", "frequent", "loyal", "vip"]),
    ),
    (
        "stage",
        Kind::Enum(&["lead", "new", "active", "cooling", "dormant", "lost"]),
    ),
    ("age", Kind::Int(95)),
    ("orders", Kind::Int(60)),
    ("visits", Kind::Int(900)),
    ("spend", Kind::Int(20_000)),
    ("points", Kind::Int(50_000)),
    ("returns", Kind::Int(12)),
    ("sessions", Kind::Int(300)),
    ("basket", Kind::Int(400)),
    ("days_since_order", Kind::Int(730)),
    ("emails_opened", Kind::Int(200)),
    ("emails_clicked", Kind::Int(80)),
    ("reviews", Kind::Int(40)),
    ("coupons", Kind::Int(30)),
    ("household", Kind::Int(8)),
    ("distance", Kind::Int(600)),
    ("consent_email", Kind::Bool(60)),
    ("consent_sms", Kind::Bool(25)),
    ("consent_push", Kind::Bool(40)),
    ("app", Kind::Bool(50)),
    ("newsletter", Kind::Bool(35)),
    ("member", Kind::Bool(45)),
    ("wishlist", Kind::Bool(20)),
    ("subscriber", Kind::Bool(15)),
];

/// A small generator of random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    /// Below `n`, small ones more often: the first tenth of the values comes up in about a third of the cases.
    fn skewed(&mut self, n: u64) -> u64 {
        self.below(n).min(self.below(n))
    }
}

pub fn schema() -> Schema {
    let mut builder = Schema::builder();
    for (name, kind) in ATTRIBUTES {
        let ty = match kind {
            Kind::Text(_) => Type::String,
            Kind::Enum(values) => one_of(values.iter().copied()),
            Kind::Int(_) => Type::Int,
            Kind::Bool(_) => Type::Bool,
        };
        builder = builder.attribute(Field::new(name, ty));
    }
    builder.build().expect("names that differ")
}

/// `city-17`
fn text(name: &str, i: u64) -> String {
    format!("{name}-{i}")
}

/// The values of a profile, by position; so many of a hundred are missing.
pub fn values(random: &mut Random, missing: u64) -> Vec<Value> {
    let value = |(name, kind): (&str, Kind), random: &mut Random| match kind {
        Kind::Text(n) => Value::Text(text(name, random.skewed(n))),
        Kind::Enum(names) => {
            Value::Text(names[random.skewed(names.len() as u64) as usize].to_owned())
        }
        Kind::Int(max) => Value::Int(random.skewed(max + 1).cast_signed()),
        Kind::Bool(percent) => Value::Bool(random.percent(percent)),
    };
    let one = |a| {
        if random.percent(missing) {
            Value::Missing
        } else {
            value(a, random)
        }
    };
    ATTRIBUTES.into_iter().map(one).collect()
}

pub fn record(schema: &Schema, id: u64, values: &[Value]) -> Record {
    let fields = ATTRIBUTES.iter().zip(values);
    let builder = fields.fold(
        Record::builder(schema, format!("c-{id}")),
        |b, ((name, _), v)| b.set(name, v.clone()),
    );
    builder.build().expect("values of the schema's types")
}

/// A rule as segue and as a-tree spell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelled {
    pub segue: String,
    pub a_tree: String,
}

impl Spelled {
    fn both(text: String) -> Self {
        Spelled {
            a_tree: text.clone(),
            segue: text,
        }
    }

    fn join(parts: Vec<Spelled>, word: &str) -> Self {
        let (segue, a_tree): (Vec<String>, Vec<String>) =
            parts.into_iter().map(|p| (p.segue, p.a_tree)).unzip();
        Spelled {
            segue: segue.join(word),
            a_tree: a_tree.join(word),
        }
    }

    fn wrapped(self, before: &str) -> Self {
        Spelled {
            segue: format!("{before}({})", self.segue),
            a_tree: format!("{before}({})", self.a_tree),
        }
    }
}

/// 2 to 5 tests of different attributes, most of them joined by `and`.
pub fn rule(random: &mut Random) -> Spelled {
    let n = 2 + random.below(4).max(random.below(4));
    let mut names: Vec<usize> = Vec::new();
    while (names.len() as u64) < n {
        // Most rules ask for a text: that is what segments are mostly about.
        let among = if names.is_empty() && random.percent(60) {
            12
        } else {
            ATTRIBUTES.len() as u64
        };
        let i = random.below(among) as usize;
        if !names.contains(&i) {
            names.push(i);
        }
    }
    let mut parts: Vec<Spelled> = names
        .into_iter()
        .map(|i| test(ATTRIBUTES[i], random))
        .collect();
    if n > 2 && random.percent(12) {
        let two = parts.split_off(parts.len() - 2);
        parts.push(Spelled::join(two, " or ").wrapped(""));
    } else if random.percent(1) {
        return Spelled::join(parts, " or ");
    }
    Spelled::join(parts, " and ")
}

fn test((name, kind): (&str, Kind), random: &mut Random) -> Spelled {
    let test = match kind {
        Kind::Text(n) if random.percent(30) => {
            let some = 2 + random.below(4);
            let items: Vec<String> = (0..some)
                .map(|_| format!("{:?}", text(name, random.skewed(n))))
                .collect();
            let items = items.join(", ");
            Spelled {
                segue: format!("{name} in ({items})"),
                a_tree: format!("{name} in [{items}]"),
            }
        }
        Kind::Text(n) => Spelled::both(format!("{name} = {:?}", text(name, random.skewed(n)))),
        Kind::Enum(names) => {
            let value = names[random.skewed(names.len() as u64) as usize];
            Spelled {
                segue: format!("{name} = {value}"),
                a_tree: format!("{name} = {value:?}"),
            }
        }
        Kind::Int(max) => {
            let low = random.below(max);
            match random.below(4) {
                0 => Spelled::both(format!("{name} > {low}")),
                1 => Spelled::both(format!("{name} <= {low}")),
                _ => {
                    let high = low + 1 + random.below(max / 4 + 1);
                    Spelled {
                        segue: format!("{name} between {low} and {high}"),
                        a_tree: format!("({name} >= {low} and {name} <= {high})"),
                    }
                }
            }
        }
        Kind::Bool(_) => Spelled::both(name.to_owned()),
    };
    // A text or an enum is hardly ever not what it is asked for, so these would let too many rules hold.
    if matches!(kind, Kind::Int(_) | Kind::Bool(_)) && random.percent(8) {
        test.wrapped("not ")
    } else {
        test
    }
}

/// So many rules, checked.
pub fn rules(random: &mut Random, schema: &Schema, n: usize) -> Vec<(String, Rule)> {
    let context = segue::check::Context::new(schema.clone());
    let checked = |i| {
        let text = rule(random).segue;
        (
            format!("segment_{i}"),
            Rule::check_in(&text, &context).expect("a rule of the schema"),
        )
    };
    (0..n).map(checked).collect()
}
