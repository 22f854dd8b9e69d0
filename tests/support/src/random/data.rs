//! Random schemas, instants, values and profiles.

use super::{Gen, Rng};
use crate::reference::calendar::{Calendar, Micros};
use chrono::{NaiveDate, NaiveTime};
use segue::schema::{EventKind, Field, Relation, Schema, one_of, ordered};
use segue::{Instant, Type};
use serde_json::{Map, Value as Json, json};

/// The schema of the corpus: a shop's, with every type in it.
pub(super) fn shop() -> Schema {
    crate::corpus::schema()
}

const ATTRIBUTES: [&str; 10] = [
    "rank",
    "город",
    "يوم",
    "等级",
    "客户",
    "naïve",
    "order total",
    "счёт",
    "صنف",
    "last.seen",
];
const KINDS: [&str; 5] = ["opened", "заказ", "طلب", "下单", "in store"];
const RELATIONS: [&str; 3] = ["accounts", "адреса", "pet.list"];
const PROPERTIES: [&str; 8] = [
    "item",
    "price",
    "цвет",
    "حجم",
    "数量",
    "when",
    "net weight",
    "x.y",
];
const WORDS: [&str; 5] = ["low", "средний", "high", "最高", "none"];

/// A few attributes and kinds of random types.
pub(super) fn random_schema(rng: &mut Rng) -> Schema {
    let mut builder = Schema::builder();
    for name in ATTRIBUTES {
        let mut field = Field::new(name, any_type(rng, true));
        field.tracked = rng.percent(25) && !matches!(field.ty, Type::List(_) | Type::Place);
        field.yearly = field.ty == Type::Date && !field.tracked && rng.percent(50);
        if rng.percent(70) {
            builder = builder.attribute(field);
        }
    }
    for name in KINDS.iter().take(1 + rng.below(KINDS.len())) {
        let mut kind = EventKind::new(*name);
        for property in PROPERTIES {
            if rng.percent(40) {
                kind = kind.property(Field::new(property, any_type(rng, true)));
            }
        }
        let scalars: Vec<usize> = (0..kind.properties.len())
            .filter(|i| !matches!(kind.properties[*i].ty, Type::List(_) | Type::Place))
            .collect();
        if !scalars.is_empty() && rng.percent(70) {
            kind.subject = Some(rng.pick(&scalars));
        }
        builder = builder.kind(kind);
    }
    for name in RELATIONS {
        if rng.percent(50) {
            let mut relation = Relation::new(name);
            for property in PROPERTIES {
                if rng.percent(50) {
                    let mut field = Field::new(property, any_type(rng, true));
                    field.yearly = field.ty == Type::Date && rng.percent(50);
                    relation = relation.property(field);
                }
            }
            let scalar = |ty: &Type| !matches!(ty, Type::List(_) | Type::Place);
            relation.subject = relation
                .properties
                .iter()
                .position(|p| scalar(&p.ty))
                .filter(|_| rng.percent(70));
            builder = builder.relation(relation);
        }
    }
    builder.build().expect("a schema without contradictions")
}

fn any_type(rng: &mut Rng, lists: bool) -> Type {
    match rng.below(if lists { 14 } else { 11 }) {
        0 => Type::Bool,
        1 => Type::Int,
        2 => Type::Decimal(rng.pick(&[0, 2, 4])),
        3 => Type::Float,
        4 => Type::String,
        5 => one_of(WORDS),
        6 => ordered(WORDS),
        7 => Type::Date,
        8 => Type::Instant,
        9 => Type::Duration,
        10 => Type::Version,
        11 => Type::Place,
        _ => Type::List(Box::new(any_type(rng, false))),
    }
}

