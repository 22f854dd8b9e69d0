//! What was seen of the values of each name, and the fields that this makes.

use super::{Line, Trouble, is_birthday};
use crate::schema::Field;
use crate::schema::projection::Projection;
use crate::schema::shape::{ScalarShape, Shape, short};
use crate::schema::walk;
use crate::value::Type;
use std::collections::HashMap;

/// The fields of profiles, or of one kind of events.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) all: Vec<Seen>,
    pub(super) index: HashMap<String, usize>,
    /// Where the next name probably is: lines of one kind name their fields in one order.
    pub(super) hint: usize,
    /// Whether contradictions leave a field out.
    pub(super) tolerant: bool,
    /// Whether lists of objects are relations here.
    pub(super) has_rows: bool,
    pub(super) rows: Vec<Rows>,
}

/// What was seen of one relation.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) name: String,
    pub(super) properties: Fields,
    pub(super) count: u64,
}

/// What was seen of one field.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) shape: Shape,
    /// Where its shape was first seen, and as what.
    line: Line,
    example: String,
    /// In how many lines it was not missing.
    pub(super) count: u64,
    tracked: bool,
}

/// More names than this are no schema: an object's keys are data then.
pub(super) const MAX_NAMES: usize = 10_000;

pub(super) fn too_many() -> Trouble {
    let message = "there are more than 10,000 names here; an object whose keys are data (ids, dates) is no object with fields, so leave it out";
    Trouble::new("", message.to_owned())
}

/// Objects within objects are followed so far.
fn is_deep(name: &str) -> bool {
    name.bytes().filter(|b| *b == b'.').count() >= 16
}

type Wanted<'a> = (&'a Projection, Option<&'a str>);

impl Fields {
    fn seen(&mut self, name: &str, line: Line, wanted: Wanted<'_>) -> Result<&mut Seen, Trouble> {
        let index = match self.all.get(self.hint) {
            Some(seen) if seen.name == name => self.hint,
            _ => match self.index.get(name) {
                Some(index) => *index,
                None if self.all.len() >= MAX_NAMES => return Err(too_many()),
                None => {
                    let shape = if wanted.0.leads_to(wanted.1, name) {
                        Shape::Scalar(ScalarShape::Nothing)
                    } else {
                        Shape::Unwanted
                    };
                    self.index.insert(name.to_owned(), self.all.len());
                    self.all.push(Seen {
                        name: name.to_owned(),
                        shape,
                        line,
                        example: String::new(),
                        count: 0,
                        tracked: false,
                    });
                    self.all.len() - 1
                }
            },
        };
        self.hint = index + 1;
        self.all.get_mut(index).ok_or_else(too_many)
    }

    pub(super) fn see(
        &mut self,
        name: &str,
        raw: &str,
        line: Line,
        wanted: Wanted<'_>,
    ) -> Result<(), Trouble> {
        let (tolerant, has_rows) = (self.tolerant, self.has_rows);
        let seen = self.seen(name, line, wanted)?;
        let inner = match seen.see(raw, line, has_rows) {
            Err(contradiction) if tolerant && contradiction.placed => {
                seen.shape = Shape::LeftOut("");
                seen.example = contradiction.message;
                Inner::Nothing
            }
            done => done?,
        };
        match inner {
            Inner::Nothing => Ok(()),
            Inner::Fields => walk::object(raw, &mut |key, raw| {
                self.see(&format!("{name}.{key}"), raw, line, wanted)
            }),
            Inner::Rows => self.rows(name, raw, line),
        }
    }

    fn rows(&mut self, name: &str, raw: &str, line: Line) -> Result<(), Trouble> {
        let index = self
            .rows
            .iter()
            .position(|r| r.name == name)
            .unwrap_or(self.rows.len());
        if index == self.rows.len() {
            let properties = Fields {
                tolerant: self.tolerant,
                ..Fields::default()
            };
            self.rows.push(Rows {
                name: name.to_owned(),
                properties,
                count: 0,
            });
        }
        let Some(rows) = self.rows.get_mut(index) else {
            return Ok(());
        };
        let everything = Projection::everything();
        for row in walk::list(raw)? {
            rows.count += 1;
            rows.properties.hint = 0;
            walk::object(row, &mut |key, raw| {
                rows.properties.see(key, raw, line, (&everything, None))
            })
            .map_err(|e: Trouble| e.within(name))?;
        }
        Ok(())
    }

    pub(super) fn history(
        &mut self,
        outer: &str,
        raw: &str,
        line: Line,
        wanted: &Projection,
    ) -> Result<(), Trouble> {
        walk::object(raw, &mut |key, raw| {
            let name = if outer.is_empty() {
                key.to_owned()
            } else {
                format!("{outer}.{key}")
            };
            if raw.starts_with('{') && !is_deep(&name) {
                return self.history(&name, raw, line, wanted);
            }
            if !raw.starts_with('[') {
                return Ok(());
            }
            for change in walk::list(raw)? {
                walk::object(change, &mut |key, raw| {
                    if key == "value" {
                        self.see(&name, raw, line, (wanted, None))
                    } else {
                        Ok(())
                    }
                })?;
            }
            self.seen(&name, line, (wanted, None))?.tracked = true;
            Ok(())
        })
    }

