//! Puts the values of a slice into a column: what they are becomes what the schema says, or an error.

use super::slice::{ColumnSlice, Content};
use crate::population::columns::{Column, Values};
use crate::profile::Val;
use crate::schema::{Field, normal};
use crate::value::{EnumType, GeoPoint, Type, decimal_text};

/// A slice that is read into columns of a field's type.
pub(super) struct Source<'s, 'a> {
    slice: &'s ColumnSlice<'a>,
    field: &'s Field,
    /// That of the field, or of its items.
    ty: &'s Type,
    /// By code, what the texts of its dictionary became.
    known: Vec<Option<Known>>,
    /// The source of the items of lists.
    items: Option<Box<Source<'s, 'a>>>,
}

/// What a text of a dictionary became in the column.
#[derive(Clone, Copy)]
enum Known {
    Code(u32),
    Position(usize),
}

impl<'s, 'a> Source<'s, 'a> {
    /// The source for a field, or why the slice cannot be one.
    pub(super) fn new(slice: &'s ColumnSlice<'a>, field: &'s Field) -> Result<Self, String> {
        Source::of_type(slice, field, &field.ty)
    }

    fn of_type(slice: &'s ColumnSlice<'a>, field: &'s Field, ty: &'s Type) -> Result<Self, String> {
        let (mut known, mut of_items) = (Vec::new(), None);
        match (&slice.content, ty) {
            (Content::Lists { items, .. }, Type::List(item)) => {
                of_items = Some(Box::new(Source::of_type(items, field, item)?));
            }
            (Content::Coded { dictionary, .. }, Type::String | Type::Version | Type::Enum(_)) => {
                known.resize(dictionary.len(), None);
            }
            (Content::Values(_), _) if is_readable(&slice.ty, ty) => {}
            _ => {
                return Err(format!(
                    "the batch has values of the type `{}`, and the schema wants `{ty}`; {}",
                    slice.ty,
                    remedy(ty)
                ));
            }
        }
        Ok(Source {
            slice,
            field,
            ty,
            known,
            items: of_items,
        })
    }

    /// Adds the value of a row to a column.
    #[inline]
    pub(super) fn push(&mut self, column: &mut Column, row: usize) -> Result<(), String> {
        let slice = self.slice;
        match &slice.content {
            Content::Values(read) => {
                let reading = read(row).in_units(slice.ty.digits());
                self.push_val(column, reading.val(self.ty.scale()))
            }
            Content::Coded { code, dictionary } => match code(row) {
                Some(code) => self.push_coded(column, code, dictionary),
                None => {
                    column.push_missing();
                    Ok(())
                }
            },
            Content::Lists { range, items } => {
                let Some(range) = range(row) else {
                    column.push_missing();
                    return Ok(());
                };
                if range.end > items.len {
                    let (end, len) = (range.end, items.len);
                    return Err(format!("its list ends at {end}, and there are {len} items"));
                }
                if let (Some(source), Some(inner)) = (&mut self.items, column.items_mut()) {
                    for item in range {
                        let before = inner.len();
                        source.push(inner, item)?;
                        if !inner.is_present(before) {
                            return Err("an item of its list is missing; leave it out".to_owned());
                        }
                    }
                }
                column.close();
                Ok(())
            }
        }
    }

    /// The value of a row that is one whole number, without a column; `None` where it is missing.
    pub(super) fn whole(&self, row: usize) -> Option<i64> {
        match &self.slice.content {
            Content::Values(read) => read(row).val(0).as_i64(),
            Content::Coded { .. } | Content::Lists { .. } => None,
        }
    }

    fn push_coded(
        &mut self,
        column: &mut Column,
        code: usize,
        dictionary: &[&str],
    ) -> Result<(), String> {
        match self.known.get(code).copied().flatten() {
            Some(Known::Code(code)) => column.push_code(code),
            Some(Known::Position(position)) => column.push(Val::Whole(position as i128)),
            None => {
                let len = dictionary.len();
                let text = *dictionary.get(code).ok_or_else(|| {
                    format!("its code is {code}, and the dictionary has {len} entries")
                })?;
                let row = column.len();
                self.push_val(column, Val::Text(text))?;
                let known = match &column.values {
                    Values::Text(texts) => Some(Known::Code(texts.codes.get(row))),
                    Values::Whole(numbers) => {
                        usize::try_from(numbers.get(row)).ok().map(Known::Position)
                    }
                    _ => None,
                };
                if let Some(of_code) = self.known.get_mut(code) {
                    *of_code = known;
                }
            }
        }
        Ok(())
    }

