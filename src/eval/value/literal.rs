//! Constants.

use super::{Inner, Value};
use crate::eval::context::Ctx;
use crate::ir::Lit;
use crate::profile::{Profile, Val};
use crate::time::NEVER;
use std::sync::Arc;

/// A constant that a rule owns.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    Whole(i128),
    Real(f64),
    Text(Arc<str>),
}

impl Literal {
    pub(crate) fn of(lit: &Lit) -> Self {
        match lit {
            Lit::Whole(v) => Literal::Whole(*v),
            Lit::Real(v) => Literal::Real(*v),
            Lit::Text(v) => Literal::Text(v.clone()),
        }
    }

    pub(crate) fn val(&self) -> Val<'_> {
        match self {
            Literal::Whole(v) => Val::Whole(*v),
            Literal::Real(v) => Val::Real(*v),
            Literal::Text(v) => Val::Text(v),
        }
    }
}

impl<P: Profile> Value<P> for Literal {
    #[inline]
    fn value<'a>(&'a self, _: &Ctx<'a, P>) -> Val<'a> {
        self.val()
    }

    fn valid_until<'a>(&'a self, _: &Ctx<'a, P>) -> i64 {
        NEVER
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}