    pub(super) fn left_out(&self, outer: &str, taken: &[&str]) -> Vec<String> {
        let reason = |seen: &Seen| match seen.shape {
            // A contradiction, told whole by its example.
            Shape::LeftOut("") => Some(format!("`{outer}{}`: {}", seen.name, seen.example)),
            Shape::LeftOut(reason) => Some(format!(
                "`{outer}{}`: {reason}, as in {}",
                seen.name, seen.line
            )),
            Shape::Unwanted | Shape::Object | Shape::Rows => None,
            _ => Some(seen.name_trouble(taken)?.to_owned())
                .map(|why| format!("`{outer}{}`: {why}", seen.name)),
        };
        self.all.iter().filter_map(reason).collect()
    }

    pub(super) fn fields(&self, lines: u64, taken: &[&str]) -> impl Iterator<Item = Field> {
        self.all
            .iter()
            .filter(move |s| s.name_trouble(taken).is_none())
            .filter_map(move |seen| {
                let ty = match seen.shape {
                    Shape::Scalar(of) => of.ty(),
                    Shape::List(of) => Type::List(Box::new(of.ty())),
                    Shape::Object | Shape::Rows | Shape::LeftOut(_) | Shape::Unwanted => {
                        return None;
                    }
                };
                let yearly = ty == Type::Date && is_birthday(&seen.name);
                let required = seen.count == lines && !seen.tracked;
                Some(Field {
                    required,
                    tracked: seen.tracked,
                    yearly,
                    ..Field::new(&seen.name, ty)
                })
            })
    }
}

/// What a value has inside.
enum Inner {
    Nothing,
    /// It is an object, whose keys are fields of their own.
    Fields,
    /// It is a list of rows.
    Rows,
}

impl Seen {
    /// Looks at a value.
    fn see(&mut self, raw: &str, line: Line, has_rows: bool) -> Result<Inner, Trouble> {
        let first = raw.as_bytes().first();
        let conforms = match self.shape {
            Shape::Unwanted => return Ok(Inner::Nothing),
            _ if first == Some(&b'n') => return Ok(Inner::Nothing),
            Shape::Scalar(ScalarShape::Text) => first == Some(&b'"'),
            Shape::Scalar(ScalarShape::Bool) => matches!(first, Some(b't' | b'f')),
            Shape::LeftOut(_) => true,
            Shape::Scalar(_) | Shape::List(_) | Shape::Object | Shape::Rows => false,
        };
        if conforms {
            self.count += 1;
            return Ok(Inner::Nothing);
        }
        let shape = match Shape::of(raw)? {
            Shape::Object if is_deep(&self.name) => {
                Shape::LeftOut("an object within too many others")
            }
            Shape::Rows if !has_rows => Shape::LeftOut("a list of objects"),
            shape => shape,
        };
        if shape != Shape::Scalar(ScalarShape::Nothing) {
            self.count += 1;
        }
        let joined = match (self.shape, shape) {
            (a, b) if a == b => Some(a),
            (Shape::Scalar(ScalarShape::Nothing), b) => Some(b),
            (a, Shape::Scalar(ScalarShape::Nothing)) => Some(a),
            (Shape::Scalar(a), Shape::Scalar(b)) => a.join(b).map(Shape::Scalar),
            (Shape::List(a), Shape::List(b)) => Some(
                a.join(b)
                    .map_or(Shape::LeftOut("a list of different types"), Shape::List),
            ),
            (Shape::List(_) | Shape::Object | Shape::Rows, left @ Shape::LeftOut(_)) => Some(left),
            // A list without anything in it may be one of objects.
            (Shape::List(ScalarShape::Nothing), Shape::Rows)
            | (Shape::Rows, Shape::List(ScalarShape::Nothing)) => Some(Shape::Rows),
            _ => None,
        };
        let Some(joined) = joined else {
            let message = format!(
                "is {} in {} (`{}`) and {} in {line} (`{}`); make them one type, or leave the field out",
                self.shape.words(),
                self.line,
                self.example,
                shape.words(),
                short(raw)
            );
            return Err(Trouble {
                field: self.name.clone(),
                message,
                placed: true,
            });
        };
        let retold = matches!(joined, Shape::LeftOut(_))
            || joined == Shape::Rows && self.shape != Shape::Rows;
        if retold || self.example.is_empty() && joined != Shape::Scalar(ScalarShape::Nothing) {
            self.example = short(raw);
            self.line = line;
        }
        self.shape = joined;
        Ok(match shape {
            Shape::Object => Inner::Fields,
            Shape::Rows => Inner::Rows,
            _ => Inner::Nothing,
        })
    }

    /// Why a schema cannot have a field of this name.
    fn name_trouble(&self, taken: &[&str]) -> Option<&'static str> {
        if taken.contains(&self.name.as_str()) {
            return Some("every one has a value of this name already");
        }
        crate::schema::error::validate_name(&self.name, "field")
            .is_err()
            .then_some("this cannot be a name")
    }
}