    fn push_val(&self, column: &mut Column, val: Val<'_>) -> Result<(), String> {
        match (self.ty, val) {
            (_, Val::Missing) => column.push_missing(),
            (Type::Enum(declared), Val::Text(name)) => {
                column.push(Val::Whole(position(declared, name)? as i128));
            }
            (Type::Enum(declared), Val::Whole(given)) => {
                column.push(Val::Whole(self.enum_position(declared, given)?));
            }
            (Type::Float, Val::Whole(_)) => self.accept(column, Val::real(val.as_real(1.0)))?,
            (Type::String, Val::Text(text)) => self.accept(column, Val::Text(&normal(text)))?,
            (Type::Place, Val::Place(place)) if !is_on_earth(place) => {
                return Err(format!(
                    "`{}, {}` is not a place on the earth; `lat` lies between -90 and 90 and `lon` between -180 and 180 (are they \
                     swapped?)",
                    place.lat, place.lon
                ));
            }
            _ => self.accept(column, val)?,
        }
        Ok(())
    }

    /// The position in the schema of an enum's value, which is a position in the slice's own type or, where that is a number, in the
    /// schema's.
    fn enum_position(&self, declared: &EnumType, given: i128) -> Result<i128, String> {
        let named = |of: &EnumType| {
            let position = usize::try_from(given).ok();
            position.and_then(|at| of.values.get(at).cloned())
        };
        match &self.slice.ty {
            Type::Enum(own) if own.values != declared.values => {
                let name = named(own).ok_or_else(|| format!("it has no value {given}"))?;
                Ok(position(declared, &name)? as i128)
            }
            _ => match named(declared) {
                Some(_) => Ok(given),
                None => Err(format!(
                    "it is value number {given} of an enum that has {}, counted from 0",
                    declared.values.len()
                )),
            },
        }
    }

    /// Adds a value, unless the field does not accept it.
    fn accept(&self, column: &mut Column, val: Val<'_>) -> Result<(), String> {
        if let Some(validator) = &self.field.validator {
            let is_accepted = match val {
                Val::Whole(v) => validator.accepts_whole(v),
                Val::Real(v) => validator.accepts_real(v),
                _ => val.text().is_none_or(|text| validator.accepts_text(text)),
            };
            if !is_accepted {
                return Err(format!("`{}` {}", self.written(&val), self.field.refusal()));
            }
        }
        column.push(val);
        Ok(())
    }

    fn written(&self, val: &Val<'_>) -> String {
        match (self.ty, val) {
            (Type::Date, Val::Whole(_)) => val
                .as_i64()
                .and_then(|days| i32::try_from(days).ok())
                .map_or(String::new(), |days| {
                    crate::time::Date::from_days(days).to_string()
                }),
            (Type::Instant, Val::Whole(_)) => {
                crate::time::Instant::from_micros(val.as_i64().unwrap_or(0)).to_string()
            }
            (Type::Duration, Val::Whole(_)) => {
                crate::time::Duration::from_micros(val.as_i64().unwrap_or(0)).to_string()
            }
            (_, Val::Whole(v)) => decimal_text(*v, self.ty.scale()),
            (_, Val::Real(v)) => v.to_string(),
            _ => val.text().unwrap_or_default().to_owned(),
        }
    }
}

/// Whether values of a type can be read as those of another.
fn is_readable(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Int, Type::Decimal(_) | Type::Enum(_) | Type::Float)
        | (Type::Decimal(_), Type::Decimal(_))
        | (Type::String, Type::Version | Type::Enum(_))
        | (Type::Enum(_), Type::Enum(_)) => true,
        _ => from == to,
    }
}

/// How values of a type are given.
fn remedy(ty: &Type) -> String {
    match ty {
        Type::Decimal(scale) => {
            format!("give whole numbers, in units of its {scale} digits after the point")
        }
        Type::Date | Type::Instant | Type::Duration => format!(
            "give `segue::{}`s, for example by `ColumnSlice::from_fn`",
            match ty {
                Type::Date => "Date",
                Type::Instant => "Instant",
                _ => "Duration",
            }
        ),
        Type::Enum(_) => "give its names, or its positions as whole numbers".to_owned(),
        Type::List(_) => "give lists by `ColumnSlice::lists`".to_owned(),
        _ => "give such values, or change the type in the schema".to_owned(),
    }
}

fn position(of: &EnumType, name: &str) -> Result<usize, String> {
    let position = of.index_of(name).or_else(|| of.index_of(&normal(name)));
    position.ok_or_else(|| {
        let values = of.values.join(", ");
        format!("`{name}` is not one of its values ({values}); correct it, or add it to `values`")
    })
}

fn is_on_earth(place: GeoPoint) -> bool {
    (-90.0..=90.0).contains(&place.lat) && (-180.0..=180.0).contains(&place.lon)
}
