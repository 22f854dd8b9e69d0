//! Where and when a test takes place, and what texts mean there.

use crate::check::{Context, check_value};
use crate::eval::Values;
use crate::ir::Ty;
use crate::profile::{Model, Record, Value};
use crate::rulebook::Rulebook;
use crate::schema::Schema;
use crate::syntax::parse;
use crate::time::{Date, Instant, Zone};
use crate::value::Type;

/// What profiles are built against: a [`Schema`], a [`Context`] or a [`Rulebook`], whose zone says where days and months
/// begin.
#[derive(Clone, Debug)]
pub struct Setting(Context);

impl From<&Schema> for Setting {
    fn from(schema: &Schema) -> Self {
        Setting(Context::new(schema.clone()))
    }
}

impl From<&Context> for Setting {
    fn from(context: &Context) -> Self {
        Setting(context.clone())
    }
}

impl From<&Rulebook> for Setting {
    fn from(rulebook: &Rulebook) -> Self {
        Setting(rulebook.context().clone())
    }
}

/// A setting at an instant: what turns texts such as `3 days ago` into instants.
pub(super) struct Moment {
    pub(super) context: Context,
    /// `None`: the scenario says no instant, and must not need one.
    pub(super) now: Option<Instant>,
    model: Model<Record>,
}

impl Moment {
    pub(super) fn new(setting: Setting, now: Option<Instant>) -> Self {
        let model = Model::for_schema(setting.0.schema());
        Moment {
            context: setting.0,
            now,
            model,
        }
    }

    pub(super) fn schema(&self) -> &Schema {
        self.context.schema()
    }

    pub(super) fn zone(&self) -> Zone {
        self.context.calendar.zone
    }

    pub(super) fn now(&self) -> Result<Instant, String> {
        self.now.ok_or_else(|| {
            "there is no `now` to count from; say one, such as `now = \"2026-01-31T12:00:00Z\"`"
                .to_owned()
        })
    }

    /// A date as the instant at which it starts.
    pub(super) fn start_of(&self, date: Date) -> Instant {
        Instant::from_micros(self.zone().start_of(date))
    }

    /// What a text says of time: `2026-01-31T12:00:00Z`, `2026-01-31`, `3 days ago`, `yesterday + 9 hours`.
    pub(super) fn point(&self, text: &str) -> Result<Point, String> {
        let text = text.trim();
        if let Ok(date) = text.parse::<Date>() {
            return Ok(Point::Date(date));
        }
        if let Ok(instant) = text.parse::<Instant>() {
            return Ok(Point::Instant(instant));
        }
        let wrong = || {
            format!(
                "`{text}` is no point in time; write `2026-01-31T12:00:00Z`, `2026-01-31` or `3 days ago`"
            )
        };
        let expr = parse(text).map_err(|_| wrong())?;
        let mut found = Vec::new();
        let term = check_value(&expr, text, &self.context, &mut found).ok_or_else(wrong)?;
        let now = self.now()?;
        let nobody = Record::builder(self.schema(), "")
            .build()
            .map_err(|e| e.to_string())?;
        let values = Values::bind(&term, self.schema(), self.context.calendar, &self.model)
            .map_err(|e| e.to_string())?;
        let value = values.value(&nobody, now).as_i64().ok_or_else(wrong)?;
        match term.ty {
            Ty::Instant => Ok(Point::Instant(Instant::from_micros(value))),
            Ty::Date => i32::try_from(value)
                .map(|days| Point::Date(Date::from_days(days)))
                .map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }

    /// A value that says when, as an instant.
    pub(super) fn instant(&self, value: &Value) -> Result<Instant, String> {
        match value {
            Value::Instant(at) => Ok(*at),
            Value::Date(date) => Ok(self.start_of(*date)),
            Value::Text(text) => self.point(text).map(|point| self.instant_of(point)),
            _ => Err(
                "says no point in time; write `2026-01-31T12:00:00Z`, `2026-01-31` or `3 days ago`"
                    .to_owned(),
            ),
        }
    }

    pub(super) fn instant_of(&self, point: Point) -> Instant {
        match point {
            Point::Date(date) => self.start_of(date),
            Point::Instant(at) => at,
        }
    }

    /// A value for a field of a type: a date or an instant may be said relative to now.
    pub(super) fn value(&self, ty: &Type, value: Value) -> Result<Value, String> {
        match (ty, &value) {
            (Type::Date, Value::Text(text)) => match self.point(text)? {
                Point::Date(date) => Ok(Value::Date(date)),
                Point::Instant(at) => Ok(Value::Date(self.zone().date(at.micros()))),
            },
            (Type::Instant, Value::Text(_) | Value::Date(_)) => {
                self.instant(&value).map(Value::Instant)
            }
            _ => Ok(value),
        }
    }
}

/// A point in time as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    Date(Date),
    Instant(Instant),
}
