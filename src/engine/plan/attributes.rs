//! The attributes that triggers set and add to.

use crate::eval::context::Ctx;
use crate::ir::Lit;
use crate::profile::{Accessor, Cell, Model, Profile, Val, Value};
use crate::schema::Schema;
use crate::value::{Decimal, Type};
use std::sync::Arc;

/// The attributes of the rules' schema, with access to those of the profile type.
pub(crate) struct AttributePlans<P>(Box<[AttributePlan<P>]>);

struct AttributePlan<P> {
    name: Arc<str>,
    ty: Type,
    accessor: Option<Accessor<P>>,
}

impl<P: Profile> AttributePlans<P> {
    pub(super) fn new(schema: &Schema, model: &Model<P>) -> Self {
        let plan = |field: &crate::schema::Field| AttributePlan {
            name: field.name.as_str().into(),
            ty: field.ty.clone(),
            accessor: (model.schema.attribute_index(&field.name))
                .and_then(|i| model.attributes.get(i))
                .cloned(),
        };
        AttributePlans(schema.attributes().iter().map(plan).collect())
    }

    /// The name of an attribute, by its number in the rules.
    pub(crate) fn name(&self, attribute: usize) -> Option<&Arc<str>> {
        self.0.get(attribute).map(|plan| &plan.name)
    }

    /// A literal of the rules as a value of an attribute.
    pub(crate) fn value(&self, attribute: usize, lit: &Lit) -> Value {
        let Some(plan) = self.0.get(attribute) else {
            return Value::Missing;
        };
        let cell = match lit {
            Lit::Whole(v) => Cell::whole(*v).unwrap_or_default(),
            Lit::Real(v) => Cell::Real(*v),
            Lit::Text(text) => Cell::Text(text.clone()),
        };
        cell.to_value(&plan.ty)
    }

    /// A computed value in the shape of an attribute's type; `None` if it is missing, or no value of that type.
    pub(crate) fn fitted(&self, attribute: usize, value: Value) -> Option<Value> {
        let ty = &self.0.get(attribute)?.ty;
        #[expect(clippy::cast_precision_loss, reason = "that of a `float`")]
        let fitted = match (ty, value) {
            (Type::Decimal(digits), Value::Int(v)) => {
                Value::Decimal(Decimal::new(v, 0).rescale(*digits)?)
            }
            (Type::Decimal(digits), Value::Decimal(v)) => Value::Decimal(v.rescale(*digits)?),
            (Type::Float, Value::Int(v)) => Value::Float(v as f64),
            (Type::Float, Value::Unsigned(v)) => Value::Float(v as f64),
            (Type::Float, Value::Decimal(v)) => Value::Float(v.to_string().parse().ok()?),
            (Type::Float, value @ Value::Float(_))
            | (Type::Bool, value @ Value::Bool(_))
            | (Type::Int, value @ (Value::Int(_) | Value::Unsigned(_)))
            | (Type::String | Type::Enum(_), value @ Value::Text(_))
            | (Type::Date, value @ Value::Date(_))
            | (Type::Instant, value @ Value::Instant(_))
            | (Type::Duration, value @ Value::Duration(_)) => value,
            // The checker lets no other types meet; a number may be out of the range of its type.
            _ => return None,
        };
        Some(fitted)
    }

    /// The value of an attribute after something is added to it; a missing one counts as zero. `None` if there is no such
    /// number.
    pub(crate) fn sum(&self, attribute: usize, by: &Value, ctx: &Ctx<'_, P>) -> Option<Value> {
        let plan = self.0.get(attribute)?;
        let old = plan.accessor.as_ref()?.get(ctx.profile, ctx.now);
        let increased = |old: Val<'_>, by: i128| {
            let sum = old.as_whole().unwrap_or(0).checked_add(by);
            sum.and_then(Value::whole)
        };
        match (&plan.ty, by) {
            (Type::Int, Value::Int(by)) => increased(old, i128::from(*by)),
            (Type::Int, Value::Unsigned(by)) => increased(old, i128::from(*by)),
            (Type::Decimal(scale), Value::Decimal(by)) => {
                let by = i128::from(by.rescale(*scale)?.mantissa());
                let sum = old.as_whole().unwrap_or(0).checked_add(by)?;
                let mantissa = i64::try_from(sum).ok()?;
                Some(Value::Decimal(Decimal::new(mantissa, *scale)))
            }
            (Type::Float, Value::Float(by)) => {
                let old = if old.is_missing() {
                    0.0
                } else {
                    old.as_real(1.0)
                };
                Some(old + by)
                    .filter(|sum| sum.is_finite())
                    .map(Value::Float)
            }
            _ => None,
        }
    }
}