/// An instant worth evaluating at: often a midnight, a month's end, a leap day, a clock change, or a microsecond beside one.
pub(super) fn moment(rng: &mut Rng, calendar: &Calendar) -> Micros {
    let days = [
        (2024, 2, 28),
        (2024, 2, 29),
        (2024, 3, 1),
        (2025, 2, 28),
        (2025, 3, 1),
        (2026, 3, 29),
        (2026, 10, 25),
        (2026, 3, 8),
        (2026, 11, 1),
        (2026, 4, 5),
        (2026, 10, 4),
        (2026, 1, 31),
        (2026, 3, 30),
        (2026, 3, 31),
        (2026, 4, 30),
        (2025, 12, 31),
        (2026, 1, 1),
        (2026, 6, 17),
    ];
    let (year, month, day) = rng.pick(&days);
    let day = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
    let time = rng.pick(&[
        (0, 0),
        (0, 0),
        (1, 30),
        (1, 45),
        (2, 0),
        (2, 30),
        (3, 0),
        (12, 0),
        (23, 30),
    ]);
    let time = NaiveTime::from_hms_opt(time.0, time.1, 0).expect("a time of day");
    let hour_later = if rng.percent(15) { 3_600_000_000 } else { 0 };
    calendar.instant(day.and_time(time)) + hour_later + rng.pick(&[0, 0, 0, 0, 0, -1, 1])
}

pub(super) fn instant_text(t: Micros) -> String {
    Instant::from_micros(t).to_string()
}

impl Gen {
    /// Instants that lie written lengths apart from `now` and from one another.
    pub(super) fn fill_instants(&mut self) {
        for _ in 0..10 {
            let from = self.instant();
            let span = self.span();
            let times = if self.rng.percent(55) { -1 } else { 1 };
            let mut t =
                self.calendar.shift(from, span, times) + self.rng.pick(&[0, 0, 0, 0, 0, 0, -1, 1]);
            if !self.rolling() && self.rng.percent(12) {
                t = self.calendar.start(self.calendar.date(t));
            }
            if !self.rolling() && self.rng.percent(5) {
                t = moment(&mut self.rng, &self.calendar);
            }
            self.instants.push(t);
        }
    }

    /// A value of a type, as JSON.
    pub(super) fn value(&mut self, ty: &Type) -> Json {
        match ty {
            Type::Bool => json!(self.rng.percent(50)),
            Type::Int => {
                let n = self.rng.below(198);
                let extreme = EXTREMES.get(n).copied().unwrap_or(n as i128 % 6 - 1);
                i64::try_from(extreme).map_or_else(|_| json!(extreme as u64), |n| json!(n))
            }
            Type::Decimal(scale) => self
                .decimal(*scale)
                .parse::<f64>()
                .map_or(Json::Null, |f| json!(f)),
            Type::Float => json!(self.rng.pick(&FLOATS)),
            Type::String => json!(self.rng.pick(&TEXTS)),
            Type::Version => json!(self.rng.pick(&VERSIONS)),
            Type::Enum(e) => json!(self.rng.pick(&e.values)),
            Type::Date => json!(self.date().to_string()),
            Type::Instant => json!(instant_text(self.instant())),
            Type::Duration => {
                json!(self.rng.pick(&[
                    "0 seconds",
                    "30 seconds",
                    "1 hour",
                    "36 hours",
                    "1 day",
                    "7 days",
                    "-1 hours"
                ]))
            }
            Type::Place => {
                let (lat, lon) = self.rng.pick(&PLACES);
                json!({"lat": lat, "lon": lon})
            }
            Type::List(of) => {
                let n = self.rng.below(4);
                Json::Array((0..n).map(|_| self.value(of)).collect())
            }
            _ => Json::Null,
        }
    }

    /// Few different amounts, with as many digits as the type has.
    pub(super) fn decimal(&mut self, scale: u8) -> String {
        match scale {
            0 => self.rng.between(-1, 4).to_string(),
            2 => self
                .rng
                .pick(&[
                    "-1.50", "0.00", "0.10", "0.20", "0.30", "1.00", "19.99", "20.00",
                ])
                .to_owned(),
            _ => self
                .rng
                .pick(&["0.0000", "0.1250", "0.1251", "1.0000", "2.5000"])
                .to_owned(),
        }
    }

    pub(super) fn profile(&mut self) -> Json {
        let mut json = Map::new();
        let mut history = Map::new();
        json.insert("id".into(), json!(format!("c-{}", self.rng.below(1000))));
        for field in self.schema.attributes().to_vec() {
            if field.tracked && self.rng.percent(70) {
                let n = self.rng.below(5);
                let changes = (0..n).map(|_| {
                    let value = if self.rng.percent(12) {
                        Json::Null
                    } else {
                        self.value(&field.ty)
                    };
                    json!({"at": instant_text(self.instant()), "value": value})
                });
                history.insert(field.name.clone(), Json::Array(changes.collect()));
            } else if self.rng.percent(75) {
                json.insert(field.name.clone(), self.value(&field.ty));
            }
        }
        for relation in self.schema.relations().to_vec() {
            let n = self.rng.pick(&[0, 1, 1, 2, 2, 3]);
            let row = |of: &mut Gen| {
                let present = relation.properties.iter().filter_map(|p| {
                    let value = if of.rng.percent(80) {
                        of.value(&p.ty)
                    } else {
                        return None;
                    };
                    Some((p.name.clone(), value))
                });
                Json::Object(present.collect())
            };
            let rows = (0..n).map(|_| row(self)).collect();
            json.insert(relation.name.clone(), Json::Array(rows));
        }
        if !history.is_empty() {
            json.insert("history".into(), Json::Object(history));
        }
        let tags = [
            "vip",
            "interest",
            "interest/tv",
            "interest/tv/oled",
            "兴趣/护肤",
        ];
        let n = self.rng.below(4);
        json.insert(
            "tags".into(),
            Json::Array((0..n).map(|_| json!(self.rng.pick(&tags))).collect()),
        );
        let mut events: Vec<Json> = Vec::new();
        let n = self.rng.below(13);
        while events.len() < n {
            if self.rng.percent(10) && events.iter().any(|e| !e["id"].is_null()) {
                // The same event once more, perhaps with a later stamp.
                let with_id: Vec<Json> = events
                    .iter()
                    .filter(|e| !e["id"].is_null())
                    .cloned()
                    .collect();
                let mut again = self.rng.pick(&with_id);
                if self.rng.percent(40) {
                    let at = again["at"]
                        .as_str()
                        .and_then(|at| at.parse::<Instant>().ok())
                        .map_or(0, Instant::micros);
                    again["at"] = json!(instant_text(at + 86_400_000_000));
                }
                events.push(again);
                continue;
            }
            let mut event = self.event(events.len());
            // An event of another kind may have the same id.
            if !event["id"].is_null()
                && let Some(other) = events.last().filter(|e| e["kind"] != event["kind"])
                && !events
                    .iter()
                    .any(|e| e["kind"] == event["kind"] && e["id"] == other["id"])
                && events.len().is_multiple_of(3)
            {
                event["id"] = other["id"].clone();
            }
            events.push(event);
        }
        json.insert("events".into(), Json::Array(events));
        Json::Object(json)
    }

    pub(super) fn event(&mut self, number: usize) -> Json {
        let kind = self.kind();
        let mut props = Map::new();
        for property in &kind.properties {
            if self.rng.percent(80) {
                props.insert(property.name.clone(), self.value(&property.ty));
            }
        }
        let mut event =
            json!({"kind": kind.name, "at": instant_text(self.instant()), "props": props});
        if self.rng.percent(50) {
            event["id"] = json!(format!("e{number}"));
        }
        event
    }
}

/// Sums and averages of these are exact in binary.
pub(super) const FLOATS: [f64; 5] = [-1.25, 0.0, 0.5, 2.0, 8.0];
pub(super) const TEXTS: [&str; 9] = [
    "tv",
    "TV",
    "radio",
    "",
    "tv/oled",
    "50%_",
    "抗衰老",
    "Чай",
    "عطور",
];
/// Where whole numbers of 64 bits end, with and without a sign.
pub(super) const EXTREMES: [i128; 5] = [
    i64::MIN as i128,
    i64::MAX as i128 - 1,
    i64::MAX as i128,
    i64::MAX as i128 + 1,
    u64::MAX as i128,
];
pub(super) const VERSIONS: [&str; 6] = ["1.2", "1.10", "2.0-beta", "2.0", "2.0.0", "2.0.1"];
pub(super) const PLACES: [(f64, f64); 4] = [
    (48.8566, 2.3522),
    (51.5074, -0.1278),
    (0.0, 179.9),
    (0.0, -179.9),
];
